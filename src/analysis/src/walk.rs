//! A direction walked backwards through the model with every norm's divisor held at the run's value. A
//! norm whose divisor is held is linear, so that a sum over what is un-embedded falls exactly into what
//! each part wrote, for pre- and post-norm models alike.

use orrery_model::{BlockTensor as B, BlockWeight as W, TensorId, WeightId};

use crate::run::Run;
use crate::vector::{centred, dot};

/// The direction at each place where a part writes, and what all biases on the way add.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// At the input of the first block: embedding and position.
    pub input: Vec<f64>,
    /// At each block's attention output.
    pub attention: Vec<Vec<f64>>,
    /// At each block's feed-forward output.
    pub feed_forward: Vec<Vec<f64>>,
    /// What each bias adds.
    pub biases: Vec<(WeightId, f64)>,
}

/// A norm's place in the model and in the trace.
struct NormPlace {
    gamma: WeightId,
    beta: WeightId,
    variance: TensorId,
}

impl NormPlace {
    fn first(block: usize) -> Self {
        Self {
            gamma: WeightId::Block(block, W::Norm1Gamma),
            beta: WeightId::Block(block, W::Norm1Beta),
            variance: TensorId::Block(block, B::Norm1Variance),
        }
    }

    fn second(block: usize) -> Self {
        Self {
            gamma: WeightId::Block(block, W::Norm2Gamma),
            beta: WeightId::Block(block, W::Norm2Beta),
            variance: TensorId::Block(block, B::Norm2Variance),
        }
    }

    const LAST: Self = Self {
        gamma: WeightId::FinalGamma,
        beta: WeightId::FinalBeta,
        variance: TensorId::FinalNormVariance,
    };
}

/// √(σ² + ε) of a row.
fn divisor(run: &Run<'_>, variance: TensorId, row: usize) -> f64 {
    let variance = run.matrix(variance);
    let variance = variance.get([row, 0]).copied().unwrap_or(0.0);
    (f64::from(variance) + f64::from(run.config().norm_epsilon)).sqrt()
}

/// `g·LN(x) = h·x + g·β`, with `h = C(g⊙γ)/s`: h, and g·β.
fn through_norm(
    run: &Run<'_>,
    place: &NormPlace,
    row: usize,
    g: &[f64],
) -> (Vec<f64>, Option<(WeightId, f64)>) {
    let parameters = run.gpt().parameters();
    let beta = parameters.get(place.beta);
    let bias = beta.map(|beta| (place.beta, dot(beta, g)));
    let gamma = parameters.get(place.gamma).unwrap_or_default();
    let scaled: Vec<f64> = g
        .iter()
        .zip(gamma)
        .map(|(g, &y)| g * f64::from(y))
        .collect();
    let divisor = divisor(run, place.variance, row);
    let mut h = centred(&scaled);
    h.iter_mut().for_each(|h| *h /= divisor);
    (h, bias)
}

impl Walk {
    /// From the un-embedding back to the embedding, at one position.
    pub fn from_the_end(run: &Run<'_>, row: usize, direction: Vec<f64>) -> Self {
        if run.config().final_norm {
            let (g, bias) = through_norm(run, &NormPlace::LAST, row, &direction);
            let mut walk = Self::through_blocks(run, row, run.config().n_blocks, g);
            walk.biases.extend(bias);
            return walk;
        }
        Self::through_blocks(run, row, run.config().n_blocks, direction)
    }

    /// From what a block's Q, K and V are computed of back to the embedding, at one position: through the
    /// norm before it, if there is one, and the blocks before.
    pub fn from_projections(run: &Run<'_>, row: usize, block: usize, direction: Vec<f64>) -> Self {
        if run.is_pre_norm() {
            let (g, bias) = through_norm(run, &NormPlace::first(block), row, &direction);
            let mut walk = Self::through_blocks(run, row, block, g);
            walk.biases.extend(bias);
            return walk;
        }
        Self::through_blocks(run, row, block, direction)
    }

