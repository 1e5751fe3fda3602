//! The position embeddings: how alike they are, and what they make a head look at.

use ndarray::ArrayView2;
use orrery_model::{BlockWeight as W, WeightId};

use crate::run::Run;
use crate::vector::{double, length};

/// The cosines between the rows of a table `[rows, rows]`, row-major; with `about_mean` of what is left
/// when the mean row is taken off.
pub fn similarity(table: ArrayView2<'_, f32>, about_mean: bool) -> Vec<f64> {
    let mut rows: Vec<Vec<f64>> = table.rows().into_iter().map(double).collect();
    if about_mean {
        for column in 0..table.ncols() {
            let mean = rows.iter().map(|row| row[column]).sum::<f64>() / rows.len() as f64;
            rows.iter_mut().for_each(|row| row[column] -= mean);
        }
    }
    let lengths: Vec<f64> = rows.iter().map(|row| length(row)).collect();
    let mut all = Vec::with_capacity(rows.len() * rows.len());
    for (a, a_length) in rows.iter().zip(&lengths) {
        for (b, b_length) in rows.iter().zip(&lengths) {
            let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            let both = a_length * b_length;
            all.push(if both > 0.0 { product / both } else { 0.0 });
        }
    }
    all
}

/// The part of a head's scores in the first block that position alone makes, for the first `tokens`
/// positions: `P·W_Q·W_Kᵀ·Pᵀ/√d_head` `[tokens, tokens]`, row-major. Exact where no norm stands before the
/// attention; elsewhere the norm is left out, and this is how it looks without.
pub fn positional_scores(run: &Run<'_>, head: usize, tokens: usize) -> Vec<f64> {
    let d_head = run.config().d_head();
    let Some(table) = run.weight(WeightId::PositionEmbedding) else {
        return Vec::new();
    };
    let project = |weight: W| -> Vec<Vec<f64>> {
        let weight = run.block_matrix(0, weight);
        table
            .rows()
            .into_iter()
            .take(tokens)
            .map(|row| {
                let mut out = vec![0.0; d_head];
                for (&x, weights) in row.iter().zip(weight.rows()) {
                    for (out, &w) in out.iter_mut().zip(weights.iter().skip(head * d_head)) {
                        *out += f64::from(x) * f64::from(w);
                    }
                }
                out
            })
            .collect()
    };
    let (queries, keys) = (project(W::QueryWeight), project(W::KeyWeight));
    let scale = f64::from(run.config().score_divisor(0));
    let product = |q: &Vec<f64>, k: &Vec<f64>| q.iter().zip(k).map(|(q, k)| q * k).sum::<f64>();
    queries
        .iter()
        .flat_map(|q| keys.iter().map(move |k| product(q, k) / scale))
        .collect()
}
