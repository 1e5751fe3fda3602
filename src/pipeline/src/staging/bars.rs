//! A row of cells drawn as bars: the larger the number, the higher the bar. Operations that work in place on such a
//! row change heights as they change colours.

use super::*;
use crate::label::Align;
use crate::notation::number_at;

/// How numbers become heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heights {
    /// Up or down from a zero line between foot and top.
    Signed,
    /// From the foot; this share reaches the top.
    Shares(f32),
}

impl Heights {
    /// For shares of 1: as high as what they were divided from, so that the division is seen. Where even the largest
    /// would be too low to be seen, a round number above it reaches the top; the mark beside the bars says which.
    pub fn of_shares(shares: &Array2<f32>) -> Self {
        const LEAST_SEEN: f32 = 0.2;
        let most = shares.iter().copied().fold(1e-12, f32::max);
        if most >= LEAST_SEEN {
            return Self::Shares(1.0);
        }
        let decade = 10f32.powf(most.log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0].map(|times| times * decade);
        let above = round.into_iter().find(|&round| round >= most * 0.999);
        Self::Shares(above.unwrap_or(most))
    }
}

/// How high the bars are, and where they go later.
pub(super) struct Bars {
    top: f32,
    /// Where they are once they have made room, and how high they are there.
    later: (Placement, f32),
    /// Least and greatest of the signed numbers, with 0 between them.
    least: f32,
    greatest: f32,
    /// Cells that take no part any more.
    closed: Vec<bool>,
    /// The heights that they have now.
    heights: Heights,
    /// Whether a mark beside them says what their heights mean.
    marked: bool,
    /// The marks that are there now: since when, where, and what they say.
    marks: Option<(f32, Vec<(Vec3, String)>)>,
}

/// A bar is at least this high, in units.
const LEAST_HEIGHT: f32 = 0.08;
/// Height of a cell that takes no part, and how far behind the others it is. It lies below their foot, behind its
/// token: of those that stand it would look like one of some height.
const SUNKEN: (f32, f32) = (0.62, 0.35);

impl<'a> Staging<'a> {
    /// Turns the cells of a one-row group along the vocabulary into bars, at most `top` units high. `signed` are the
    /// numbers for which there must be room above and below the zero line; those of tokens that are never drawn
    /// (padding) are cut off where the room ends. `later` is where the bars are, and how high, once they have made
    /// room for something else.
    pub fn stand_as_bars(
        &mut self,
        group: GroupIndex,
        top: f32,
        later: (Placement, f32),
        signed: &[&Array2<f32>],
    ) {
        let drawable: Vec<bool> = (0..self.groups[group.0].columns)
            .map(|column| {
                let id = self.groups[group.0].whole_column(column);
                !self.pass.never_drawn.contains(&id)
            })
            .collect();
        let finite = || {
            let all = signed
                .iter()
                .flat_map(|values| values.iter().copied().zip(&drawable));
            all.filter_map(|(value, &drawable)| (drawable && value.is_finite()).then_some(value))
        };
        let bars = Bars {
            top,
            later,
            least: finite().fold(0.0, f32::min),
            greatest: finite().fold(1e-6, f32::max),
            closed: vec![false; self.groups[group.0].columns],
            heights: Heights::Signed,
            marked: false,
            marks: None,
        };
        self.bars = Some((group, bars));
    }

    /// Marks beside the bars say what their heights mean: where 0 is and how far they reach, or which share is as high as
    /// the highest can be.
    pub fn mark_heights(&mut self) {
        if let Some((_, bars)) = &mut self.bars {
            bars.marked = true;
        }
    }

    /// The marks beside the bars leave when their heights change, or with the stage.
    pub(super) fn end_marks(&mut self, until: f32) {
        let marks = self.bars.as_mut().and_then(|(_, bars)| bars.marks.take());
        let Some((from, marks)) = marks else {
            return;
        };
        for (anchor, text) in marks {
            self.label(Label {
                align: Align::Right,
                ..Label::new(
                    LabelKind::Axis,
                    RichText::plain(text),
                    anchor,
                    Window::new(from, until),
                )
            });
        }
    }

    /// Gives the bars of a group the heights of these numbers `[1, columns]`; a bar of −∞ sinks and stays down.
    /// Does nothing to a group whose cells are not bars.
    pub fn raise(&mut self, group: GroupIndex, values: &Array2<f32>, heights: Heights, wave: Wave) {
        let place = self.placement(group);
        let Some((_, bars)) = self.bars.as_mut().filter(|(of, _)| *of == group) else {
            return;
        };
        bars.heights = heights;
        let per_unit = bars.top / (bars.greatest - bars.least);
        let foot = Vec3::NEG_Y * (place.cell_size * 0.5);
        let standing: Vec<(Vec3, Vec3)> = values
            .iter()
            .zip(&mut bars.closed)
            .enumerate()
            .map(|(column, (&value, closed))| {
                *closed |= !value.is_finite();
                let foot = place.position(0, column) + foot;
                let (middle, height) = match heights {
                    _ if *closed => {
                        let (height, behind) = SUNKEN;
                        (
                            Vec3::new(0.0, -height * 0.5 - LEAST_HEIGHT, -behind),
                            height,
                        )
                    }
                    Heights::Signed => {
                        let value = value.clamp(bars.least, bars.greatest);
                        let middle = (value * 0.5 - bars.least) * per_unit;
                        (Vec3::Y * middle, value.abs() * per_unit)
                    }
                    Heights::Shares(full) => {
                        let height = (value / full * bars.top).max(LEAST_HEIGHT);
                        (Vec3::Y * (height * 0.5), height)
                    }
                };
                let size = Vec3::new(place.cell_size, height.max(LEAST_HEIGHT), place.cell_size);
                (foot + middle, size)
            })
            .collect();
        if bars.marked {
            let edge = place.position(0, 0) - place.right * 0.5 + foot;
            let at = |up: f32| edge + Vec3::new(-0.15, up, 0.0);
            let signed = |value: f32| {
                let text = format!("{} –", number_at(f64::from(value), 1));
                (at((value - bars.least) * per_unit), text)
            };
            let marks = match heights {
                Heights::Signed => [bars.greatest, 0.0, bars.least].map(signed).to_vec(),
                Heights::Shares(full) => vec![(at(bars.top), format!("{full} –"))],
            };
            // the same marks stay
            if bars.marks.as_ref().is_none_or(|(_, now)| *now != marks) {
                self.end_marks(wave.start);
                if let Some((_, bars)) = &mut self.bars {
                    bars.marks = Some((wave.end, marks));
                }
            }
        }
        self.add(group, MotionKind::Reshape(wave, standing.into()));
    }

