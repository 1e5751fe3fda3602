//! What tests of several parts of the app share: a small show of a random model.

use std::{collections::BTreeSet, sync::Arc};

use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Pacing, ShowOptions};

use crate::show::{CurrentShow, LoadedModel, ShowSettings};

/// Two tokens after "hello" from an untrained model of two blocks.
pub(crate) fn small_show() -> CurrentShow {
    let config = GptConfig {
        n_blocks: 2,
        ..GptConfig::default()
    };
    CurrentShow::new(ShowSettings {
        model: LoadedModel {
            gpt: Arc::new(Gpt::random(config, 5).unwrap()),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "random".into(),
        },
        prompt: "hello".into(),
        lossy: false,
        options: ShowOptions {
            tokens: 2,
            sampling: SamplingSettings::default(),
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: orrery_pipeline::Pages::default(),
        },
        pacing: Pacing::shipped().unwrap(),
    })
    .unwrap()
}
