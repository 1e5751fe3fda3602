//! What is written in scripts beyond Latin, compared with HarfBuzz's own program: the same letters of the same font,
//! as far from each other, and right-to-left runs in their order.

use std::{collections::BTreeSet, path::Path, process::Command};

use bevy::{prelude::*, text::ComputedTextBlock};
use parley::PositionedLayoutItem;
use serde_json::Value;

use super::{
    Fonts,
    fonts::Face,
    system_fonts::{SystemFonts, find_fonts_for},
};
use crate::{
    assembly::pictures_of_a_show,
    render::{HeadlessRenderer, PictureSize},
    show::PictureSettings,
};

/// A run of letters of one font and direction, as it was laid out.
struct Run {
    text: String,
    right_to_left: bool,
    /// Number in its font, and the way to the next letter in shares of the letters' size.
    letters: Vec<(u64, f32)>,
    font: Vec<u8>,
    index: u32,
}

/// The runs of a text from left to right, as the picture has them.
fn laid_out(renderer: &mut HeadlessRenderer, text: &str) -> Vec<Run> {
    let letters: BTreeSet<char> = text.chars().collect();
    let world = renderer.world_mut();
    find_fonts_for(world, letters);
    let fonts = world.resource::<Fonts>();
    assert_eq!(
        fonts.shown(text),
        text,
        "no font of this machine has all of it"
    );
    let font = fonts.handle(Face::Mono).into();
    let written = (
        Text::new(text),
        TextFont { font, ..default() },
        TextLayout::no_wrap(),
    );
    let entity = world.spawn(written).id();
    for _ in 0..2 {
        renderer.update().unwrap();
    }
    let block = renderer.world().get::<ComputedTextBlock>(entity).unwrap();
    let mut runs = Vec::new();
    for line in block.buffer().lines() {
        for item in line.items() {
            let PositionedLayoutItem::GlyphRun(glyphs) = item else {
                continue;
            };
            let (run, size) = (glyphs.run(), glyphs.run().font_size());
            runs.push(Run {
                text: text[run.text_range()].to_owned(),
                right_to_left: run.is_rtl(),
                letters: glyphs
                    .glyphs()
                    .map(|glyph| (u64::from(glyph.id), glyph.advance / size))
                    .collect(),
                font: run.font().data.as_ref().to_vec(),
                index: run.font().index,
            });
        }
    }
    renderer.world_mut().despawn(entity);
    runs
}

/// What HarfBuzz makes of the same run with the same font.
fn reference(run: &Run, font: &Path) -> Vec<(u64, f32)> {
    const UNITS: f32 = 10_000.0;
    let output = Command::new("hb-shape")
        .args([
            "--output-format=json",
            "--no-glyph-names",
            "--font-size=10000",
        ])
        .arg(format!("--face-index={}", run.index))
        .arg(format!("--font-file={}", font.display()))
        .arg(format!("--text={}", run.text))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let letters: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let letter = |letter: &Value| {
        let advance = letter["ax"].as_f64().unwrap() as f32;
        (letter["g"].as_u64().unwrap(), advance / UNITS)
    };
    letters.iter().map(letter).collect()
}

fn renderer() -> HeadlessRenderer {
    let size = PictureSize {
        width: 320,
        height: 180,
    };
    let settings = PictureSettings {
        size,
        ..PictureSettings::default()
    };
    pictures_of_a_show(&settings).unwrap()
}

/// Whether fonts and HarfBuzz's program are there; `scripts/test` installs both.
fn can_compare() -> bool {
    let there = Command::new("hb-shape").arg("--version").output().is_ok();
    if !there {
        assert!(std::env::var_os("CI").is_none(), "hb-shape is missing");
        eprintln!(
            "SKIPPED: without hb-shape (Debian: libharfbuzz-bin) there is nothing to compare with"
        );
    }
    there
}

#[test]
fn every_script_is_shaped_as_harfbuzz_shapes_it() {
    if !can_compare() {
        return;
    }
    let mut renderer = renderer();
    let folder = tempfile::tempdir().unwrap();
    for text in [
        "你好，世界",
        "こんにちは世界",
        "안녕하세요",
        "สวัสดีชาวโลก",
        "שלום עולם",
        "مرحبا بالعالم",
        "नमस्ते क्षत्रिय",
        "👍🏽👩\u{200d}💻🇩🇪",
    ] {
        let runs = laid_out(&mut renderer, text);
        assert!(!runs.is_empty(), "{text}");
        let written: usize = runs.iter().map(|run| run.text.len()).sum();
        assert_eq!(written, text.len(), "{text}: all of it is laid out");
        for (at, run) in runs.iter().enumerate() {
            let font = folder.path().join(format!("{at}.font"));
            std::fs::write(&font, &run.font).unwrap();
            let expected = reference(run, &font);
            let ids =
                |letters: &[(u64, f32)]| letters.iter().map(|letter| letter.0).collect::<Vec<_>>();
            assert_eq!(
                ids(&run.letters),
                ids(&expected),
                "{:?} of {text}",
                run.text
            );
            assert!(!ids(&expected).contains(&0), "{text}: a letter is missing");
            for (ours, theirs) in run.letters.iter().zip(&expected) {
                assert!(
                    (ours.1 - theirs.1).abs() < 2e-3,
                    "{text}: {ours:?} {theirs:?}"
                );
            }
        }
    }
    let files = &renderer.world().resource::<SystemFonts>().files;
    assert!(!files.is_empty(), "fonts of the system were used");
}

/// The orders are those that the rules of bidirectional text give for these lines.
#[test]
fn runs_of_two_directions_stand_in_their_order() {
    if !can_compare() {
        return;
    }
    let mut renderer = renderer();
    for (text, expected) in [
        (
            "abc שלום def",
            vec![("abc ", false), ("שלום", true), (" def", false)],
        ),
        (
            "שלום abc עולם",
            vec![(" עולם", true), ("abc", false), ("שלום ", true)],
        ),
    ] {
        // runs of one direction in one piece, as they are read
        let mut found: Vec<(String, bool)> = Vec::new();
        for run in laid_out(&mut renderer, text) {
            match found.last_mut() {
                Some((last, true)) if run.right_to_left => last.insert_str(0, &run.text),
                Some((last, false)) if !run.right_to_left => last.push_str(&run.text),
                _ => found.push((run.text, run.right_to_left)),
            }
        }
        let found: Vec<_> = found
            .iter()
            .map(|(text, rtl)| (text.as_str(), *rtl))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}
