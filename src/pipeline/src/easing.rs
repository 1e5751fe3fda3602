//! How progress 0…1 is bent, and the small deterministic noise that makes a wave look alive.

/// Smooth at both ends: `t²(3−2t)`.
pub fn smoothstep(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Cubic, slow at both ends, fast in the middle.
pub fn cubic_in_out(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    if t < 0.5 {
        4.0 * t * t * t
    } else {
        let back = 2.0 - 2.0 * t;
        1.0 - back * back * back / 2.0
    }
}

/// Fast at first, gentle at the end.
pub fn cubic_out(t: f32) -> f32 {
    let back = 1.0 - t.clamp(0.0, 1.0);
    1.0 - back * back * back
}

/// A hump: 0 at both ends, 1 in the middle.
pub fn hump(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    4.0 * t * (1.0 - t)
}

/// Grows past 1 by about a tenth before it settles at 1 (back ease-out, overshoot 1.7).
pub fn pop(t: f32) -> f32 {
    let back = t.clamp(0.0, 1.0) - 1.0;
    1.0 + 2.7 * back * back * back + 1.7 * back * back
}

/// A number in [0, 1) that depends only on the two indices and the salt (an integer hash,
/// so that it is the same on every machine).
pub fn noise(row: usize, column: usize, salt: u32) -> f32 {
    let mut h = (row as u32)
        .wrapping_mul(0x9E37_79B1)
        .wrapping_add((column as u32).wrapping_mul(0x85EB_CA77))
        .wrapping_add(salt.wrapping_mul(0xC2B2_AE3D));
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    (h >> 8) as f32 / (1u32 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eases_begin_and_end_where_they_must() {
        for ease in [smoothstep, cubic_in_out, cubic_out, pop] {
            assert!(ease(0.0).abs() < 1e-6);
            assert!((ease(1.0) - 1.0).abs() < 1e-6);
            assert!((ease(7.0) - 1.0).abs() < 1e-6);
        }
        assert_eq!((hump(0.0), hump(0.5), hump(1.0)), (0.0, 1.0, 0.0));
    }

    #[test]
    fn noise_stays_in_its_range_and_spreads() {
        let mean: f32 = (0..400).map(|i| noise(i / 20, i % 20, 1)).sum::<f32>() / 400.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }
}
