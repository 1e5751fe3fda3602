//! Shows of random models for the tests.

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery_model::{
    Activation, Biases, Gpt, GptConfig, NormPlacement, SamplingSettings, Tokenizer,
};
use orrery_pipeline::{Detail, Pacing, Show, ShowOptions};

/// The default model and others of each kind.
pub fn configurations() -> Vec<GptConfig> {
    let small = GptConfig {
        n_blocks: 2,
        ..GptConfig::default()
    };
    vec![
        small.clone(),
        GptConfig {
            norm_placement: NormPlacement::Pre,
            activation: Activation::GeluErf,
            biases: Biases::GPT2,
            final_norm: true,
            tied_head: false,
            ..small.clone()
        },
        GptConfig {
            norm_placement: NormPlacement::Pre,
            activation: Activation::GeluTanh,
            biases: Biases::NONE,
            final_norm: true,
            n_heads: 2,
            d_model: 12,
            d_ff: 20,
            ..small.clone()
        },
        GptConfig {
            biases: Biases {
                head: true,
                ..Biases::GPT2
            },
            n_heads: 1,
            d_model: 8,
            d_ff: 24,
            ..small
        },
    ]
}

/// A show of a random model.
pub fn show(config: GptConfig, prompt: &str, options: &ShowOptions) -> Show {
    let gpt = Arc::new(Gpt::random(config, 11).expect("a valid configuration"));
    let tokenizer = Tokenizer::charlm();
    let ids = tokenizer.encode(prompt).expect("known characters");
    let pacing = Pacing::shipped().expect("the shipped table");
    Show::new(&gpt, &tokenizer, &ids, &pacing, options).expect("a show")
}

/// Two tokens, all blocks opened, some chance.
pub fn options() -> ShowOptions {
    ShowOptions {
        tokens: 2,
        sampling: SamplingSettings {
            temperature: 0.8,
            top_k: Some(9),
            top_p: Some(0.95),
            seed: 3,
        },
        opened: BTreeSet::from_iter(0..8),
        later_tokens: Detail::Abbreviated,
    }
}
