//! Generation's fast path: the keys and values of earlier tokens are kept, so that a new token costs
//! one row.

use crate::config::GptConfig;
use crate::forward::{Arena, BlockMemory, Pass};
use crate::gpt::{Gpt, GptError};

/// The most new tokens that are passed at once, so that a long prompt needs little scratch memory.
const CHUNK: usize = 64;

/// The keys and values of every block for the tokens so far.
#[derive(Clone, Debug)]
pub struct KeyValueCache {
    n_blocks: usize,
    d_model: usize,
    context_length: usize,
    tokens: usize,
    /// For each block the turned keys `[d_model, context_length]`
    keys: Vec<f32>,
    /// For each block the values `[context_length, d_model]`
    values: Vec<f32>,
    /// Intermediate values of the pass at hand; kept so that a step allocates next to nothing.
    scratch: Vec<f32>,
}

impl KeyValueCache {
    /// An empty cache for models of this configuration.
    pub fn new(config: &GptConfig) -> Self {
        let len = config.n_blocks * config.context_length * config.d_model;
        Self {
            n_blocks: config.n_blocks,
            d_model: config.d_model,
            context_length: config.context_length,
            tokens: 0,
            keys: vec![0.0; len],
            values: vec![0.0; len],
            scratch: Vec::new(),
        }
    }

    /// How many tokens it remembers.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Forgets all tokens.
    pub fn clear(&mut self) {
        self.tokens = 0;
    }

    fn block(&mut self, block: usize) -> (BlockMemory<'_>, &mut [f32]) {
        let len = self.context_length * self.d_model;
        let range = block * len..(block + 1) * len;
        let memory = BlockMemory {
            keys: &mut self.keys[range.clone()],
            values: &mut self.values[range],
            capacity: self.context_length,
        };
        (memory, &mut self.scratch)
    }
}

impl Gpt {
    /// The logits after `ids`, `[vocab_size]`, which follow the tokens in the cache and join them.
    /// Equal to the last row of [`Gpt::trace`]'s logits over all of these tokens.
    ///
    /// # Errors
    /// No id, an id that is not in the vocabulary, more tokens than the context holds with those in
    /// the cache, or a cache of another model's shape. The cache is then as it was.
    pub fn logits(&self, cache: &mut KeyValueCache, ids: &[usize]) -> Result<Vec<f32>, GptError> {
        let config = self.config();
        let shape = (config.n_blocks, config.d_model, config.context_length);
        if shape != (cache.n_blocks, cache.d_model, cache.context_length) {
            return Err(GptError::ForeignCache);
        }
        self.check_ids(cache.tokens, ids)?;
        let mut last = vec![0.0; config.d_model];
        for ids in ids.chunks(CHUNK) {
            let pass = Pass {
                gpt: self,
                rows: ids.len(),
                past: cache.tokens,
                edits: None,
            };
            let mut x = vec![0.0; ids.len() * config.d_model];
            cache.scratch.resize(pass.block_len().max(3 * x.len()), 0.0);
            x.copy_from_slice(pass.embed(ids, &mut Arena::scratch(&mut cache.scratch)));
            for block in 0..config.n_blocks {
                let (memory, scratch) = cache.block(block);
                let mut arena = Arena::scratch(scratch);
                let output = pass.block(block, &x, memory, &mut arena);
                x.copy_from_slice(output);
            }
            last.copy_from_slice(&x[x.len() - config.d_model..]);
            cache.tokens += ids.len();
        }
        let pass = Pass {
            gpt: self,
            rows: 1,
            past: cache.tokens,
            edits: None,
        };
        cache.scratch.resize(config.d_model + 2, 0.0);
        let mut logits = vec![0.0; config.vocab_size];
        let mut arena = Arena::scratch(&mut cache.scratch);
        pass.un_embed(pass.final_norm(&last, &mut arena), &mut logits);
        Ok(logits)
    }
}
