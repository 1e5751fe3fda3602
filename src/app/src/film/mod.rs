//! Films of a show: which moments they have, how they are recorded, and what is said about them beside the
//! file. How files are written is the business of `orrery_film`; how a moment looks, of the show.

mod facts;
mod plan;
mod recording;
mod sound;
mod space;
mod subtitles;
mod titles;

pub use facts::FilmFacts;
pub use plan::{FilmPlan, PlanError, Stretch};
pub use recording::{Dressing, Early, RecordError, Recorded, gif_palette, record};
pub use sound::FilmSound;
pub use space::{check_space, estimated_bytes};
pub use subtitles::subtitles;
pub use titles::Titles;
