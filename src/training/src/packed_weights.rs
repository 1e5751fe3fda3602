//! The weights in the order in which the matrix products read them, both ways.

use orrery_model::{BlockWeight, GptConfig, TensorLayout, WeightId};

use crate::kernels::matrix_product::PackedMatrix;
use crate::real::Real;

/// One projection for the way forward and, transposed, for the way back.
#[derive(Clone, Debug)]
pub struct PackedProjection<T: Real> {
    /// `[inputs, outputs]` with bias
    pub forward: PackedMatrix<T>,
    /// `[outputs, inputs]` without
    pub backward: PackedMatrix<T>,
}

impl<T: Real> PackedProjection<T> {
    fn zeros(inputs: usize, outputs: usize) -> Self {
        Self {
            forward: PackedMatrix::zeros(inputs, outputs),
            backward: PackedMatrix::zeros(outputs, inputs),
        }
    }

    /// Takes over a row-major `[inputs, columns]` as the outputs `first..`.
    fn pack(&mut self, first: usize, weights: &[T], columns: usize) {
        self.forward.pack(first, weights, columns);
        self.backward.pack_transposed(first, weights, columns);
    }
}

/// One block's projections.
#[derive(Clone, Debug)]
pub struct PackedBlock<T: Real> {
    /// W_Q, W_K and W_V side by side
    pub qkv: PackedProjection<T>,
    /// W_O
    pub output: PackedProjection<T>,
    /// W1
    pub up: PackedProjection<T>,
    /// W2
    pub down: PackedProjection<T>,
}

/// A whole model's projections.
#[derive(Clone, Debug)]
pub struct PackedWeights<T: Real> {
    /// By block
    pub blocks: Vec<PackedBlock<T>>,
    /// The un-embedding
    pub head: PackedProjection<T>,
}

impl<T: Real> PackedWeights<T> {
    /// All zero.
    pub fn zeros(config: &GptConfig) -> Self {
        let (d, ff) = (config.d_model, config.d_ff);
        let block = || PackedBlock {
            qkv: PackedProjection::zeros(d, 3 * d),
            output: PackedProjection::zeros(d, d),
            up: PackedProjection::zeros(d, ff),
            down: PackedProjection::zeros(ff, d),
        };
        Self {
            blocks: (0..config.n_blocks).map(|_| block()).collect(),
            head: PackedProjection::zeros(d, config.vocab_size),
        }
    }

    /// Takes over new weights.
    pub fn pack(&mut self, config: &GptConfig, layout: &TensorLayout<WeightId>, weights: &[T]) {
        use BlockWeight as W;
        let d = config.d_model;
        let get = |id| layout.get(id).map(|entry| &weights[entry.range.clone()]);
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let parts: [(_, &[_]); 4] = [
                (
                    &mut block.qkv,
                    &[
                        (W::QueryWeight, W::QueryBias),
                        (W::KeyWeight, W::KeyBias),
                        (W::ValueWeight, W::ValueBias),
                    ],
                ),
                (&mut block.output, &[(W::OutputWeight, W::OutputBias)]),
                (&mut block.up, &[(W::UpWeight, W::UpBias)]),
                (&mut block.down, &[(W::DownWeight, W::DownBias)]),
            ];
            for (projection, side_by_side) in parts {
                let columns = projection.forward.outputs() / side_by_side.len();
                for (part, &(matrix, bias)) in side_by_side.iter().enumerate() {
                    let first = part * columns;
                    if let Some(matrix) = get(WeightId::Block(index, matrix)) {
                        projection.pack(first, matrix, columns);
                    }
                    if let Some(bias) = get(WeightId::Block(index, bias)) {
                        projection.forward.pack_bias(first, bias);
                    }
                }
            }
        }
        // The head is stored like the embedding, [vocab_size, d_model].
        if let Some(table) = get(WeightId::HeadWeight).or_else(|| get(WeightId::Embedding)) {
            self.head.forward.pack_transposed(0, table, d);
            self.head.backward.pack(0, table, d);
        }
        if let Some(bias) = get(WeightId::HeadBias) {
            self.head.forward.pack_bias(0, bias);
        }
    }
}
