//! The draw: the probabilities laid end to end make a bar of length 1; a random number falls on it,
//! and the token on whose piece it falls is the next one.

use std::sync::Arc;

use glam::{Vec2, Vec3};
use ndarray::{Array2, ArrayView2};
use orrery_model::Draw;

use super::{
    Cell, Combination, Dependency, InnerStep, Made, Operation, OperationKind, Size, Term, Terms,
    read,
};
use crate::colour::Scale;
use crate::label::{Label, LabelKind};
use crate::motion::{MotionKind, Wave};
use crate::operand::{Operand, SamplingTensor};
use crate::placement::Placement;
use crate::rich_text::{Level, RichText};
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
}

/// Height of the highest probability bar, in units.
pub const BAR_HEIGHT: f32 = 6.6;
/// Height of the strip in which the probabilities lie end to end, in units.
pub const STRIP_HEIGHT: f32 = 3.6;
/// Room between two pieces of the strip, in units.
const SEAM: f32 = 0.1;
/// Tokens with at least this probability have it written above their bars.
const WORTH_WRITING: f32 = 0.025;
/// Share of the operation's time at which the random number begins to fall.
const FALLS_FROM: f32 = 0.66;
/// Width of a letter under the strip in the stage's own framing, in units.
const LETTER: f32 = 0.34;

/// The strip: a length of 1 from its left end to its right end.
struct Strip {
    left: Vec3,
    width: Vec3,
}

impl Strip {
    /// As wide as the bars above it.
    fn new(place: Placement, columns: usize) -> Self {
        Self {
            left: place.position(0, 0) - place.right * 0.5,
            width: place.right * columns as f32,
        }
    }

    /// The point at a share of the length.
    fn at(&self, share: f64) -> Vec3 {
        self.left + self.width * share as f32
    }

    /// Middle and edge lengths of the piece between two shares.
    fn piece(&self, (begin, end): (f64, f64), depth: f32) -> (Vec3, Vec3) {
        let wide = self.width.length() * (end - begin) as f32;
        // what has no length is not seen from the side either
        let there = if wide > 1e-4 { 1.0 } else { 0.0 };
        (
            self.at(f64::midpoint(begin, end)),
            there * Vec3::new((wide - SEAM.min(wide * 0.25)).max(0.0), STRIP_HEIGHT, depth),
        )
    }

    /// The point under a share of the length, this many lines below the strip.
    fn under(&self, share: f64, line: f32) -> Vec3 {
        self.at(share) - Vec3::Y * (STRIP_HEIGHT * 0.5 + 0.65 + 0.75 * line)
    }
}

/// Where the drawn token's name stands under its piece of a strip of `columns` tokens.
pub fn under_strip(place: Placement, columns: usize, draw: &Draw) -> Vec3 {
    Strip::new(place, columns).under(f64::midpoint(draw.share_begin, draw.share_end), 0.0)
}

