//! The forward pass. Both the full trace and the fast path with a key/value cache run through it;
//! they differ only in the memory that the intermediate values are written to.

use std::mem;
use std::slice;

use crate::arithmetic::{
    MatrixProduct, Norm, Rows, Strip, activate, add, divide, mask, normalize, project_transposed,
    softmax,
};
use crate::config::NormPlacement;
use crate::gpt::{BlockPlaces, Gpt, GptError, ProjectionPlace};
use crate::layout::TensorEntry;
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
}

impl Pass<'_> {
    /// Numbers that one block needs for its intermediate values.
    pub fn block_len(&self) -> usize {
        let config = self.gpt.config();
        let columns = self.past + self.rows;
        // 13 values of [rows, d_model] with the head outputs, 4 of one number a row
        self.rows * (13 * config.d_model + 4 + 2 * config.d_ff + 4 * config.n_heads * columns)
    }

    /// Token embedding, position embedding and their sum `[rows, d_model]`, which is returned.
    pub fn embed<'a>(&self, ids: &[usize], arena: &mut Arena<'a>) -> &'a mut [f32] {
        let d = self.gpt.config().d_model;
        let token = arena.take(TensorId::TokenEmbedding, self.rows * d);
        let table = self.gpt.weight(&self.gpt.places.embedding);
        for (row, &id) in token.chunks_exact_mut(d).zip(ids) {
            row.copy_from_slice(&table[id * d..(id + 1) * d]);
        }
        let position = arena.take(TensorId::PositionEmbedding, self.rows * d);
        let table = self.gpt.weight(&self.gpt.places.positions);
        position.copy_from_slice(&table[self.past * d..(self.past + self.rows) * d]);
        let embedded = arena.take(TensorId::Embedded, self.rows * d);
        add(token, position, embedded);
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
        let last = match self.gpt.config().norm_placement {
            NormPlacement::Pre => {
                let normed = self.norm(&places.norm1, input, norm1, arena);
                let attention = self.attention(block, places, normed, memory, arena);
                let residual1 = arena.take(id(B::Residual1), x.len());
                add(input, attention, residual1);
                let normed = self.norm(&places.norm2, residual1, norm2, arena);
                let fed = self.feed_forward(block, places, normed, arena);
                let residual2 = arena.take(id(B::Residual2), x.len());
                add(residual1, fed, residual2);
                residual2
            }
            NormPlacement::Post => {
                let attention = self.attention(block, places, input, memory, arena);
                let residual1 = arena.take(id(B::Residual1), x.len());
                add(input, attention, residual1);
                let normed = self.norm(&places.norm1, residual1, norm1, arena);
                let fed = self.feed_forward(block, places, normed, arena);
                let residual2 = arena.take(id(B::Residual2), x.len());
                add(normed, fed, residual2);
                self.norm(&places.norm2, residual2, norm2, arena)
            }
        };
        let output = arena.take(id(B::Output), x.len());
        output.copy_from_slice(last);
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
        let scores = arena.take(id(B::Scores), raw.len());
        let divisor = (d_head as f32).sqrt();
        divide(raw, divisor, scores);
        let masked = arena.take(id(B::MaskedScores), raw.len());
        let attention = arena.take(id(B::Attention), raw.len());
        // rows of all heads: each token sees itself and those before it
        let seen = |at: usize| past + at % rows + 1;
        mask(scores, columns, seen, masked);
        softmax(scores, columns, seen, attention);

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
            for (concat, head_output) in concat
                .chunks_exact_mut(d)
                .zip(head_output.chunks_exact(d_head))
            {
                concat[head * d_head..(head + 1) * d_head].copy_from_slice(head_output);
            }
        }
        let output = arena.take(id(B::AttentionOutput), rows * d);
        self.project(&places.attention_output, concat, d, output);
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
        let hidden = arena.take(id(B::FfnHidden), pre_activation.len());
        activate(config.activation, pre_activation, hidden);
        let output = arena.take(id(B::FfnOutput), self.rows * config.d_model);
        self.project(&places.down, hidden, config.d_model, output);
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
        let config = self.config();
        let tokens = ids.len();
        let layout = self.trace_layout(tokens);
        let mut trace = Trace::zeros(ids, layout.clone());
        let mut arena = Arena {
            rest: trace.values_mut(),
            expected: Some(layout.entries().iter()),
        };
        let pass = Pass {
            gpt: self,
            rows: tokens,
            past: 0,
        };
        let mut memory = vec![0.0; 2 * tokens * config.d_model];
        let (keys, values) = memory.split_at_mut(tokens * config.d_model);
        let mut x: &[f32] = pass.embed(ids, &mut arena);
        for block in 0..config.n_blocks {
            let memory = BlockMemory {
                keys: &mut *keys,
                values: &mut *values,
                capacity: tokens,
            };
            x = pass.block(block, x, memory, &mut arena);
        }
        let x = pass.final_norm(x, &mut arena);
        let logits = arena.take(TensorId::Logits, tokens * config.vocab_size);
        pass.un_embed(x, logits);
        let probabilities = arena.take(TensorId::Probabilities, logits.len());
        softmax(
            logits,
            config.vocab_size,
            |_| config.vocab_size,
            probabilities,
        );
        Ok(trace)
    }
}
