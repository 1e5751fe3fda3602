//! A training run, one step at a time. The caller decides when to validate, show or save.

use std::fmt;

use orrery_model::checkpoint::TrainingFacts;
use orrery_model::{GptConfig, Parameters, WeightId};

use crate::adam_w::{AdamW, gradient_length};
use crate::batch::Batch;
use crate::corpus::{Corpus, CorpusError};
use crate::engine::{Engine, EngineError};
use crate::evaluate;
use crate::history::History;
use crate::initialize::initialize;
use crate::kernels::cross_entropy::Score;
use crate::options::TrainingOptions;
use crate::schedule::learning_rate;
use crate::state::{StateRecord, TrainingState};
use crate::window_order::WindowOrder;

/// Why training cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// Sizes or threads
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The text
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// An option
    #[error("{name} {problem}")]
    Option {
        /// The option's name
        name: &'static str,
        /// What is wrong with it
        problem: String,
    },
    /// Resumed on another text
    #[error(
        "the text, its split or its vocabulary is not the one that this run was training on; resume with the same \
         text and validation fraction, or start anew"
    )]
    AnotherCorpus,
    /// A token that the model has no embedding for
    #[error("the corpus has token {id}, but the model's vocabulary has {vocab_size} tokens")]
    UnknownToken {
        /// The token
        id: u32,
        /// Size of the vocabulary
        vocab_size: usize,
    },
    /// Not a number
    #[error(
        "training left the numbers at step {step}: {tensor} is no longer finite; a lower learning rate, a longer \
         warm-up or clipping (max-norm) helps"
    )]
    NotFinite {
        /// The step, counted from 1
        step: u64,
        /// What was no longer finite
        tensor: NotFinite,
    },
}

/// What was no longer finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFinite {
    /// A weight
    Weight(WeightId),
    /// A weight's gradient
    Gradient(WeightId),
    /// The loss alone
    Loss,
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight(id) => write!(f, "the weight {id}"),
            Self::Gradient(id) => write!(f, "the gradient of {id}"),
            Self::Loss => f.write_str("the loss"),
        }
    }
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Steps done, this one included
    pub step: u64,
    /// The epoch that it belongs to, counted from 0
    pub epoch: u64,
    /// Whether it was the last of its epoch
    pub ends_epoch: bool,
    /// Mean loss of the batch before the step, in nats per token
    pub loss: f64,
    /// Length of the gradient before clipping
    pub gradient_norm: f64,
    /// How large the step was
    pub learning_rate: f64,
    /// Tokens learned from
    pub tokens: usize,
}

/// A training run.
#[derive(Debug)]
pub struct Trainer {
    corpus: Corpus,
    options: TrainingOptions,
    engine: Engine<f32>,
    parameters: Parameters,
    optimizer: AdamW,
    order: WindowOrder,
    step: u64,
    tokens: u64,
    last_loss: Option<f64>,
    last_validation: Option<Score>,
    history: History,
    batch: Batch,
    evaluation_batch: Batch,
}

impl Trainer {
    /// A run from the beginning.
    ///
    /// # Errors
    /// Sizes that no GPT has, an option that makes no sense, a text that is too short, or one with
    /// tokens beyond the vocabulary.
    pub fn new(
        config: &GptConfig,
        corpus: Corpus,
        options: TrainingOptions,
    ) -> Result<Self, TrainingError> {
        let engine = Engine::new(config, options.threads)?;
        check_options(&options)?;
        let context_length = config.context_length;
        // A shifted window and its last target must fit; validation needs one prediction.
        for (part, tokens, least) in [
            ("training", corpus.training().len(), 2 * context_length),
            ("validation", corpus.validation().len(), 2),
        ] {
            if tokens < least {
                return Err(CorpusError::TooShort {
                    part,
                    tokens,
                    context_length,
                    least,
                }
                .into());
            }
        }
        let ids = corpus.training().iter().chain(corpus.validation());
        if let Some(&id) = ids.max().filter(|&&id| id as usize >= config.vocab_size) {
            return Err(TrainingError::UnknownToken {
                id,
                vocab_size: config.vocab_size,
            });
        }
        let tokens = corpus.training().len();
        let parameters = initialize(config, options.seed);
        let order = WindowOrder::new(tokens, context_length, options.shift_windows, options.seed);
        let total_steps = options
            .epochs
            .saturating_mul(steps_per_epoch(&order, &options));
        Ok(Self {
            order,
            history: History::new(total_steps),
            optimizer: AdamW::new(options.optimizer, parameters.values().len()),
            batch: Batch::new(context_length),
            evaluation_batch: Batch::new(context_length),
            step: 0,
            tokens: 0,
            last_loss: None,
            last_validation: None,
            corpus,
            options,
            engine,
            parameters,
        })
    }

