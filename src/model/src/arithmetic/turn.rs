//! Turning a matrix over.

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
        const TILE: usize = 16;
        let rows = self.numbers.len() / self.width;
        // column by column of tiles: what is written then lies together
        for column in (0..self.width).step_by(TILE) {
            let width = TILE.min(self.width - column);
            for row in (0..rows).step_by(TILE) {
                let height = TILE.min(rows - row);
                if (height, width) == (TILE, TILE) {
                    self.tile::<TILE>(row, column, out, columns);
                    continue;
                }
                for c in column..column + width {
                    for r in row..row + height {
                        out[c * columns + self.first + r] = self.numbers[r * self.width + c];
                    }
                }
            }
        }
    }

    /// One whole tile, of a size the compiler knows.
    fn tile<const N: usize>(&self, row: usize, column: usize, out: &mut [f32], columns: usize) {
        let mut turned = [[0.0; N]; N];
        for r in 0..N {
            let start = (row + r) * self.width + column;
            for (turned, &number) in turned.iter_mut().zip(&self.numbers[start..start + N]) {
                turned[r] = number;
            }
        }
        for (c, turned) in turned.iter().enumerate() {
            let start = (column + c) * columns + self.first + row;
            out[start..start + N].copy_from_slice(turned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_turned_in_strips_is_its_transpose() {
        for (rows, width) in [(1, 1), (16, 16), (33, 40), (70, 5)] {
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
