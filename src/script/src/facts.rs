//! What a script may ask of a matrix and of a cell.

use rhai::{Engine, ImmutableString};

/// A matrix on the stage, as a script sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixFacts {
    /// Its name, as on the stage: `Q_1`, `W_1`, `X`.
    pub name: ImmutableString,
    /// Whether it is a trained weight.
    pub weight: bool,
    /// Rows that are shown.
    pub rows: usize,
    /// Columns that are shown.
    pub columns: usize,
    /// Rows of the whole matrix.
    pub whole_rows: usize,
    /// Columns of the whole matrix.
    pub whole_columns: usize,
    /// The block, from 0; −1 where it belongs to none.
    pub block: i32,
    /// The head, from 0; −1 where it is no head's.
    pub head: i32,
    /// Its place among the matrices of the stage, from 0.
    pub index: usize,
    /// How many matrices there are on the stage.
    pub count: usize,
    /// Middle of its usual place, in units of a cell.
    pub x: f32,
    /// The same upwards.
    pub y: f32,
    /// At which share of the stage it is asked about, 0…1.
    pub time: f32,
}

/// A cell, as a script sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellOf {
    /// Its row among those that are shown.
    pub row: usize,
    /// Its column among those that are shown.
    pub column: usize,
    /// Its row in the whole matrix.
    pub whole_row: usize,
    /// Its column in the whole matrix.
    pub whole_column: usize,
    /// The number; 0 where the mask closes it.
    pub value: f32,
    /// Its place on the colour scale: −1…1, or 0…1 for shares.
    pub share: f32,
    /// Whether the mask closes it.
    pub masked: bool,
    /// Its usual place.
    pub x: f32,
    /// The same upwards.
    pub y: f32,
    /// The same towards the viewer.
    pub z: f32,
    /// At which share of the stage it is asked about, 0…1.
    pub time: f32,
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(crate) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<MatrixFacts>("Matrix")
        .register_get("name", |m: &mut MatrixFacts| m.name.clone())
        .register_get("weight", |m: &mut MatrixFacts| m.weight)
        .register_get("rows", |m: &mut MatrixFacts| whole(m.rows))
        .register_get("columns", |m: &mut MatrixFacts| whole(m.columns))
        .register_get("whole_rows", |m: &mut MatrixFacts| whole(m.whole_rows))
        .register_get("whole_columns", |m: &mut MatrixFacts| {
            whole(m.whole_columns)
        })
        .register_get("block", |m: &mut MatrixFacts| m.block)
        .register_get("head", |m: &mut MatrixFacts| m.head)
        .register_get("index", |m: &mut MatrixFacts| whole(m.index))
        .register_get("count", |m: &mut MatrixFacts| whole(m.count))
        .register_get("x", |m: &mut MatrixFacts| m.x)
        .register_get("y", |m: &mut MatrixFacts| m.y)
        .register_get("time", |m: &mut MatrixFacts| m.time)
        .register_type_with_name::<CellOf>("Cell")
        .register_get("row", |c: &mut CellOf| whole(c.row))
        .register_get("column", |c: &mut CellOf| whole(c.column))
        .register_get("whole_row", |c: &mut CellOf| whole(c.whole_row))
        .register_get("whole_column", |c: &mut CellOf| whole(c.whole_column))
        .register_get("token", |c: &mut CellOf| whole(c.whole_row))
        .register_get("value", |c: &mut CellOf| c.value)
        .register_get("share", |c: &mut CellOf| c.share)
        .register_get("masked", |c: &mut CellOf| c.masked)
        .register_get("x", |c: &mut CellOf| c.x)
        .register_get("y", |c: &mut CellOf| c.y)
        .register_get("z", |c: &mut CellOf| c.z)
        .register_get("time", |c: &mut CellOf| c.time);
}
