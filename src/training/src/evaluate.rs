//! How well a model predicts a text.

use orrery_model::GptConfig;

use crate::batch::Batch;
use crate::corpus::windows;
use crate::engine::{Engine, EngineError, SHARD_WINDOWS};
use crate::kernels::cross_entropy::Score;

/// Windows that are scored together.
const TOGETHER: usize = 8 * SHARD_WINDOWS;

/// Scores ids with these weights.
///
/// The text is cut into windows of `context_length` tokens that do not overlap; every place of every
/// window is scored, so each token but the first counts exactly once, and the first of each window
/// is predicted from a single token. A window's loss would be lower if it slid on one token at a
/// time, which no figure here does.
pub fn score(engine: &mut Engine<f32>, weights: &[f32], ids: &[u32], batch: &mut Batch) -> Score {
    let mut total = Score::default();
    let context_length = engine.config().context_length;
    let mut windows = windows(ids.len(), context_length).peekable();
    while windows.peek().is_some() {
        batch.clear();
        for window in windows.by_ref().take(TOGETHER) {
            batch.push(&ids[window]);
        }
        total.add(engine.loss(weights, batch));
    }
    total
}

/// Scores ids with a model's weights (in layout order); see [`score`] for how the text is cut.
///
/// # Errors
/// Sizes that no GPT has, or threads that cannot be started.
pub fn evaluate(
    config: &GptConfig,
    weights: &[f32],
    ids: &[u32],
    threads: usize,
) -> Result<Score, EngineError> {
    let mut engine = Engine::new(config, threads)?;
    let mut batch = Batch::new(config.context_length);
    Ok(score(&mut engine, weights, ids, &mut batch))
}
