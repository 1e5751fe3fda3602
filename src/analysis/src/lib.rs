//! What follows from one run of a GPT: which part of the model speaks for which token, what would be
//! without it, what each stage would say, where attention looks and why. Every function is pure: a run
//! and a question in, numbers out, summed in double precision from the trace's single precision. No
//! picture, no file and no word for people lives here.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alignment;
pub mod attribution;
pub mod circuits;
pub mod contexts;
pub mod directions;
pub mod fitted_lens;
pub mod lens;
pub mod neurons;
pub mod part;
pub mod patch_grid;
pub mod positions;
pub mod question;
pub mod run;
pub mod statistics;
pub mod surprisal;
pub mod switch_off;
mod vector;
mod walk;

pub use attribution::{Attribution, Share, attribution};
pub use fitted_lens::FittedLens;
pub use lens::{Guess, Lens, LensStage, lens_values, raw_lens, stages};
pub use part::Part;
pub use question::{Against, Question};
pub use run::{AnalysisError, Run};
pub use switch_off::{Effect, SwitchOff, effects};
