//! The likeliest tokens of a row of probabilities, the likeliest first.

use glam::{Vec2, Vec3};
use ndarray::{Array2, ArrayView2, Axis};

use super::{Cell, Dependency, Made, Operation, OperationKind, Size, Terms, output_row, read};
use crate::label::{Label, LabelKind};
use crate::motion::{MotionKind, Wave};
use crate::operand::Operand;
use crate::rich_text::{Level, RichText};
use crate::stage::labels::{MOST_LETTERS, shortened, visible_token};
use crate::staging::{Heights, Staging};
use crate::timeline::Window;

/// The largest of a row of probabilities, in falling order; among equal ones the smallest id comes first.
#[derive(Clone, Debug)]
pub struct Likeliest {
    /// `[1, vocab_size]`
    pub probabilities: Operand,
    /// `[1, LIKELIEST]`
    pub output: Operand,
}

/// How many tokens there are at most.
const LIKELIEST: usize = 5;
/// Height of the highest bar, as a multiple of the distance from one bar to the next.
pub const LIKELIEST_HEIGHT: f32 = 2.2;

/// The ids of the likeliest tokens of a row `[1, vocab_size]`, the likeliest first.
pub fn likeliest(probabilities: ArrayView2<'_, f32>) -> Vec<usize> {
    let p = |id: usize| probabilities[(0, id)];
    let order = |a: &usize, b: &usize| p(*b).total_cmp(&p(*a)).then(a.cmp(b));
    let mut ids: Vec<usize> = (0..probabilities.ncols()).collect();
    if ids.len() > LIKELIEST {
        ids.select_nth_unstable_by(LIKELIEST, order);
        ids.truncate(LIKELIEST);
    }
    ids.sort_unstable_by(order);
    ids
}

impl Operation for Likeliest {
    fn kind(&self) -> OperationKind {
        OperationKind::Likeliest
    }

    fn inputs(&self) -> Vec<Operand> {
        vec![self.probabilities]
    }

    fn output(&self) -> Operand {
        self.output
    }

    fn evaluate(&self, inputs: &[ArrayView2<'_, f32>]) -> Vec<Array2<f32>> {
        vec![inputs[0].select(Axis(1), &likeliest(inputs[0]))]
    }

    fn dependencies(&self, inputs: &[Size], _: Made, cell: Cell) -> Vec<Dependency> {
        // which tokens are the likeliest depends on all
        let columns = inputs.first().map_or(0, |size| size.columns);
        Dependency::row(0, cell.row, columns).collect()
    }

    fn dependents(&self, inputs: &[Size], of: Dependency) -> Vec<(Made, Cell)> {
        let columns = inputs.first().map_or(0, |size| size.columns);
        output_row(of.cell.row, columns.min(LIKELIEST))
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], _: Made, cell: Cell) -> Terms {
        let ids = inputs.first().map(|&row| likeliest(row));
        match ids.and_then(|ids| ids.get(cell.column).copied()) {
            Some(id) => Terms::same(read(inputs, 0, self.probabilities, (0, id))),
            None => Terms::nothing(),
        }
    }

    fn symbols(&self) -> RichText {
        RichText::parse(&format!(
            "{}: the {LIKELIEST} largest of {}",
            self.output.name().markup(),
            self.probabilities.name().markup()
        ))
    }

    fn words(&self) -> String {
        format!(
            "The {LIKELIEST} tokens that the model would find likeliest, at temperature 1, if it ended after this block."
        )
    }

    /// The likeliest.
    fn worked(&self, _: Made, _: Size, _: (usize, usize)) -> Cell {
        Cell::new(0, 0)
    }

    fn choreograph(&self, staging: &mut Staging<'_>, window: Window) {
        let Some(group) = staging.group_of(self.output) else {
            return;
        };
        let Some(row) = staging.pass().view(self.probabilities) else {
            return;
        };
        let shares = staging.values_of(self.output);
        let place = staging.placement(group);
        let top = place.right.x * LIKELIEST_HEIGHT;
        let rise = window.part(0.1, 0.55);
        let wave = Wave::columns(rise.start, rise.end);
        staging.stand_as_bars(group, top, (place, top), &[]);
        let most = shares.iter().copied().fold(1e-12, f32::max);
        staging.raise(group, &shares, Heights::Shares(most), wave);
        staging.add(group, MotionKind::Appear(wave));
        let written = Window::new(rise.end, staging.duration());
        for (column, id) in likeliest(row.view()).into_iter().enumerate() {
            let share = shares[(0, column)];
            let foot = place.position(0, column) - Vec3::Y * (place.cell_size * 0.5);
            let top = foot + Vec3::Y * staging.height_of(share);
            let percent = format!("{:.1} %", share * 100.0);
            let token = staging.pass().vocabulary.get(id).map_or("", String::as_str);
            let token = shortened(&visible_token(token), MOST_LETTERS);
            for (text, kind, anchor, nudge) in [
                (percent, LabelKind::Note, top, 0.75),
                (token, LabelKind::Name, foot, -0.75),
            ] {
                let text = RichText(vec![(text, Level::Base)]);
                staging.label(Label {
                    nudge: Vec2::new(0.0, nudge),
                    ..Label::new(kind, text, anchor, written)
                });
            }
        }
    }
}
