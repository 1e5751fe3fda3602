//! Everything made of letters that stands in the world: names, sizes, axes, operators. Which font
//! and how large in pixels is the app's affair.

use glam::Vec3;

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
    /// Where it flies during its last part, if it does: the other end and the window of the flight.
    pub flight: Option<(Vec3, Window)>,
    /// Which point of the text lies on the anchor.
    pub align: Align,
    /// The detail is left out where name and detail together are wider than this, in units.
    pub room: Option<f32>,
    /// Its place along an axis and the step between neighbours, where labels of an axis may be too
    /// close together to show them all.
    pub along_axis: Option<(usize, Vec3)>,
    /// When it is there, in seconds of the stage; it fades over [`FADE_SECONDS`] at both ends.
    pub window: Window,
}

/// How long a label takes to come and go, in seconds.
pub const FADE_SECONDS: f32 = 0.3;

impl Label {
    /// How visible it is at time `s`, 0…1.
    pub fn opacity(&self, s: f32) -> f32 {
        let fade_in = (s - self.window.start) / FADE_SECONDS;
        let fade_out = (self.window.end - s) / FADE_SECONDS;
        fade_in.min(fade_out).clamp(0.0, 1.0)
    }

    /// Where it stands at time `s`.
    pub fn position(&self, s: f32) -> Vec3 {
        match self.flight {
            Some((to, window)) => {
                let t = crate::easing::cubic_in_out(window.progress(s));
                self.anchor.lerp(to, t)
            }
            None => self.anchor,
        }
    }
}
