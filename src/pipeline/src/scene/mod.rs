//! What one stage consists of while it is on: groups of cells with their motions, shots, captions
//! and labels. A scene answers what is asked about a time: how a cell looks, which cell a ray meets, where a
//! number stands.

pub(crate) mod ahead;
mod find;
mod group;
mod layer;
mod pick;

use glam::Vec3;

use crate::camera::Shot;
use crate::card::Card;
use crate::colour::{Quantity, Tint};
use crate::label::Label;
use crate::operation::{Cell, Made};
use crate::part::Parts;
use crate::rich_text::RichText;
use crate::timeline::Window;

pub(crate) use ahead::Ahead;
pub use find::SceneCell;
pub(crate) use find::index_of;
pub use group::{AxisLabels, Group, Role};
pub use layer::{Layer, Shows};
pub use pick::Picked;

/// How one cell looks at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellPose {
    /// Its centre.
    pub position: Vec3,
    /// Its edge lengths; zero where it is not there.
    pub size: Vec3,
    /// Its colour as a place on a map.
    pub tint: Tint,
    /// Extra light, 0…1.
    pub glow: f32,
    /// A faint dot in the place of a cell that is yet to be made.
    pub ghost: bool,
}

impl CellPose {
    /// Whether there is anything to see.
    pub fn visible(&self) -> bool {
        self.size.min_element() > 1e-3
    }
}

/// A cell whose number is worked out on screen for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worked {
    /// When, in seconds of the stage.
    pub window: Window,
    /// What of the operation it belongs to.
    pub made: Made,
    /// Its row and column in the whole matrix, or in the whole of the step.
    pub cell: Cell,
    /// The cell of the scene that is lit meanwhile.
    pub shown: SceneCell,
}

/// What is said of an operation while it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// When, in seconds of the stage.
    pub window: Window,
    /// One or two plain sentences.
    pub words: String,
    /// The formula in symbols.
    pub formula: RichText,
    /// Index of the operation in the program; none where nothing is computed.
    pub operation: Option<usize>,
    /// The cells whose numbers are worked out meanwhile, one after the other.
    pub worked: Vec<Worked>,
    /// What the colours of the matrices that act stand for; empty where that is what the stage's do.
    pub quantities: Vec<Quantity>,
}

impl Caption {
    /// Words and symbols while nothing is computed.
    pub fn new(window: Window, words: impl Into<String>, formula: RichText) -> Self {
        Self {
            window,
            words: words.into(),
            formula,
            operation: None,
            worked: Vec::new(),
            quantities: Vec::new(),
        }
    }

    /// The cell that is worked out at `s`, in seconds of the stage.
    pub fn worked_at(&self, s: f32) -> Option<&Worked> {
        let on = |worked: &&Worked| worked.window.start <= s && s < worked.window.end;
        self.worked.iter().find(on)
    }
}

/// A stage, ready to be shown.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Everything made of cells.
    pub groups: Vec<Group>,
    /// Seconds.
    pub duration: f32,
    /// Where the camera goes, by time.
    pub shots: Vec<Shot>,
    /// What is said, by time.
    pub captions: Vec<Caption>,
    /// What is worth knowing meanwhile, by time.
    pub cards: Vec<Card>,
    /// Everything made of letters.
    pub labels: Vec<Label>,
    /// What of long axes is shown.
    pub parts: Parts,
}

/// A scene of at least this many cells is dense.
const DENSE: usize = 16_384;

impl Scene {
    /// Whether there are so many cells that each has but a few pixels: they may then be drawn with less detail.
    pub fn is_dense(&self) -> bool {
        self.groups.iter().map(Group::cells).sum::<usize>() >= DENSE
    }

    /// The caption at time `s`: the last that has begun.
    pub fn caption(&self, s: f32) -> Option<&Caption> {
        self.captions
            .iter()
            .rev()
            .find(|caption| caption.window.start <= s)
            .or(self.captions.first())
    }

    /// The card that is shown at `s`, in seconds of the stage.
    pub fn card(&self, s: f32) -> Option<&Card> {
        let on = |card: &&Card| card.window.start <= s && s < card.window.end;
        self.cards.iter().find(on)
    }

    /// How many cells there are to be seen at time `s`, and how many of them may move
    /// between `s − dt` and `s`.
    pub fn census(&self, s: f32, dt: f32) -> (usize, usize) {
        let mut visible = 0;
        let mut moving = 0;
        for group in &self.groups {
            for row in 0..group.rows {
                visible += (0..group.columns)
                    .filter(|&column| group.pose(row, column, s).visible())
                    .count();
            }
            moving += group.columns_between(s - dt, s).len() * group.rows;
        }
        (visible, moving)
    }
}
