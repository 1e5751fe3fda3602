//! Loss and gradient of a batch: the shards, the threads that share them, and the sum of their parts.

use orrery_model::{ConfigError, GptConfig, TensorLayout, WeightId, parameter_layout};
use pulp::Arch;

use crate::batch::Batch;
use crate::kernels::cross_entropy::Score;
use crate::lane_matrix::lane_count;
use crate::packed_weights::PackedWeights;
use crate::pass::Pass;
use crate::real::Real;
use crate::workspace::Workspace;

/// Windows in one shard, whatever the processor or the number of threads: the gradient is the sum
/// of the shards' in their order, so it does not depend on who computed which.
pub const SHARD_WINDOWS: usize = 32;

/// Why an engine could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No GPT has these sizes
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The operating system refused the threads
    #[error("could not start {threads} threads: {source}")]
    Threads {
        /// How many were asked for
        threads: usize,
        /// Why not
        source: rayon::ThreadPoolBuildError,
    },
}

/// Computes losses and gradients of batches with one thread or more.
#[derive(Debug)]
pub struct Engine<T: Real> {
    config: GptConfig,
    layout: TensorLayout<WeightId>,
    arch: Arch,
    lanes: usize,
    packed: PackedWeights<T>,
    workers: Vec<Worker<T>>,
    /// One for each shard of the largest batch so far
    shards: Vec<Shard<T>>,
    gradient: Vec<T>,
    pool: Option<rayon::ThreadPool>,
}

/// One thread's memory.
#[derive(Debug)]
struct Worker<T: Real> {
    workspace: Workspace<T>,
}

/// One shard's result.
#[derive(Debug)]
struct Shard<T> {
    gradient: Vec<T>,
    open_units: Vec<bool>,
    score: Score,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Loss,
    OpenUnits,
    Gradient,
}

impl<T: Real> Engine<T> {
    /// Takes the memory for this model and starts the threads.
    ///
    /// # Errors
    /// Sizes that no GPT has, or threads that cannot be started.
    pub fn new(config: &GptConfig, threads: usize) -> Result<Self, EngineError> {
        config.validate()?;
        let arch = Arch::new();
        let lanes = lane_count::<T>(arch);
        let groups = SHARD_WINDOWS.div_ceil(lanes);
        let threads = threads.max(1);
        let layout = parameter_layout(config);
        let pool = (threads > 1)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build())
            .transpose()
            .map_err(|source| EngineError::Threads { threads, source })?;
        let worker = || Worker {
            workspace: Workspace::new(config, groups, config.context_length, lanes),
        };
        Ok(Self {
            packed: PackedWeights::zeros(config),
            workers: (0..threads).map(|_| worker()).collect(),
            shards: Vec::new(),
            gradient: vec![T::default(); layout.len()],
            config: config.clone(),
            layout,
            arch,
            lanes,
            pool,
        })
    }

    /// The architecture.
    pub fn config(&self) -> &GptConfig {
        &self.config
    }

    /// Where each weight and each gradient stands.
    pub fn layout(&self) -> &TensorLayout<WeightId> {
        &self.layout
    }

    /// The gradient of the last [`Engine::loss_and_gradient`].
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// The gradient of the last [`Engine::loss_and_gradient`], to be changed.
    pub fn gradient_mut(&mut self) -> &mut [T] {
        &mut self.gradient
    }

    /// The batch's loss and accuracy with these weights (in layout order).
    pub fn loss(&mut self, weights: &[T], batch: &Batch) -> Score {
        self.run(weights, batch, Purpose::Loss)
    }

    /// The batch's loss, and which ReLUs were open in it, in a fixed order (nothing for a smooth
    /// activation).
    pub fn loss_and_open_units(&mut self, weights: &[T], batch: &Batch) -> (Score, Vec<bool>) {
        let score = self.run(weights, batch, Purpose::OpenUnits);
        let open = self.shards.iter().flat_map(|shard| &shard.open_units);
        (score, open.copied().collect())
    }

    /// The batch's loss, and the gradient of its mean over the scored tokens.
    pub fn loss_and_gradient(&mut self, weights: &[T], batch: &Batch) -> Score {
        let score = self.run(weights, batch, Purpose::Gradient);
        let shards = &self.shards[..batch.windows().div_ceil(SHARD_WINDOWS)];
        self.gradient.fill(T::default());
        for shard in shards {
            for (total, &part) in self.gradient.iter_mut().zip(&shard.gradient) {
                *total += part;
            }
        }
        score
    }

    fn run(&mut self, weights: &[T], batch: &Batch, purpose: Purpose) -> Score {
        let shard_count = batch.windows().div_ceil(SHARD_WINDOWS);
        while self.shards.len() < shard_count {
            self.shards.push(Shard {
                gradient: vec![T::default(); self.layout.len()],
                open_units: Vec::new(),
                score: Score::default(),
            });
        }
        self.packed.pack(&self.config, &self.layout, weights);
        let job = Job {
            config: &self.config,
            layout: &self.layout,
            arch: self.arch,
            lanes: self.lanes,
            weights,
            packed: &self.packed,
            batch,
            scale: T::from_f64(1.0 / batch.scored().max(1) as f64),
            purpose,
        };
        let shards = &mut self.shards[..shard_count];
        let workers = &mut self.workers[..];
        match &self.pool {
            Some(pool) => pool.install(|| job.share(workers, shards, 0)),
            None => job.share(workers, shards, 0),
        }
        let mut total = Score::default();
        for shard in &*shards {
            total.add(shard.score);
        }
        total
    }
}

