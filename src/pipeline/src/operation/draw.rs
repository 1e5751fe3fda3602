//! The draw: the probabilities laid end to end make a bar of length 1; a random number falls on it,
//! and the token on whose piece it falls is the next one.

mod close_look;
mod strip;

use std::sync::Arc;

use glam::{Vec2, Vec3};
use ndarray::{Array2, ArrayView2};

use self::close_look::CloseLook;
use self::strip::{DEPTH, Strip};
pub use self::strip::{STRIP_HEIGHT, under_strip};
use super::{
    Cell, Combination, Dependency, InnerStep, Made, Operation, OperationKind, Saying, Size, Term,
    Terms, read,
};
use crate::colour::Scale;
use crate::label::{Align, Label, LabelKind};
use crate::motion::{MotionKind, Wave};
use crate::notation::{Notation, number_at, rounded};
use crate::operand::{Operand, SamplingTensor};
use crate::placement::Placement;
use crate::rich_text::RichText;
use crate::stage::labels::{MOST_LETTERS, shortened, visible_token};
use crate::staging::{GroupIndex, Staging};
use crate::timeline::Window;

/// Running sums of the probabilities, and where the random number falls.
#[derive(Clone, Debug)]
pub struct DrawToken {
    /// The random number in [0, 1) that was drawn; none at temperature 0.
    pub uniform: Option<f64>,
    /// The token on which it fell.
    pub token_id: usize,
    /// Where that token's share of the bar begins and ends.
    pub share: (f64, f64),
}

/// Height of the highest probability bar, in units.
pub const BAR_HEIGHT: f32 = 6.6;
/// Tokens with at least this probability have it written above their bars.
const WORTH_WRITING: f32 = 0.025;
/// Width of the needle where there is room for it, and how far it stands out above and below the strip, in units.
const NEEDLE: (f32, f32) = (0.22, 0.5);
/// Shares of the operation's time at which the bars have moved up, at which the pieces begin to be laid and are laid,
/// at which the random number begins to fall and has landed, and from which the result is told.
const ROOM_MADE: f32 = 0.06;
const LAID: (f32, f32) = (0.07, 0.3);
pub(crate) const FALLS: (f32, f32) = (0.4, 0.62);
const TELLS_FROM: f32 = 2.0 / 3.0;
/// Width of a letter under the strip in the stage's own framing, in units.
const LETTER: f32 = 0.34;

impl DrawToken {
    /// The fewest digits at which it can be read that the random number lies inside its piece.
    fn digits(&self, u: f64) -> usize {
        let (begin, end) = self.share;
        let tells = |&digits: &usize| {
            let [begin, u, end] = [begin, u, end].map(|x| rounded(x, digits));
            begin <= u && u < end
        };
        (3..=12).find(tells).unwrap_or(12)
    }

    /// Percentages above the bars from `counted` on, tokens under the pieces from `laid` on, the drawn
    /// token's from `fallen` on.
    fn name_pieces(
        &self,
        staging: &mut Staging<'_>,
        (bars, strip): (GroupIndex, &Strip),
        probabilities: &Array2<f32>,
        shares: &[(f64, f64)],
        (counted, laid, fallen): (f32, f32, f32),
    ) {
        let until = staging.duration();
        let row = staging.placement(bars);
        let drawn = staging.column_of(bars, self.token_id);
        // the likeliest first: where there is no room for all names, theirs stand
        let mut likeliest: Vec<usize> = (0..shares.len()).collect();
        likeliest.sort_by(|&a, &b| probabilities[(0, b)].total_cmp(&probabilities[(0, a)]));
        for column in likeliest {
            let p = probabilities[(0, column)];
            let token = shortened(&visible_token(staging.symbol(bars, column)), MOST_LETTERS);
            let text = |text: String| RichText::plain(text);
            let (begin, end) = shares[column];
            let under = strip.under(f64::midpoint(begin, end), 0.0);
            if drawn == Some(column) {
                let window = Window::new(fallen, until);
                staging.label(Label::new(
                    LabelKind::Name,
                    text(token.clone()),
                    under,
                    window,
                ));
            }
            if p < WORTH_WRITING {
                continue;
            }
            let height = staging.height_of(p) - row.cell_size * 0.5;
            let top = row.position(0, column) + Vec3::Y * height;
            let percent = text(format!("{:.0}%", p * 100.0));
            // away from a neighbour that is higher, if the other is not
            let higher = |other: Option<usize>| {
                let other = other.filter(|&other| other < probabilities.ncols());
                other.is_some_and(|other| probabilities[(0, other)] > p)
            };
            let half = Vec3::X * row.cell_size * 0.5;
            let (align, top) = match (higher(column.checked_sub(1)), higher(Some(column + 1))) {
                (true, false) => (Align::Left, top - half),
                (false, true) => (Align::Right, top + half),
                _ => (Align::Centre, top),
            };
            staging.label(Label {
                nudge: Vec2::new(0.0, 0.75),
                align,
                ..Label::new(LabelKind::Note, percent, top, Window::new(counted, until))
            });
            let wide = strip.width.length() * (end - begin) as f32;
            if (token.chars().count() as f32 + 0.5) * LETTER <= wide {
                let leaves = if drawn == Some(column) { fallen } else { until };
                let window = Window::new(laid, leaves);
                staging.label(Label::new(LabelKind::Note, text(token), under, window));
            }
        }
    }
}

