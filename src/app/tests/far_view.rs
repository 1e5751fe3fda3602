//! Pictures of the whole model: full of light, the same by every way to a time, in both presets; and
//! nothing of it where it is not seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy::prelude::*;
use image::RgbaImage;
use orrery::far_view::MachineOn;
use orrery::labels::LabelsOnScreen;
use orrery::render::{PictureSize, QualityChoice, SamplesPerPixel};
use orrery::show::{CurrentShow, NamedModel, PictureSettings, ShowRenderer, ShowSettings};
use orrery_draw::FlatLook;
use orrery_model::{Gpt, GptConfig, NormPlacement, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Pacing, Palette, ShowOptions};

fn show(config: GptConfig) -> CurrentShow {
    CurrentShow::new(ShowSettings {
        model: NamedModel {
            gpt: Arc::new(Gpt::random(config, 4).expect("a valid configuration")),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "random".to_owned(),
            options: Vec::new(),
        },
        prompt: "what light".to_owned(),
        lossy: false,
        options: ShowOptions {
            tokens: 2,
            sampling: SamplingSettings::default(),
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: orrery_pipeline::Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped().expect("the shipped pacing"),
    })
    .expect("a show")
}

fn renderer(show: &CurrentShow, size: (u32, u32), quality: QualityChoice) -> ShowRenderer {
    let settings = PictureSettings {
        size: PictureSize {
            width: size.0,
            height: size.1,
        },
        scale: 1.0,
        quality,
        samples: SamplesPerPixel::default(),
        palette: Palette::Ember,
        cards: true,
    };
    ShowRenderer::new(show.clone(), settings).expect("a graphics driver (Mesa's will do)")
}

/// Share of pixels that are clearly brighter than the ground.
fn lit(picture: &RgbaImage) -> f64 {
    let bright = picture
        .pixels()
        .filter(|pixel| pixel.0[..3].iter().any(|&channel| channel > 46));
    bright.count() as f64 / f64::from(picture.width() * picture.height())
}

/// Share of pixels in which any channel differs by more than a little.
fn difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    let differing = a
        .pixels()
        .zip(b.pixels())
        .filter(|(a, b)| a.0.iter().zip(b.0).any(|(&a, b)| a.abs_diff(b) > 24));
    differing.count() as f64 / f64::from(a.width() * a.height())
}

/// The end of the opening's flight into the first stage.
fn opening(show: &CurrentShow) -> f64 {
    show.show.timeline().segments()[0].end()
}

#[test]
fn the_whole_model_fills_the_picture_and_lights_up_as_the_data_passes() {
    let wide = GptConfig {
        n_blocks: 8,
        n_heads: 2,
        norm_placement: NormPlacement::Pre,
        final_norm: true,
        ..GptConfig::default()
    };
    for config in [GptConfig::default(), wide] {
        let show = show(config);
        let end = opening(&show);
        for quality in [QualityChoice::Software, QualityChoice::Full] {
            let mut renderer = renderer(&show, (1280, 720), quality);
            let before = lit(&renderer.picture(0.0).expect("a picture"));
            let after = lit(&renderer.picture(end - 1.6).expect("a picture"));
            assert!(before > 0.06, "{before:.3} of the pixels are lit");
            assert!(after > before + 0.01, "{after:.3} after {before:.3}");
            assert!(after > 0.10, "{after:.3} of the pixels are lit");
        }
    }
}

#[test]
fn a_time_looks_the_same_however_it_is_reached() {
    let show = show(GptConfig::default());
    let end = opening(&show);
    let small = (640, 360);
    let mut travelled = renderer(&show, small, QualityChoice::Software);
    // in the overview, in the flight into the first stage, and in the far view of a stage and of the next token
    let last = show.duration();
    for (time, whole) in [
        (end - 0.75, false),
        (end * 0.5, false),
        (end - 0.9, false),
        (last * 0.5, true),
        (end + 1.0, false),
        (last - 3.0, true),
        (last * 0.5, true),
    ] {
        for before in [time - 1.0, time + 0.4] {
            travelled.look_at_the_whole(!whole);
            travelled.picture(before).expect("a picture");
        }
        travelled.look_at_the_whole(whole);
        let reached = travelled.picture(time).expect("a picture");
        let mut fresh = renderer(&show, small, QualityChoice::Software);
        fresh.look_at_the_whole(whole);
        let fresh = fresh.picture(time).expect("a picture");
        let differs = difference(&reached, &fresh);
        assert!(
            differs < 0.002,
            "at {time:.2}: {differs:.4} of the pixels differ"
        );
        assert!(lit(&reached) > 0.02);
    }
}

#[test]
fn the_flight_has_no_empty_picture_and_ends_at_the_first_stage() {
    let show = show(GptConfig::default());
    let end = opening(&show);
    let mut renderer = renderer(&show, (640, 360), QualityChoice::Software);
    for step in 0..=20 {
        let time = end - 1.6 + 1.7 * f64::from(step) / 20.0;
        let picture = renderer.picture(time).expect("a picture");
        assert!(lit(&picture) > 0.03, "{:.3} at {time:.2}", lit(&picture));
    }
    let mut renderer = self::renderer(&show, (1280, 720), QualityChoice::Software);
    let before = renderer.picture(end - 1e-3).expect("a picture");
    let after = renderer.picture(end + 1e-3).expect("a picture");
    // the stage's words come and the legend changes; its cells do not jump (left, between the two)
    let cells =
        |picture: &RgbaImage| image::imageops::crop_imm(picture, 30, 230, 560, 330).to_image();
    let differs = difference(&cells(&before), &cells(&after));
    assert!(differs < 0.03, "{differs:.4} of the pixels differ");
}

#[test]
fn where_it_is_not_seen_there_is_nothing_of_it() {
    let show = show(GptConfig::default());
    let end = opening(&show);
    let mut renderer = renderer(&show, (320, 180), QualityChoice::Software);
    let mut panels = |time: f64| {
        renderer.picture(time).expect("a picture");
        let world = renderer.renderer().world_mut();
        let there = world.contains_resource::<MachineOn>();
        let mut panels = world.query::<&FlatLook>();
        (there, panels.iter(world).count())
    };
    let (there, whole) = panels(0.0);
    assert!(there && whole > 100, "{whole} panels");
    // one without size waits, so that its shader is ready
    assert_eq!(panels(end + 5.0), (false, 1));
    assert_eq!(panels(0.0), (true, whole));
}

#[test]
fn its_names_are_legible_and_touch_nothing() {
    let show = show(GptConfig::default());
    let size = (1280, 720);
    let mut renderer = renderer(&show, size, QualityChoice::Software);
    for time in [0.5, 2.0, 3.4] {
        renderer.picture(time).expect("a picture");
        let labels = renderer
            .renderer()
            .world()
            .resource::<LabelsOnScreen>()
            .0
            .clone();
        for block in 1..=4 {
            let name = format!("block {block}");
            assert!(
                labels.iter().any(|label| label.text == name),
                "{name} at {time}"
            );
        }
        assert!(labels.iter().any(|label| label.text == "feed-forward"));
        for (at, label) in labels.iter().enumerate() {
            assert!(label.letters >= 14.0, "{label:?}");
            let rect = label.rect;
            assert!(
                rect.min.cmpge(Vec2::ZERO).all() && rect.max.cmple(Vec2::new(1280.0, 720.0)).all()
            );
            for other in &labels[..at] {
                assert!(rect.intersect(other.rect).is_empty(), "{label:?} {other:?}");
            }
        }
    }
}
