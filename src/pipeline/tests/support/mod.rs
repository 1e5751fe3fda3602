//! Shows of random models for the tests.
#![allow(dead_code, reason = "no test file uses all of it")]

pub mod framing;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use orrery_model::checkpoint::{Assumptions, load_vocabulary, load_with};
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

/// Models of the size that people train with nanoGPT: 1 to 6 heads, 36 to 96 dimensions, vocabularies of
/// characters, words and byte pairs.
pub fn large_configurations() -> Vec<GptConfig> {
    let nanogpt = GptConfig {
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases: Biases::NONE,
        final_norm: true,
        ..GptConfig::default()
    };
    let sized = |n_blocks, n_heads, d_model, context_length, vocab_size| GptConfig {
        n_blocks,
        n_heads,
        d_model,
        d_ff: 4 * d_model,
        context_length,
        vocab_size,
        ..nanogpt.clone()
    };
    vec![
        sized(4, 4, 64, 64, 65),
        sized(6, 1, 36, 32, 148),
        GptConfig {
            biases: Biases::GPT2,
            ..sized(4, 6, 96, 64, 65)
        },
        sized(2, 6, 48, 64, 50_304),
        // wider than the stage, with more heads than it has room for
        sized(2, 16, 256, 80, 300),
    ]
}

/// A show of a random large model: so many tokens of prompt, spread over the vocabulary.
pub fn large_show(config: GptConfig, prompt: usize, options: &ShowOptions) -> Show {
    let symbols = config.vocab_size;
    let letters = (0x4e00u32..).filter_map(char::from_u32).take(symbols);
    let tokenizer = Tokenizer::characters(letters).expect("distinct letters");
    let ids: Vec<usize> = (1..=prompt).map(|i| i * 7_919 % symbols).collect();
    let gpt = Arc::new(Gpt::random(config, 11).expect("a valid configuration"));
    let pacing = Pacing::shipped().expect("the shipped table");
    Show::new(&gpt, &tokenizer, &ids, &pacing, options).expect("a show")
}

/// A model with its vocabulary.
pub type Model = (Arc<Gpt>, Tokenizer);

/// A show of a random model.
pub fn show(config: GptConfig, prompt: &str, options: &ShowOptions) -> Show {
    let gpt = Arc::new(Gpt::random(config, 11).expect("a valid configuration"));
    show_of(&(gpt, Tokenizer::charlm()), prompt, options)
}

/// A show of a model.
pub fn show_of((gpt, tokenizer): &Model, prompt: &str, options: &ShowOptions) -> Show {
    let ids = tokenizer.encode(prompt).expect("known characters");
    let pacing = Pacing::shipped().expect("the shipped table");
    Show::new(gpt, tokenizer, &ids, &pacing, options).expect("a show")
}

/// The models that ship, and the model of words among the reference files, each with a prompt. Where the reference files
/// are missing it is left out, except in CI (the environment variable `CI` is set).
pub fn trained_models() -> Vec<(Model, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let load = |file: &Path| -> Model {
        // what lies beside the model goes first
        let assumptions = Assumptions {
            tokenizer: load_vocabulary(&file.with_file_name("meta.pkl")).ok(),
            ..Assumptions::default()
        };
        let loaded = load_with(file, &assumptions).expect("a model");
        (Arc::new(loaded.gpt), loaded.tokenizer)
    };
    let mut all = vec![
        (
            load(&root.join("weights/charlm.npz")),
            "what light".to_owned(),
        ),
        (
            load(&root.join("weights/bard.npz")),
            "ROMEO: But".to_owned(),
        ),
    ];
    let words = root.join("../shared/fixtures/nanogpt/word-knock/ckpt.pt");
    if words.is_file() {
        all.push((load(&words), "knock knock whos there cat".to_owned()));
    } else {
        assert!(
            std::env::var_os("CI").is_none(),
            "the reference files are missing: {}",
            words.display()
        );
    }
    all
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
        pages: orrery_pipeline::Pages::default(),
        lens: true,
    }
}