impl Operation for DrawToken {
    fn kind(&self) -> OperationKind {
        OperationKind::Draw
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![SamplingTensor::Probabilities.into()]
    }

    fn output(&self) -> Operand {
        SamplingTensor::Cumulative.into()
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        let mut sum = 0.0f64;
        vec![inputs[0].mapv(|p| {
            sum += f64::from(p);
            sum as f32
        })]
    }

    fn dependencies(&self, _: &[Size], made: Made, cell: Cell) -> Vec<Dependency> {
        if made == Made::Step(InnerStep::RandomNumber) {
            return Vec::new();
        }
        Dependency::row(0, cell.row, cell.column + 1).collect()
    }

    fn dependents(&self, inputs: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let columns = inputs.first().map_or(0, |size| size.columns);
        let behind = (of.cell.column..columns).map(|column| Cell::new(of.cell.row, column));
        behind.map(|cell| (Made::Output, cell)).collect()
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], made: Made, cell: Cell) -> Terms {
        if made == Made::Step(InnerStep::RandomNumber) {
            let value = self.uniform.map_or(f32::NAN, |uniform| uniform as f32);
            return Terms::new(Vec::new(), Combination::Drawn { value });
        }
        let probabilities = SamplingTensor::Probabilities.into();
        let pieces = (0..=cell.column)
            .map(|column| Term::number(read(inputs, 0, probabilities, (cell.row, column))));
        Terms::new(pieces.collect(), Combination::RunningSum)
    }

    fn symbols(&self) -> RichText {
        RichText::parse("c[t] = Σ_{s≤t} prob[s]")
    }

    fn words(&self) -> String {
        match self.uniform {
            Some(_) => "Laid end to end, in the order of their ids, the probabilities make a bar of length 1; a random number falls on it, and the token on whose piece it lands is next.",
            None => "Temperature 0: the likeliest token has the whole bar to itself.",
        }
        .to_owned()
    }

    fn sayings(&self) -> Vec<Saying> {
        let laid = Saying {
            from: 0.0,
            words: self.words(),
            symbols: self.symbols(),
            makes: Some(Made::Output),
        };
        if self.uniform.is_none() {
            return vec![laid];
        }
        vec![
            Saying {
                words: "Laid end to end, in the order of their ids, the probabilities make a bar of length 1: c says where each piece ends.".to_owned(),
                ..laid
            },
            Saying {
                from: FALLS.0,
                words: "A random number u falls on the bar, anywhere with the same chance: long pieces are hit more often.".to_owned(),
                symbols: RichText::parse("0 ≤ u < 1"),
                makes: None,
            },
            Saying {
                from: TELLS_FROM,
                words: "The token on whose piece it has landed is the next one.".to_owned(),
                symbols: RichText::parse("the next token is the t with c[t − 1] ≤ u < c[t]"),
                makes: Some(Made::Step(InnerStep::RandomNumber)),
            },
        ]
    }

    fn worked(&self, made: Made, _: Size, _: (usize, usize)) -> Cell {
        match made {
            Made::Step(_) => Cell::new(0, 0),
            _ => Cell::new(0, self.token_id),
        }
    }

    fn write(&self, terms: &Terms, made: Made, value: f32, notation: Notation<'_>) -> RichText {
        let (Some(u), Made::Step(_)) = (self.uniform, made) else {
            return terms.written(value, notation);
        };
        let digits = self.digits(u);
        let [begin, u, end] = [self.share.0, u, self.share.1].map(|x| number_at(x, digits));
        let symbol = notation.symbol(self.token_id);
        let before = match self.token_id {
            0 => "0".to_owned(),
            id => format!("c[{}] = {begin}", notation.symbol(id - 1)),
        };
        RichText::plain(format!(
            " = {u},   {before} ≤ u < c[{symbol}] = {end}:   {symbol}"
        ))
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let (Some(bars), Some(strip)) = (
            staging.group_of(SamplingTensor::Probabilities.into()),
            staging.laid_out(),
        ) else {
            return;
        };
        let probabilities = staging.values_of(SamplingTensor::Probabilities.into());
        let columns = staging.size(bars).columns;
        let place = staging.placement(strip);
        let room = window.part(0.0, ROOM_MADE);
        staging.make_room(bars, &probabilities, room);
        let geometry = Strip::new(place, columns);
        let (lay, fall) = (window.part(LAID.0, LAID.1), window.part(FALLS.0, FALLS.1));
        let until = staging.duration();

        // copies of the bars come down and turn into pieces: what was height is now width
        staging.reshape_as(strip, bars, Wave::at(lay.start));
        staging.add(strip, MotionKind::Appear(Wave::at(lay.start)));
        let shares = staging.shares_of(strip);
        let pieces: Vec<(Vec3, Vec3)> = shares
            .iter()
            .map(|&share| geometry.piece(share, STRIP_HEIGHT))
            .collect();
        staging.add(
            strip,
            MotionKind::Reshape(Wave::columns(lay.start, lay.end), pieces.into()),
        );

        let drawn = staging.column_of(bars, self.token_id);
        self.name_pieces(
            staging,
            (bars, &geometry),
            &probabilities,
            &shares,
            (room.end, lay.end, fall.end),
        );
        // both stay in their plane: nearer to the camera a piece would no longer lie under the needle, a bar would be longer
        for group in [strip, bars] {
            if let Some(column) = drawn {
                let wave = Wave::together(fall.end, fall.end + 0.5);
                staging.add(group, MotionKind::Choose(wave, column));
            }
        }

        // the random number falls on the strip: two pins in the strip's own plane, one above and one below, so that
        // from every side they point at the same place
        let Some(uniform) = self.uniform else {
            return;
        };
        let close = self.near_edge().map(|near| CloseLook::of(&geometry, near));
        // seen from near, a thin one
        let wide = close
            .as_ref()
            .map_or(NEEDLE.0, |close| (close.wide * 0.03).min(NEEDLE.0));
        let (left, right) = geometry.needle(uniform, wide, self.share);
        let wide = geometry.width.length() * (right - left) as f32;
        // a marker, not a number of a matrix: bright wherever it stands
        let scale = Scale {
            range: (uniform as f32).max(1e-6),
            ..staging.scale_of(SamplingTensor::Probabilities.into())
        };
        for side in [1.0, -1.0] {
            // above or below a strip of some height, as long as that leaves room for
            let pin = |strip: f32, long: f32| {
                let away = Vec3::Y * side * (strip + long) * 0.5;
                let middle = geometry.at(f64::midpoint(left, right)) + away;
                (middle, Vec3::new(wide.max(2e-3), long, DEPTH))
            };
            let usual = pin(STRIP_HEIGHT, NEEDLE.1);
            let (lands, from) = match &close {
                // it comes from near, for words are above and the timeline is below
                Some(close) => {
                    let lands = pin(close.high, close.high * 0.5);
                    (lands, lands.0 + Vec3::Y * side * close.high)
                }
                None => {
                    let high = Vec3::new(0.0, BAR_HEIGHT + STRIP_HEIGHT * 0.5, 2.0);
                    (usual, usual.0 + high)
                }
            };
            let needle = Placement {
                origin: usual.0,
                cell_size: 1.0,
                ..Placement::at(0.0, 0.0)
            };
            let number = Array2::from_elem((1, 1), uniform as f32);
            let step = Some(InnerStep::RandomNumber);
            let falling = staging.aside(step, (number, scale), needle);
            staging.unnamed(falling);
            let before = Wave::at(fall.start);
            let comes = Wave::together(fall.start, fall.start + 0.3);
            let down = Wave::together(fall.start + 0.1, fall.end);
            let leaves = Wave::together((until - 0.3).max(fall.end), until);
            staging.add(falling, MotionKind::Appear(comes));
            for (wave, place) in [(before, (from, lands.1)), (down, lands)] {
                staging.add(falling, MotionKind::Reshape(wave, Arc::new([place])));
            }
            if let Some((_, back)) = close.as_ref().and(self.close_window(window)) {
                let wave = Wave::together(back.start, back.end);
                staging.adapt(falling, MotionKind::Reshape(wave, Arc::new([usual])));
            }
            staging.add(falling, MotionKind::Disappear(leaves));
        }
        staging.label(Label::new(
            LabelKind::Note,
            RichText::plain(format!("u = {}", number_at(uniform, self.digits(uniform)))),
            // clear of the drawn token's name above it
            geometry.under(uniform, 1.35),
            Window::new(fall.end, until),
        ));
        if let Some(close) = close {
            self.look_close(staging, (strip, &geometry, &shares), &close, window);
        }
    }
}
