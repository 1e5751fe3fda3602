//! A row of a head's Q, K or V, split into what each part of the model wrote into it.

use orrery_model::{BlockTensor as B, BlockWeight as W, TensorId, WeightId};

use crate::part::Part;
use crate::run::{AnalysisError, Run};
use crate::vector::{centred, dot, double, length};
use crate::walk::Walk;

/// Which of the three projections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Projected {
    /// Q, what a token asks for.
    Query,
    /// K, what a token is found by.
    Key,
    /// V, what a token hands on.
    Value,
}

impl Projected {
    /// All three, in the order of computation.
    pub const ALL: [Self; 3] = [Self::Query, Self::Key, Self::Value];

    /// Its letter: Q, K or V.
    pub fn letter(self) -> char {
        match self {
            Self::Query => 'Q',
            Self::Key => 'K',
            Self::Value => 'V',
        }
    }

    /// Its weight, its bias and what it makes.
    pub(crate) fn place(self) -> (W, W, B) {
        match self {
            Self::Query => (W::QueryWeight, W::QueryBias, B::Q),
            Self::Key => (W::KeyWeight, W::KeyBias, B::K),
            Self::Value => (W::ValueWeight, W::ValueBias, B::V),
        }
    }
}

/// A part of a row of Q, K or V.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProjectionPart {
    /// What a part of the model wrote.
    Of(Part),
    /// b_Q, b_K or b_V, β and every bias before.
    Biases,
}

/// A row of a head's Q, K or V, part by part.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The parts: token, position, the heads and MLPs of the blocks before, biases.
    pub parts: Vec<ProjectionPart>,
    /// Each part's vector `[d_head]`; they add up to the row.
    pub vectors: Vec<Vec<f64>>,
    /// The row of the run `[d_head]`.
    pub value: Vec<f32>,
}

impl Projection {
    /// What share of the row each part is: its extent along the row, `part·row/row·row`. They add up to 1;
    /// a part that points the other way has a negative share.
    pub fn shares(&self) -> Vec<f64> {
        let row = double(&self.value);
        let square = row.iter().map(|x| x * x).sum::<f64>();
        let along = |part: &Vec<f64>| part.iter().zip(&row).map(|(a, b)| a * b).sum::<f64>();
        let of = |part: &Vec<f64>| match square > 0.0 {
            true => along(part) / square,
            false => 0.0,
        };
        self.vectors.iter().map(of).collect()
    }

    /// How long the row is.
    pub fn length(&self) -> f64 {
        length(&double(&self.value))
    }

    /// The largest distance of the parts' sum from the row.
    pub fn error(&self) -> f64 {
        let columns = self.value.iter().enumerate();
        columns
            .map(|(at, &value)| {
                let sum: f64 = self.vectors.iter().map(|part| part[at]).sum();
                (sum - f64::from(value)).abs()
            })
            .fold(0.0, f64::max)
    }
}

/// How far each token's embedding alone pushes a column of a head's Q, K or V `[vocab_size]`: `E·C(γ⊙w)`
/// with the norm before the projection, `E·w` without. Of models with a norm before, this is before the
/// division by the norm's divisor, which depends on the whole row.
pub fn token_pushes(
    run: &Run<'_>,
    projected: Projected,
    (block, head): (usize, usize),
    column: usize,
) -> Vec<f64> {
    let (weight, ..) = projected.place();
    let at = head * run.config().d_head() + column;
    let mut direction = double(run.block_matrix(block, weight).column(at));
    if run.is_pre_norm() {
        let gamma = run.block_vector(block, W::Norm1Gamma).unwrap_or_default();
        let scaled: Vec<f64> = direction
            .iter()
            .zip(gamma)
            .map(|(w, &gamma)| w * f64::from(gamma))
            .collect();
        direction = centred(&scaled);
    }
    let table = run.weight(WeightId::Embedding);
    table.map_or_else(Vec::new, |table| {
        let rows = table.rows().into_iter();
        rows.map(|row| dot(row, &direction)).collect()
    })
}

/// Splits a row of a head's Q, K or V. Divisors of norms are held at the run's values.
///
/// # Errors
/// A position that the run does not have.
pub fn projection(
    run: &Run<'_>,
    projected: Projected,
    (block, head): (usize, usize),
    row: usize,
) -> Result<Projection, AnalysisError> {
    if row >= run.tokens() {
        return Err(AnalysisError::Position(row));
    }
    let (weight, bias, tensor) = projected.place();
    let d_head = run.config().d_head();
    let heads = run.config().n_heads;
    let mut parts = vec![Part::Token, Part::Position];
    for before in 0..block {
        parts.extend((0..heads).map(|head| Part::Head {
            block: before,
            head,
        }));
        parts.push(Part::Mlp(before));
    }
    let weight = run.block_matrix(block, weight);
    let bias = run.block_vector(block, bias);
    let mut all = vec![vec![0.0; d_head]; parts.len() + 1];
    for column in 0..d_head {
        let at = head * d_head + column;
        let walk = Walk::from_projections(run, row, block, double(weight.column(at)));
        for (part, vector) in parts.iter().zip(&mut all) {
            vector[column] = written(run, row, *part, &walk);
        }
        let biases: f64 = walk.biases.iter().map(|(_, value)| value).sum();
        let own = bias.map_or(0.0, |bias| f64::from(bias[at]));
        all[parts.len()][column] = biases + own;
    }
    let parts = parts.into_iter().map(ProjectionPart::Of);
    Ok(Projection {
        parts: parts.chain([ProjectionPart::Biases]).collect(),
        vectors: all,
        value: run.head(block, tensor, head).row(row).to_vec(),
    })
}

/// What a part wrote, along the walk's direction where it writes.
fn written(run: &Run<'_>, row: usize, part: Part, walk: &Walk) -> f64 {
    match part {
        Part::Token => dot(run.matrix(TensorId::TokenEmbedding).row(row), &walk.input),
        Part::Position => dot(
            run.matrix(TensorId::PositionEmbedding).row(row),
            &walk.input,
        ),
        Part::Head { block, head } => {
            let d_head = run.config().d_head();
            let counts = crate::walk::output_direction(run, block, head, &walk.attention[block]);
            let bias = run.block_vector(block, W::ValueBias);
            let attention = run.head(block, B::Attention, head);
            let total: f64 = attention.row(row).iter().map(|&a| f64::from(a)).sum();
            let of_bias = bias.map_or(0.0, |bias| {
                total * dot(&bias[head * d_head..(head + 1) * d_head], &counts)
            });
            dot(run.head(block, B::HeadOutput, head).row(row), &counts) - of_bias
        }
        Part::Mlp(block) => {
            let g = &walk.feed_forward[block];
            let bias = run.block_vector(block, W::DownBias);
            let of_bias = bias.map_or(0.0, |bias| dot(bias, g));
            dot(run.block(block, B::FfnOutput).row(row), g) - of_bias
        }
        Part::Attention(_) | Part::Block(_) => 0.0,
    }
}
