//! What stands beside a film: everything that is needed to make it again, and what came out.

use serde::{Deserialize, Serialize};

/// The contents of `hello.json` beside `hello.mp4`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmFacts {
    /// The program that made it.
    pub program: String,
    /// Its version.
    pub version: String,
    /// The words behind `orrery record` that make it again, without the names of its files.
    pub arguments: Vec<String>,
    /// What the model is called.
    pub model: String,
    /// SHA-256 of the model's weights.
    pub weights_sha256: String,
    /// What is shown: the prompt with what the model went on with.
    pub text: String,
    /// The seed of the draws.
    pub seed: u64,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Frames in a second.
    pub frames_per_second: u32,
    /// Frames of the whole film.
    pub frames: u64,
    /// Seconds of the whole film.
    pub seconds: f64,
    /// How it was encoded.
    pub encoder: String,
    /// What drew it: frames are equal bit for bit on the same driver.
    pub drawn_by: String,
    /// Whether it was ended before its time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// Integrated loudness in LUFS (EBU R 128), where there is sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness: Option<f64>,
}
