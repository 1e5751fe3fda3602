//! Random small architectures of every variant.

use orrery_model::{Activation, Biases, Gpt, GptConfig, NormPlacement};
use proptest::prelude::*;

/// A hundred cases each, for the suite's speed without optimization, and no file of past failures:
/// proptest has no place for those of integration tests.
pub fn without_a_diary() -> ProptestConfig {
    ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn biases() -> impl Strategy<Value = Biases> {
    any::<[bool; 8]>().prop_map(|b| Biases {
        query: b[0],
        key: b[1],
        value: b[2],
        attention_output: b[3],
        feed_forward_up: b[4],
        feed_forward_down: b[5],
        layer_norm: b[6],
        head: b[7],
    })
}

/// An architecture of any variant, with sizes that are no multiples of each other.
pub fn config() -> impl Strategy<Value = GptConfig> {
    let sizes = (
        1..40_usize,
        1..20_usize,
        1..5_usize,
        0..8_usize,
        1..4_usize,
        1..50_usize,
    );
    let variants = (
        prop_oneof![Just(NormPlacement::Pre), Just(NormPlacement::Post)],
        prop_oneof![
            Just(Activation::Relu),
            Just(Activation::GeluErf),
            Just(Activation::GeluTanh)
        ],
        biases(),
        any::<bool>(),
        any::<bool>(),
    );
    (sizes, variants).prop_map(|(sizes, variants)| GptConfig {
        vocab_size: sizes.0,
        context_length: sizes.1,
        // At least six numbers in a row: a norm over two or three that happen to be almost equal
        // magnifies the rounding of any single-precision pass.
        d_model: sizes.2 * (6_usize.div_ceil(sizes.2) + sizes.3),
        n_heads: sizes.2,
        n_blocks: sizes.4,
        d_ff: sizes.5,
        norm_placement: variants.0,
        activation: variants.1,
        biases: variants.2,
        final_norm: variants.3,
        tied_head: variants.4,
        norm_epsilon: 1e-5,
        attention_scaling: Default::default(),
    })
}

/// A random GPT with token ids that fill one to all of its context.
pub fn gpt_and_ids() -> impl Strategy<Value = (Gpt, Vec<usize>)> {
    (config(), any::<u64>()).prop_flat_map(|(config, seed)| {
        let ids = prop::collection::vec(0..config.vocab_size, 1..=config.context_length);
        let gpt = Gpt::random(config, seed).unwrap();
        (Just(gpt), ids)
    })
}
