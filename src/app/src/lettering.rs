//! Words painted into a picture that no renderer makes: names under the pictures of a contact sheet, charts.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};
use image::RgbaImage;

use crate::embedded::INTER_REGULAR;

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    /// Their size in pixels.
    pub size: f32,
    /// Red, green, blue.
    pub ink: [u8; 3],
    /// What would reach beyond this x is left out.
    pub right: f32,
}

fn font() -> Option<FontRef<'static>> {
    FontRef::try_from_slice(INTER_REGULAR).ok()
}

/// The text with what the font lacks as its code point.
fn drawable(text: &str, font: &FontRef<'_>) -> String {
    let mut drawable = String::with_capacity(text.len());
    for character in text.chars() {
        match font.glyph_id(character).0 {
            0 => drawable.push_str(&format!("[{:X}]", u32::from(character))),
            _ => drawable.push(character),
        }
    }
    drawable
}

/// How wide a text is, in pixels.
pub fn width(text: &str, size: f32) -> f32 {
    let Some(font) = font() else {
        return 0.0;
    };
    let scaled = font.as_scaled(PxScale::from(size));
    let text = drawable(text, &font);
    let glyphs = text.chars().map(|character| scaled.glyph_id(character));
    glyphs.map(|glyph| scaled.h_advance(glyph)).sum()
}

/// How far letters reach above the line on which they stand, in pixels.
pub fn ascent(size: f32) -> f32 {
    font().map_or(size, |font| font.as_scaled(PxScale::from(size)).ascent())
}

/// Writes a line of text; `(x, y)` is where its letters begin to stand.
pub fn write(picture: &mut RgbaImage, text: &str, (x, y): (f32, f32), letters: Letters) {
    let Some(font) = font() else {
        return;
    };
    let scaled = font.as_scaled(PxScale::from(letters.size));
    let mut across = x;
    for character in drawable(text, &font).chars() {
        let mut glyph = scaled.scaled_glyph(character);
        let advance = scaled.h_advance(glyph.id);
        if across + advance > letters.right {
            break;
        }
        glyph.position = ab_glyph::point(across, y);
        if let Some(outline) = font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            outline.draw(|column, row, cover| {
                let at = (column as f32 + bounds.min.x, row as f32 + bounds.min.y);
                if at.0 < 0.0 || at.1 < 0.0 {
                    return;
                }
                if let Some(pixel) = picture.get_pixel_mut_checked(at.0 as u32, at.1 as u32) {
                    for (channel, ink) in pixel.0.iter_mut().zip(letters.ink) {
                        let below = f32::from(*channel);
                        let mixed = below + (f32::from(ink) - below) * cover.min(1.0);
                        *channel = mixed.round() as u8;
                    }
                }
            });
        }
        across += advance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_font_lacks_shows_its_code_point() {
        let font = font().unwrap();
        assert_eq!(drawable("aé−", &font), "aé−");
        assert_eq!(drawable("\u{4f60}", &font), "[4F60]");
        assert!(width("mm", 20.0) > 2.0 * width("i", 20.0));
    }

    #[test]
    fn letters_leave_ink_up_to_the_right_edge() {
        let mut picture = RgbaImage::from_pixel(200, 40, image::Rgba([255; 4]));
        let letters = Letters {
            size: 20.0,
            ink: [0; 3],
            right: 100.0,
        };
        write(
            &mut picture,
            "a long text that does not fit",
            (-3.0, 25.0),
            letters,
        );
        let dark = |column: u32| (0..40).any(|row| picture.get_pixel(column, row).0[0] < 128);
        assert!((0..90).any(dark) && !(100..200).any(dark));
    }
}
