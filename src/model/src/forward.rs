//! The forward pass. Both the full trace and the fast path with a key/value cache run through it;
//! they differ only in the memory that the intermediate values are written to.

use std::mem;
use std::slice;

use crate::arithmetic::{
    MatrixProduct, Norm, Rows, Strip, activate, add, divide, mask, normalize, normalize_by,
    project_transposed, softmax,
};
use crate::config::NormPlacement;
use crate::gpt::{BlockPlaces, Gpt, GptError, ProjectionPlace};
use crate::intervention::{Edits, InterventionError, Interventions, changed_weights};
use crate::layout::{TensorEntry, TensorLayout};
use crate::tensor_id::{BlockTensor as B, TensorId};
use crate::trace::Trace;

/// Memory that is handed out piece by piece, in the order in which the values are computed (which
/// is the order of a trace's layout).
pub(crate) struct Arena<'a> {
    rest: &'a mut [f32],
    /// What a trace expects next; the fast path's scratch memory expects nothing.
    expected: Option<slice::Iter<'a, TensorEntry<TensorId>>>,
}

impl<'a> Arena<'a> {
    /// Memory without names, at least as long as what will be taken.
    pub fn scratch(memory: &'a mut [f32]) -> Self {
        Self {
            rest: memory,
            expected: None,
        }
    }

    /// The memory of a trace of this layout.
    pub fn of_trace(memory: &'a mut [f32], layout: &'a TensorLayout<TensorId>) -> Self {
        Self {
            rest: memory,
            expected: Some(layout.entries().iter()),
        }
    }

    fn take(&mut self, id: TensorId, len: usize) -> &'a mut [f32] {
        if let Some(expected) = &mut self.expected {
            let next = expected.next();
            debug_assert_eq!(next.map(|e| (e.id, e.range.len())), Some((id, len)));
        }
        let (taken, rest) = mem::take(&mut self.rest).split_at_mut(len);
        self.rest = rest;
        taken
    }
}

/// Keys and values of one block for all tokens so far.
pub(crate) struct BlockMemory<'a> {
    /// Keys, turned: `[d_model, capacity]`
    pub keys: &'a mut [f32],
    /// Values `[capacity, d_model]`
    pub values: &'a mut [f32],
    /// The most tokens that it holds.
    pub capacity: usize,
}

/// A pass of `rows` new tokens that follow `past` remembered ones.
pub(crate) struct Pass<'g> {
    pub gpt: &'g Gpt,
    pub rows: usize,
    pub past: usize,
    /// What is changed on the way; only in a pass that remembers nothing.
    pub edits: Option<&'g Edits>,
}

