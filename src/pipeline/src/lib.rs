//! The show as pure functions: which operations a GPT consists of, where each matrix stands, when
//! each thing happens and how each cell moves. Everything follows from a trace and a time; nothing
//! here draws, plays or knows of Bevy.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
pub mod bounds;
pub mod camera;
pub mod card;
mod changed_run;
pub mod cinema;
pub mod colour;
pub mod easing;
pub mod explanation;
pub mod label;
pub mod machine;
pub mod motion;
pub mod notation;
pub mod number_place;
pub mod operand;
pub mod operation;
mod origins;
pub mod pacing;
pub mod part;
pub mod pass;
pub mod placement;
pub mod program;
mod ranges;
pub mod ray;
pub mod rich_text;
pub mod scene;
pub mod shaping;
pub mod show;
pub mod stage;
pub mod stage_kind;
pub mod staging;
pub mod timeline;

pub use bounds::Bounds;
pub use camera::{CameraPath, Framing, SafeArea, Shot};
pub use card::Card;
pub use colour::{ColourMap, Palette, Quantity, Scale, Tint};
pub use explanation::{Explanation, RelatedCell};
pub use label::{Destination, Flight, Label, LabelKind};
pub use number_place::{NumberPlace, Numbers};
pub use operand::{Operand, SamplingTensor, Source};
pub use operation::{Cell, CellValue, Formula, Operation, OperationKind, Size, Terms};
pub use pacing::Pacing;
pub use part::{PagedAxis, Pages};
pub use pass::Pass;
pub use placement::Placement;
pub use program::{Detail, Program, ProgramOptions, Stage, Step};
pub use ranges::Range;
pub use ray::Ray;
pub use rich_text::RichText;
pub use scene::{CellPose, Group, Picked, Scene, SceneCell};
pub use show::{Show, ShowError, ShowOptions};
pub use stage::{StageDescription, labels::visible_token};
pub use stage_kind::StageKind;
pub use timeline::{Phase, Segment, Timeline, Window};
