//! What a tensor's numbers are like, in a few numbers.

use serde::Serialize;

/// Summary of some numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, `√(Σ(x − mean)²/n)`.
    pub standard_deviation: f64,
    /// How many are no numbers, which the others leave out.
    pub nan: usize,
    /// How many are infinite, which the others leave out.
    pub infinite: usize,
}

impl Statistics {
    /// Of these numbers; all zero where there are none.
    pub fn of(values: &[f32]) -> Self {
        let finite = || values.iter().copied().filter(|x| x.is_finite());
        let count = finite().count().max(1) as f64;
        let numbers = || finite().map(f64::from);
        let mean = numbers().sum::<f64>() / count;
        let variance = numbers().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        Self {
            min: numbers().reduce(f64::min).unwrap_or_default(),
            max: numbers().reduce(f64::max).unwrap_or_default(),
            mean,
            standard_deviation: variance.sqrt(),
            nan: values.iter().filter(|x| x.is_nan()).count(),
            infinite: values.iter().filter(|x| x.is_infinite()).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_numbers_are_summed_up() {
        let expected = Statistics {
            min: -3.0,
            max: 5.0,
            mean: 1.0,
            standard_deviation: 8.0_f64.sqrt(),
            nan: 0,
            infinite: 0,
        };
        assert_eq!(Statistics::of(&[1.0, -3.0, 5.0, 1.0]), expected);
        assert_eq!(Statistics::of(&[]).max, 0.0);
        let odd = Statistics::of(&[1.0, f32::NAN, -3.0, f32::INFINITY, 5.0, 1.0]);
        let counted = Statistics {
            nan: 1,
            infinite: 1,
            ..expected
        };
        assert_eq!(odd, counted);
    }
}
