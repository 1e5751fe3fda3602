//! What is said of the stage and what the camera frames.

use super::*;
use crate::bounds::Bounds;
use crate::stage::labels::MOST_LETTERS;

/// Width of a letter beside a row, as a share of a picture's width (16:9).
const LETTER_WIDTH: f32 = 0.0082;
/// The same of a letter of the text so far, at the head of the picture.
const TEXT_LETTER_WIDTH: f32 = 0.0118;
/// What is left free at both sides, beside the usual, where the camera moves while matrices arrive, as a share of the
/// width.
const WHILE_MOVING: f32 = 0.1;
/// What a stage leaves free above it if the text so far reaches over it, as a share of the height.
const BELOW_TEXT: f32 = 0.125;
/// The same if the words above it take two lines.
const BELOW_REMARKS: f32 = 0.28;
/// What it leaves free below it in that case, for the small pictures of whole matrices.
const ABOVE_OVERVIEWS: f32 = 0.195;

/// Seconds in which the camera comes near for a close look, and goes back.
const CLOSE_LOOK_MOVES: f32 = 0.8;

impl<'a> Staging<'a> {
    /// Frames a box from the beginning of the stage.
    pub fn frame_box(&mut self, bounds: Bounds, safe: SafeArea) {
        self.frame_box_from(0.0, bounds, safe);
    }

    /// Moves the camera, from `start` on, to a box.
    pub fn frame_box_from(&mut self, start: f32, bounds: Bounds, safe: SafeArea) {
        self.shots.push(Shot {
            start,
            seconds: self.appear.end.clamp(0.1, 1.4),
            framing: Framing::around(bounds, safe),
        });
    }

    /// Looks straight at a box from the beginning of the stage: what lies in one plane keeps its proportions.
    pub fn face_box(&mut self, bounds: Bounds, safe: SafeArea) {
        self.frame_box(bounds, safe);
        if let Some(shot) = self.shots.last_mut() {
            shot.framing = shot.framing.facing();
        }
    }

    /// Comes close to a box for a while, straight from the front, and goes back to what was framed before.
    pub fn close_look(&mut self, (from, until): (f32, f32), bounds: Bounds) {
        let Some(before) = self.shots.last().map(|shot| shot.framing) else {
            return;
        };
        let close = Framing::around_closely(bounds, SafeArea::BAND);
        let back = Self::close_look_ends((from, until));
        for (start, framing) in [(from, close), (back, before)] {
            self.shots.push(Shot {
                start,
                seconds: CLOSE_LOOK_MOVES,
                framing,
            });
        }
    }

    /// When a close look that lasts from and until these times begins to end.
    pub fn close_look_ends((from, until): (f32, f32)) -> f32 {
        (until - CLOSE_LOOK_MOVES).max(from + CLOSE_LOOK_MOVES)
    }

    /// What is said while an operation runs; what is not shown is said with it.
    pub fn caption(&mut self, caption: Caption) {
        let words = caption.words + &self.remarks();
        self.captions.push(Caption { words, ..caption });
    }

    /// The same if the words are not about what is on the stage.
    pub fn plain_caption(&mut self, caption: Caption) {
        self.captions.push(caption);
    }

    /// A label of the stage's own.
    pub fn label(&mut self, label: Label) {
        self.labels.push(label);
    }

    /// A sign between operands, there from the end of the appear phase to the end of the stage.
    pub fn operator(&mut self, sign: &str, anchor: Vec3) {
        self.operator_until(sign, anchor, self.duration);
    }

    /// The same, gone when what it stands between has done its work.
    pub fn operator_until(&mut self, sign: &str, anchor: Vec3, until: f32) {
        let window = Window::new(self.appear.part(0.7, 1.0).start, until);
        let text = RichText::parse(sign);
        self.label(Label::new(LabelKind::Operator, text, anchor, window));
    }

    /// A sign that stands before what a group shows first: it leaves when the group becomes another matrix, for then
    /// it would be false.
    pub fn operator_before(&mut self, sign: &str, anchor: Vec3, group: GroupIndex) {
        self.signs.push((self.labels.len(), group));
        self.operator(sign, anchor);
    }

