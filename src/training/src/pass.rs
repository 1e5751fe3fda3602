//! One shard's way through the model, forward and back: which operation follows which. The backward
//! pass is derived by hand from the forward pass above it.

use orrery_model::{
    Activation, BlockWeight as W, GptConfig, NormPlacement, TensorLayout, WeightId,
};
use pulp::Arch;

use crate::kernels::activation::{Activate, ActivationGradient};
use crate::kernels::attention::{Attention, AttentionGradient, AttentionShape};
use crate::kernels::cross_entropy::{CrossEntropy, Score};
use crate::kernels::embedding::{embed, embed_gradient};
use crate::kernels::layer_norm::{AddRows, LayerNorm, LayerNormGradient};
use crate::kernels::matrix_product::{AddTo, MatrixProduct, PackedMatrix};
use crate::kernels::weight_gradient::{BiasGradient, WeightGradient};
use crate::lane_matrix::LaneMatrix;
use crate::packed_weights::PackedWeights;
use crate::real::Real;
use crate::workspace::{NormRecord, Workspace};

/// What every pass with the same weights shares.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a, T: Real> {
    /// The architecture
    pub config: &'a GptConfig,
    /// Where each weight and each gradient stands
    pub layout: &'a TensorLayout<WeightId>,
    /// All weights in layout order
    pub weights: &'a [T],
    /// The projections among them as the kernels read them
    pub packed: &'a PackedWeights<T>,
    /// This processor's instructions
    pub arch: Arch,
    /// Tokens in each window
    pub tokens: usize,
    /// Groups of windows
    pub groups: usize,
}