/// One batch's work, the same for all threads.
#[derive(Clone, Copy)]
struct Job<'a, T: Real> {
    config: &'a GptConfig,
    layout: &'a TensorLayout<WeightId>,
    arch: Arch,
    lanes: usize,
    weights: &'a [T],
    packed: &'a PackedWeights<T>,
    batch: &'a Batch,
    scale: T,
    purpose: Purpose,
}

impl<T: Real> Job<'_, T> {
    /// Splits shards `first..` evenly between the workers.
    fn share(&self, workers: &mut [Worker<T>], shards: &mut [Shard<T>], first: usize) {
        if shards.is_empty() {
            return;
        }
        match workers {
            [] => {}
            [worker] => {
                for (index, shard) in shards.iter_mut().enumerate() {
                    self.compute(&mut worker.workspace, shard, first + index);
                }
            }
            _ => {
                let half = workers.len() / 2;
                let cut = (shards.len() * half).div_ceil(workers.len());
                let (left_workers, right_workers) = workers.split_at_mut(half);
                let (left, right) = shards.split_at_mut(cut);
                rayon::join(
                    || self.share(left_workers, left, first),
                    || self.share(right_workers, right, first + cut),
                );
            }
        }
    }

    fn compute(&self, workspace: &mut Workspace<T>, shard: &mut Shard<T>, index: usize) {
        let tokens = self.batch.tokens();
        let first = index * SHARD_WINDOWS;
        let windows = SHARD_WINDOWS.min(self.batch.windows() - first);
        let groups = windows.div_ceil(self.lanes);
        for group in 0..groups {
            for token in 0..tokens {
                for lane in 0..self.lanes {
                    let to = (group * tokens + token) * self.lanes + lane;
                    let window = group * self.lanes + lane;
                    let from = (first + window) * tokens + token;
                    let (id, target) = match window < windows {
                        true => (self.batch.inputs()[from], self.batch.targets()[from]),
                        false => (0, crate::batch::NO_TARGET),
                    };
                    workspace.ids[to] = id;
                    workspace.targets[to] = target;
                }
            }
        }
        let pass = Pass {
            config: self.config,
            layout: self.layout,
            weights: self.weights,
            packed: self.packed,
            arch: self.arch,
            tokens,
            groups,
        };
        pass.forward(workspace);
        shard.score = pass.score(workspace, self.scale);
        match self.purpose {
            Purpose::Loss => {}
            Purpose::OpenUnits => {
                shard.open_units.clear();
                pass.open_units(workspace, &mut shard.open_units);
            }
            Purpose::Gradient => {
                shard.gradient.fill(T::default());
                pass.backward(workspace, &mut shard.gradient);
            }
        }
    }
}
