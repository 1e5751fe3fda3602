//! Direct logit attribution: which part of the model wrote what of a logit. The sum is exact (see
//! [`crate::walk`]'s rule: divisors of norms held at the run's values); it is a book-keeping of this run,
//! not what would happen without a part, which is [`crate::switch_off`].

use orrery_model::{BlockTensor as B, BlockWeight as W, TensorId, WeightId};

use crate::part::Part;
use crate::question::Question;
use crate::run::{AnalysisError, Run};
use crate::vector::{dot, double, length};
use crate::walk::{Walk, output_direction};

/// One part's share of a logit.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The part.
    pub part: Part,
    /// What it adds to the asked-for number.
    pub share: f64,
    /// Of a head: what came from each source token `[tokens]`; of an MLP: from each neuron `[d_ff]`;
    /// nothing for embeddings. They add up to the share.
    pub pieces: Vec<f64>,
    /// What each dimension of the residual stream carries `[d_model]`; they add up to the share too.
    pub dimensions: Vec<f64>,
    /// How long the asked-for direction still is where the part writes, against its length at the end:
    /// what the norms in between leave of it.
    pub survival: f64,
    /// How many norms stand between.
    pub norms: usize,
}

/// A logit, part by part.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// What was asked.
    pub question: Question,
    /// The asked-for number, from the run's own logits.
    pub value: f64,
    /// Token, position, then block by block its heads and its MLP.
    pub shares: Vec<Share>,
    /// What each bias adds; b_U is among them.
    pub biases: Vec<(WeightId, f64)>,
}

impl Attribution {
    /// All biases together.
    pub fn bias(&self) -> f64 {
        self.biases.iter().map(|(_, value)| value).sum()
    }

    /// All shares and biases; equal to the value but for rounding, unless the run was changed.
    pub fn sum(&self) -> f64 {
        self.shares.iter().map(|share| share.share).sum::<f64>() + self.bias()
    }

    /// How far the sum is from the value.
    pub fn error(&self) -> f64 {
        (self.sum() - self.value).abs()
    }

    /// The share of a part, if it has one.
    pub fn of(&self, part: Part) -> Option<&Share> {
        self.shares.iter().find(|share| share.part == part)
    }
}

/// Splits a logit.
///
/// # Errors
/// A token or position that the run does not have.
pub fn attribution(run: &Run<'_>, question: Question) -> Result<Attribution, AnalysisError> {
    question.check(run)?;
    let row = question.position;
    let (direction, constant) = question.direction(run);
    let whole = length(&direction).max(f64::MIN_POSITIVE);
    let walk = Walk::from_the_end(run, row, direction);
    let (blocks, per_block) = match run.is_pre_norm() {
        true => (run.config().n_blocks, 0),
        false => (run.config().n_blocks, 2),
    };
    let last = usize::from(run.config().final_norm);

    let mut shares = Vec::new();
    for (part, id) in [
        (Part::Token, TensorId::TokenEmbedding),
        (Part::Position, TensorId::PositionEmbedding),
    ] {
        let written = double(run.matrix(id).row(row));
        let norms = last + per_block * blocks;
        shares.push(share(
            part,
            &walk.input,
            &written,
            Vec::new(),
            (whole, norms),
        ));
    }
    for block in 0..blocks {
        let g = &walk.attention[block];
        let norms = last + per_block * (blocks - block);
        for head in 0..run.config().n_heads {
            let (pieces, written) = head_pieces(run, block, head, row, g);
            let part = Part::Head { block, head };
            shares.push(share(part, g, &written, pieces, (whole, norms)));
        }
        let g = &walk.feed_forward[block];
        let norms = norms.saturating_sub(per_block / 2);
        let (pieces, written) = neuron_pieces(run, block, row, g);
        shares.push(share(Part::Mlp(block), g, &written, pieces, (whole, norms)));
    }
    let mut biases = walk.biases;
    if run.gpt().parameters().get(WeightId::HeadBias).is_some() {
        biases.push((WeightId::HeadBias, constant));
    }
    Ok(Attribution {
        question,
        value: question.value(run.logits(row).iter().copied()),
        shares,
        biases,
    })
}

fn share(
    part: Part,
    g: &[f64],
    written: &[f64],
    pieces: Vec<f64>,
    (whole, norms): (f64, usize),
) -> Share {
    let dimensions: Vec<f64> = g.iter().zip(written).map(|(g, x)| g * x).collect();
    Share {
        part,
        share: dimensions.iter().sum(),
        pieces,
        dimensions,
        survival: length(g) / whole,
        norms,
    }
}

/// What each source token gives through a head, and what the head writes `[d_model]`, without b_V.
fn head_pieces(
    run: &Run<'_>,
    block: usize,
    head: usize,
    row: usize,
    g: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let d_head = run.config().d_head();
    let counts = output_direction(run, block, head, g);
    let attention = run.head(block, B::Attention, head);
    let values = run.head(block, B::V, head);
    let bias = run.block_vector(block, W::ValueBias);
    let bias = bias.map_or(&[][..], |bias| &bias[head * d_head..(head + 1) * d_head]);
    let of_bias = dot(bias, &counts);
    let pieces = attention
        .row(row)
        .iter()
        .zip(values.rows())
        .take(row + 1)
        .map(|(&share, value)| f64::from(share) * (dot(value, &counts) - of_bias))
        .collect();
    let total: f64 = attention.row(row).iter().map(|&a| f64::from(a)).sum();
    let mut output = double(run.head(block, B::HeadOutput, head).row(row));
    for (output, &bias) in output.iter_mut().zip(bias) {
        *output -= total * f64::from(bias);
    }
    let weight = run.block_matrix(block, W::OutputWeight);
    let mut written = vec![0.0; run.config().d_model];
    let rows = weight.rows().into_iter().skip(head * d_head);
    for (output, row) in output.iter().zip(rows) {
        for (written, &weight) in written.iter_mut().zip(row) {
            *written += output * f64::from(weight);
        }
    }
    (pieces, written)
}

/// What each neuron gives, and what the MLP writes `[d_model]`, without b2.
fn neuron_pieces(run: &Run<'_>, block: usize, row: usize, g: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let weight = run.block_matrix(block, W::DownWeight);
    let hidden = run.block(block, B::FfnHidden);
    let mut written = vec![0.0; run.config().d_model];
    let mut pieces = Vec::with_capacity(hidden.ncols());
    for (&hidden, row) in hidden.row(row).iter().zip(weight.rows()) {
        let hidden = f64::from(hidden);
        pieces.push(hidden * dot(row, g));
        if hidden != 0.0 {
            for (written, &weight) in written.iter_mut().zip(row) {
                *written += hidden * f64::from(weight);
            }
        }
    }
    (pieces, written)
}
