//! A GPT: an architecture and weights that fit it.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use crate::config::{ConfigError, GptConfig};
use crate::layout::TensorLayout;
use crate::parameters::{Parameters, parameter_layout};
use crate::tensor_id::{BlockWeight, TensorId, WeightId};
use crate::trace::trace_layout;

/// Why a GPT cannot be made, or cannot take these tokens.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GptError {
    /// The architecture is impossible.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights belong to another architecture.
    #[error("the weights do not fit the configuration: {0}")]
    Mismatch(String),
    /// A pass over nothing.
    #[error("there is no token to begin with: the prompt is empty")]
    NoTokens,
    /// A token id that the embedding table has no row for.
    #[error(
        "token id {id} at position {position} (counted from 1) is not below the vocabulary's size {vocab_size}"
    )]
    UnknownId {
        /// The id.
        id: usize,
        /// Its position among the ids, counted from 1.
        position: usize,
        /// Rows of the embedding table.
        vocab_size: usize,
    },
    /// More tokens than there are positions.
    #[error("{tokens} tokens do not fit the model's context of {context_length}")]
    TooManyTokens {
        /// Tokens of the pass, with those in the cache.
        tokens: usize,
        /// Rows of the position table.
        context_length: usize,
    },
    /// A key/value cache that was made for a model of other sizes.
    #[error("the key/value cache belongs to a model of another shape")]
    ForeignCache,
}

/// A weight matrix and its bias, as places in the parameters.
#[derive(Clone, Debug)]
pub(crate) struct ProjectionPlace {
    pub weight: Range<usize>,
    pub bias: Option<Range<usize>>,
}

/// The places of one block's weights.
#[derive(Clone, Debug)]
pub(crate) struct BlockPlaces {
    pub query: ProjectionPlace,
    pub key: ProjectionPlace,
    pub value: ProjectionPlace,
    pub attention_output: ProjectionPlace,
    pub up: ProjectionPlace,
    pub down: ProjectionPlace,
    pub norm1: ProjectionPlace,
    pub norm2: ProjectionPlace,
}

/// The places of all weights, so that a pass looks up no name.
#[derive(Clone, Debug)]
pub(crate) struct WeightPlaces {
    pub embedding: Range<usize>,
    pub positions: Range<usize>,
    pub blocks: Vec<BlockPlaces>,
    pub final_norm: Option<ProjectionPlace>,
    pub head: ProjectionPlace,
}

impl WeightPlaces {
    fn new(config: &GptConfig, layout: &TensorLayout<WeightId>) -> Result<Self, GptError> {
        let optional = |id| layout.get(id).map(|entry| entry.range.clone());
        let required = |id: WeightId| {
            optional(id).ok_or_else(|| GptError::Mismatch(format!("'{id}' is missing")))
        };
        let pair = |weight, bias| -> Result<ProjectionPlace, GptError> {
            Ok(ProjectionPlace {
                weight: required(weight)?,
                bias: optional(bias),
            })
        };
        let block = |block: usize| -> Result<BlockPlaces, GptError> {
            use BlockWeight as W;
            let of = |w, b| pair(WeightId::Block(block, w), WeightId::Block(block, b));
            Ok(BlockPlaces {
                query: of(W::QueryWeight, W::QueryBias)?,
                key: of(W::KeyWeight, W::KeyBias)?,
                value: of(W::ValueWeight, W::ValueBias)?,
                attention_output: of(W::OutputWeight, W::OutputBias)?,
                up: of(W::UpWeight, W::UpBias)?,
                down: of(W::DownWeight, W::DownBias)?,
                norm1: of(W::Norm1Gamma, W::Norm1Beta)?,
                norm2: of(W::Norm2Gamma, W::Norm2Beta)?,
            })
        };
        let head = if config.tied_head {
            WeightId::Embedding
        } else {
            WeightId::HeadWeight
        };
        Ok(Self {
            embedding: required(WeightId::Embedding)?,
            positions: required(WeightId::PositionEmbedding)?,
            blocks: (0..config.n_blocks).map(block).collect::<Result<_, _>>()?,
            final_norm: if config.final_norm {
                Some(pair(WeightId::FinalGamma, WeightId::FinalBeta)?)
            } else {
                None
            },
            head: pair(head, WeightId::HeadBias)?,
        })
    }
}

/// How many token counts have their trace layout kept.
const KEPT_LAYOUTS: usize = 4096;

/// A decoder-only transformer with its weights.
#[derive(Clone)]
pub struct Gpt {
    config: GptConfig,
    parameters: Parameters,
    pub(crate) places: WeightPlaces,
    /// Entry `tokens - 1`: the layout of a trace of that many tokens, made when first asked for.
    layouts: Vec<OnceLock<Arc<TensorLayout<TensorId>>>>,
}