impl<T: Real> Pass<'_, T> {
    fn positions(&self) -> usize {
        self.groups * self.tokens
    }

    fn weight(&self, id: WeightId) -> Option<&[T]> {
        Some(&self.weights[self.layout.get(id)?.range.clone()])
    }

    /// A weight that every configuration has.
    fn always(&self, id: WeightId) -> &[T] {
        self.weight(id).unwrap_or_default()
    }

    fn attention_shape(&self, block: usize) -> AttentionShape {
        AttentionShape {
            groups: self.groups,
            tokens: self.tokens,
            heads: self.config.n_heads,
            d_head: self.config.d_head(),
            divisor: self.config.score_divisor(block),
        }
    }

    fn product(
        &self,
        input: &LaneMatrix<T>,
        weights: &PackedMatrix<T>,
        output: &mut LaneMatrix<T>,
        add_to: AddTo<'_, T>,
    ) {
        self.arch.dispatch(MatrixProduct {
            input,
            weights,
            output,
            add_to,
            positions: self.positions(),
        });
    }

    fn norm(
        &self,
        (gamma, beta): (WeightId, WeightId),
        input: &LaneMatrix<T>,
        record: &mut NormRecord<T>,
        output: &mut LaneMatrix<T>,
    ) {
        self.arch.dispatch(LayerNorm {
            input,
            gamma: self.always(gamma),
            beta: self.weight(beta),
            epsilon: T::from_f64(f64::from(self.config.norm_epsilon)),
            normalized: &mut record.normalized,
            inverse_deviation: &mut record.inverse_deviation,
            output,
            positions: self.positions(),
        });
    }

    /// From the workspace's ids to its logits.
    pub fn forward(&self, work: &mut Workspace<T>) {
        let post = self.config.norm_placement == NormPlacement::Post;
        let positions = self.positions();
        let embedded = match work.blocks.first_mut() {
            Some(block) if post => &mut block.attention_input,
            _ => &mut work.stream,
        };
        embed(
            &work.ids[..positions * work.lanes],
            self.tokens,
            self.always(WeightId::Embedding),
            self.always(WeightId::PositionEmbedding),
            embedded,
            work.lanes,
        );
        let mut remaining = work.blocks.as_mut_slice();
        for (index, packed) in self.packed.blocks.iter().enumerate() {
            let Some((block, later)) = remaining.split_first_mut() else {
                break;
            };
            let stream = &mut work.stream;
            let norm1 = block_norm(index, W::Norm1Gamma, W::Norm1Beta);
            let norm2 = block_norm(index, W::Norm2Gamma, W::Norm2Beta);
            if !post {
                self.norm(norm1, stream, &mut block.norm1, &mut block.attention_input);
            }
            let qkv = &packed.qkv.forward;
            self.product(&block.attention_input, qkv, &mut block.qkv, AddTo::Nothing);
            self.arch.dispatch(Attention {
                shape: self.attention_shape(index),
                qkv: &block.qkv,
                attention: &mut block.attention,
                concat: &mut block.concat,
            });
            let residual = match post {
                true => AddTo::Other(&block.attention_input),
                false => AddTo::Output,
            };
            self.product(&block.concat, &packed.output.forward, stream, residual);
            match post {
                true => self.norm(norm1, stream, &mut block.norm1, &mut block.ffn_input),
                false => self.norm(norm2, stream, &mut block.norm2, &mut block.ffn_input),
            }
            let up = &packed.up.forward;
            let pre_activation = block.pre_activation.as_mut();
            let into = pre_activation.unwrap_or(&mut block.hidden);
            self.product(&block.ffn_input, up, into, AddTo::Nothing);
            self.arch.dispatch(Activate {
                activation: self.config.activation,
                input: block.pre_activation.as_ref(),
                output: &mut block.hidden,
                positions,
            });
            let residual = match post {
                true => AddTo::Other(&block.ffn_input),
                false => AddTo::Output,
            };
            self.product(&block.hidden, &packed.down.forward, stream, residual);
            if post {
                let output = match later.first_mut() {
                    Some(next) => &mut next.attention_input,
                    None => &mut work.head_input,
                };
                self.norm(norm2, stream, &mut block.norm2, output);
            }
            remaining = later;
        }
        // Where the blocks' output is not already what the head reads
        if let Some(record) = &mut work.final_norm {
            if post {
                std::mem::swap(&mut work.stream, &mut work.head_input);
            }
            self.norm(FINAL_NORM, &work.stream, record, &mut work.head_input);
        } else if !post {
            std::mem::swap(&mut work.stream, &mut work.head_input);
        }
        let head = &self.packed.head.forward;
        self.product(&work.head_input, head, &mut work.logits, AddTo::Nothing);
    }

    /// Scores the logits and replaces them by their gradient, scaled by `scale`.
    pub fn score(&self, work: &mut Workspace<T>, scale: T) -> Score {
        self.arch.dispatch(CrossEntropy {
            logits: &mut work.logits,
            targets: &work.targets,
            scale,
            positions: self.positions(),
        })
    }

    /// From the logits' gradient to that of all weights, which is added to `gradient` (of the
    /// weights' layout).
    pub fn backward(&self, work: &mut Workspace<T>, gradient: &mut [T]) {
        let post = self.config.norm_placement == NormPlacement::Post;
        let mut gradients = Gradients {
            pass: self,
            values: gradient,
        };
        let stream = &mut work.stream_gradient;
        let branch = &mut work.branch_gradient;
        let sums = &mut work.norm_sums;

        let table = match self.config.tied_head {
            true => WeightId::Embedding,
            false => WeightId::HeadWeight,
        };
        // The table is [vocab_size, d_model]: logits' gradient on the left.
        gradients.matrix(&work.logits, &work.head_input, 0, table);
        gradients.bias(&work.logits, 0, WeightId::HeadBias);
        self.product(
            &work.logits,
            &self.packed.head.backward,
            stream,
            AddTo::Nothing,
        );
        if let Some(record) = &work.final_norm {
            gradients.norm(FINAL_NORM, record, stream, sums);
        }
        let blocks = work.blocks.iter().zip(&self.packed.blocks).enumerate();
        for (index, (block, packed)) in blocks.rev() {
            let id = |weight| WeightId::Block(index, weight);
            let norm1 = block_norm(index, W::Norm1Gamma, W::Norm1Beta);
            let norm2 = block_norm(index, W::Norm2Gamma, W::Norm2Beta);
            // Feed-forward
            if post {
                gradients.norm(norm2, &block.norm2, stream, sums);
            }
            let hidden = &mut work.hidden_gradient;
            gradients.projection(&block.hidden, stream, 0, id(W::DownWeight), id(W::DownBias));
            self.product(stream, &packed.down.backward, hidden, AddTo::Nothing);
            self.arch.dispatch(ActivationGradient {
                activation: self.config.activation,
                input: block.pre_activation.as_ref().unwrap_or(&block.hidden),
                gradient: hidden,
                positions: self.positions(),
            });
            gradients.projection(&block.ffn_input, hidden, 0, id(W::UpWeight), id(W::UpBias));
            if post {
                self.product(hidden, &packed.up.backward, stream, AddTo::Output);
                gradients.norm(norm1, &block.norm1, stream, sums);
            } else {
                self.product(hidden, &packed.up.backward, branch, AddTo::Nothing);
                gradients.norm(norm2, &block.norm2, branch, sums);
                self.add(branch, stream);
            }
            // Attention
            gradients.projection(
                &block.concat,
                stream,
                0,
                id(W::OutputWeight),
                id(W::OutputBias),
            );
            self.product(stream, &packed.output.backward, branch, AddTo::Nothing);
            let qkv = &mut work.qkv_gradient;
            self.arch.dispatch(AttentionGradient {
                shape: self.attention_shape(index),
                qkv: &block.qkv,
                attention: &block.attention,
                concat_gradient: branch,
                score_gradient: &mut work.score_gradient,
                qkv_gradient: qkv,
            });
            let d = self.config.d_model;
            for (first, weight, bias) in [
                (0, W::QueryWeight, W::QueryBias),
                (d, W::KeyWeight, W::KeyBias),
                (2 * d, W::ValueWeight, W::ValueBias),
            ] {
                gradients.projection(&block.attention_input, qkv, first, id(weight), id(bias));
            }
            if post {
                self.product(qkv, &packed.qkv.backward, stream, AddTo::Output);
            } else {
                self.product(qkv, &packed.qkv.backward, branch, AddTo::Nothing);
                gradients.norm(norm1, &block.norm1, branch, sums);
                self.add(branch, stream);
            }
        }
        gradients.embedding(&work.ids, stream, work.lanes);
    }

    fn add(&self, input: &LaneMatrix<T>, output: &mut LaneMatrix<T>) {
        self.arch.dispatch(AddRows {
            input,
            output,
            positions: self.positions(),
        });
    }

    /// Which ReLUs the last forward pass left open, in a fixed order; nothing for a smooth activation.
    pub fn open_units(&self, work: &Workspace<T>, open: &mut Vec<bool>) {
        if self.config.activation == Activation::Relu {
            for block in &work.blocks {
                for position in 0..self.positions() {
                    let hidden = block.hidden.row(position);
                    open.extend(hidden.iter().map(|&value| value > T::default()));
                }
            }
        }
    }
}

