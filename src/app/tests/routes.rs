//! A picture is a function of the time alone: however a time is reached, it looks the same to the last pixel.
//!
//! A few instants of each show are compared here. `ORRERY_INSTANTS=60` compares that many, and tells of each
//! that differs. Pictures that differ are kept in the target folder's `tmp`.

#[allow(dead_code, reason = "no test file uses all of it")]
mod support;

use std::path::Path;

use image::RgbaImage;
use orrery::render::{PictureSize, QualityChoice, SamplesPerPixel};
use orrery::show::{CurrentShow, PictureSettings, ShowRenderer};
use orrery_model::{Gpt, Tokenizer, checkpoint};
use orrery_pipeline::Palette;
use support::{dense_show, shipped_model, show};

const SIZE: PictureSize = PictureSize {
    width: 960,
    height: 540,
};

fn instants() -> usize {
    let asked = std::env::var("ORRERY_INSTANTS").ok();
    asked.and_then(|count| count.parse().ok()).unwrap_or(4)
}

fn renderer(show: &CurrentShow, quality: QualityChoice) -> ShowRenderer {
    let settings = PictureSettings {
        size: SIZE,
        scale: 1.0,
        quality,
        samples: SamplesPerPixel::default(),
        palette: Palette::Ember,
        cards: true,
    };
    ShowRenderer::new(show.clone(), settings).expect("a graphics driver")
}

/// How many pixels differ, and by how much at most.
fn difference(a: &RgbaImage, b: &RgbaImage) -> (usize, u8) {
    let off = |(a, b): (&image::Rgba<u8>, &image::Rgba<u8>)| {
        let channels = a.0.iter().zip(b.0);
        channels.map(|(&a, b)| a.abs_diff(b)).max().unwrap_or(0)
    };
    let offs = || a.pixels().zip(b.pixels()).map(off);
    (
        offs().filter(|&off| off > 0).count(),
        offs().max().unwrap_or(0),
    )
}

/// Plays to each of the instants, and seeks to them from before and from after, with one renderer; a fresh one
/// draws the same.
fn every_route_leads_to_the_same_picture(show: &CurrentShow, quality: QualityChoice) {
    let duration = show.duration();
    let count = instants();
    let mut travelled = renderer(show, quality);
    let mut wrong = Vec::new();
    for at in 0..count {
        // an odd step: instants of every kind of stage, whatever their length
        let time = duration * ((at as f64 + 0.5) * 0.618_034).fract();
        let fresh = renderer(show, quality).picture(time).expect("a picture");
        let played = (1..=8).rev().map(|step| time - f64::from(step) * 0.1);
        let routes: [(&str, Vec<f64>); 3] = [
            ("played to", played.collect()),
            ("sought from before", vec![time - 6.3, time - 6.2]),
            ("sought from after", vec![time + 2.9, time + 3.0]),
        ];
        for (route, before) in routes {
            for time in before {
                let time = time.clamp(0.0, duration);
                travelled.picture(time).expect("a picture");
            }
            let reached = travelled.picture(time).expect("a picture");
            let (pixels, most) = difference(&reached, &fresh);
            if pixels > 0 {
                let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
                let name = |which: &str| folder.join(format!("{time:.3}-{which}.png"));
                fresh.save(name("fresh")).expect("a picture is saved");
                reached.save(name(route)).expect("a picture is saved");
                let on = show.show.timeline().at(time);
                let segment = on.map(|(index, _)| show.show.timeline().segments()[index]);
                wrong.push(format!(
                    "{time:.3} s ({:?}) {route}: {pixels} pixels differ, by {most} at most",
                    segment.map(|segment| segment.kind)
                ));
            }
        }
    }
    let checked = count * 3;
    assert!(
        wrong.is_empty(),
        "{} of {checked} pictures:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn bard() -> (Gpt, Tokenizer) {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/bard.npz");
    let model = checkpoint::load(&weights).expect("the shipped model");
    (model.gpt, model.tokenizer)
}

#[test]
fn charlm() {
    let show = show(shipped_model(), "what light", 1);
    every_route_leads_to_the_same_picture(&show, QualityChoice::Software);
}

#[test]
fn charlm_with_all_effects() {
    let show = show(shipped_model(), "what light", 1);
    every_route_leads_to_the_same_picture(&show, QualityChoice::Full);
}

#[test]
fn bard_whose_large_matrices_rest_as_flat_panels() {
    let show = show(bard(), "ROMEO: But soft", 1);
    every_route_leads_to_the_same_picture(&show, QualityChoice::Software);
}

#[test]
fn a_model_whose_scenes_are_dense() {
    every_route_leads_to_the_same_picture(&dense_show(), QualityChoice::Software);
}
