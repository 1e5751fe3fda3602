//! What the report's tests share: models, requests, and a browser.
#![allow(dead_code)]

pub mod browser;
pub mod firefox;
pub mod page;

use std::path::Path;
use std::sync::Arc;

use orrery_model::checkpoint::load;
use orrery_model::{
    Activation, Biases, Gpt, GptConfig, Interventions, NormPlacement, SamplingSettings, Tokenizer,
};
use orrery_report::{Request, Weights};

/// A request for a report of a model.
pub fn request(gpt: Gpt, tokenizer: Tokenizer, text: &str) -> Request {
    let (ids, _) = tokenizer.encode_lossy(text);
    Request {
        gpt: Arc::new(gpt),
        tokenizer: Arc::new(tokenizer),
        model_name: "the model".to_owned(),
        training: None,
        ids,
        sampling: SamplingSettings {
            temperature: 0.8,
            ..SamplingSettings::default()
        },
        tokens: 1,
        compare: None,
        interventions: Interventions::default(),
        corpus: None,
        weights: Weights::Auto,
        max_size: 5_000_000,
        title: None,
        command: "orrery report".to_owned(),
        card: None,
    }
}

/// A model that ships.
pub fn shipped(name: &str, text: &str) -> Request {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights");
    let model = load(&folder.join(name)).expect("it ships");
    request(model.gpt, model.tokenizer, text)
}

pub fn charlm() -> Request {
    shipped("charlm.npz", "what light throu")
}

pub fn bard() -> Request {
    shipped("bard.npz", "What light through yonder window")
}

/// A random model with every bias and these tokens.
pub fn random(norm_placement: NormPlacement, tokens: &[&str], prompt: &[usize]) -> Request {
    let config = GptConfig {
        vocab_size: tokens.len(),
        context_length: 8,
        d_model: 12,
        n_heads: 3,
        n_blocks: 2,
        d_ff: 20,
        norm_placement,
        final_norm: norm_placement == NormPlacement::Pre,
        tied_head: false,
        activation: Activation::GeluErf,
        biases: Biases {
            head: true,
            ..Biases::GPT2
        },
        ..GptConfig::default()
    };
    let gpt = Gpt::random(config, 5).expect("the configuration is valid");
    let tokens = tokens.iter().map(|&token| token.to_owned()).collect();
    let tokenizer = Tokenizer::of_tokens(tokens).expect("the tokens are fine");
    let mut request = request(gpt, tokenizer, "");
    request.ids = prompt.to_vec();
    request
}

/// Tokens that want to be markup.
pub const HOSTILE: [&str; 6] = [
    "</script><script>window.x=1</script>",
    "\"><img src=x onerror=window.x=1>",
    "\u{2028}",
    "\u{202e}turned",
    "<!--",
    "plain",
];
