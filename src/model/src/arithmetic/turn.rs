//! Turning a matrix over.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m128;
use std::array;
use std::ops::Range;

/// Numbers in a row and in a column of a tile: as many as a cache line holds.
const TILE: usize = 16;

/// Some whole rows of a matrix.
pub(crate) struct Strip<'a> {
    pub numbers: &'a [f32],
    pub width: usize,
    /// Rows of the matrix before them
    pub first: usize,
}

impl Strip<'_> {
    /// Writes the rows as columns of a matrix with `columns` numbers in a row, tile by tile, so that
    /// neither side leaves the cache.
    pub fn turn_into(&self, out: &mut [f32], columns: usize) {
        /// So many numbers are worth a second thread.
        const WORTH: usize = 1 << 15;
        if self.numbers.len() < WORTH {
            self.turn_columns(0..self.width, out, columns);
            return;
        }
        let middle = self.width / 2 / TILE * TILE;
        let (left, right) = out.split_at_mut(middle * columns);
        rayon::join(
            || self.turn_columns(0..middle, left, columns),
            || self.turn_columns(middle..self.width, right, columns),
        );
    }

    /// Some of its columns as the first rows of `out`.
    fn turn_columns(&self, some: Range<usize>, out: &mut [f32], columns: usize) {
        let rows = self.numbers.len() / self.width;
        // column by column of tiles: what is written then lies together
        for column in some.clone().step_by(TILE) {
            let width = TILE.min(some.end - column);
            let out = &mut out[(column - some.start) * columns + self.first..];
            for row in (0..rows).step_by(TILE) {
                let height = TILE.min(rows - row);
                if (height, width) == (TILE, TILE) {
                    self.tile(row, column, &mut out[row..], columns);
                    continue;
                }
                for c in 0..width {
                    for r in row..row + height {
                        out[c * columns + r] = self.numbers[r * self.width + column + c];
                    }
                }
            }
        }
    }

    /// One whole tile, its first number turned at the start of `out`. Every line of the cache is touched once: those of 16 rows push each other out.
    fn tile(&self, row: usize, column: usize, out: &mut [f32], columns: usize) {
        let tile: [[f32; TILE]; TILE] = array::from_fn(|r| {
            let numbers = &self.numbers[(row + r) * self.width + column..];
            numbers.first_chunk().copied().unwrap_or([0.0; TILE])
        });
        for c in (0..TILE).step_by(4) {
            let four = |r: usize| [tile[r][c], tile[r][c + 1], tile[r][c + 2], tile[r][c + 3]];
            let square = |r: usize| four_by_four([four(r), four(r + 1), four(r + 2), four(r + 3)]);
            let (p, q, s, t) = (square(0), square(4), square(8), square(12));
            let mut write = |line: usize, turned: [[f32; 4]; 4]| {
                let start = (c + line) * columns;
                out[start..start + TILE].copy_from_slice(turned.as_flattened());
            };
            // line by line in words: by a loop the squares would go through memory
            write(0, [p[0], q[0], s[0], t[0]]);
            write(1, [p[1], q[1], s[1], t[1]]);
            write(2, [p[2], q[2], s[2], t[2]]);
            write(3, [p[3], q[3], s[3], t[3]]);
        }
    }
}

/// Four rows of four numbers, turned over in registers that every processor of this kind has. The compiler
/// does not see by itself that it can.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn four_by_four(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let Some(sse) = pulp::core_arch::x86::Sse::try_new() else {
        return plain_four_by_four(rows);
    };
    let [a, b, c, d]: [__m128; 4] = rows.map(bytemuck::cast);
    let (ab, cd) = (sse._mm_unpacklo_ps(a, b), sse._mm_unpacklo_ps(c, d));
    let (ab_end, cd_end) = (sse._mm_unpackhi_ps(a, b), sse._mm_unpackhi_ps(c, d));
    [
        sse._mm_movelh_ps(ab, cd),
        sse._mm_movehl_ps(cd, ab),
        sse._mm_movelh_ps(ab_end, cd_end),
        sse._mm_movehl_ps(cd_end, ab_end),
    ]
    .map(bytemuck::cast)
}

#[cfg(not(target_arch = "x86_64"))]
use plain_four_by_four as four_by_four;

#[inline(always)]
fn plain_four_by_four(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    [0, 1, 2, 3].map(|column| rows.map(|row| row[column]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_turned_alike_with_and_without_the_registers() {
        let rows = [0, 4, 8, 12].map(|first| [0, 1, 2, 3].map(|i| (first + i) as f32));
        let turned = four_by_four(rows);
        assert_eq!(turned[1], [1.0, 5.0, 9.0, 13.0]);
        assert_eq!(turned, plain_four_by_four(rows));
    }

    #[test]
    fn a_matrix_turned_in_strips_is_its_transpose() {
        for (rows, width) in [(1, 1), (16, 16), (33, 40), (70, 5), (40, 2_100)] {
            let numbers: Vec<f32> = (0..rows * width).map(|i| i as f32).collect();
            let mut out = vec![0.0; rows * width];
            for (strip, numbers) in numbers.chunks(16 * width).enumerate() {
                let first = strip * 16;
                Strip {
                    numbers,
                    width,
                    first,
                }
                .turn_into(&mut out, rows);
            }
            for row in 0..rows {
                for column in 0..width {
                    assert_eq!(out[column * rows + row], numbers[row * width + column]);
                }
            }
        }
    }
}