impl DrawToken {
    /// Percentages above the bars from `counted` on, tokens under the pieces from `laid` on, the drawn
    /// token's from `fallen` on.
    fn write(
        &self,
        staging: &mut Staging<'_>,
        (bars, strip): (GroupIndex, &Strip),
        probabilities: &Array2<f32>,
        shares: &[(f64, f64)],
        (counted, laid, fallen): (f32, f32, f32),
    ) {
        let until = staging.duration();
        let row = staging.placement(bars);
        let most = probabilities.iter().copied().fold(0.0, f32::max);
        let drawn = staging.column_of(bars, self.token_id);
        // the likeliest first: where there is no room for all names, theirs stand
        let mut likeliest: Vec<usize> = (0..shares.len()).collect();
        likeliest.sort_by(|&a, &b| probabilities[(0, b)].total_cmp(&probabilities[(0, a)]));
        for column in likeliest {
            let p = probabilities[(0, column)];
            let token = shortened(&visible_token(staging.symbol(bars, column)), MOST_LETTERS);
            let text = |text: String| RichText(vec![(text, Level::Base)]);
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
            let height = staging.height_of(p, most) - row.cell_size * 0.5;
            let top = row.position(0, column) + Vec3::Y * height;
            let percent = text(format!("{:.0}%", p * 100.0));
            staging.label(Label {
                nudge: Vec2::new(0.0, 0.75),
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

    fn symbols(&self) -> String {
        match self.uniform {
            Some(u) => format!(
                "c[j] = Σₖ≤ⱼ p[k];  u = {u:.4} falls on token {}",
                self.token_id
            ),
            None => format!("the largest: token {}", self.token_id),
        }
    }

    fn words(&self) -> String {
        match self.uniform {
            Some(_) => "Laid end to end the probabilities make a bar. A random number falls on it: where it lands, that token is next.",
            None => "Temperature 0: the likeliest token has the whole bar to itself.",
        }
        .to_owned()
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let (Some(bars), Some(strip)) = (
            staging.group_of(SamplingTensor::Probabilities.into()),
            staging.laid_out(),
        ) else {
            return;
        };
        let probabilities = staging.values_of(SamplingTensor::Probabilities.into());
        let sums = staging.values_of(SamplingTensor::Cumulative.into());
        let columns = staging.size(bars).columns;
        let place = staging.placement(strip);
        let room = window.part(0.0, 0.14);
        staging.make_room(bars, &probabilities, room);
        let geometry = Strip::new(place, columns);
        let (lay, fall) = (window.part(0.18, 0.6), window.part(FALLS_FROM, 0.92));
        let until = staging.duration();

        // copies of the bars come down and turn into pieces: what was height is now width
        staging.reshape_as(strip, bars, Wave::at(lay.start));
        staging.add(strip, MotionKind::Appear(Wave::at(lay.start)));
        let shares: Vec<(f64, f64)> = probabilities
            .iter()
            .zip(&sums)
            .map(|(&p, &end)| (f64::from(end) - f64::from(p), f64::from(end)))
            .collect();
        let pieces: Vec<(Vec3, Vec3)> = shares
            .iter()
            .map(|&share| geometry.piece(share, place.cell_size.min(1.0)))
            .collect();
        staging.add(
            strip,
            MotionKind::Reshape(Wave::columns(lay.start, lay.end), pieces.into()),
        );

        let drawn = staging.column_of(bars, self.token_id);
        self.write(
            staging,
            (bars, &geometry),
            &probabilities,
            &shares,
            (room.end, lay.end, fall.end),
        );
        for (group, wave) in [
            (strip, Wave::together(fall.end, fall.end + 0.5)),
            (bars, Wave::together(fall.end, fall.end + 0.5)),
        ] {
            if let Some(column) = drawn {
                staging.add(group, MotionKind::Choose(wave, column));
            }
        }

        // the random number falls on the strip
        let Some(uniform) = self.uniform else {
            return;
        };
        let lands = geometry.at(uniform) + Vec3::Z * (place.cell_size.min(1.0) * 0.5 + 1.0);
        let size = Vec3::new(0.2, STRIP_HEIGHT + 1.0, 0.2);
        let needle = Placement {
            origin: lands,
            cell_size: 1.0,
            ..Placement::at(0.0, 0.0)
        };
        // a marker, not a number of a matrix: bright wherever it stands
        let scale = Scale {
            range: (uniform as f32).max(1e-6),
            ..staging.scale_of(SamplingTensor::Probabilities.into())
        };
        let number = Array2::from_elem((1, 1), uniform as f32);
        let step = Some(InnerStep::RandomNumber);
        // a dark edge behind it, so that it is seen on bright pieces too
        let edge = (
            None,
            Array2::zeros((1, 1)),
            size * Vec3::new(3.0, 1.04, 1.0),
        );
        for ((step, number, size), behind) in [((step, number, size), 0.0), (edge, 0.3)] {
            let lands = lands - Vec3::Z * behind;
            let from = lands + Vec3::Y * (BAR_HEIGHT + STRIP_HEIGHT * 0.5);
            let falling = staging.aside(step, (number, scale), needle);
            staging.unnamed(falling);
            let before = Wave::at(fall.start);
            staging.add(
                falling,
                MotionKind::Reshape(before, Arc::new([(from, size)])),
            );
            let comes = Wave::together(fall.start, fall.start + 0.3);
            staging.add(falling, MotionKind::Appear(comes));
            let down = Wave::together(fall.start + 0.1, fall.end);
            staging.add(
                falling,
                MotionKind::Reshape(down, Arc::new([(lands, size)])),
            );
            let leaves = Wave::together((until - 0.3).max(fall.end), until);
            staging.add(falling, MotionKind::Disappear(leaves));
        }
        staging.label(Label::new(
            LabelKind::Note,
            RichText::parse(&format!("u = {uniform:.3}")),
            geometry.under(uniform, 1.0),
            Window::new(fall.end, until),
        ));
    }

    fn rests_on(&self, progress: f32) -> Option<Cell> {
        (progress > FALLS_FROM).then(|| Cell::new(0, self.token_id))
    }

    fn focus(&self, shown: Size, progress: f32) -> Cell {
        let column = (progress / FALLS_FROM * shown.columns as f32) as usize;
        Cell::new(0, column.min(shown.columns.saturating_sub(1)))
    }
}