    /// Through the first `blocks` blocks, last to first.
    fn through_blocks(run: &Run<'_>, row: usize, blocks: usize, direction: Vec<f64>) -> Self {
        let mut g = direction;
        let mut biases = Vec::new();
        let (mut attention, mut feed_forward) = (Vec::new(), Vec::new());
        for block in (0..blocks).rev() {
            let post = !run.is_pre_norm();
            if post {
                let (h, bias) = through_norm(run, &NormPlace::second(block), row, &g);
                biases.extend(bias);
                g = h;
            }
            feed_forward.push(g.clone());
            biases.extend(plain_bias(run, block, W::DownBias, &g));
            if post {
                let (h, bias) = through_norm(run, &NormPlace::first(block), row, &g);
                biases.extend(bias);
                g = h;
            }
            attention.push(g.clone());
            biases.extend(plain_bias(run, block, W::OutputBias, &g));
            biases.extend(value_bias(run, block, row, &g));
        }
        attention.reverse();
        feed_forward.reverse();
        Self {
            input: g,
            attention,
            feed_forward,
            biases,
        }
    }
}

fn plain_bias(run: &Run<'_>, block: usize, weight: W, g: &[f64]) -> Option<(WeightId, f64)> {
    let bias = run.block_vector(block, weight)?;
    Some((WeightId::Block(block, weight), dot(bias, g)))
}

/// b_V goes through every head with the whole of its attention: it belongs to none of them.
fn value_bias(run: &Run<'_>, block: usize, row: usize, g: &[f64]) -> Option<(WeightId, f64)> {
    let bias = run.block_vector(block, W::ValueBias)?;
    let d_head = run.config().d_head();
    let of_head = |head: usize| {
        let bias = &bias[head * d_head..(head + 1) * d_head];
        let total: f64 = run
            .head(block, B::Attention, head)
            .row(row)
            .iter()
            .map(|&a| f64::from(a))
            .sum();
        total * dot(bias, &output_direction(run, block, head, g))
    };
    let sum = (0..run.config().n_heads).map(of_head).sum();
    Some((WeightId::Block(block, W::ValueBias), sum))
}

/// `W_O,h·g` `[d_head]`: what a number of a head's output counts for.
pub(crate) fn output_direction(run: &Run<'_>, block: usize, head: usize, g: &[f64]) -> Vec<f64> {
    let d_head = run.config().d_head();
    let weight = run.block_matrix(block, W::OutputWeight);
    let rows = weight.rows().into_iter().skip(head * d_head).take(d_head);
    rows.map(|row| dot(row, g)).collect()
}

/// What a vector that a part writes does to all logits, with every later norm's divisor held:
/// `[vocab_size]`. `block` is the part's, `feed_forward` whether it stands at the second sum.
pub(crate) fn to_logits(
    run: &Run<'_>,
    row: usize,
    (block, feed_forward): (usize, bool),
    written: &[f64],
) -> Vec<f64> {
    let mut v = written.to_vec();
    let norm = |place: &NormPlace, v: Vec<f64>| {
        let gamma = run.gpt().parameters().get(place.gamma).unwrap_or_default();
        let divisor = divisor(run, place.variance, row);
        let centred = centred(&v);
        let scaled = centred.iter().zip(gamma);
        scaled.map(|(x, &y)| x * f64::from(y) / divisor).collect()
    };
    if !run.is_pre_norm() {
        for at in block..run.config().n_blocks {
            if at > block || !feed_forward {
                v = norm(&NormPlace::first(at), v);
            }
            v = norm(&NormPlace::second(at), v);
        }
    }
    if run.config().final_norm {
        v = norm(&NormPlace::LAST, v);
    }
    let table = run.un_embedding();
    table.rows().into_iter().map(|row| dot(row, &v)).collect()
}
