//! Directions of the residual stream: which tokens lie along one, and the few that explain most.

use ndarray::ArrayView2;

use crate::vector::{dot, double, largest, length};

/// A token with its value along a direction.
pub type Along = (usize, f64);

/// The tokens furthest along a direction `[d_model]` and furthest against it, of an embedding table
/// `[vocab_size, d_model]`.
pub fn along(
    table: ArrayView2<'_, f32>,
    direction: &[f64],
    count: usize,
    never_drawn: &[usize],
) -> (Vec<Along>, Vec<Along>) {
    let values: Vec<f64> = table
        .rows()
        .into_iter()
        .map(|row| dot(row, direction))
        .collect();
    extremes(&values, count, never_drawn)
}

/// The tokens with the largest values of a column of a table, and with the smallest.
pub fn of_dimension(
    table: ArrayView2<'_, f32>,
    dimension: usize,
    count: usize,
    never_drawn: &[usize],
) -> (Vec<Along>, Vec<Along>) {
    extremes(&double(table.column(dimension)), count, never_drawn)
}

/// The tokens with the largest of these values `[vocab_size]`, and with the smallest.
pub fn extremes(values: &[f64], count: usize, never_drawn: &[usize]) -> (Vec<Along>, Vec<Along>) {
    let opposite: Vec<f64> = values.iter().map(|value| -value).collect();
    let of = |x: &[f64]| -> Vec<Along> {
        let tokens = largest(x, count, never_drawn);
        tokens
            .into_iter()
            .map(|token| (token, values[token]))
            .collect()
    };
    (of(values), of(&opposite))
}

/// The tokens whose embeddings point most nearly the way that a token's does, with the cosine.
pub fn nearest(
    table: ArrayView2<'_, f32>,
    token: usize,
    count: usize,
    never_drawn: &[usize],
) -> Vec<Along> {
    let own = double(table.row(token));
    let own_length = length(&own);
    let cosine = |row: ndarray::ArrayView1<'_, f32>| {
        let row = double(row);
        let both = length(&row) * own_length;
        let product: f64 = row.iter().zip(&own).map(|(a, b)| a * b).sum();
        if both > 0.0 { product / both } else { 0.0 }
    };
    let cosines: Vec<f64> = table.rows().into_iter().map(cosine).collect();
    let mut but = never_drawn.to_vec();
    but.push(token);
    let tokens = largest(&cosines, count, &but);
    tokens
        .into_iter()
        .map(|token| (token, cosines[token]))
        .collect()
}

/// A principal component of the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its direction, of length 1 `[columns]`.
    pub direction: Vec<f64>,
    /// What share of the rows' variance lies along it.
    pub explains: f64,
    /// Where each row lies along it, from the mean `[rows]`.
    pub places: Vec<f64>,
}

/// The first principal components of a table's rows, found by repeated multiplication.
pub fn components(table: ArrayView2<'_, f32>, count: usize) -> Vec<Component> {
    const STEPS: usize = 200;
    let (rows, columns) = table.dim();
    if rows < 2 {
        return Vec::new();
    }
    let mean: Vec<f64> = (0..columns)
        .map(|column| double(table.column(column)).iter().sum::<f64>() / rows as f64)
        .collect();
    // the covariance [columns, columns]
    let mut covariance = vec![0.0; columns * columns];
    for row in table.rows() {
        let x: Vec<f64> = row
            .iter()
            .zip(&mean)
            .map(|(&x, mean)| f64::from(x) - mean)
            .collect();
        for (value, sums) in x.iter().zip(covariance.chunks_exact_mut(columns)) {
            for (sum, other) in sums.iter_mut().zip(&x) {
                *sum += value * other;
            }
        }
    }
    let total: f64 = (0..columns).map(|at| covariance[at * columns + at]).sum();
    let multiply = |matrix: &[f64], x: &[f64]| -> Vec<f64> {
        let rows = matrix.chunks_exact(columns);
        rows.map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum())
            .collect()
    };
    let mut found = Vec::new();
    for number in 0..count.min(columns) {
        let mut x: Vec<f64> = (0..columns)
            .map(|at| 1.0 + ((at * 7 + number * 3) % 11) as f64)
            .collect();
        let mut size = 0.0;
        for _ in 0..STEPS {
            x = multiply(&covariance, &x);
            size = length(&x);
            if size <= total * 1e-12 {
                return found;
            }
            x.iter_mut().for_each(|x| *x /= size);
        }
        // the sign that makes the largest part positive
        let largest = x
            .iter()
            .copied()
            .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        if largest < 0.0 {
            x.iter_mut().for_each(|x| *x = -*x);
        }
        for (row, a) in covariance.chunks_exact_mut(columns).zip(&x) {
            for (value, b) in row.iter_mut().zip(&x) {
                *value -= size * a * b;
            }
        }
        let shift: f64 = mean.iter().zip(&x).map(|(mean, x)| mean * x).sum();
        found.push(Component {
            places: table
                .rows()
                .into_iter()
                .map(|row| dot(row, &x) - shift)
                .collect(),
            explains: size / total,
            direction: x,
        });
    }
    found
}
