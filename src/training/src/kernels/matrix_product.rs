//! `y = x·W + b`, and with the transposed matrix the gradient with respect to x.

use pulp::{Simd, WithSimd};

use crate::lane_matrix::{Aligned, LaneMatrix, TILE, aligned_zeros};
use crate::real::Real;

/// A weight matrix cut in strips of [`TILE`] outputs, in the order in which the product reads it.
#[derive(Clone, Debug)]
pub struct PackedMatrix<T: Real> {
    inputs: usize,
    outputs: usize,
    /// `[outputs/TILE, inputs, TILE]`, the last strip filled up with zeros
    strips: Aligned<T>,
    /// `[outputs]`, filled up with zeros
    bias: Vec<T>,
}

impl<T: Real> PackedMatrix<T> {
    /// All zero.
    pub fn zeros(inputs: usize, outputs: usize) -> Self {
        let padded = outputs.next_multiple_of(TILE);
        Self {
            inputs,
            outputs,
            strips: aligned_zeros(padded * inputs),
            bias: vec![T::default(); padded],
        }
    }

    /// How many numbers come out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Takes over the columns `first_output..` from a row-major `[inputs, columns]`.
    pub fn pack(&mut self, first_output: usize, weights: &[T], columns: usize) {
        for (input, row) in weights.chunks_exact(columns).enumerate() {
            for (column, &weight) in row.iter().enumerate() {
                let at = self.place(input, first_output + column);
                self.strips[at] = weight;
            }
        }
    }

    /// Takes over the inputs `first_input..` from the transpose of a row-major `[outputs, columns]`.
    pub fn pack_transposed(&mut self, first_input: usize, weights: &[T], columns: usize) {
        for (output, row) in weights.chunks_exact(columns).enumerate() {
            for (column, &weight) in row.iter().enumerate() {
                let at = self.place(first_input + column, output);
                self.strips[at] = weight;
            }
        }
    }

    /// Takes over the bias of the outputs `first_output..`.
    pub fn pack_bias(&mut self, first_output: usize, bias: &[T]) {
        self.bias[first_output..first_output + bias.len()].copy_from_slice(bias);
    }

    #[inline(always)]
    fn place(&self, input: usize, output: usize) -> usize {
        (output / TILE * self.inputs + input) * TILE + output % TILE
    }
}

/// What the product is added to.
#[derive(Clone, Copy, Debug)]
pub enum AddTo<'a, T: Real> {
    /// Nothing: `y = x·W + b`.
    Nothing,
    /// What the output holds: `y += x·W + b`.
    Output,
    /// Another matrix: `y = z + x·W + b`.
    Other(&'a LaneMatrix<T>),
}

/// The product of the first rows.
pub struct MatrixProduct<'a, T: Real> {
    /// x `[positions, inputs]`
    pub input: &'a LaneMatrix<T>,
    /// W and b
    pub weights: &'a PackedMatrix<T>,
    /// y `[positions, outputs]`
    pub output: &'a mut LaneMatrix<T>,
    /// What it is added to
    pub add_to: AddTo<'a, T>,
    /// How many rows
    pub positions: usize,
}

impl<T: Real> WithSimd for MatrixProduct<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut position = 0;
        // As many accumulators as registers allow.
        if S::REGISTER_COUNT >= 32 {
            while position + 3 <= self.positions {
                self.rows::<S, 3>(simd, position);
                position += 3;
            }
        }
        while position < self.positions {
            self.rows::<S, 1>(simd, position);
            position += 1;
        }
    }
}

impl<T: Real> MatrixProduct<'_, T> {
    #[inline(always)]
    fn rows<S: Simd, const ROWS: usize>(&mut self, simd: S, position: usize) {
        let weights = self.weights;
        let inputs = weights.inputs;
        let x = self.input.rows::<S>();
        let x_stride = self.input.stride();
        let x: [&[T::Lanes<S>]; ROWS] =
            std::array::from_fn(|r| &x[(position + r) * x_stride..][..inputs]);
        let y_stride = self.output.stride();
        let (strips, _) = weights.strips.as_chunks::<TILE>();
        let (biases, _) = weights.bias.as_chunks::<TILE>();
        for (tile, (strip, bias)) in strips.chunks_exact(inputs).zip(biases).enumerate() {
            let mut sums: [[T::Lanes<S>; TILE]; ROWS] =
                std::array::from_fn(|_| std::array::from_fn(|o| T::splat(simd, bias[o])));
            let at = |r: usize| (position + r) * y_stride + tile * TILE;
            match self.add_to {
                AddTo::Nothing => {}
                AddTo::Output => {
                    add::<T, S, ROWS>(simd, &mut sums, |r| &self.output.rows::<S>()[at(r)..])
                }
                AddTo::Other(other) => {
                    add::<T, S, ROWS>(simd, &mut sums, |r| &other.rows::<S>()[at(r)..])
                }
            }
            for (k, weights) in strip.iter().enumerate() {
                for (o, &weight) in weights.iter().enumerate() {
                    let weight = T::splat(simd, weight);
                    for r in 0..ROWS {
                        sums[r][o] = T::mul_add(simd, weight, x[r][k], sums[r][o]);
                    }
                }
            }
            let y = self.output.rows_mut::<S>();
            for r in 0..ROWS {
                y[at(r)..][..TILE].copy_from_slice(&sums[r]);
            }
        }
    }
}

/// Adds one tile's width of each row.
#[inline(always)]
fn add<'a, T: Real, S: Simd, const ROWS: usize>(
    simd: S,
    sums: &mut [[T::Lanes<S>; TILE]; ROWS],
    row: impl Fn(usize) -> &'a [T::Lanes<S>],
) where
    T::Lanes<S>: 'a,
{
    for (r, sums) in sums.iter_mut().enumerate() {
        let row = &row(r)[..TILE];
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum = T::add_lanes(simd, *sum, value);
        }
    }
}
