//! The ordered list of operations that a configuration implies, grouped in stages. Derived, never
//! written out for one model.

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery_model::{BlockTensor, BlockWeight, GptConfig, NormPlacement, TensorId, WeightId};

use crate::number_place::Numbers;
use crate::operand::{Operand, SamplingTensor};
use crate::operation::{
    ActivationFunction, Add, Concat, DrawToken, Keep, LayerNorm, Likeliest, LookUp, Made, Mask,
    MatrixProduct, Operation, PassOn, ScaleScores, Softmax, SplitHeads, Temper,
};
use crate::origins::Origins;
use crate::pass::Pass;
use crate::stage_kind::StageKind;

/// How much of a pass is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Detail {
    /// Every stage.
    Full,
    /// Every block in summary: for the tokens after the first.
    #[default]
    Abbreviated,
}

/// What of the model is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramOptions {
    /// Blocks that are played in full (from 0); the others are summarised.
    pub opened: BTreeSet<usize>,
    /// How much of the pass is played.
    pub detail: Detail,
    /// Whether the whole model is shown before the pass, and after it.
    pub overview: (bool, bool),
    /// Whether the logit lens follows each block that is played in full.
    pub lens: bool,
}

impl ProgramOptions {
    /// The first block in full, the others summarised.
    pub fn first_block() -> Self {
        Self {
            opened: BTreeSet::from([0]),
            detail: Detail::Full,
            overview: (false, false),
            lens: false,
        }
    }
}

/// Operations that run at the same time, as indices into the program's operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The operations.
    pub operations: Vec<usize>,
}

/// A stage and what runs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Which stage it is.
    pub kind: StageKind,
    /// Its block, if it belongs to one.
    pub block: Option<usize>,
    /// What runs, in order.
    pub steps: Vec<Step>,
}

/// All operations of one pass and the stages that show them.
#[derive(Debug)]
pub struct Program {
    operations: Vec<Arc<dyn Operation>>,
    stages: Vec<Stage>,
    numbers: Numbers,
    origins: Origins,
}

/// Collects operations for the stages.
struct Builder<'a> {
    config: &'a GptConfig,
    operations: Vec<Arc<dyn Operation>>,
    stages: Vec<Stage>,
}

