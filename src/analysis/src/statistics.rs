//! What a tensor's numbers are like as a whole.

/// Of many numbers, summed in double precision. What is not a number, or infinite, is counted apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// How many are finite.
    pub count: usize,
    /// The smallest.
    pub min: f32,
    /// The largest.
    pub max: f32,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (of all, not of a sample).
    pub deviation: f64,
    /// √Σ x²
    pub length: f64,
    /// How many are exactly zero.
    pub zeros: usize,
    /// How many are +∞ or −∞.
    pub infinite: usize,
    /// How many are no number.
    pub nan: usize,
}

/// Looks at all of them; `None` if none is finite.
pub fn statistics(values: impl IntoIterator<Item = f32> + Clone) -> Option<Statistics> {
    let finite = || values.clone().into_iter().filter(|value| value.is_finite());
    let count = finite().count();
    if count == 0 {
        return None;
    }
    let mean = finite().map(f64::from).sum::<f64>() / count as f64;
    let squares = |about: f64| -> f64 { finite().map(|x| (f64::from(x) - about).powi(2)).sum() };
    let all = || values.clone().into_iter();
    Some(Statistics {
        count,
        min: finite().fold(f32::INFINITY, f32::min),
        max: finite().fold(f32::NEG_INFINITY, f32::max),
        mean,
        deviation: (squares(mean) / count as f64).sqrt(),
        length: squares(0.0).sqrt(),
        zeros: finite().filter(|&value| value == 0.0).count(),
        infinite: all().filter(|value| value.is_infinite()).count(),
        nan: all().filter(|value| value.is_nan()).count(),
    })
}

/// How many finite numbers fall into each of `bins` equal parts between the smallest and the largest.
pub fn histogram(values: impl IntoIterator<Item = f32> + Clone, bins: usize) -> Vec<usize> {
    let mut counts = vec![0; bins];
    let Some(facts) = statistics(values.clone()) else {
        return counts;
    };
    let span = f64::from(facts.max) - f64::from(facts.min);
    for value in values.into_iter().filter(|value| value.is_finite()) {
        let share = (f64::from(value) - f64::from(facts.min)) / span.max(f64::MIN_POSITIVE);
        let bin = ((share * bins as f64) as usize).min(bins.saturating_sub(1));
        if let Some(count) = counts.get_mut(bin) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_what_is_none() {
        let values = [1.0, -3.0, 0.0, f32::NAN, f32::NEG_INFINITY, 2.0];
        let facts = statistics(values).unwrap();
        assert_eq!(
            (facts.count, facts.nan, facts.infinite, facts.zeros),
            (4, 1, 1, 1)
        );
        assert_eq!((facts.min, facts.max, facts.mean), (-3.0, 2.0, 0.0));
        assert!((facts.deviation - 3.5_f64.sqrt()).abs() < 1e-12);
        assert!((facts.length - 14.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(histogram(values, 5), [1, 0, 0, 1, 2]);
        assert_eq!(statistics([f32::NAN]), None);
        assert_eq!(histogram([7.0, 7.0], 3), [2, 0, 0]);
    }
}
