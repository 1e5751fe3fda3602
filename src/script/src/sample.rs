//! Small matrices on which every script is tried before it is shown.

use crate::facts::{CellOf, MatrixFacts};

/// A matrix of a head in the middle of a stage, a row of shares with a masked cell, and a matrix of one cell.
pub(crate) fn matrices() -> Vec<(MatrixFacts, Vec<CellOf>)> {
    [("Q_1", 0, 9, 16), ("A_1", 0, 6, 6), ("W_U", -1, 1, 1)]
        .into_iter()
        .enumerate()
        .map(|(index, (name, head, rows, columns))| {
            let matrix = MatrixFacts {
                name: name.into(),
                weight: head < 0,
                rows,
                columns,
                whole_rows: rows,
                whole_columns: columns,
                block: if head < 0 { -1 } else { 0 },
                head,
                index,
                count: 3,
                x: 20.0 * index as f32,
                y: -4.0,
                time: 0.0,
            };
            let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            let cells = places.map(|(row, column)| {
                let masked = name == "A_1" && column > row;
                let share = ((row * 7 + column * 3) % 11) as f32 / 5.0 - 1.0;
                CellOf {
                    row,
                    column,
                    whole_row: row,
                    whole_column: column,
                    value: if masked { 0.0 } else { share * 2.0 },
                    share: if masked { 0.0 } else { share },
                    masked,
                    x: matrix.x + column as f32,
                    y: -(row as f32),
                    z: 0.0,
                    time: 0.0,
                }
            });
            let cells = cells.collect();
            (matrix, cells)
        })
        .collect()
}
