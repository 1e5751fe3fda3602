//! H.264 video: one closed group of pictures after another, each by an encoder of its own, so that the
//! bytes do not depend on how many threads encode.

mod group;
mod level;
mod parallel;
mod parameter_sets;

pub use group::{AccessUnit, GroupEncoder, VideoSettings, refuse_hidden_settings};
pub use level::level;
pub use parallel::{GroupOutput, ParallelEncoder};
pub use parameter_sets::ParameterSets;
