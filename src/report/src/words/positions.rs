//! What positions add: how alike they are, and where they lie.

use orrery_analysis::directions::components;
use orrery_analysis::positions::similarity;
use orrery_model::{Gpt, WeightId};
use serde::Serialize;

use super::WordsError;
use crate::drawing::{Anchor, DARK, Drawing, LINE, QUIET, UP};

/// So many positions are looked at, of models that have more.
const MOST: usize = 256;

/// A position.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PositionWords {
    /// From 0.
    pub position: usize,
    /// The length of its row of the table.
    pub length: f64,
    /// The positions that are most alike, with the cosines about the mean position.
    pub nearest: Vec<(usize, f64)>,
    /// Where it lies in the first two principal components.
    pub place: Vec<f64>,
}

/// A dimension of the table over the positions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PositionDimension {
    /// From 0.
    pub dimension: usize,
    /// Its number at each position.
    pub values: Vec<f32>,
}

/// What the positions of a model are like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PositionsReport {
    /// The model's name.
    pub model: String,
    /// How many positions the model has.
    pub context: usize,
    /// What share of the variance the first two principal components explain.
    pub explains: Vec<f64>,
    /// Position by position; of very many the first.
    pub positions: Vec<PositionWords>,
    /// The dimensions that were asked for.
    pub dimensions: Vec<PositionDimension>,
    /// Cosines of any two positions `[positions][positions]`, as they are.
    pub cosines: Vec<Vec<f64>>,
    /// The same with the mean position taken off.
    pub cosines_about_mean: Vec<Vec<f64>>,
}

impl PositionsReport {
    /// Of a model, with `count` likenesses of each position and the table's numbers in these dimensions.
    ///
    /// # Errors
    /// A dimension that is not there.
    pub fn new(
        gpt: &Gpt,
        model: String,
        dimensions: &[usize],
        count: usize,
    ) -> Result<Self, WordsError> {
        let d_model = gpt.config().d_model;
        let table = gpt.parameters().matrix(WeightId::PositionEmbedding);
        let table = table.unwrap_or_else(|| ndarray::aview2::<f32, 0>(&[]));
        let context = table.nrows();
        let table = table.split_at(ndarray::Axis(0), context.min(MOST)).0;
        let rows = table.nrows();
        let axes = components(table, 2);
        let square = |flat: Vec<f64>| -> Vec<Vec<f64>> {
            flat.chunks(rows.max(1)).map(<[f64]>::to_vec).collect()
        };
        let about_mean = square(similarity(table, true));
        let nearest = |at: usize| {
            let mut all: Vec<(usize, f64)> = about_mean[at].iter().copied().enumerate().collect();
            all.retain(|&(other, _)| other != at);
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            all.truncate(count);
            all
        };
        let position = |at: usize| PositionWords {
            position: at,
            length: table
                .row(at)
                .iter()
                .map(|&x| f64::from(x).powi(2))
                .sum::<f64>()
                .sqrt(),
            nearest: nearest(at),
            place: axes.iter().map(|axis| axis.places[at]).collect(),
        };
        let of_dimension = |&asked: &usize| match asked < d_model {
            true => Ok(PositionDimension {
                dimension: asked,
                values: table.column(asked).to_vec(),
            }),
            false => Err(WordsError::Dimension {
                asked,
                last: d_model - 1,
            }),
        };
        Ok(Self {
            model,
            context,
            explains: axes.iter().map(|axis| axis.explains).collect(),
            positions: (0..rows).map(position).collect(),
            dimensions: dimensions
                .iter()
                .map(of_dimension)
                .collect::<Result<_, _>>()?,
            cosines: square(similarity(table, false)),
            cosines_about_mean: about_mean,
        })
    }

    /// Both likenesses, and the path of the positions in their first two principal components.
    pub fn drawing(&self) -> Drawing {
        const SIDE: f64 = 360.0;
        let rows = self.positions.len();
        let title = format!(
            "{}: {rows} positions. Cosines as they are, about the mean, and the path",
            self.model
        );
        let mut drawing = Drawing::new(title, 60.0 + 3.0 * (SIDE + 30.0), SIDE + 110.0);
        let cell = SIDE / rows.max(1) as f64;
        for (at, (cosines, name)) in [
            (&self.cosines, "cosine"),
            (&self.cosines_about_mean, "cosine about the mean"),
        ]
        .into_iter()
        .enumerate()
        {
            let left = 40.0 + (SIDE + 30.0) * at as f64;
            drawing.heat([left, 50.0], [cell, cell], (rows, rows), 1.0, |i, j| {
                cosines[i][j]
            });
            drawing.text([left, SIDE + 92.0], 13.0, Anchor::Start, QUIET, name);
            for tick in ticks(rows) {
                let middle = (tick as f64 + 0.5) * cell;
                drawing.text(
                    [left + middle, SIDE + 66.0],
                    10.0,
                    Anchor::Middle,
                    QUIET,
                    tick.to_string(),
                );
                if at == 0 {
                    drawing.text(
                        [left - 6.0, 54.0 + middle],
                        10.0,
                        Anchor::End,
                        QUIET,
                        tick.to_string(),
                    );
                }
            }
        }
        let left = 40.0 + 2.0 * (SIDE + 30.0);
        let of = |position: &PositionWords, axis: usize| {
            position.place.get(axis).copied().unwrap_or(0.0)
        };
        let spread = self.positions.iter().flat_map(|position| &position.place);
        let spread = spread.fold(f64::MIN_POSITIVE, |most, x| most.max(x.abs()));
        let place = |position: &PositionWords| {
            let half = SIDE * 0.5;
            let scale = half * 0.92 / spread;
            [
                left + half + of(position, 0) * scale,
                50.0 + half - of(position, 1) * scale,
            ]
        };
        for pair in self.positions.windows(2) {
            let ([x, y], [to_x, to_y]) = (place(&pair[0]), place(&pair[1]));
            drawing.line([x, y, to_x, to_y], 1.0, LINE);
        }
        for position in &self.positions {
            let [x, y] = place(position);
            drawing.filled([x - 2.0, y - 2.0, 4.0, 4.0], UP);
            if ticks(rows).any(|tick| tick == position.position) {
                drawing.text(
                    [x + 5.0, y - 4.0],
                    11.0,
                    Anchor::Start,
                    DARK,
                    position.position.to_string(),
                );
            }
        }
        let share = |at: usize| 100.0 * self.explains.get(at).copied().unwrap_or(0.0);
        let words = format!(
            "principal components: {:.0} % and {:.0} % of the variance",
            share(0),
            share(1)
        );
        drawing.text([left, SIDE + 92.0], 13.0, Anchor::Start, QUIET, words);
        drawing
    }
}

/// At most nine positions that are named.
fn ticks(rows: usize) -> impl Iterator<Item = usize> {
    (0..rows).step_by(rows.div_ceil(8).max(1))
}