impl Pass<'_> {
    /// Numbers that one block needs for its intermediate values.
    pub fn block_len(&self) -> usize {
        let config = self.gpt.config();
        let columns = self.past + self.rows;
        // 13 values of [rows, d_model] with the head outputs, 4 of one number a row
        self.rows * (13 * config.d_model + 4 + 2 * config.d_ff + 4 * config.n_heads * columns)
    }

    /// Makes the changes that are asked for, right after this tensor is computed.
    fn changed(&self, id: TensorId, values: &mut [f32]) {
        if let Some(edits) = self.edits {
            edits.apply(id, values);
        }
    }

    /// Token embedding, position embedding and their sum `[rows, d_model]`, which is returned.
    pub fn embed<'a>(&self, ids: &[usize], arena: &mut Arena<'a>) -> &'a mut [f32] {
        let d = self.gpt.config().d_model;
        let token = arena.take(TensorId::TokenEmbedding, self.rows * d);
        let table = self.gpt.weight(&self.gpt.places.embedding);
        for (row, &id) in token.chunks_exact_mut(d).zip(ids) {
            row.copy_from_slice(&table[id * d..(id + 1) * d]);
        }
        self.changed(TensorId::TokenEmbedding, token);
        let position = arena.take(TensorId::PositionEmbedding, self.rows * d);
        let table = self.gpt.weight(&self.gpt.places.positions);
        position.copy_from_slice(&table[self.past * d..(self.past + self.rows) * d]);
        self.changed(TensorId::PositionEmbedding, position);
        let embedded = arena.take(TensorId::Embedded, self.rows * d);
        add(token, position, embedded);
        self.changed(TensorId::Embedded, embedded);
        embedded
    }

    /// One block; returns its output `[rows, d_model]`.
    pub fn block<'a>(
        &self,
        block: usize,
        x: &[f32],
        memory: BlockMemory<'_>,
        arena: &mut Arena<'a>,
    ) -> &'a mut [f32] {
        let places = &self.gpt.places.blocks[block];
        let id = |tensor| TensorId::Block(block, tensor);
        let norm1 = [B::Norm1Mean, B::Norm1Variance, B::Norm1].map(id);
        let norm2 = [B::Norm2Mean, B::Norm2Variance, B::Norm2].map(id);
        let input = arena.take(id(B::Input), x.len());
        input.copy_from_slice(x);
        self.changed(id(B::Input), input);
        let last = match self.gpt.config().norm_placement {
            NormPlacement::Pre => {
                let normed = self.norm(&places.norm1, input, norm1, arena);
                let attention = self.attention(block, places, normed, memory, arena);
                let residual1 = arena.take(id(B::Residual1), x.len());
                add(input, attention, residual1);
                self.changed(id(B::Residual1), residual1);
                let normed = self.norm(&places.norm2, residual1, norm2, arena);
                let fed = self.feed_forward(block, places, normed, arena);
                let residual2 = arena.take(id(B::Residual2), x.len());
                add(residual1, fed, residual2);
                self.changed(id(B::Residual2), residual2);
                residual2
            }
            NormPlacement::Post => {
                let attention = self.attention(block, places, input, memory, arena);
                let residual1 = arena.take(id(B::Residual1), x.len());
                add(input, attention, residual1);
                self.changed(id(B::Residual1), residual1);
                let normed = self.norm(&places.norm1, residual1, norm1, arena);
                let fed = self.feed_forward(block, places, normed, arena);
                let residual2 = arena.take(id(B::Residual2), x.len());
                add(normed, fed, residual2);
                self.changed(id(B::Residual2), residual2);
                self.norm(&places.norm2, residual2, norm2, arena)
            }
        };
        let output = arena.take(id(B::Output), x.len());
        output.copy_from_slice(last);
        if self.edits.is_some_and(|edits| edits.bypasses(block)) {
            output.copy_from_slice(input);
        }
        self.changed(id(B::Output), output);
        output
    }

    /// Multi-head causal self-attention with its output projection `[rows, d_model]`.
    fn attention<'a>(
        &self,
        block: usize,
        places: &BlockPlaces,
        x: &[f32],
        memory: BlockMemory<'_>,
        arena: &mut Arena<'a>,
    ) -> &'a mut [f32] {
        let config = self.gpt.config();
        let (rows, past, columns) = (self.rows, self.past, self.past + self.rows);
        let (d, d_head, heads) = (config.d_model, config.d_head(), config.n_heads);
        let id = |tensor| TensorId::Block(block, tensor);

        let q = arena.take(id(B::Q), rows * d);
        let k = arena.take(id(B::K), rows * d);
        let v = arena.take(id(B::V), rows * d);
        self.project(&places.query, x, d, q);
        self.project(&places.key, x, d, k);
        self.project(&places.value, x, d, v);
        self.changed(id(B::Q), q);
        self.changed(id(B::K), k);
        self.changed(id(B::V), v);
        let new_keys = Strip {
            numbers: k,
            width: d,
            first: past,
        };
        new_keys.turn_into(memory.keys, memory.capacity);
        memory.values[past * d..columns * d].copy_from_slice(v);

        let raw = arena.take(id(B::RawScores), heads * rows * columns);
        for (head, raw) in raw.chunks_exact_mut(rows * columns).enumerate() {
            MatrixProduct {
                left: Rows {
                    values: &q[head * d_head..],
                    stride: d,
                },
                right: Rows {
                    values: &memory.keys[head * d_head * memory.capacity..],
                    stride: memory.capacity,
                },
                bias: None,
                rows,
                inner: d_head,
                columns,
            }
            .compute_into(raw, columns);
        }
        self.changed(id(B::RawScores), raw);
        let scores = arena.take(id(B::Scores), raw.len());
        divide(raw, config.score_divisor(block), scores);
        self.changed(id(B::Scores), scores);
        let masked = arena.take(id(B::MaskedScores), raw.len());
        let attention = arena.take(id(B::Attention), raw.len());
        // rows of all heads: each token sees itself and those before it
        let seen = |at: usize| past + at % rows + 1;
        mask(scores, columns, seen, masked);
        self.changed(id(B::MaskedScores), masked);
        softmax(masked, columns, seen, attention);
        self.changed(id(B::Attention), attention);

        let head_output = arena.take(id(B::HeadOutput), rows * d);
        let concat = arena.take(id(B::Concat), rows * d);
        for (head, (head_output, attention)) in head_output
            .chunks_exact_mut(rows * d_head)
            .zip(attention.chunks_exact(rows * columns))
            .enumerate()
        {
            MatrixProduct {
                left: Rows {
                    values: attention,
                    stride: columns,
                },
                right: Rows {
                    values: &memory.values[head * d_head..],
                    stride: d,
                },
                bias: None,
                rows,
                inner: columns,
                columns: d_head,
            }
            .compute_into(head_output, d_head);
        }
        self.changed(id(B::HeadOutput), head_output);
        for (head, head_output) in head_output.chunks_exact(rows * d_head).enumerate() {
            for (concat, head_output) in concat
                .chunks_exact_mut(d)
                .zip(head_output.chunks_exact(d_head))
            {
                concat[head * d_head..(head + 1) * d_head].copy_from_slice(head_output);
            }
        }
        self.changed(id(B::Concat), concat);
        let output = arena.take(id(B::AttentionOutput), rows * d);
        self.project(&places.attention_output, concat, d, output);
        self.changed(id(B::AttentionOutput), output);
        output
    }

    /// The two feed-forward projections with the non-linearity between them `[rows, d_model]`.
    fn feed_forward<'a>(
        &self,
        block: usize,
        places: &BlockPlaces,
        x: &[f32],
        arena: &mut Arena<'a>,
    ) -> &'a mut [f32] {
        let config = self.gpt.config();
        let id = |tensor| TensorId::Block(block, tensor);
        let pre_activation = arena.take(id(B::FfnPreActivation), self.rows * config.d_ff);
        self.project(&places.up, x, config.d_ff, pre_activation);
        self.changed(id(B::FfnPreActivation), pre_activation);
        let hidden = arena.take(id(B::FfnHidden), pre_activation.len());
        activate(config.activation, pre_activation, hidden);
        self.changed(id(B::FfnHidden), hidden);
        let output = arena.take(id(B::FfnOutput), self.rows * config.d_model);
        self.project(&places.down, hidden, config.d_model, output);
        self.changed(id(B::FfnOutput), output);
        output
    }

    /// `x·W (+ b)` `[rows, outputs]`
    fn project(&self, place: &ProjectionPlace, x: &[f32], outputs: usize, out: &mut [f32]) {
        let weight = self.gpt.weight(&place.weight);
        let inputs = weight.len() / outputs;
        MatrixProduct {
            left: Rows {
                values: x,
                stride: inputs,
            },
            right: Rows {
                values: weight,
                stride: outputs,
            },
            bias: place.bias.as_ref().map(|bias| self.gpt.weight(bias)),
            rows: self.rows,
            inner: inputs,
            columns: outputs,
        }
        .compute_into(out, outputs);
    }

    /// Layer norm of every row, with its means and variances.
    pub fn norm<'a>(
        &self,
        place: &ProjectionPlace,
        x: &[f32],
        [mean_id, variance_id, norm_id]: [TensorId; 3],
        arena: &mut Arena<'a>,
    ) -> &'a mut [f32] {
        let config = self.gpt.config();
        let gamma = self.gpt.weight(&place.weight);
        let beta = place.bias.as_ref().map(|beta| self.gpt.weight(beta));
        let rows = x.len() / config.d_model;
        let means = arena.take(mean_id, rows);
        let variances = arena.take(variance_id, rows);
        let normed = arena.take(norm_id, x.len());
        let norm = Norm {
            epsilon: config.norm_epsilon,
            gamma,
            beta,
        };
        normalize(x, norm, means, variances, normed);
        if let Some(edits) = self.edits {
            if edits.changes(mean_id) || edits.changes(variance_id) {
                edits.apply(mean_id, means);
                edits.apply(variance_id, variances);
                normalize_by(x, norm, means, variances, normed);
            }
            edits.apply(norm_id, normed);
        }
        normed
    }

    /// The logits of these rows `[…, vocab_size]`.
    pub fn un_embed(&self, x: &[f32], logits: &mut [f32]) {
        let head = &self.gpt.places.head;
        project_transposed(
            x,
            self.gpt.config().d_model,
            self.gpt.weight(&head.weight),
            head.bias.as_ref().map(|bias| self.gpt.weight(bias)),
            logits,
        );
    }

    /// What follows the last block: the final norm, the logits, their softmax.
    pub fn head<'a>(&self, x: &'a [f32], arena: &mut Arena<'a>) {
        let vocab_size = self.gpt.config().vocab_size;
        let x = self.final_norm(x, arena);
        let logits = arena.take(TensorId::Logits, self.rows * vocab_size);
        self.un_embed(x, logits);
        self.changed(TensorId::Logits, logits);
        let probabilities = arena.take(TensorId::Probabilities, logits.len());
        softmax(logits, vocab_size, |_| vocab_size, probabilities);
        self.changed(TensorId::Probabilities, probabilities);
    }

    /// The final norm, where the model has one; otherwise `x` itself.
    pub fn final_norm<'a>(&self, x: &'a [f32], arena: &mut Arena<'a>) -> &'a [f32] {
        match &self.gpt.places.final_norm {
            Some(place) => {
                let ids = [
                    TensorId::FinalNormMean,
                    TensorId::FinalNormVariance,
                    TensorId::FinalNorm,
                ];
                self.norm(place, x, ids, arena)
            }
            None => x,
        }
    }
}

