//! Pictures without a ground: colours are drawn over nothing, and so are darker where they cover little.

use image::RgbaImage;

use crate::render::Quality;

/// Gives every pixel the colour of what covers it, and leaves how much it covers to its opacity, as PNG files
/// have it. Where a picture was blended, numbers or light, depends on the preset.
pub(super) fn separate(picture: &mut RgbaImage, quality: Quality) {
    for pixel in picture.pixels_mut() {
        let [.., opacity] = pixel.0;
        if opacity == 0 {
            pixel.0 = [0; 4];
        } else if opacity < 255 {
            let cover = f32::from(opacity) / 255.0;
            for channel in &mut pixel.0[..3] {
                let stored = f32::from(*channel) / 255.0;
                let whole = match quality {
                    Quality::Software => stored / cover,
                    Quality::Full => encoded(linear(stored) / cover),
                };
                *channel = (whole.min(1.0) * 255.0).round() as u8;
            }
        }
    }
}

/// Light of an sRGB number (IEC 61966-2-1).
fn linear(stored: f32) -> f32 {
    if stored <= 0.04045 {
        stored / 12.92
    } else {
        ((stored + 0.055) / 1.055).powf(2.4)
    }
}

/// The sRGB number of light.
fn encoded(light: f32) -> f32 {
    if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_half_covers_has_its_whole_colour() {
        let pixel = |pixel| RgbaImage::from_pixel(1, 1, image::Rgba(pixel));
        let mut software = pixel([100, 50, 0, 128]);
        separate(&mut software, Quality::Software);
        assert_eq!(software.get_pixel(0, 0).0, [199, 100, 0, 128]);
        // half of white light is 188
        let mut full = pixel([188, 188, 188, 128]);
        separate(&mut full, Quality::Full);
        assert!(
            full.get_pixel(0, 0).0[..3]
                .iter()
                .all(|channel| *channel > 252)
        );
        for same in [[7, 8, 9, 255], [0, 0, 0, 0]] {
            let mut picture = pixel(same);
            separate(&mut picture, Quality::Full);
            assert_eq!(picture.get_pixel(0, 0).0, same);
        }
    }
}
