//! Times and speeds as they are written in the window.

/// Minutes and seconds, `m:ss`.
pub(super) fn minutes(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

/// A speed with as many digits as it needs, `0.25×`.
pub(super) fn times(speed: f64) -> String {
    let text = format!("{speed:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    format!("{short}×")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_speeds_read_as_people_write_them() {
        let written = [0.0, 59.99, 60.0, 754.2, -1.0].map(minutes);
        assert_eq!(written, ["0:00", "0:59", "1:00", "12:34", "0:00"]);
        let written = [0.1, 0.25, 1.0, 1.5, 10.0].map(times);
        assert_eq!(written, ["0.1×", "0.25×", "1×", "1.5×", "10×"]);
    }
}