impl Gpt {
    /// One pass over these tokens with every intermediate value.
    ///
    /// # Errors
    /// No token, an id that is not in the vocabulary, or more tokens than the context holds.
    pub fn trace(&self, ids: &[usize]) -> Result<Trace, GptError> {
        self.check_ids(0, ids)?;
        let mut trace = Trace::zeros(ids, self.trace_layout(ids.len()));
        self.fill(&mut trace, None, 0);
        Ok(trace)
    }

    /// The same pass with changes: each is made right after its tensor is computed, and what follows is
    /// computed from it. Without changes every number is that of [`Gpt::trace`], bit for bit.
    ///
    /// `earlier` is a trace of the same model over the same tokens without changes; what comes before the
    /// first changed block is then copied from it instead of computed.
    ///
    /// # Errors
    /// What [`Gpt::trace`] refuses, and changes of what the model or this text does not have.
    pub fn trace_with(
        &self,
        ids: &[usize],
        interventions: &Interventions,
        earlier: Option<&Trace>,
    ) -> Result<Trace, InterventionError> {
        self.check_ids(0, ids)?;
        let changed = changed_weights(self, interventions)?;
        let (gpt, earlier) = match &changed {
            Some(changed) => (changed, None),
            None => (self, earlier),
        };
        let config = gpt.config();
        let layout = gpt.trace_layout(ids.len());
        let edits = Edits::new(config, &layout, interventions)?;
        let mut trace = Trace::zeros(ids, layout.clone());
        let earlier = earlier.filter(|earlier| {
            earlier.ids() == ids && earlier.layout().entries() == layout.entries()
        });
        if let (Some(earlier), Some(block)) = (earlier, edits.first_block(config)) {
            let begin = gpt.after_blocks(&layout, block);
            trace.values_mut()[..begin].copy_from_slice(&earlier.values()[..begin]);
            gpt.fill(&mut trace, Some(&edits), block);
        } else {
            gpt.fill(&mut trace, Some(&edits), 0);
        }
        Ok(trace)
    }