impl fmt::Debug for Gpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gpt")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Gpt {
    /// A GPT of these weights.
    ///
    /// # Errors
    /// [`GptError::Config`] for an impossible configuration, [`GptError::Mismatch`] if the weights
    /// are not those of this configuration.
    pub fn new(config: GptConfig, parameters: Parameters) -> Result<Self, GptError> {
        config.validate()?;
        let expected = parameter_layout(&config);
        let found = parameters.layout();
        if *found != expected {
            let differing = expected
                .entries()
                .iter()
                .find(|e| found.get(e.id).is_none_or(|f| f.shape != e.shape))
                .map(|e| format!("'{}' must have the shape {:?}", e.id, e.shape))
                .unwrap_or_else(|| "there are weights that it has no place for".to_owned());
            return Err(GptError::Mismatch(differing));
        }
        let places = WeightPlaces::new(&config, &expected)?;
        let layouts = vec![OnceLock::new(); config.context_length.min(KEPT_LAYOUTS)];
        Ok(Self {
            config,
            parameters,
            places,
            layouts,
        })
    }

    /// A GPT that has learned nothing: normally distributed weights. Projections have the standard
    /// deviation `1/√inputs` (those that write to the residual stream divided by `√(2·n_blocks)`, as
    /// in GPT-2), embeddings `1/(2·√d_model)`; γ is near 1 and biases near 0, with a spread of 0.02.
    ///
    /// # Errors
    /// [`GptError::Config`] for an impossible configuration.
    pub fn random(config: GptConfig, seed: u64) -> Result<Self, GptError> {
        config.validate()?;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut parameters = Parameters::zeros(&config);
        let entries = parameters.layout().entries().to_vec();
        for entry in entries {
            let residual = 1.0 / ((2 * config.n_blocks) as f32).sqrt();
            let (centre, spread) = match entry.id {
                WeightId::Embedding | WeightId::PositionEmbedding | WeightId::HeadWeight => {
                    (0.0, 0.5 / (config.d_model as f32).sqrt())
                }
                WeightId::Block(_, BlockWeight::Norm1Gamma | BlockWeight::Norm2Gamma)
                | WeightId::FinalGamma => (1.0, 0.02),
                WeightId::Block(_, BlockWeight::OutputWeight) => {
                    (0.0, residual / (config.d_model as f32).sqrt())
                }
                WeightId::Block(_, BlockWeight::DownWeight) => {
                    (0.0, residual / (config.d_ff as f32).sqrt())
                }
                WeightId::Block(
                    _,
                    BlockWeight::QueryWeight
                    | BlockWeight::KeyWeight
                    | BlockWeight::ValueWeight
                    | BlockWeight::UpWeight,
                ) => (0.0, 1.0 / (config.d_model as f32).sqrt()),
                WeightId::Block(..) | WeightId::FinalBeta | WeightId::HeadBias => (0.0, 0.02),
            };
            for value in &mut parameters.values_mut()[entry.range] {
                let normal: f32 = StandardNormal.sample(&mut random);
                *value = centre + spread * normal;
            }
        }
        Self::new(config, parameters)
    }

    /// The architecture.
    pub fn config(&self) -> &GptConfig {
        &self.config
    }

    /// The weights.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Gives the weights back, for instance to train them further.
    pub fn into_parameters(self) -> Parameters {
        self.parameters
    }

    /// The numbers at a place.
    pub(crate) fn weight(&self, place: &Range<usize>) -> &[f32] {
        &self.parameters.values()[place.clone()]
    }

    /// The layout of a trace of `tokens` tokens (at least 1).
    pub(crate) fn trace_layout(&self, tokens: usize) -> Arc<TensorLayout<TensorId>> {
        let make = || Arc::new(trace_layout(&self.config, tokens));
        match self.layouts.get(tokens - 1) {
            Some(kept) => Arc::clone(kept.get_or_init(make)),
            None => make(),
        }
    }

    /// Checks that there are ids and that each has a row in the embedding table.
    pub(crate) fn check_vocabulary(&self, ids: &[usize]) -> Result<(), GptError> {
        if ids.is_empty() {
            return Err(GptError::NoTokens);
        }
        let vocab_size = self.config.vocab_size;
        match ids.iter().position(|&id| id >= vocab_size) {
            None => Ok(()),
            Some(at) => Err(GptError::UnknownId {
                id: ids[at],
                position: at + 1,
                vocab_size,
            }),
        }
    }

    /// Checks ids for a pass that begins after `past` tokens.
    pub(crate) fn check_ids(&self, past: usize, ids: &[usize]) -> Result<(), GptError> {
        self.check_vocabulary(ids)?;
        let tokens = past + ids.len();
        if tokens > self.config.context_length {
            return Err(GptError::TooManyTokens {
                tokens,
                context_length: self.config.context_length,
            });
        }
        Ok(())
    }
}
