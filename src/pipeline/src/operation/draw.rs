//! The draw: the probabilities laid end to end make a bar of length 1; a random number falls on it,
//! and the token on whose piece it falls is the next one.

use glam::Vec3;
use ndarray::{Array2, ArrayView2};

use super::{Cell, Dependency, Operation, OperationKind, number};
use crate::label::{Label, LabelKind};
use crate::motion::{Motion, Origin, Wave};
use crate::operand::{Operand, SamplingTensor};
use crate::rich_text::RichText;
use crate::staging::Staging;
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
pub const BAR_HEIGHT: f32 = 7.0;

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

    fn dependencies(&self, _: &[(usize, usize)], cell: Cell) -> Vec<Dependency> {
        Dependency::row(0, cell.row, cell.column + 1).collect()
    }

    fn terms(&self, inputs: &[ArrayView2<'_, f32>], cell: Cell) -> String {
        let before: f32 = inputs[0].row(cell.row).iter().take(cell.column).sum();
        format!(
            "{} + {}",
            number(before),
            number(inputs[0][(cell.row, cell.column)])
        )
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
        let (Some(shares), Some(bar)) = (
            staging.group_of(SamplingTensor::Probabilities.into()),
            staging.group_of(SamplingTensor::Cumulative.into()),
        ) else {
            return;
        };
        let probabilities = staging.values_of(SamplingTensor::Probabilities.into());
        let (_, columns) = staging.size(shares);
        let (rise, lay, fall) = (
            window.part(0.0, 0.3),
            window.part(0.3, 0.65),
            window.part(0.72, 1.0),
        );
        // bars: height is probability
        let most = probabilities.iter().fold(1e-6f32, |a, &b| a.max(b));
        let place = staging.placement(shares);
        let standing: Vec<(Vec3, Vec3)> = probabilities
            .iter()
            .enumerate()
            .map(|(column, &p)| {
                let height = (p / most * BAR_HEIGHT).max(0.06);
                let foot = place.position(0, column) - Vec3::Y * place.cell_size * 0.5;
                (
                    foot + Vec3::Y * height * 0.5,
                    Vec3::new(place.cell_size, height, place.cell_size),
                )
            })
            .collect();
        staging.add(
            shares,
            Motion::Reshape(Wave::columns(rise.start, rise.end), standing.into()),
        );
        // the same probabilities as widths, end to end: the whole bar is as wide as the vocabulary
        let base = staging.placement(bar);
        let left = base.position(0, 0) - base.right * 0.5;
        let width = base.right * columns as f32;
        let mut before = 0.0;
        let pieces: Vec<(Vec3, Vec3)> = probabilities
            .iter()
            .map(|&p| {
                let middle = before + p * 0.5;
                before += p;
                (
                    left + width * middle,
                    Vec3::new(
                        (width.x * p - 0.05).max(0.0),
                        base.cell_size * 1.6,
                        base.cell_size,
                    ),
                )
            })
            .collect();
        let instant = Wave::columns(lay.start, lay.end);
        staging.add(
            bar,
            Motion::Appear(Wave::columns(lay.start, lay.part(0.0, 0.6).end)),
        );
        staging.add(bar, Motion::Reshape(instant, pieces.into()));
        // the random number falls on the bar
        let Some(uniform) = self.uniform else {
            return;
        };
        let target = left + width * uniform as f32;
        let place = crate::placement::Placement {
            origin: target + Vec3::Z * base.cell_size,
            cell_size: base.cell_size * 0.7,
            ..base
        };
        let shares_scale = staging.scale_of(SamplingTensor::Probabilities.into());
        let number = Array2::from_elem((1, 1), uniform as f32);
        let falling = staging.aside("u", number, shares_scale, place);
        let above = Origin::Point(target + Vec3::Y * BAR_HEIGHT * 1.5);
        staging.add(
            falling,
            Motion::Arrive(Wave::together(fall.start, fall.end), above),
        );
        let leaves = staging.duration();
        staging.add(
            falling,
            Motion::Disappear(Wave::together((leaves - 0.3).max(fall.end), leaves)),
        );
        staging.label(Label::new(
            LabelKind::Note,
            RichText::parse(&format!("u = {uniform:.3}")),
            target - Vec3::Y * 2.2,
            Window::new(fall.end, leaves),
        ));
    }

    fn focus(&self, _: (usize, usize), progress: f32) -> Cell {
        let column = if progress > 0.72 {
            self.token_id
        } else {
            ((progress / 0.72) * (self.token_id + 1) as f32) as usize
        };
        Cell::new(0, column.min(self.token_id))
    }
}