    /// The bars of these shares move to where they make room for something else, and take its height.
    pub fn make_room(&mut self, group: GroupIndex, shares: &Array2<f32>, window: Window) {
        let Some((_, bars)) = self.bars.as_mut().filter(|(of, _)| *of == group) else {
            return;
        };
        let (place, top) = bars.later;
        bars.top = top;
        let heights = bars.heights;
        let wave = Wave::together(window.start, window.end);
        // first the flight, which would make cells of them
        self.add(group, MotionKind::Fly(wave, place));
        self.raise(group, shares, heights, wave);
    }

    /// Gives the cells of a group the places and sizes that those of another group have in the end.
    pub fn reshape_as(&mut self, group: GroupIndex, other: GroupIndex, wave: Wave) {
        let shape = self.groups[other.0]
            .motions
            .iter()
            .rev()
            .find_map(|motion| match &motion.kind {
                MotionKind::Reshape(_, places) => Some(places.clone()),
                _ => None,
            });
        if let Some(places) = shape {
            self.add(group, MotionKind::Reshape(wave, places));
        }
    }

    /// Where the piece of each column of the strip begins and ends, in the order of ids; those of the drawn token are
    /// the draw's own.
    pub fn shares_of(&self, strip: GroupIndex) -> Vec<(f64, f64)> {
        let draw = &self.pass.draw;
        let mut edges = vec![0.0f64];
        for (id, &p) in draw.probabilities.iter().enumerate() {
            let end = edges[id] + f64::from(p);
            edges.push(end);
        }
        edges[draw.token_id] = draw.share_begin;
        edges[draw.token_id + 1] = draw.share_end;
        let group = &self.groups[strip.0];
        let columns = (0..group.columns).map(|column| group.whole_column(column));
        columns.map(|id| (edges[id], edges[id + 1])).collect()
    }

    /// The tokens on both sides of an edge of the drawn token's piece, its left edge or its right: as text, how long
    /// their pieces are as shares of the strip, and on which side of the edge they lie, −1 or 1.
    pub fn beside_edge(&self, drawn: usize, left_edge: bool) -> Vec<(String, f64, f32)> {
        let draw = &self.pass.draw;
        let p = |id: usize| draw.probabilities.get(id).copied().map_or(0.0, f64::from);
        let side = if left_edge { 1.0 } else { -1.0 };
        let other = if left_edge {
            (0..drawn).rev().find(|&id| p(id) > 0.0)
        } else {
            (drawn + 1..draw.probabilities.len()).find(|&id| p(id) > 0.0)
        };
        let of = |id: usize, side: f32| {
            let symbol = self.pass.vocabulary.get(id).cloned().unwrap_or_default();
            (symbol, p(id), side)
        };
        let other = other.map(|id| of(id, -side));
        std::iter::once(of(drawn, side)).chain(other).collect()
    }

    /// A remark on what happens to the bars, at their upper right.
    pub fn remark(&mut self, group: GroupIndex, text: &str, window: Window) {
        let Some(top) = self
            .bars
            .as_ref()
            .filter(|(of, _)| *of == group)
            .map(|(_, bars)| bars.top)
        else {
            return;
        };
        let columns = self.size(group).columns;
        let place = self.placement(group);
        let anchor = place.position(0, columns.saturating_sub(1)) + Vec3::Y * top;
        self.label(Label {
            align: Align::Right,
            ..Label::new(LabelKind::Note, RichText::parse(text), anchor, window)
        });
    }

    /// The height of a share, in units above the foot of the bars.
    pub fn height_of(&self, share: f32) -> f32 {
        match &self.bars {
            Some((_, bars)) => match bars.heights {
                Heights::Shares(full) => share / full * bars.top,
                Heights::Signed => 0.0,
            },
            None => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_as_high_as_what_they_were_divided_from_where_they_can_be_seen() {
        for (most, full) in [
            (1.0, 1.0),
            (0.57, 1.0),
            (0.2, 1.0),
            (0.19, 0.2),
            (0.1, 0.1),
            (0.04, 0.05),
            (0.0021, 0.005),
        ] {
            let shares = Array2::from_shape_vec((1, 2), vec![most, most * 0.3]).unwrap();
            let Heights::Shares(found) = Heights::of_shares(&shares) else {
                panic!("signed");
            };
            assert!((found - full).abs() < 1e-6, "{most}: {found}");
        }
    }
}