    /// Where in a trace begins what follows so many blocks.
    fn after_blocks(&self, layout: &TensorLayout<TensorId>, blocks: usize) -> usize {
        let last = match blocks.checked_sub(1) {
            Some(block) => TensorId::Block(block, B::Output),
            None => TensorId::Embedded,
        };
        layout.get(last).map_or(0, |entry| entry.range.end)
    }

    /// Computes a trace from block `first` on; what is before stands there already, unless `first` is 0.
    fn fill(&self, trace: &mut Trace, edits: Option<&Edits>, first: usize) {
        let config = self.config();
        let tokens = trace.tokens();
        let layout = self.trace_layout(tokens);
        let ids = trace.ids().to_vec();
        let pass = Pass {
            gpt: self,
            rows: tokens,
            past: 0,
            edits,
        };
        let done = match first {
            0 => 0,
            blocks => self.after_blocks(&layout, blocks),
        };
        let (before, rest) = trace.values_mut().split_at_mut(done);
        let known = layout.entries().iter().take_while(|e| e.range.end <= done);
        let mut expected = layout.entries().iter();
        for _ in 0..known.count() {
            expected.next();
        }
        let mut arena = Arena {
            rest,
            expected: Some(expected),
        };
        let mut memory = vec![0.0; 2 * tokens * config.d_model];
        let (keys, values) = memory.split_at_mut(tokens * config.d_model);
        let mut x: &[f32] = match first {
            0 => pass.embed(&ids, &mut arena),
            _ => &before[done - tokens * config.d_model..],
        };
        for block in first..config.n_blocks {
            let memory = BlockMemory {
                keys: &mut *keys,
                values: &mut *values,
                capacity: tokens,
            };
            x = pass.block(block, x, memory, &mut arena);
        }
        pass.head(x, &mut arena);
    }
}
