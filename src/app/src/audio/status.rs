//! Whether there is sound, in words: written by the worker, shown by the window.

use std::sync::{Arc, Mutex, PoisonError};

use bevy::prelude::*;

/// Whether there is sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// A device is being opened.
    Opening,
    /// A device plays; its name.
    On(String),
    /// There is none, and why.
    Off(String),
}

/// The status, shared by the worker and the window; no device's thread touches it.
#[derive(Resource, Clone, Debug)]
pub struct SoundStatus(Arc<Mutex<Status>>);

impl Default for SoundStatus {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Status::Opening)))
    }
}

impl SoundStatus {
    /// What it is.
    pub fn get(&self) -> Status {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Says another; whether it is another.
    pub fn set(&self, status: Status) -> bool {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let other = *now != status;
        *now = status;
        other
    }

    /// In words.
    pub fn words(&self) -> String {
        match self.get() {
            Status::Opening => "looking for a sound device".to_owned(),
            Status::On(name) => format!("plays on {name}"),
            Status::Off(why) => format!("no sound: {why}"),
        }
    }
}
