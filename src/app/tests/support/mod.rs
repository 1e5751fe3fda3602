//! What several tests of pictures share: the shipped model, a show of it, and what draws that show.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use orrery::render::{PictureSize, QualityChoice, SamplesPerPixel};
use orrery::show::{CurrentShow, NamedModel, PictureSettings, ShowRenderer, ShowSettings};
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer, checkpoint};
use orrery_pipeline::{Detail, Pacing, Palette, ShowOptions};

/// The size for which letters are made.
pub const SIZE: PictureSize = PictureSize {
    width: 1280,
    height: 720,
};

pub fn shipped_model() -> (Gpt, Tokenizer) {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/charlm.npz");
    let model = checkpoint::load(&weights).expect("the shipped model");
    (model.gpt, model.tokenizer)
}

pub fn show((gpt, tokenizer): (Gpt, Tokenizer), prompt: &str, tokens: usize) -> CurrentShow {
    CurrentShow::new(ShowSettings {
        model: NamedModel {
            gpt: Arc::new(gpt),
            tokenizer: Arc::new(tokenizer),
            name: "model".to_owned(),
            options: Vec::new(),
        },
        prompt: prompt.to_owned(),
        lossy: false,
        options: ShowOptions {
            tokens,
            sampling: SamplingSettings {
                temperature: 0.8,
                top_k: None,
                top_p: None,
                seed: 1,
            },
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: orrery_pipeline::Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped().expect("the shipped pacing"),
    })
    .expect("a show")
}

pub fn renderer(show: &CurrentShow) -> ShowRenderer {
    let settings = PictureSettings {
        size: SIZE,
        scale: 1.0,
        quality: QualityChoice::Software,
        samples: SamplesPerPixel::default(),
        palette: Palette::Ember,
        cards: true,
    };
    ShowRenderer::new(show.clone(), settings).expect("a graphics driver")
}

/// A show whose scenes have too many cells for an entity each.
pub fn dense_show() -> CurrentShow {
    let config = GptConfig {
        n_blocks: 1,
        n_heads: 6,
        d_model: 96,
        d_ff: 384,
        context_length: 64,
        ..GptConfig::default()
    };
    let gpt = Gpt::random(config, 3).expect("a random model");
    let prompt = "to be or not to be that is the question whether tis noble";
    show((gpt, Tokenizer::charlm()), prompt, 1)
}