impl Builder<'_> {
    fn step(&mut self, operations: Vec<Arc<dyn Operation>>) -> Step {
        let first = self.operations.len();
        self.operations.extend(operations);
        Step {
            operations: (first..self.operations.len()).collect(),
        }
    }

    fn one(&mut self, operation: impl Operation + 'static) -> Step {
        self.step(vec![Arc::new(operation)])
    }

    fn stage(&mut self, kind: StageKind, block: Option<usize>, steps: Vec<Step>) {
        self.stages.push(Stage { kind, block, steps });
    }

    fn optional_bias(&self, exists: bool, block: usize, bias: BlockWeight) -> Option<Operand> {
        exists.then(|| Operand::weight(block, bias))
    }

    fn norm(&self, block: usize, which: usize, input: BlockTensor) -> LayerNorm {
        use {BlockTensor as T, BlockWeight as W};
        let (gamma, beta, mean, variance, output) = if which == 1 {
            (
                W::Norm1Gamma,
                W::Norm1Beta,
                T::Norm1Mean,
                T::Norm1Variance,
                T::Norm1,
            )
        } else {
            (
                W::Norm2Gamma,
                W::Norm2Beta,
                T::Norm2Mean,
                T::Norm2Variance,
                T::Norm2,
            )
        };
        LayerNorm {
            input: Operand::value(block, input),
            gamma: Operand::weight(block, gamma),
            beta: self.optional_bias(self.config.biases.layer_norm, block, beta),
            mean: Operand::value(block, mean),
            variance: Operand::value(block, variance),
            output: Operand::value(block, output),
            epsilon: self.config.norm_epsilon,
        }
    }

    /// The stages of one block, opened.
    fn block(&mut self, block: usize) {
        use {BlockTensor as T, BlockWeight as W};
        let config = self.config;
        let biases = config.biases;
        let pre = config.norm_placement == NormPlacement::Pre;
        let at = |tensor| Operand::value(block, tensor);
        let weight = |weight| Operand::weight(block, weight);
        let id = |tensor| TensorId::Block(block, tensor);
        let here = Some(block);

        if pre {
            let norm = self.norm(block, 1, T::Input);
            let step = self.one(norm);
            self.stage(StageKind::Norm1, here, vec![step]);
        }

        let attended = at(if pre { T::Norm1 } else { T::Input });
        let projections = [
            (W::QueryWeight, biases.query, W::QueryBias, T::Q),
            (W::KeyWeight, biases.key, W::KeyBias, T::K),
            (W::ValueWeight, biases.value, W::ValueBias, T::V),
        ]
        .map(|(matrix, has_bias, bias, output)| {
            Arc::new(MatrixProduct {
                a: attended,
                b: weight(matrix),
                bias: self.optional_bias(has_bias, block, bias),
                output: at(output),
                purpose: "Each row meets the columns of three learned matrices: a query (what it looks for), a key (what it can be found by) and a value (what it hands on).".into(),
            }) as Arc<dyn Operation>
        });
        let step = self.step(projections.into());
        self.stage(StageKind::QkvProjection, here, vec![step]);

        let d_head = config.d_head();
        let heads = || 0..config.n_heads;
        let split: Vec<Arc<dyn Operation>> = heads()
            .flat_map(|head| {
                [(T::Q, false), (T::K, true), (T::V, false)].map(|(input, transposed)| {
                    Arc::new(SplitHeads {
                        input: at(input),
                        head,
                        d_head,
                        transposed,
                        only: config.n_heads == 1,
                    }) as Arc<dyn Operation>
                })
            })
            .collect();
        let mut steps = vec![self.step(split)];
        type HeadOperation<'a> = &'a dyn Fn(usize) -> Arc<dyn Operation>;
        let of_each_head: [HeadOperation<'_>; 5] = [
            &|head| {
                Arc::new(MatrixProduct {
                    a: at(T::Q).head(head),
                    b: at(T::K).head(head).transposed(),
                    bias: None,
                    output: at(T::RawScores).head(head),
                    purpose: "Every query meets every key: the score says how well query i matches key j.".into(),
                })
            },
            &|head| {
                Arc::new(ScaleScores {
                    input: at(T::RawScores).head(head),
                    output: at(T::Scores).head(head),
                    d_head,
                    scaling: config.attention_scaling,
                    block,
                })
            },
            &|head| {
                Arc::new(Mask {
                    input: at(T::Scores).head(head),
                    output: at(T::MaskedScores).head(head),
                })
            },
            &|head| {
                Arc::new(Softmax {
                    input: at(T::MaskedScores).head(head),
                    output: at(T::Attention).head(head),
                })
            },
            &|head| {
                Arc::new(MatrixProduct {
                    a: at(T::Attention).head(head),
                    b: at(T::V).head(head),
                    bias: None,
                    output: at(T::HeadOutput).head(head),
                    purpose: "Each token takes from the values of the tokens that it attends to, in the shares that softmax gave: 0 from later ones.".into(),
                })
            },
        ];
        for operation in of_each_head {
            let all = heads().map(operation).collect();
            steps.push(self.step(all));
        }
        self.stage(StageKind::Attention, here, steps);

        let concat = self.one(Concat {
            heads: heads().map(|head| at(T::HeadOutput).head(head)).collect(),
            output: at(T::Concat),
            d_head,
        });
        let projection = self.one(MatrixProduct {
            a: at(T::Concat),
            b: weight(W::OutputWeight),
            bias: self.optional_bias(biases.attention_output, block, W::OutputBias),
            output: at(T::AttentionOutput),
            purpose: match config.n_heads {
                1 => "The attention's output projection carries what the head found back into the residual stream.",
                _ => "The attention's output projection mixes what the heads found.",
            }
            .into(),
        });
        self.stage(StageKind::AttentionOutput, here, vec![concat, projection]);

        let mut steps = vec![self.one(Add {
            a: id(T::Input),
            b: id(T::AttentionOutput),
            output: id(T::Residual1),
        })];
        let norm = if pre {
            self.norm(block, 2, T::Residual1)
        } else {
            self.norm(block, 1, T::Residual1)
        };
        steps.push(self.one(norm));
        self.stage(StageKind::Residual1, here, steps);

        let fed = if pre { T::Norm2 } else { T::Norm1 };
        let up = self.one(MatrixProduct {
            a: at(fed),
            b: weight(W::UpWeight),
            bias: self.optional_bias(biases.feed_forward_up, block, W::UpBias),
            output: at(T::FfnPreActivation),
            purpose: "Each token for itself: its row meets many learned detectors, one for each hidden column.".into(),
        });
        let activation = self.one(ActivationFunction {
            input: at(T::FfnPreActivation),
            output: at(T::FfnHidden),
            function: config.activation,
        });
        let down = self.one(MatrixProduct {
            a: at(T::FfnHidden),
            b: weight(W::DownWeight),
            bias: self.optional_bias(biases.feed_forward_down, block, W::DownBias),
            output: at(T::FfnOutput),
            purpose: "The down projection, drawn laid on its side, gathers what the detectors found: the hidden row becomes a row of the model's own width again.".into(),
        });
        self.stage(StageKind::FeedForward, here, vec![up, activation, down]);

        let mut steps = vec![self.one(Add {
            a: id(if pre { T::Residual1 } else { T::Norm1 }),
            b: id(T::FfnOutput),
            output: id(T::Residual2),
        })];
        if !pre {
            let norm = self.norm(block, 2, T::Residual2);
            steps.push(self.one(norm));
        }
        self.stage(StageKind::Residual2, here, steps);

        let pass_on = self.one(PassOn {
            input: at(if pre { T::Residual2 } else { T::Norm2 }),
            output: at(T::Output),
            last: block + 1 == config.n_blocks,
        });
        self.stage(StageKind::BlockOutput, here, vec![pass_on]);
    }

    /// The final norm of a matrix, if the model has one; `named` gives its results their names.
    fn final_norm(&self, input: Operand, named: impl Fn(TensorId) -> Operand) -> Option<LayerNorm> {
        let biases = self.config.biases;
        self.config.final_norm.then(|| LayerNorm {
            input,
            gamma: WeightId::FinalGamma.into(),
            beta: biases.layer_norm.then(|| WeightId::FinalBeta.into()),
            mean: named(TensorId::FinalNormMean),
            variance: named(TensorId::FinalNormVariance),
            output: named(TensorId::FinalNorm),
            epsilon: self.config.norm_epsilon,
        })
    }

    /// The step that makes logits.
    fn un_embed(
        &mut self,
        rows: Operand,
        logits: Operand,
        purpose: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Step {
        let config = self.config;
        self.one(MatrixProduct {
            a: rows,
            b: Operand::unembedding(config),
            bias: config.biases.head.then(|| WeightId::HeadBias.into()),
            output: logits,
            purpose: purpose.into(),
        })
    }

    /// What the model would say if it ended after a block.
    fn lens(&mut self, block: usize) {
        let of_lens = |id| Operand::lens(block, id);
        let mut last = Operand::value(block, BlockTensor::Output).last_row();
        let mut steps = Vec::new();
        let mut purpose = "If the model ended here: the last row, as it leaves this block, is compared with every token of the vocabulary. This model has no final norm.";
        if let Some(norm) = self.final_norm(last, of_lens) {
            last = norm.output;
            steps.push(self.one(norm));
            purpose = "If the model ended here: the last row of the residual stream, after the final norm, is compared with every token of the vocabulary.";
        }
        steps.push(self.un_embed(last, of_lens(TensorId::Logits), purpose));
        steps.push(self.one(Softmax {
            input: of_lens(TensorId::Logits),
            output: of_lens(TensorId::Probabilities),
        }));
        steps.push(self.one(Likeliest {
            probabilities: of_lens(TensorId::Probabilities),
            output: Operand::likeliest(block),
        }));
        self.stage(StageKind::LogitLens, Some(block), steps);
    }
}

