//! The hidden units that matter most at the last position.

use orrery_analysis::contexts::Context;
use orrery_analysis::neurons::neurons;
use orrery_analysis::{Attribution, Run};
use serde::Serialize;

use super::{PATIENCE, Weighed, weighed};

/// A neuron at the last position.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeuronFinding {
    /// The block.
    pub block: usize,
    /// Which one.
    pub index: usize,
    /// Its direct share.
    pub share: f64,
    /// At every position.
    pub activations: Vec<f32>,
    /// Fires nowhere in this text.
    pub silent: bool,
    /// Tokens whose embedding points the way it looks.
    pub reads: Vec<Weighed>,
    /// Tokens whose logit it raises here.
    pub raises: Vec<Weighed>,
    /// Tokens whose logit it lowers here.
    pub lowers: Vec<Weighed>,
    /// Tokens that its output weights alone, U·W2ᵀ, raise most.
    pub alone_raises: Vec<Weighed>,
    /// Tokens that these lower most.
    pub alone_lowers: Vec<Weighed>,
    /// Where in the text that the lens is fitted on it fires most, the strongest first; empty without such a text.
    pub contexts: Vec<ContextFinding>,
}

/// A place of a text at which a unit fires.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContextFinding {
    /// The unit's activation there.
    pub activation: f32,
    /// The tokens around it.
    pub ids: Vec<usize>,
    /// Which of them it is.
    pub at: usize,
}

impl From<Context> for ContextFinding {
    fn from(context: Context) -> Self {
        Self {
            activation: context.activation,
            ids: context.ids,
            at: context.at,
        }
    }
}

/// Of each block those with the largest direct shares; fewer where the vocabulary is large.
pub(super) fn loudest_neurons(
    run: &Run<'_>,
    of_last: &Attribution,
    never: &[usize],
    head_cost: f64,
) -> Vec<NeuronFinding> {
    let blocks = run.config().n_blocks;
    let per_block = (PATIENCE / (3.0 * head_cost * blocks as f64)).clamp(1.0, 20.0);
    (0..blocks)
        .flat_map(|block| neurons(run, of_last, block, per_block as usize, never))
        .map(|neuron| NeuronFinding {
            block: neuron.block,
            index: neuron.index,
            share: neuron.share,
            activations: neuron.activations,
            silent: neuron.silent,
            reads: weighed(neuron.reads),
            raises: weighed(neuron.raises),
            lowers: weighed(neuron.lowers),
            alone_raises: weighed(neuron.alone_raises),
            alone_lowers: weighed(neuron.alone_lowers),
            contexts: Vec::new(),
        })
        .collect()
}
