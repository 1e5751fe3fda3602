//! The fonts, embedded, so that the program reads the same on every machine, and how wide text is in them:
//! labels must know what room they take before they are laid out.

use ab_glyph::{Font as _, FontRef};
use bevy::prelude::*;

const REGULAR: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.otf");
const BOLD: &[u8] = include_bytes!("../../../../assets/fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../../../../assets/fonts/DejaVuSansMono.ttf");

/// One of the fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// For words.
    Regular,
    /// For names.
    Bold,
    /// For numbers, formulas and tokens.
    Mono,
}

struct Loaded {
    handle: Handle<Font>,
    /// None only if the embedded file were damaged.
    outlines: Option<FontRef<'static>>,
}

/// The three fonts of the picture.
#[derive(Resource)]
pub struct Fonts {
    regular: Loaded,
    bold: Loaded,
    mono: Loaded,
}

impl Fonts {
    fn loaded(&self, face: Face) -> &Loaded {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        }
    }

    /// What text components refer to.
    pub fn handle(&self, face: Face) -> Handle<Font> {
        self.loaded(face).handle.clone()
    }

    /// Width of a line in logical pixels, written in letters of `size` logical pixels.
    pub fn width(&self, face: Face, text: &str, size: f32) -> f32 {
        /// Of a letter of unknown width, as a share of its size.
        const USUAL: f32 = 0.6;
        let outlines = self.loaded(face).outlines.as_ref();
        let em = outlines.and_then(|font| Some((font, font.units_per_em()?)));
        text.chars()
            .map(|letter| {
                em.map_or(USUAL, |(font, em)| {
                    font.h_advance_unscaled(font.glyph_id(letter)) / em
                })
            })
            .sum::<f32>()
            * size
    }

    /// Number of lines that words take when they are broken to fit into `room` logical pixels.
    pub fn lines(&self, face: Face, text: &str, size: f32, room: f32) -> usize {
        if text.is_empty() {
            return 0;
        }
        let space = self.width(face, " ", size);
        let (mut lines, mut across) = (1, 0.0);
        for word in text.split(' ') {
            let wide = self.width(face, word, size);
            if across > 0.0 && across + space + wide > room {
                lines += 1;
                across = wide;
            } else {
                across += wide + if across > 0.0 { space } else { 0.0 };
            }
        }
        lines
    }
}

pub(super) fn plugin(app: &mut App) {
    let mut fonts = app.world_mut().resource_mut::<Assets<Font>>();
    let mut load = |bytes: &'static [u8]| Loaded {
        handle: fonts.add(Font::from_bytes(bytes.to_vec())),
        outlines: FontRef::try_from_slice(bytes).ok(),
    };
    let fonts = Fonts {
        regular: load(REGULAR),
        bold: load(BOLD),
        mono: load(MONO),
    };
    app.insert_resource(fonts);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        let load = |bytes: &'static [u8]| Loaded {
            handle: Handle::default(),
            outlines: Some(FontRef::try_from_slice(bytes).unwrap()),
        };
        Fonts {
            regular: load(REGULAR),
            bold: load(BOLD),
            mono: load(MONO),
        }
    }

    #[test]
    fn letters_of_a_mono_font_are_equally_wide() {
        let fonts = fonts();
        let wide = |text| fonts.width(Face::Mono, text, 20.0);
        assert!((wide("iii") - wide("WWW")).abs() < 1e-3);
        assert!((wide("i") - 12.04).abs() < 0.1, "{}", wide("i"));
        assert!(fonts.width(Face::Bold, "iii", 20.0) < fonts.width(Face::Bold, "WWW", 20.0));
    }

    #[test]
    fn every_sign_that_names_use_is_in_its_font() {
        let fonts = fonts();
        for (face, signs) in [
            (Face::Bold, "WQKVO·+=→÷√σμγβΣ²₁"),
            (Face::Mono, "Σₖ₌√−·×␣↵≤≥∞σμγβ"),
        ] {
            let font = fonts.loaded(face).outlines.as_ref().unwrap();
            for sign in signs.chars() {
                assert_ne!(font.glyph_id(sign).0, 0, "{face:?} has no {sign}");
            }
        }
    }

    #[test]
    fn words_are_broken_where_they_do_not_fit() {
        let fonts = fonts();
        let lines = |room| fonts.lines(Face::Regular, "to be or not to be", 16.0, room);
        assert_eq!(lines(1000.0), 1);
        assert_eq!(lines(1.0), 6);
        assert!((2..6).contains(&lines(60.0)));
        assert_eq!(fonts.lines(Face::Regular, "", 16.0, 60.0), 0);
    }
}
