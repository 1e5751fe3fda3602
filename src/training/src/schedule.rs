//! How large each step is: a linear warm-up, then half a cosine down to the least.

/// The learning rate of `step` (counted from 0) out of `total`.
///
/// It rises linearly over `warmup` steps to `highest` and then follows half a cosine that reaches
/// `lowest` at the last step.
pub fn learning_rate(step: u64, total: u64, warmup: u64, highest: f64, lowest: f64) -> f64 {
    if step < warmup {
        return highest * (step + 1) as f64 / warmup as f64;
    }
    let length = total.saturating_sub(warmup + 1).max(1) as f64;
    let progress = ((step - warmup) as f64 / length).min(1.0);
    lowest + (highest - lowest) * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn it_rises_then_falls_to_the_least_at_the_last_step() {
        let at = |step| learning_rate(step, 101, 10, 3e-3, 1e-4);
        assert_relative_eq!(at(0), 3e-4);
        assert_relative_eq!(at(9), 3e-3);
        assert_relative_eq!(at(10), 3e-3);
        assert_relative_eq!(at(55), (3e-3 + 1e-4) / 2.0, epsilon = 1e-12);
        assert_relative_eq!(at(100), 1e-4, epsilon = 1e-12);
        assert!((0..100).all(|step| step < 10 || at(step + 1) < at(step)));
    }

    #[test]
    fn one_step_without_warmup_is_the_highest() {
        assert_relative_eq!(learning_rate(0, 1, 0, 1e-3, 0.0), 1e-3);
    }
}
