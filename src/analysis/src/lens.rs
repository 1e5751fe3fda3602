//! The logit lens: what the model would say if it stopped after a stage. Each stage's vector is normed by
//! the final norm with the stage's own mean and variance and then un-embedded.

use ndarray::ArrayView2;
use orrery_model::{BlockTensor as B, TensorId, WeightId};

use crate::question::Question;
use crate::run::{AnalysisError, Run};
use crate::vector::{divergence, dot, double, largest, log_softmax};

/// A place of the residual stream where it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LensStage {
    /// What enters the first block.
    Embedded,
    /// After a block's attention (and the norm behind it, if it stands there).
    Attention(usize),
    /// What leaves a block.
    Block(usize),
}

impl LensStage {
    /// Where the trace has it.
    pub fn tensor(self, is_pre_norm: bool) -> TensorId {
        match (self, is_pre_norm) {
            (Self::Embedded, _) => TensorId::Embedded,
            (Self::Attention(block), true) => TensorId::Block(block, B::Residual1),
            (Self::Attention(block), false) => TensorId::Block(block, B::Norm1),
            (Self::Block(block), _) => TensorId::Block(block, B::Output),
        }
    }
}

/// All stages of a model, the last one included.
pub fn stages(n_blocks: usize) -> Vec<LensStage> {
    let of_block = |block| [LensStage::Attention(block), LensStage::Block(block)];
    let blocks = (0..n_blocks).flat_map(of_block);
    std::iter::once(LensStage::Embedded).chain(blocks).collect()
}

/// What a stage says at a position.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The likeliest tokens with their probabilities, likeliest first.
    pub top: Vec<(usize, f64)>,
    /// KL(final ‖ this) in nats.
    pub divergence: f64,
    /// ln of the probabilities of the tokens that are followed, in their order.
    pub followed: Vec<f64>,
    /// Which place the final top token has here, from 0.
    pub rank: usize,
}

/// All stages at some positions.
#[derive(Clone, Debug, PartialEq)]
pub struct Lens {
    /// The stages, in order; the last is the model's own end.
    pub stages: Vec<LensStage>,
    /// The positions.
    pub positions: Vec<usize>,
    /// The tokens that are followed: at each position the ones that are top at some stage there.
    pub followed: Vec<Vec<usize>>,
    /// `guesses[stage][position]`
    pub guesses: Vec<Vec<Guess>>,
    /// KL(final ‖ uniform) at each position, in nats: what knowing nothing costs.
    pub uniform: Vec<f64>,
}

impl Lens {
    /// The mean KL(final ‖ stage) over the positions, stage by stage.
    pub fn trust(&self) -> Vec<f64> {
        let mean = |guesses: &Vec<Guess>| {
            guesses.iter().map(|guess| guess.divergence).sum::<f64>() / guesses.len() as f64
        };
        self.guesses.iter().map(mean).collect()
    }

    /// The mean KL of a guess that knows nothing.
    pub fn trust_of_uniform(&self) -> f64 {
        self.uniform.iter().sum::<f64>() / self.uniform.len() as f64
    }
}

/// How many likely tokens a guess keeps.
const TOP: usize = 5;

/// The raw lens at some positions; tokens in `never_drawn` are ranked out, and `next[i]` (the true next
/// token of position i, where it is known) is followed.
pub fn raw_lens(
    run: &Run<'_>,
    positions: &[usize],
    next: &[Option<usize>],
    never_drawn: &[usize],
) -> Lens {
    lens(run, positions, (next, never_drawn), |stage, row| {
        double(run.matrix(stage.tensor(run.is_pre_norm())).row(row))
    })
}