const FINAL_NORM: (WeightId, WeightId) = (WeightId::FinalGamma, WeightId::FinalBeta);

fn block_norm(block: usize, gamma: W, beta: W) -> (WeightId, WeightId) {
    (WeightId::Block(block, gamma), WeightId::Block(block, beta))
}

/// The weights' gradient, to be added to by name; what the model lacks is left out.
struct Gradients<'a, T: Real> {
    pass: &'a Pass<'a, T>,
    values: &'a mut [T],
}

impl<T: Real> Gradients<'_, T> {
    fn matrix(&mut self, x: &LaneMatrix<T>, dy: &LaneMatrix<T>, first: usize, id: WeightId) {
        if let Some(entry) = self.pass.layout.get(id) {
            self.pass.arch.dispatch(WeightGradient {
                input: x,
                output_gradient: dy,
                first_output: first,
                gradient: &mut self.values[entry.range.clone()],
                positions: self.pass.positions(),
            });
        }
    }

    fn bias(&mut self, dy: &LaneMatrix<T>, first: usize, id: WeightId) {
        if let Some(entry) = self.pass.layout.get(id) {
            self.pass.arch.dispatch(BiasGradient {
                output_gradient: dy,
                first_output: first,
                gradient: &mut self.values[entry.range.clone()],
                positions: self.pass.positions(),
            });
        }
    }

    fn projection(
        &mut self,
        x: &LaneMatrix<T>,
        dy: &LaneMatrix<T>,
        first: usize,
        weight: WeightId,
        bias: WeightId,
    ) {
        self.matrix(x, dy, first, weight);
        self.bias(dy, first, bias);
    }

    fn norm(
        &mut self,
        (gamma, beta): (WeightId, WeightId),
        record: &NormRecord<T>,
        gradient: &mut LaneMatrix<T>,
        sums: &mut LaneMatrix<T>,
    ) {
        let layout = self.pass.layout;
        let Some(gamma_entry) = layout.get(gamma) else {
            return;
        };
        // β, where there is one, stands behind γ.
        let (before, after) = self.values.split_at_mut(gamma_entry.range.end);
        let beta_gradient = layout.get(beta).map(|entry| {
            let start = entry.range.start - gamma_entry.range.end;
            &mut after[start..start + entry.range.len()]
        });
        self.pass.arch.dispatch(LayerNormGradient {
            normalized: &record.normalized,
            inverse_deviation: &record.inverse_deviation,
            gamma: self.pass.always(gamma),
            gradient,
            gamma_gradient: &mut before[gamma_entry.range.clone()],
            beta_gradient,
            sums,
            positions: self.pass.positions(),
        });
    }

    fn embedding(&mut self, ids: &[u32], gradient: &LaneMatrix<T>, lanes: usize) {
        let layout = self.pass.layout;
        let ranges = [WeightId::Embedding, WeightId::PositionEmbedding].map(|id| {
            let entry = layout.get(id);
            entry.map_or(0..0, |entry| entry.range.clone())
        });
        // The position table stands behind the embedding table.
        let (before, after) = self.values.split_at_mut(ranges[1].start);
        embed_gradient(
            &ids[..self.pass.positions() * lanes],
            self.pass.tokens,
            gradient,
            &mut before[ranges[0].clone()],
            &mut after[..ranges[1].len()],
            lanes,
        );
    }
}
