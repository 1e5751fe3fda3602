//! The fonts, embedded, so that the program reads the same on every machine, and how wide text is in them:
//! labels must know what room they take before they are laid out. What they lack comes from the system's fonts
//! ([`system_fonts`](super::system_fonts)); a character that no font has shows its code point.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ab_glyph::{Font as _, FontRef};
use bevy::prelude::*;

use crate::embedded::{DEJAVU_SANS_MONO, INTER_REGULAR, INTER_SEMI_BOLD};

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
    /// Characters that only fonts of the system have.
    pub(super) of_the_system: BTreeSet<char>,
}

/// Whether a character needs no letter: it joins, sets a direction or says how the one before it looks.
fn is_silent(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\n' | '\t')
}

/// Width of a letter that the embedded fonts lack, as a share of its size: ideographs and emoji are square, marks take
/// no room.
fn usual_width(letter: char) -> f32 {
    match letter {
        _ if is_silent(letter) => 0.0,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5c7}'
        | '\u{64b}'..='\u{65f}'
        | '\u{e31}'
        | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}' => 0.0,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{20000}'..='\u{3ffff}' => 1.0,
        '\u{1f000}'..='\u{1ffff}' => 1.25,
        _ => 0.62,
    }
}

impl Fonts {
    /// Whether an embedded font has a character.
    pub(crate) fn is_embedded(&self, letter: char) -> bool {
        let all = [&self.regular, &self.bold, &self.mono];
        let mut outlines = all.into_iter().filter_map(|font| font.outlines.as_ref());
        outlines.any(|font| font.glyph_id(letter).0 != 0)
    }

    /// A text as it can be drawn: what no font has is written as its code point.
    pub fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let drawn = |letter: char| {
            letter.is_ascii()
                || is_silent(letter)
                || self.of_the_system.contains(&letter)
                || self.is_embedded(letter)
        };
        if text.chars().all(drawn) {
            return text.into();
        }
        let mut shown = String::with_capacity(text.len() * 2);
        for letter in text.chars() {
            if drawn(letter) {
                shown.push(letter);
            } else {
                shown.push_str(&format!("‹{:X}›", u32::from(letter)));
            }
        }
        shown.into()
    }

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
        let outlines = self.loaded(face).outlines.as_ref();
        let em = outlines.and_then(|font| Some((font, font.units_per_em()?)));
        text.chars()
            .map(
                |letter| match em.map(|(font, em)| (font, em, font.glyph_id(letter))) {
                    Some((font, em, glyph)) if glyph.0 != 0 => font.h_advance_unscaled(glyph) / em,
                    _ => usual_width(letter),
                },
            )
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
        regular: load(INTER_REGULAR),
        bold: load(INTER_SEMI_BOLD),
        mono: load(DEJAVU_SANS_MONO),
        of_the_system: BTreeSet::new(),
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
            regular: load(INTER_REGULAR),
            bold: load(INTER_SEMI_BOLD),
            mono: load(DEJAVU_SANS_MONO),
            of_the_system: BTreeSet::new(),
        }
    }

    #[test]
    fn what_no_font_has_shows_its_code_point() {
        let mut fonts = fonts();
        assert_eq!(fonts.shown("to be"), "to be");
        assert_eq!(fonts.shown("中!"), "‹4E2D›!");
        fonts.of_the_system.insert('中');
        assert_eq!(fonts.shown("中!"), "中!");
        let wide = |text| fonts.width(Face::Regular, text, 20.0);
        assert_eq!(wide("中文"), 40.0);
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
