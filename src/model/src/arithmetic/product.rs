//! The matrix product.

use pulp::{Arch, Simd, WithSimd};

/// A matrix to be read: rows `stride` numbers apart, beginning at the slice's start.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub values: &'a [f32],
    pub stride: usize,
}

/// A matrix product to be computed: `[rows, inner] · [inner, columns] (+ bias)`. Each number is one
/// sum along the inner axis, in order.
pub(crate) struct MatrixProduct<'a> {
    pub left: Rows<'a>,
    pub right: Rows<'a>,
    pub bias: Option<&'a [f32]>,
    pub rows: usize,
    pub inner: usize,
    pub columns: usize,
}

impl MatrixProduct<'_> {
    /// Computes it into rows `out_stride` numbers apart.
    pub fn compute_into(self, out: &mut [f32], out_stride: usize) {
        Arch::new().dispatch(Dispatched {
            product: self,
            out,
            out_stride,
        });
    }
}

/// What is compiled once for each kind of vector unit; the machine's own is chosen at run time.
struct Dispatched<'a, 'out> {
    product: MatrixProduct<'a>,
    out: &'out mut [f32],
    out_stride: usize,
}

impl WithSimd for Dispatched<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // as many sums in flight as there are registers for
        if S::REGISTER_COUNT >= 32 {
            self.panels::<S, 8, 2, 12>(simd);
        } else {
            self.panels::<S, 4, 2, 8>(simd);
        }
    }
}

impl Dispatched<'_, '_> {
    /// All columns, `V` vectors at a time in tiles of `R` rows; the last few one vector at a time in
    /// tiles of `NARROW` rows.
    #[inline(always)]
    fn panels<S: Simd, const R: usize, const V: usize, const NARROW: usize>(mut self, simd: S) {
        let mut packed = Vec::with_capacity(self.product.inner * V * S::F32_LANES);
        let mut column = 0;
        while column < self.product.columns {
            let width = self.product.columns - column;
            if width >= V * S::F32_LANES {
                self.panel::<S, R, V>(simd, column, V * S::F32_LANES, &mut packed);
                column += V * S::F32_LANES;
            } else {
                let width = width.min(S::F32_LANES);
                self.panel::<S, NARROW, 1>(simd, column, width, &mut packed);
                column += width;
            }
        }
    }

    /// `width` columns of the result, at most `V` vectors, in tiles of `R` rows; the right matrix's
    /// columns stay in the cache meanwhile.
    #[inline(always)]
    fn panel<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        column: usize,
        width: usize,
        packed: &mut Vec<f32>,
    ) {
        let MatrixProduct {
            right, rows, inner, ..
        } = self.product;
        let mut columns = Rows {
            values: &right.values[column..],
            stride: right.stride,
        };
        // rows of a power of two apart would push each other out of the cache
        if rows >= 4 * R {
            packed.clear();
            for k in 0..inner {
                packed.extend_from_slice(&columns.values[k * columns.stride..][..width]);
            }
            columns = Rows {
                values: packed,
                stride: width,
            };
        }
        let mut row = 0;
        while row + R <= rows {
            self.tile::<S, R, V>(simd, row, column, width, columns);
            row += R;
        }
        while row < rows {
            self.tile::<S, 1, V>(simd, row, column, width, columns);
            row += 1;
        }
    }

    /// `R` rows of `width` (at most `V` vectors of) numbers of the result, kept in registers while
    /// the inner axis runs in order.
    #[inline(always)]
    fn tile<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        width: usize,
        right: Rows<'_>,
    ) {
        let MatrixProduct {
            left, bias, inner, ..
        } = self.product;
        let load = |numbers: &[f32]| -> [S::f32s; V] {
            match S::as_simd_f32s(numbers).0.first_chunk() {
                Some(&whole) => whole,
                // narrower than a vector, so `V` is 1
                None => [simd.partial_load_f32s(numbers); V],
            }
        };
        let left_rows: [&[f32]; R] =
            std::array::from_fn(|r| &left.values[(row + r) * left.stride..][..inner]);
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        for k in 0..inner {
            let right_row = load(&right.values[k * right.stride..][..width]);
            for (sums, left_row) in sums.iter_mut().zip(&left_rows) {
                let factor = simd.splat_f32s(left_row[k]);
                for (sum, &right) in sums.iter_mut().zip(&right_row) {
                    *sum = simd.mul_add_f32s(factor, right, *sum);
                }
            }
        }
        let bias = bias.map(|bias| load(&bias[column..][..width]));
        for (r, sums) in sums.iter().enumerate() {
            let out = &mut self.out[(row + r) * self.out_stride + column..][..width];
            let sums: [S::f32s; V] = match bias {
                Some(bias) => std::array::from_fn(|v| simd.add_f32s(sums[v], bias[v])),
                None => *sums,
            };
            match S::as_mut_simd_f32s(out).0.first_chunk_mut() {
                Some(whole) => *whole = sums,
                None => simd.partial_store_f32s(out, sums[0]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern.
    fn noise(len: usize) -> Vec<f32> {
        (0..len)
            .map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0)
            .collect()
    }

    /// What is computed without a space between the result's rows.
    fn dispatched<'a, 'out>(
        product: MatrixProduct<'a>,
        out: &'out mut [f32],
    ) -> Dispatched<'a, 'out> {
        let out_stride = product.columns;
        Dispatched {
            product,
            out,
            out_stride,
        }
    }

    #[test]
    fn a_product_is_the_same_bit_for_bit_whatever_the_vector_unit_and_the_tiling() {
        for (rows, inner, columns) in [
            (1, 1, 1),
            (5, 7, 13),
            (4, 16, 16),
            (12, 33, 61),
            (9, 128, 30),
            (64, 40, 70),
        ] {
            let (left, right, bias) = (noise(rows * inner), noise(inner * columns), noise(columns));
            let product = || MatrixProduct {
                left: Rows {
                    values: &left,
                    stride: inner,
                },
                right: Rows {
                    values: &right,
                    stride: columns,
                },
                bias: Some(&bias),
                rows,
                inner,
                columns,
            };
            let mut chosen = vec![0.0; rows * columns];
            product().compute_into(&mut chosen, columns);
            let mut plain = vec![0.0; rows * columns];
            dispatched(product(), &mut plain).with_simd(pulp::Scalar);
            assert_eq!(chosen, plain);
            #[cfg(target_arch = "x86_64")]
            if let Some(narrower) = pulp::x86::V3::try_new() {
                let mut out = vec![0.0; rows * columns];
                Simd::vectorize(narrower, dispatched(product(), &mut out));
                assert_eq!(chosen, out);
            }
            for row in 0..rows {
                for column in 0..columns {
                    let mut sum = 0.0_f32;
                    for k in 0..inner {
                        sum = left[row * inner + k].mul_add(right[k * columns + column], sum);
                    }
                    assert_eq!(chosen[row * columns + column], sum + bias[column]);
                }
            }
        }
    }
}