/// A lens whose vectors are made by `of_stage`. The last stage is the run's own logits.
pub(crate) fn lens(
    run: &Run<'_>,
    positions: &[usize],
    (next, never_drawn): (&[Option<usize>], &[usize]),
    of_stage: impl Fn(LensStage, usize) -> Vec<f64>,
) -> Lens {
    let stages = stages(run.config().n_blocks);
    let last = stages.len() - 1;
    let finals: Vec<Vec<f64>> = positions
        .iter()
        .map(|&row| log_softmax(&double(run.logits(row))))
        .collect();
    let end = End::new(run);
    let logarithms: Vec<Vec<Vec<f64>>> = stages
        .iter()
        .enumerate()
        .map(|(at, &stage)| {
            let rows = positions.iter().zip(&finals);
            rows.map(|(&row, known)| match at == last {
                true => known.clone(),
                false => log_softmax(&end.logits(of_stage(stage, row))),
            })
            .collect()
        })
        .collect();
    let top = |x: &[f64], count| largest(x, count, never_drawn);
    let followed: Vec<Vec<usize>> = (0..positions.len())
        .map(|at| {
            let mut tokens: Vec<usize> = Vec::new();
            // the final one first, then the true next, then as the stages bring them
            let end = finals.get(at).and_then(|x| top(x, 1).first().copied());
            let stages = logarithms
                .iter()
                .filter_map(|x| top(&x[at], 1).first().copied());
            let known = next.get(at).copied().flatten();
            for token in end.into_iter().chain(known).chain(stages) {
                if !tokens.contains(&token) {
                    tokens.push(token);
                }
            }
            tokens
        })
        .collect();
    let guesses = logarithms
        .iter()
        .map(|stage| {
            stage
                .iter()
                .enumerate()
                .map(|(at, x)| {
                    let wanted = followed[at].first().copied().unwrap_or(0);
                    let above =
                        |token: &usize| x[*token] > x[wanted] && !never_drawn.contains(token);
                    Guess {
                        top: top(x, TOP)
                            .into_iter()
                            .map(|id| (id, x[id].exp()))
                            .collect(),
                        divergence: divergence(&finals[at], x),
                        followed: followed[at].iter().map(|&id| x[id]).collect(),
                        rank: (0..x.len()).filter(above).count(),
                    }
                })
                .collect()
        })
        .collect();
    let count = run.config().vocab_size as f64;
    let uniform = vec![-count.ln(); run.config().vocab_size];
    Lens {
        stages,
        positions: positions.to_vec(),
        followed,
        guesses,
        uniform: finals.iter().map(|x| divergence(x, &uniform)).collect(),
    }
}

/// What the raw lens says to a question, stage by stage: the value of the question of the logits that the stage
/// would have. The last is the run's own. Each stage's norm is computed anew, so that nothing is held: the
/// differences from stage to stage add up to the value less the first stage's, whatever the model.
///
/// # Errors
/// A token or position that the run does not have.
pub fn lens_values(
    run: &Run<'_>,
    question: &Question,
) -> Result<Vec<(LensStage, f64)>, AnalysisError> {
    question.check(run)?;
    let (direction, constant) = question.direction(run);
    let end = End::new(run);
    let all = stages(run.config().n_blocks);
    let last = all.len() - 1;
    let value = |(at, stage): (usize, LensStage)| {
        if at == last {
            let logits = run.logits(question.position);
            return (stage, question.value(logits.iter().copied()));
        }
        let row = run.matrix(stage.tensor(run.is_pre_norm()));
        let normed = end.norm(double(row.row(question.position)));
        let along = normed.iter().zip(&direction).map(|(x, u)| x * u);
        (stage, along.sum::<f64>() + constant)
    };
    Ok(all.into_iter().enumerate().map(value).collect())
}

/// The model's end: final norm, un-embedding.
struct End<'a> {
    gamma: Option<&'a [f32]>,
    beta: Option<&'a [f32]>,
    table: ArrayView2<'a, f32>,
    bias: Option<&'a [f32]>,
    epsilon: f64,
}

impl<'a> End<'a> {
    fn new(run: &Run<'a>) -> Self {
        let parameters = run.gpt().parameters();
        Self {
            gamma: parameters.get(WeightId::FinalGamma),
            beta: parameters.get(WeightId::FinalBeta),
            table: run.un_embedding(),
            bias: parameters.get(WeightId::HeadBias),
            epsilon: f64::from(run.config().norm_epsilon),
        }
    }

    /// The final norm, if there is one.
    fn norm(&self, mut x: Vec<f64>) -> Vec<f64> {
        if let Some(gamma) = self.gamma {
            let count = x.len() as f64;
            let mean = x.iter().sum::<f64>() / count;
            let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
            let divisor = (variance + self.epsilon).sqrt();
            for (at, x) in x.iter_mut().enumerate() {
                let beta = self.beta.map_or(0.0, |beta| f64::from(beta[at]));
                *x = (*x - mean) / divisor * f64::from(gamma[at]) + beta;
            }
        }
        x
    }

    fn logits(&self, x: Vec<f64>) -> Vec<f64> {
        let x = self.norm(x);
        let rows = self.table.rows().into_iter().enumerate();
        rows.map(|(token, row)| {
            let bias = self.bias.map_or(0.0, |bias| f64::from(bias[token]));
            dot(row, &x) + bias
        })
        .collect()
    }
}