    /// The architecture.
    pub fn config(&self) -> &GptConfig {
        self.engine.config()
    }

    /// How it trains.
    pub fn options(&self) -> &TrainingOptions {
        &self.options
    }

    /// What it trains on.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// The weights so far.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The optimizer's state.
    pub fn optimizer(&self) -> &AdamW {
        &self.optimizer
    }

    /// Steps done.
    pub fn step_count(&self) -> u64 {
        self.step
    }

    /// Tokens learned from, repeated ones counted again.
    pub fn token_count(&self) -> u64 {
        self.tokens
    }

    /// What a model's file should say of its training; `corpus` is the text's name. The time it took
    /// is left to the caller.
    pub fn facts(&self, corpus: &str) -> TrainingFacts {
        TrainingFacts {
            corpus: Some(corpus.to_owned()),
            steps: Some(self.step),
            batch_size: Some(self.options.batch_size),
            tokens: Some(self.tokens),
            training_loss: self.last_loss.map(|loss| loss as f32),
            validation_loss: self.last_validation.map(|score| score.mean_loss() as f32),
            learning_rate: Some(self.options.learning_rate as f32),
            seed: Some(self.options.seed),
            seconds: None,
        }
    }

    /// How the loss went.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Steps in each epoch; the last may have fewer windows.
    pub fn steps_per_epoch(&self) -> u64 {
        steps_per_epoch(&self.order, &self.options)
    }

    /// Steps in the whole run.
    pub fn total_steps(&self) -> u64 {
        self.options.epochs.saturating_mul(self.steps_per_epoch())
    }

    /// Whether all steps are done.
    pub fn is_finished(&self) -> bool {
        self.step >= self.total_steps()
    }

    /// Everything that a later run needs to go on as if nothing had happened.
    pub fn state(&self) -> TrainingState {
        let (first_moment, second_moment) = self.optimizer.moments();
        TrainingState {
            record: StateRecord {
                config: self.config().clone(),
                options: self.options.clone(),
                tokenizer: self.corpus.tokenizer().clone(),
                corpus_fingerprint: self.corpus.fingerprint(),
                step: self.step,
                tokens: self.tokens,
                history: self.history.clone(),
            },
            weights: self.parameters.values().to_vec(),
            first_moment: first_moment.to_vec(),
            second_moment: second_moment.to_vec(),
        }
    }

    /// Goes on from an earlier run's state, on the same text.
    ///
    /// # Errors
    /// Another text than the earlier run's, and whatever [`Trainer::new`] refuses.
    pub fn resume(state: TrainingState, corpus: Corpus) -> Result<Self, TrainingError> {
        let record = &state.record;
        if corpus.fingerprint() != record.corpus_fingerprint
            || *corpus.tokenizer() != record.tokenizer
        {
            return Err(TrainingError::AnotherCorpus);
        }
        let mut trainer = Self::new(&record.config, corpus, record.options.clone())?;
        trainer
            .parameters
            .values_mut()
            .copy_from_slice(&state.weights);
        trainer.step = record.step;
        trainer.tokens = record.tokens;
        trainer.history.clone_from(&record.history);
        let optimizer = trainer.options.optimizer;
        trainer.optimizer = AdamW::with_moments(optimizer, state.first_moment, state.second_moment);
        Ok(trainer)
    }

