//! The neurons of a block's feed-forward: what makes them fire, and what they write.

use orrery_model::{BlockTensor as B, BlockWeight as W, WeightId};

use crate::attribution::Attribution;
use crate::part::Part;
use crate::run::Run;
use crate::vector::{centred, dot, double, largest};
use crate::walk::to_logits;

/// One neuron at one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Neuron {
    /// The block.
    pub block: usize,
    /// Which one, from 0.
    pub index: usize,
    /// What it adds to the asked-for number.
    pub share: f64,
    /// Its activation at every position of the run.
    pub activations: Vec<f32>,
    /// Whether it fires at no position of the run.
    pub silent: bool,
    /// Tokens whose embedding alone points the way it looks, with how much.
    pub reads: Vec<(usize, f64)>,
    /// Tokens whose logit it raises at the position, and those it lowers, with how much: the direct
    /// effect, with the divisors of later norms held.
    pub raises: Vec<(usize, f64)>,
    /// See `raises`.
    pub lowers: Vec<(usize, f64)>,
    /// Tokens whose row of the un-embedding points the way it writes, with how much for an activation of 1, and those
    /// that point the other way: the weights alone, U·W2ᵀ, without any norm.
    pub alone_raises: Vec<(usize, f64)>,
    /// See `alone_raises`.
    pub alone_lowers: Vec<(usize, f64)>,
}

/// The neurons of a block with the largest shares, largest first.
pub fn neurons(
    run: &Run<'_>,
    attribution: &Attribution,
    block: usize,
    count: usize,
    never_drawn: &[usize],
) -> Vec<Neuron> {
    const TOKENS: usize = 5;
    let row = attribution.question.position;
    let Some(share) = attribution.of(Part::Mlp(block)) else {
        return Vec::new();
    };
    let sizes: Vec<f64> = share.pieces.iter().map(|piece| piece.abs()).collect();
    let hidden = run.block(block, B::FfnHidden);
    let up = run.block_matrix(block, W::UpWeight);
    let down = run.block_matrix(block, W::DownWeight);
    // the norm in front of the feed-forward: norm 2 where norms stand before, else norm 1
    let gamma = if run.is_pre_norm() {
        W::Norm2Gamma
    } else {
        W::Norm1Gamma
    };
    let gamma = run.block_vector(block, gamma).unwrap_or_default();
    let table = run.weight(WeightId::Embedding);
    let pairs = |x: &[f64]| -> Vec<(usize, f64)> {
        let tokens = largest(x, TOKENS, never_drawn);
        tokens.into_iter().map(|token| (token, x[token])).collect()
    };
    largest(&sizes, count, &[])
        .into_iter()
        .map(|index| {
            let activations = hidden.column(index).to_vec();
            let looks: Vec<f64> = up
                .column(index)
                .iter()
                .zip(gamma)
                .map(|(&w, &y)| f64::from(w) * f64::from(y))
                .collect();
            let looks = centred(&looks);
            let reads: Vec<f64> = table
                .iter()
                .flat_map(|table| {
                    table
                        .rows()
                        .into_iter()
                        .map(|row| dot(row, &looks))
                        .collect::<Vec<_>>()
                })
                .collect();
            let activation = f64::from(hidden[[row, index]]);
            let written: Vec<f64> = double(down.row(index))
                .iter()
                .map(|w| w * activation)
                .collect();
            let effect = to_logits(run, row, (block, true), &written);
            let alone: Vec<f64> = run
                .un_embedding()
                .rows()
                .into_iter()
                .map(|ends| {
                    ends.iter()
                        .zip(down.row(index))
                        .map(|(&u, &w)| f64::from(u) * f64::from(w))
                        .sum()
                })
                .collect();
            let lowered = |x: &[f64]| -> Vec<(usize, f64)> {
                let opposite: Vec<f64> = x.iter().map(|x| -x).collect();
                let least = pairs(&opposite).into_iter();
                least.map(|(token, x)| (token, -x)).collect()
            };
            Neuron {
                block,
                index,
                share: share.pieces[index],
                silent: activations.iter().all(|&x| x <= 0.0),
                activations,
                reads: pairs(&reads),
                raises: pairs(&effect),
                lowers: lowered(&effect),
                alone_raises: pairs(&alone),
                alone_lowers: lowered(&alone),
            }
        })
        .collect()
}
