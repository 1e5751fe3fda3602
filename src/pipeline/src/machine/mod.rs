//! The whole model as one machine: the residual stream is a beam from left to right, attention stands
//! above it, the feed-forward hangs below, each block the same figure. Here live where everything of the
//! machine stands, when it acts, where the data is, and how the view flies between a stage and the whole;
//! what it looks like on a screen may not live here.

mod block;
mod build;
mod clock;
mod column;
mod ends;
mod flight;
mod name;
mod slab;
mod strand;
mod view;

pub(crate) use build::shows_parts;
pub use clock::{hand, stage_place, work_of};
pub use flight::Flight;
pub use name::{Name, NameKind};
pub use slab::{Leaf, Look, Slab, SlabKind};
pub use strand::{Route, Strand};
pub use view::{SAFE, pose};

use glam::Vec3;

use crate::colour::Quantity;
use crate::pass::Pass;

/// The machine of one pass: everything that stands in the far view. Coordinates are world units, x along
/// the beam, y up, z to the viewer; the beam lies at y = 0.
#[derive(Clone, Debug)]
pub struct Machine {
    /// All matrices.
    pub slabs: Vec<Slab>,
    /// The beam and its branches.
    pub strands: Vec<Strand>,
    /// Where the data is, by the machine's clock.
    pub route: Route,
    /// Edge of the light where the data is, in units.
    pub data_size: f32,
    /// What its parts are called.
    pub names: Vec<Name>,
    /// The smallest box around all slabs: (least corner, greatest corner).
    pub bounds: (Vec3, Vec3),
}

impl Machine {
    /// Lays out the machine of a pass; `range` is the number that gets the end of a quantity's colour map.
    pub fn new(pass: &Pass, range: impl Fn(Quantity) -> f32) -> Self {
        build::machine(pass, &range)
    }
}
