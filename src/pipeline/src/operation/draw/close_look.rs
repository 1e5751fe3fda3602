//! The close look at the draw, where the random number lies so near to an edge of its piece that nobody could tell on
//! which side: the camera comes near, the strip keeps its shape in the picture, and both sides have their names.

use glam::{Vec2, Vec3};

use super::strip::{DEPTH, STRIP_HEIGHT, Strip};
use super::{DrawToken, FALLS};
use crate::bounds::Bounds;
use crate::label::{Label, LabelKind};
use crate::motion::{MotionKind, Wave};
use crate::notation::number_at;
use crate::rich_text::RichText;
use crate::stage::labels::{MOST_LETTERS, shortened, visible_token};
use crate::staging::{GroupIndex, Staging};
use crate::timeline::Window;

/// Of a random number nearer than this to an edge of its piece, as a share of the strip, the camera takes a close
/// look.
const CLOSE: f64 = 0.01;
/// Height of the strip in a close look, as a share of the length that is seen of it.
const CLOSE_HEIGHT: f32 = 0.1;

/// A close look at an edge between two pieces of the strip.
pub(super) struct CloseLook {
    /// The edge, on the side of the strip that is seen.
    middle: Vec3,
    /// How much of the strip's length is seen, in units.
    pub wide: f32,
    /// How high the strip is meanwhile, in units: it keeps its shape in the picture, whatever is seen of its length.
    pub high: f32,
}

impl CloseLook {
    /// At this edge, where the random number is so far from it, both as shares of the strip.
    pub(super) fn of(strip: &Strip, (edge, away): (f64, f64)) -> Self {
        let length = strip.width.length();
        let wide = (length * away as f32 * 12.0).clamp(length * 0.01, length * 0.1);
        Self {
            middle: strip.at(edge) + Vec3::Z * (DEPTH * 0.5),
            wide,
            high: wide * CLOSE_HEIGHT,
        }
    }
}

impl DrawToken {
    /// The edge of its piece that is nearest to the random number, and how far that is, where the camera has to come
    /// close for it to be told on which side the number lies.
    pub(crate) fn near_edge(&self) -> Option<(f64, f64)> {
        let u = self.uniform?;
        let (begin, end) = self.share;
        let nearest = if u - begin < end - u { begin } else { end };
        // the ends of the strip are no borders between pieces
        let border = nearest > 1e-9 && nearest < 1.0 - 1e-9;
        let away = (u - nearest).abs();
        (border && away < CLOSE).then_some((nearest, away))
    }

    /// When the camera comes near and when it goes back, where it does.
    pub(super) fn close_window(&self, window: Window) -> Option<(Window, Window)> {
        self.near_edge()?;
        let from = window.part(FALLS.0, FALLS.1).start - 0.2;
        let back = Staging::close_look_ends((from, window.end));
        Some((
            Window::new(from - 0.4, from + 0.4),
            Window::new(back + 0.2, window.end),
        ))
    }

    /// Where the random number lies near an edge of its piece: the camera comes so close that it is seen on which
    /// side, and goes back before the stage ends. The strip is less high meanwhile, so that it is seen whole.
    pub(super) fn look_close(
        &self,
        staging: &mut Staging<'_>,
        (strip, geometry, shares): (GroupIndex, &Strip, &[(f64, f64)]),
        close: &CloseLook,
        window: Window,
    ) {
        let (Some(uniform), Some((come, back)), Some((edge, _))) =
            (self.uniform, self.close_window(window), self.near_edge())
        else {
            return;
        };
        let &CloseLook { middle, wide, high } = close;
        for (window, high) in [(come, high), (back, STRIP_HEIGHT)] {
            let pieces: Vec<_> = shares
                .iter()
                .map(|&share| geometry.piece(share, high))
                .collect();
            let wave = Wave::together(window.start, window.end);
            staging.adapt(strip, MotionKind::Reshape(wave, pieces.into()));
        }
        let fall = window.part(FALLS.0, FALLS.1);
        staging.close_look(
            (fall.start - 0.2, window.end),
            Bounds::new(
                middle - Vec3::new(wide * 0.5, wide * 0.15, 0.0),
                middle + Vec3::new(wide * 0.5, wide * 0.13, 0.0),
            ),
        );
        let there = Window::new(fall.start + 0.7, back.start);
        let digits = self.digits(uniform);
        let upper = middle + Vec3::Y * high * 0.5;
        let at = |share: f64| geometry.width * (share - edge) as f32;
        // the edge's number above it, the random number's below its lower pin
        let notes = [
            (
                upper,
                0.9,
                format!("c = {}", number_at(edge, digits)),
                there,
            ),
            (
                middle + at(uniform) - Vec3::Y * high,
                -0.9,
                format!("u = {}", number_at(uniform, digits)),
                Window::new(fall.end, back.start),
            ),
        ];
        staging.label(Label::new(
            LabelKind::Note,
            RichText::plain("enlarged: both sides of the edge"),
            middle - Vec3::Y * high * 1.5,
            there,
        ));
        for (at, up, text, when) in notes {
            staging.label(Label {
                nudge: Vec2::new(0.0, up),
                ..Label::new(LabelKind::Note, RichText::plain(text), at, when)
            });
        }
        // the pieces on both sides, by name, each under its piece as far as that is seen
        let left = edge < uniform;
        let length = geometry.width.length();
        for (symbol, share, side) in staging.beside_edge(self.token_id, left) {
            let half = (length * share as f32 * 0.5).min(wide * 0.3);
            let at = middle + Vec3::new(half * side, -high * 0.5, 0.0);
            let symbol = shortened(&visible_token(&symbol), MOST_LETTERS);
            staging.label(Label {
                nudge: Vec2::new(0.0, -0.9),
                ..Label::new(LabelKind::Name, RichText::plain(symbol), at, there)
            });
        }
    }
}
