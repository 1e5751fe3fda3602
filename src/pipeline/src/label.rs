//! Everything made of letters that stands in the world: names, sizes, axes, operators. Which font
//! and how large in pixels is the app's affair.

use glam::{Vec2, Vec3};

use crate::easing::cubic_in_out;
use crate::rich_text::RichText;
use crate::timeline::Window;

/// What a label is, which decides its size and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// The name of a matrix, with its size behind it.
    Name,
    /// `·`, `+`, `=`, `÷√d_k` between operands.
    Operator,
    /// A token beside a row.
    Token,
    /// An index or symbol along an axis.
    Axis,
    /// A large letter: the text as the model gets it.
    Glyph,
    /// A number or a short remark in the picture.
    Note,
}

/// Which point of the text lies on the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// The anchor is the left end of the line.
    Left,
    /// The anchor is the middle.
    Centre,
    /// The anchor is the right end of the line.
    Right,
}

/// Where a label flies to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Destination {
    /// A place on the stage.
    Stage(Vec3),
    /// The slot of the next token in the text so far, which stands still in the picture.
    Slot,
}

/// A label's way to another place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flight {
    /// Where it arrives.
    pub to: Destination,
    /// When, in seconds of the stage.
    pub window: Window,
    /// How large its letters are when it arrives, as a share of their size before.
    pub letters: f32,
}

/// How a label stands along an axis, where labels may be too close together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlongAxis {
    /// From one label of the axis to the next, in units.
    pub step: Vec3,
    /// Letters of the longest label of the axis.
    pub letters: usize,
    /// The same for all labels of an axis of letters, of which all stand or none; none for numbers, of which some may
    /// stand for all.
    pub whole: Option<usize>,
    /// The axis of letters in whose place these numbers are, where there is no room for it.
    pub instead_of: Option<usize>,
}

/// A piece of text at a place in the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// What it is.
    pub kind: LabelKind,
    /// What it says.
    pub text: RichText,
    /// Smaller text behind it (a size such as `5 × 16`).
    pub detail: String,
    /// Where it stands.
    pub anchor: Vec3,
    /// Where it flies during its last part, if it does.
    pub flight: Option<Flight>,
    /// Which point of the text lies on the anchor.
    pub align: Align,
    /// How far the text then stands off the anchor, in sizes of its letters: right, up. So it keeps its
    /// distance from a matrix however large that is in the picture.
    pub nudge: Vec2,
    /// The axis along which it stands, if it stands along one.
    pub along_axis: Option<AlongAxis>,
    /// When it is there, in seconds of the stage; it fades over [`FADE_SECONDS`] at both ends.
    pub window: Window,
    /// How visible it is at most, 0…1: less than 1 while one visualization gives way to another.
    pub presence: f32,
}

/// How long a label takes to come and go, in seconds.
pub const FADE_SECONDS: f32 = 0.3;

impl Label {
    /// A label that stands still, its middle on the anchor.
    pub fn new(kind: LabelKind, text: RichText, anchor: Vec3, window: Window) -> Self {
        Self {
            kind,
            text,
            detail: String::new(),
            anchor,
            flight: None,
            align: Align::Centre,
            nudge: Vec2::ZERO,
            along_axis: None,
            window,
            presence: 1.0,
        }
    }

    /// How visible it is at time `s`, 0…1.
    pub fn opacity(&self, s: f32) -> f32 {
        let fade_in = (s - self.window.start) / FADE_SECONDS;
        let fade_out = (self.window.end - s) / FADE_SECONDS;
        fade_in.min(fade_out).clamp(0.0, 1.0) * self.presence
    }

    /// How much of its way it has behind it at time `s`, 0…1, eased.
    pub fn way(&self, s: f32) -> f32 {
        self.flight
            .map_or(0.0, |flight| cubic_in_out(flight.window.progress(s)))
    }

    /// The size of its letters at time `s`, as a share of what its kind has.
    pub fn letters(&self, s: f32) -> f32 {
        self.flight
            .map_or(1.0, |flight| 1.0 + (flight.letters - 1.0) * self.way(s))
    }

    /// Whether it is on its way at time `s`, or about to go.
    pub fn flies(&self, s: f32) -> bool {
        self.flight.is_some_and(|flight| s >= flight.window.start)
    }
}
