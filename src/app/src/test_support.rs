//! What tests of several parts of the app share: a small show of a random model, and an app for it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
};

use bevy::prelude::*;
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Pacing, ShowOptions};

use crate::assembly::CorePlugin;
use crate::background::Wake;
use crate::show::{CurrentShow, NamedModel, NextShow, ShowSettings, Transport};

/// Two tokens after "hello" from an untrained model of two blocks.
pub(crate) fn small_show() -> CurrentShow {
    let config = GptConfig {
        n_blocks: 2,
        ..GptConfig::default()
    };
    CurrentShow::new(ShowSettings {
        model: NamedModel {
            gpt: Arc::new(Gpt::random(config, 5).unwrap()),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "random".into(),
            options: Vec::new(),
        },
        prompt: "hello".into(),
        lossy: false,
        options: ShowOptions {
            tokens: 2,
            sampling: SamplingSettings::default(),
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: orrery_pipeline::Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped().unwrap(),
    })
    .unwrap()
}

/// An app without a window and without a renderer, with the small show; nothing moves the clock.
pub(crate) fn app_with_small_show() -> App {
    let mut app = App::new();
    app.add_plugins((MinimalPlugins, CorePlugin))
        .insert_resource(small_show());
    app
}

/// Sets the clock; nothing is updated.
pub(crate) fn set_clock(app: &mut App, time: f64, playing: bool) {
    let mut transport = app.world_mut().resource_mut::<Transport>();
    transport.seek(time, f64::MAX);
    transport.set_playing(playing);
}

/// Updates the app until every show that was asked for is on.
pub(crate) fn await_shows(app: &mut App) {
    while app.world().resource::<NextShow>().is_under_way() {
        app.update();
        std::thread::yield_now();
    }
}

/// Holds every thread that makes a show, where it begins to run the model, until it is opened.
pub(crate) struct Gate(MutexGuard<'static, ()>);

impl Gate {
    /// A closed gate.
    pub(crate) fn before_shows(app: &mut App) -> Self {
        let gate: &'static Mutex<()> = Box::leak(Box::default());
        app.insert_resource(Wake::new(move || drop(gate.lock())));
        Self(gate.lock().unwrap())
    }

    /// Lets them go on.
    pub(crate) fn open(self) {
        drop(self.0);
    }
}