impl Program {
    /// The program of a pass.
    pub fn new(pass: &Pass, options: &ProgramOptions) -> Self {
        let config = pass.config();
        let mut builder = Builder {
            config,
            operations: Vec::new(),
            stages: Vec::new(),
        };
        let ids: Arc<[usize]> = pass.trace.ids().into();
        let positions: Arc<[usize]> = (0..ids.len()).collect();

        if options.overview.0 {
            builder.stage(StageKind::Machine, None, Vec::new());
        }
        builder.stage(StageKind::Characters, None, Vec::new());
        let tokens = builder.one(LookUp {
            table: WeightId::Embedding,
            rows: ids,
            output: TensorId::TokenEmbedding,
        });
        let places = builder.one(LookUp {
            table: WeightId::PositionEmbedding,
            rows: positions,
            output: TensorId::PositionEmbedding,
        });
        let sum = builder.one(Add {
            a: TensorId::TokenEmbedding,
            b: TensorId::PositionEmbedding,
            output: TensorId::Embedded,
        });
        builder.stage(StageKind::Embedding, None, vec![tokens, places, sum]);

        for block in 0..config.n_blocks {
            let opened = options.detail == Detail::Full && options.opened.contains(&block);
            let first = builder.stages.len();
            builder.block(block);
            if !opened {
                // the operations are all there; one stage shows them in summary
                let steps = builder
                    .stages
                    .drain(first..)
                    .flat_map(|stage| stage.steps)
                    .collect();
                builder.stage(StageKind::BlockSummary, Some(block), steps);
            } else if options.lens {
                builder.lens(block);
            }
        }

        let mut last = Operand::value(config.n_blocks - 1, BlockTensor::Output);
        if let Some(norm) = builder.final_norm(last, Operand::from) {
            last = norm.output;
            let step = builder.one(norm);
            builder.stage(StageKind::FinalNorm, None, vec![step]);
        }
        let logits = builder.un_embed(
            last,
            TensorId::Logits.into(),
            match config.tied_head {
                true => "Each row is compared with every token's row of E, which is drawn laid on its side: the better they agree, the higher the logit of that token.",
                false => "Each row is compared with every token's row of W_U, which is drawn laid on its side: the better they agree, the higher the logit of that token.",
            },
        );
        builder.stage(StageKind::Unembedding, None, vec![logits]);

        let draw = &pass.draw;
        let steps = vec![
            builder.one(Temper {
                logits: Operand::from(TensorId::Logits).last_row(),
                temperature: pass.sampling.temperature,
            }),
            builder.one(Keep {
                settings: pass.sampling.clone(),
                never: pass.never_drawn.clone(),
            }),
            builder.one(Softmax {
                input: SamplingTensor::Kept.into(),
                output: SamplingTensor::Probabilities.into(),
            }),
            builder.one(DrawToken {
                uniform: draw.u,
                token_id: draw.token_id,
                share: (draw.share_begin, draw.share_end),
            }),
        ];
        builder.stage(StageKind::Draw, None, steps);
        builder.stage(StageKind::JoinText, None, Vec::new());
        if options.overview.1 {
            builder.stage(StageKind::MachineAgain, None, Vec::new());
        }
        let numbers = Numbers::new(config, pass.trace.tokens());
        Self {
            origins: Origins::new(&builder.operations, &numbers),
            numbers,
            operations: builder.operations,
            stages: builder.stages,
        }
    }

    /// All operations, in the order of computation.
    pub fn operations(&self) -> &[Arc<dyn Operation>] {
        &self.operations
    }

    /// How the matrices of its pass share their numbers.
    pub fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// The operation that made a matrix, as an index, and what of it that is: an operation's side outputs are
    /// found as its output is, and a part, a turned matrix or another name where the whole was made. None for a
    /// weight.
    pub fn maker_of(&self, operand: Operand) -> Option<(usize, Made)> {
        self.origins.maker(operand, &self.numbers)
    }

    /// The operations that read a matrix or a part of it, as indices, each with its place among their inputs.
    pub fn readers_of(&self, operand: Operand) -> &[(usize, usize)] {
        self.origins.readers(operand, &self.numbers)
    }

    /// All stages, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }
}
