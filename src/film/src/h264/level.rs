//! The level that a decoder must reach.

use crate::{FilmSize, FrameRate};

/// Level, macroblocks per second and macroblocks per frame (ITU-T H.264, table A-1).
const LEVELS: [(u8, u64, u64); 12] = [
    (30, 40_500, 1_620),
    (31, 108_000, 3_600),
    (32, 216_000, 5_120),
    (40, 245_760, 8_192),
    (41, 245_760, 8_192),
    (42, 522_240, 8_704),
    (50, 589_824, 22_080),
    (51, 983_040, 36_864),
    (52, 2_073_600, 36_864),
    (60, 4_177_920, 139_264),
    (61, 8_355_840, 139_264),
    (62, 16_711_680, 139_264),
];

/// The lowest level (times ten) from 3.0 that allows this many macroblocks in a frame and in a second; none
/// where the standard has none.
pub fn level(size: FilmSize, rate: FrameRate) -> Option<u8> {
    let across = u64::from(size.width.div_ceil(16));
    let down = u64::from(size.height.div_ceil(16));
    let frame = across * down;
    let second = frame * u64::from(rate.get());
    LEVELS
        .into_iter()
        // no side may be longer than √(8 · macroblocks of a frame)
        .find(|&(_, per_second, per_frame)| {
            frame <= per_frame && second <= per_second && across.max(down).pow(2) <= 8 * per_frame
        })
        .map(|(level, ..)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_formats_get_their_levels() {
        for (width, height, rate, expected) in [
            (640, 360, 30, Some(30)),
            (1280, 720, 30, Some(31)),
            (1280, 720, 60, Some(32)),
            (1920, 1080, 30, Some(40)),
            (1920, 1080, 60, Some(42)),
            (3840, 2160, 30, Some(51)),
            (3840, 2160, 60, Some(52)),
            (7680, 4320, 120, Some(62)),
            (8192, 8192, 120, None),
        ] {
            let size = FilmSize { width, height };
            let rate = FrameRate::new(rate).unwrap();
            assert_eq!(level(size, rate), expected, "{size:?} {rate:?}");
        }
    }
}
