//! Text, token by token.

use std::ops::Range;

use crate::cache::KeyValueCache;
use crate::gpt::{Gpt, GptError};
use crate::intervention::{InterventionError, Interventions};
use crate::sampling::{Draw, SamplingError, SamplingSettings, draw};
use crate::tensor_id::TensorId;
use crate::trace::Trace;

/// Why generation cannot begin or go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GenerationError {
    /// The model refuses the tokens.
    #[error(transparent)]
    Gpt(#[from] GptError),
    /// No token can be drawn.
    #[error(transparent)]
    Sampling(#[from] SamplingError),
    /// The model cannot be changed as asked for.
    #[error(transparent)]
    Intervention(#[from] InterventionError),
}

/// One generated token.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationStep {
    /// Which generated token this is, counted from 0.
    pub index: usize,
    /// The tokens of the whole text (prompt and generated) that the pass saw, counted from 0: what
    /// [`Gpt::trace`] must be given to see this step from within.
    pub window: Range<usize>,
    /// The draw, with the token.
    pub draw: Draw,
}

/// Which of `tokens` tokens a pass sees: the last `context_length`.
pub fn window(tokens: usize, context_length: usize) -> Range<usize> {
    tokens.saturating_sub(context_length)..tokens
}

/// An endless sequence of generated tokens. While all fits into the context each step passes only
/// the newest token; beyond it the window slides, every token's position changes and each step
/// passes the whole window.
#[derive(Clone, Debug)]
pub struct Generation<'a> {
    gpt: &'a Gpt,
    settings: SamplingSettings,
    excluded: Vec<usize>,
    ids: Vec<usize>,
    prompt_len: usize,
    cache: KeyValueCache,
    interventions: Interventions,
}

impl<'a> Generation<'a> {
    /// Generation after the prompt's ids; ids in `excluded` (a tokenizer's special ones) are never
    /// drawn.
    ///
    /// # Errors
    /// An empty prompt, an id that is not in the vocabulary, or settings out of range.
    pub fn new(
        gpt: &'a Gpt,
        prompt: Vec<usize>,
        settings: SamplingSettings,
        excluded: &[usize],
    ) -> Result<Self, GenerationError> {
        settings.validate()?;
        // not check_ids: a prompt may be longer than the context
        gpt.check_vocabulary(&prompt)?;
        Ok(Self {
            gpt,
            settings,
            excluded: excluded.to_vec(),
            prompt_len: prompt.len(),
            ids: prompt,
            cache: KeyValueCache::new(gpt.config()),
            interventions: Interventions::default(),
        })
    }

    /// The same text with the model changed in every pass. Rows count from the first token that a pass
    /// sees; nothing is remembered from step to step, so a step takes a whole pass.
    pub fn with_interventions(self, interventions: Interventions) -> Self {
        Self {
            interventions,
            ..self
        }
    }

    /// The prompt and all tokens generated so far.
    pub fn ids(&self) -> &[usize] {
        &self.ids
    }

    /// How many of them are the prompt's.
    pub fn prompt_len(&self) -> usize {
        self.prompt_len
    }

    fn step(&mut self) -> Result<GenerationStep, GenerationError> {
        if !self.interventions.is_empty() {
            return Ok(self.step_with_trace()?.0);
        }
        let window = self.window();
        let logits = self.logits(&window)?;
        self.draw(window, &logits)
    }

    /// The next token, as the iterator gives it, and the whole pass that it was drawn from. Nothing is
    /// remembered from step to step, so a step takes a whole pass.
    ///
    /// # Errors
    /// As the iterator's.
    pub fn step_with_trace(&mut self) -> Result<(GenerationStep, Trace), GenerationError> {
        let window = self.window();
        let seen = &self.ids[window.clone()];
        let trace = self.gpt.trace_with(seen, &self.interventions, None)?;
        let logits = trace.matrix(TensorId::Logits);
        let last = logits.and_then(|logits| Some(logits.rows().into_iter().next_back()?.to_vec()));
        let step = self.draw(window, &last.unwrap_or_default())?;
        Ok((step, trace))
    }

    /// What the next pass sees.
    fn window(&self) -> Range<usize> {
        window(self.ids.len(), self.gpt.config().context_length)
    }

    fn draw(
        &mut self,
        window: Range<usize>,
        logits: &[f32],
    ) -> Result<GenerationStep, GenerationError> {
        let index = self.ids.len() - self.prompt_len;
        let draw = draw(logits, &self.settings, index as u64, &self.excluded)?;
        self.ids.push(draw.token_id);
        Ok(GenerationStep {
            index,
            window,
            draw,
        })
    }

    /// The logits after these tokens.
    fn logits(&mut self, window: &Range<usize>) -> Result<Vec<f32>, GenerationError> {
        if window.start > 0 {
            self.cache.clear();
        }
        if self.cache.tokens() == window.len() {
            // the last draw failed, so nothing is new: pass all again
            self.cache.clear();
        }
        let new = &self.ids[window.start + self.cache.tokens()..];
        Ok(self.gpt.logits(&mut self.cache, new)?)
    }
}

impl Iterator for Generation<'_> {
    type Item = Result<GenerationStep, GenerationError>;

    /// The next token; never `None`. An error (broken weights whose logits are no numbers) comes
    /// again at the next call.
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.step())
    }
}
