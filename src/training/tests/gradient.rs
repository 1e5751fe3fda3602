//! The derived gradient agrees with differences of the loss, for every variant.
#![allow(clippy::unwrap_used)]

use orrery_model::{Activation, Biases, GptConfig, NormPlacement};
use orrery_training::Batch;
use orrery_training::gradient_check::check_gradient;
use orrery_training::initialize::initialize;

const ALL_BIASES: Biases = Biases {
    head: true,
    ..Biases::GPT2
};

fn tiny() -> GptConfig {
    GptConfig {
        vocab_size: 7,
        context_length: 5,
        d_model: 6,
        n_heads: 2,
        n_blocks: 2,
        d_ff: 11,
        ..GptConfig::default()
    }
}

/// Three windows, one of them short.
fn batch(vocab_size: u32) -> Batch {
    let mut batch = Batch::new(5);
    for (first, len) in [(1, 6), (3, 6), (2, 4)] {
        let ids: Vec<u32> = (0..len).map(|i| (first + i * i) % vocab_size).collect();
        batch.push(&ids);
    }
    batch
}

fn check(config: &GptConfig, entries: usize) {
    let mut weights = initialize(config, 3).values().to_vec();
    // So that no bias is zero and no gain is one.
    for (i, weight) in weights.iter_mut().enumerate() {
        *weight += 0.2 * (i as f32 * 1.7).sin();
    }
    let batch = batch(config.vocab_size as u32);
    for tensor in check_gradient(config, &weights, &batch, entries, 1).unwrap() {
        assert!(
            tensor.largest_error <= 1e-6,
            "{}: {:e}, {config:?}",
            tensor.tensor,
            tensor.largest_error
        );
        assert!(
            tensor.compared > 0 && tensor.skipped <= tensor.compared / 4,
            "{}: {} left out",
            tensor.tensor,
            tensor.skipped
        );
    }
}

#[test]
fn every_variant_agrees_to_a_millionth() {
    for norm_placement in [NormPlacement::Pre, NormPlacement::Post] {
        for activation in [Activation::Relu, Activation::GeluErf, Activation::GeluTanh] {
            for biases in [ALL_BIASES, Biases::NONE, Biases::CHARLM] {
                for (final_norm, tied_head) in
                    [(true, true), (true, false), (false, true), (false, false)]
                {
                    check(
                        &GptConfig {
                            norm_placement,
                            activation,
                            biases,
                            final_norm,
                            tied_head,
                            ..tiny()
                        },
                        6,
                    );
                }
            }
        }
    }
}

#[test]
fn each_bias_alone_agrees_to_a_millionth() {
    let none = Biases::NONE;
    for biases in [
        Biases {
            query: true,
            ..none
        },
        Biases { key: true, ..none },
        Biases {
            value: true,
            ..none
        },
        Biases {
            attention_output: true,
            ..none
        },
        Biases {
            feed_forward_up: true,
            ..none
        },
        Biases {
            feed_forward_down: true,
            ..none
        },
        Biases {
            layer_norm: true,
            ..none
        },
        Biases { head: true, ..none },
    ] {
        check(&GptConfig { biases, ..tiny() }, 6);
    }
}

#[test]
fn every_number_of_the_character_models_kind_agrees() {
    check(&tiny(), usize::MAX);
}

#[test]
fn sizes_that_fill_no_tile_agree() {
    for (d_model, n_heads, d_ff, vocab_size) in [(1, 1, 1, 2), (9, 1, 17, 11), (10, 5, 8, 33)] {
        check(
            &GptConfig {
                d_model,
                n_heads,
                d_ff,
                vocab_size,
                norm_placement: NormPlacement::Pre,
                ..tiny()
            },
            6,
        );
    }
}