    /// Does one step.
    ///
    /// # Errors
    /// [`TrainingError::NotFinite`] if the loss or the gradient is not finite; the weights then are
    /// those before the step.
    pub fn step(&mut self) -> Result<StepReport, TrainingError> {
        let per_epoch = self.steps_per_epoch();
        let (epoch, within) = (self.step / per_epoch, self.step % per_epoch);
        self.order.begin(epoch);
        let first = within as usize * self.options.batch_size;
        let end = (first + self.options.batch_size).min(self.order.count());
        self.batch.clear();
        for window in self.order.windows(self.corpus.training(), first..end) {
            self.batch.push(window);
        }
        let weights = self.parameters.values();
        let score = self.engine.loss_and_gradient(weights, &self.batch);
        let gradient_norm = gradient_length(self.engine.gradient());
        if !(score.loss.is_finite() && gradient_norm.is_finite()) {
            return Err(TrainingError::NotFinite {
                step: self.step + 1,
                tensor: self.not_finite(),
            });
        }
        let total = self.total_steps();
        let options = &self.options;
        let warmup = options.warmup_steps.unwrap_or(total / 50);
        let (highest, lowest) = (options.learning_rate, options.learning_rate_min);
        let learning_rate = learning_rate(self.step, total, warmup, highest, lowest);
        self.optimizer.update(
            self.step,
            learning_rate,
            self.engine.layout(),
            (self.engine.gradient(), gradient_norm),
            self.parameters.values_mut(),
        );
        self.step += 1;
        self.tokens += score.tokens as u64;
        self.last_loss = Some(score.mean_loss());
        self.history.step(self.step, score.mean_loss());
        Ok(StepReport {
            step: self.step,
            epoch,
            ends_epoch: within + 1 == per_epoch,
            loss: score.mean_loss(),
            gradient_norm,
            learning_rate,
            tokens: score.tokens,
        })
    }

    /// Loss and accuracy over the held-out part; see [`evaluate::score`] for how it is cut.
    pub fn validate(&mut self) -> Score {
        let score = evaluate::score(
            &mut self.engine,
            self.parameters.values(),
            self.corpus.validation(),
            &mut self.evaluation_batch,
        );
        self.last_validation = Some(score);
        self.history.validation(self.step, score);
        score
    }

    /// The first tensor with a number that is not finite.
    fn not_finite(&self) -> NotFinite {
        let first = |values: &[f32]| {
            let mut entries = self.engine.layout().entries().iter();
            let bad = |value: &f32| !value.is_finite();
            let found = entries.find(|entry| values[entry.range.clone()].iter().any(bad));
            found.map(|entry| entry.id)
        };
        let weight = first(self.parameters.values()).map(NotFinite::Weight);
        weight
            .or_else(|| first(self.engine.gradient()).map(NotFinite::Gradient))
            .unwrap_or(NotFinite::Loss)
    }
}

fn steps_per_epoch(order: &WindowOrder, options: &TrainingOptions) -> u64 {
    order.count().div_ceil(options.batch_size) as u64
}

/// Options within their ranges, or an error naming the first that is not.
fn check_options(options: &TrainingOptions) -> Result<(), TrainingError> {
    let optimizer = &options.optimizer;
    let at_least_one = |value: u64| (value == 0).then(|| "must be at least 1".to_owned());
    let not_negative = |value: f64| {
        let fine = value.is_finite() && value >= 0.0;
        (!fine).then(|| format!("must be a number of at least 0, not {value}"))
    };
    let below_one = |value: f64| {
        let fine = (0.0..1.0).contains(&value);
        (!fine).then(|| format!("must be at least 0 and below 1, not {value}"))
    };
    for (name, problem) in [
        ("epochs", at_least_one(options.epochs)),
        ("batch size", at_least_one(options.batch_size as u64)),
        ("learning rate", not_negative(options.learning_rate)),
        (
            "least learning rate",
            not_negative(options.learning_rate_min),
        ),
        ("weight decay", not_negative(optimizer.weight_decay)),
        ("max norm", not_negative(optimizer.max_norm)),
        ("epsilon", not_negative(optimizer.epsilon)),
        ("beta1", below_one(optimizer.beta1)),
        ("beta2", below_one(optimizer.beta2)),
    ] {
        if let Some(problem) = problem {
            return Err(TrainingError::Option { name, problem });
        }
    }
    Ok(())
}
