//! The few vector operations that the analysis is made of, in double precision.

/// Σ aᵢ·bᵢ
pub(crate) fn dot<'a>(
    a: impl IntoIterator<Item = &'a f32>,
    b: impl IntoIterator<Item = &'a f64>,
) -> f64 {
    let pairs = a.into_iter().zip(b);
    pairs.map(|(&a, &b)| f64::from(a) * b).sum()
}

/// `x − mean(x)`
pub(crate) fn centred(x: &[f64]) -> Vec<f64> {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter().map(|x| x - mean).collect()
}

/// √Σ x²
pub(crate) fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Single precision in double.
pub(crate) fn double<'a>(x: impl IntoIterator<Item = &'a f32>) -> Vec<f64> {
    x.into_iter().map(|&x| f64::from(x)).collect()
}

/// ln of the softmax.
pub(crate) fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|x| (x - largest).exp()).sum();
    let total = largest + sum.ln();
    logits.iter().map(|x| x - total).collect()
}

/// KL(p ‖ q) in nats, of the logarithms of two distributions.
pub(crate) fn divergence(p: &[f64], q: &[f64]) -> f64 {
    let pairs = p.iter().zip(q).filter(|(p, _)| **p > f64::NEG_INFINITY);
    let sum: f64 = pairs.map(|(p, q)| p.exp() * (p - q)).sum();
    // rounding can leave it a hair below zero
    sum.max(0.0)
}

/// The indices of the `count` largest, largest first; the lowest index first among equals.
pub(crate) fn largest(x: &[f64], count: usize, but: &[usize]) -> Vec<usize> {
    let mut all: Vec<usize> = (0..x.len()).filter(|at| !but.contains(at)).collect();
    let order = |a: &usize, b: &usize| x[*b].total_cmp(&x[*a]).then(a.cmp(b));
    if count < all.len() {
        all.select_nth_unstable_by(count, order);
        all.truncate(count);
    }
    all.sort_unstable_by(order);
    all
}