    /// Moves the camera: from `start` on, within `seconds`, to a box around these groups.
    pub fn frame(&mut self, start: f32, seconds: f32, groups: &[GroupIndex], safe: SafeArea) {
        let bounds = groups
            .iter()
            .map(|&group| self.placement(group).bounds(self.size(group)))
            .reduce(Bounds::union);
        let Some(bounds) = bounds else {
            return;
        };
        // names above, token labels at the left, indices below: at least so many units and so many pixels
        let unit = crate::stage::layout::pixels_of_unit(bounds.size().x, bounds.size().y);
        let room = |units: f32, pixels: f32| units.max(pixels / unit);
        let with_words = Bounds::new(
            bounds.least - Vec3::new(room(1.2, 14.0), room(0.8, 19.0), 0.0),
            bounds.most + Vec3::new(0.4, room(1.2, 27.0), 0.0),
        );
        let safe = self.beside_words(groups, self.below_text(safe));
        let framing = Framing::around(with_words, safe);
        self.shots.push(Shot {
            start,
            seconds,
            framing,
        });
    }

    /// A safe area below what is written above the stage: below the text so far if that is too long for its corner,
    /// and below the words that say what is not shown.
    fn below_text(&self, safe: SafeArea) -> SafeArea {
        if safe.words >= SafeArea::BAND.words && !self.remarks().is_empty() {
            return SafeArea {
                top: safe.top.max(BELOW_REMARKS),
                bottom: safe.bottom.max(ABOVE_OVERVIEWS),
                ..safe
            };
        }
        let text = self.pass.text.chars().count() as f32 * TEXT_LETTER_WIDTH;
        if text + safe.left < safe.words {
            return safe;
        }
        SafeArea {
            top: safe.top.max(BELOW_TEXT),
            ..safe
        }
    }

    /// A safe area that leaves room at the left for the words beside the rows of the leftmost matrix.
    pub fn beside_words(&self, groups: &[GroupIndex], safe: SafeArea) -> SafeArea {
        let left = |group: &GroupIndex| self.placement(*group).origin.x;
        let leftmost = groups.iter().map(left).fold(f32::INFINITY, f32::min);
        let first = groups
            .iter()
            .filter(|group| left(group) < leftmost + 0.5)
            .map(|group| &self.groups[group.0]);
        let words: &mut dyn Iterator<Item = &String> = &mut first.flat_map(|group| {
            let names: Vec<&String> = match group.row_labels {
                AxisLabels::Tokens => {
                    let places = (0..group.rows).map(|row| group.whole_row(row));
                    places.filter_map(|at| self.pass.tokens.get(at)).collect()
                }
                AxisLabels::Vocabulary => {
                    let ids = (0..group.rows).map(|row| group.whole_row(row));
                    ids.filter_map(|id| self.pass.vocabulary.get(id)).collect()
                }
                _ => Vec::new(),
            };
            names
        });
        // two letters fit beside any matrix
        let letters = words
            .map(|word| word.chars().count().min(MOST_LETTERS))
            .max()
            .unwrap_or_default()
            .saturating_sub(2);
        SafeArea {
            left: safe.left + letters as f32 * LETTER_WIDTH,
            ..safe
        }
    }

    /// Frames everything that the stage has placed together with where it comes from, until it has arrived; during
    /// `closing` the camera goes to where it is then.
    pub fn frame_arrivals(&mut self, closing: Window, safe: SafeArea) {
        let bounds = self
            .groups
            .iter()
            .filter(|group| group.role == Role::Matrix)
            .map(|group| {
                let (from, to) = (group.placement, group.final_placement());
                from.bounds(group.size()).union(to.bounds(group.size()))
            })
            .reduce(Bounds::union);
        let begun = self.shots.len();
        self.frame_all(safe);
        let (Some(bounds), Some(at_last)) = (bounds, self.shots.get(begun).copied()) else {
            return;
        };
        // seen from aside, what lies at the edge of both would be cut while the camera moves
        let safe = at_last.framing.safe;
        let safe = SafeArea {
            left: safe.left + WHILE_MOVING,
            right: safe.right + WHILE_MOVING,
            // no corner is free meanwhile
            top: safe.top.max(SafeArea::BAND.top),
            words: SafeArea::BAND.words,
            ..safe
        };
        self.shots[begun].framing = Framing::around(bounds, safe);
        self.shots.push(Shot {
            start: closing.start,
            seconds: closing.end - closing.start,
            framing: at_last.framing,
        });
    }

    /// The same around everything that the stage has placed.
    pub fn frame_all(&mut self, safe: SafeArea) {
        let all: Vec<GroupIndex> = (0..self.groups.len())
            .filter(|&at| self.groups[at].role == Role::Matrix)
            .map(GroupIndex)
            .collect();
        let seconds = self.appear.end.clamp(0.1, 1.4);
        self.frame(0.0, seconds, &all, safe);
    }
}
