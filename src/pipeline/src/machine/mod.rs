//! The whole model as one machine: the residual stream is a beam from left to right, attention is
//! above it, the feed-forward hangs below, and each block has the same shape. Here is where each part of the machine is
//! placed, when it acts, where the data is, and how the view flies between a stage and the whole; how it is drawn
//! does not belong here.

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
pub use clock::{Clock, hand, stage_place, work_of};
pub use flight::Flight;
pub use name::{Name, NameKind};
pub use slab::{Leaf, Look, Slab, SlabKind};
pub use strand::{Route, Strand};
pub use view::{SAFE, pose};

use crate::bounds::Bounds;
use crate::colour::Quantity;
use crate::pass::Pass;

/// The machine of one pass: everything in the far view. Coordinates are world units, x along
/// the beam, y up, z to the viewer; the beam lies at y = 0.
#[derive(Clone, Debug)]
pub struct Machine {
    /// All matrices.
    pub slabs: Vec<Slab>,
    /// The beam and its branches.
    pub strands: Vec<Strand>,
    /// Where the data is, by the machine's clock.
    pub route: Route,
    /// Edge length of the light that shows where the data is, in units.
    pub data_size: f32,
    /// What its parts are called.
    pub names: Vec<Name>,
    /// The smallest box around all slabs.
    pub bounds: Bounds,
}

impl Machine {
    /// Lays out the machine of a pass; `range` is the number that gets the end of a quantity's colour map.
    pub fn new(pass: &Pass, range: impl Fn(Quantity) -> f32) -> Self {
        build::machine(pass, &range)
    }
}
