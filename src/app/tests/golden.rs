//! Twelve instants of the show as they were when somebody last looked at them and found them good. They are
//! drawn by Mesa's software rasterizer and compared only where it draws. After a change that is meant, look at
//! what it makes and keep it: `ORRERY_GOLDEN=keep cargo nextest run --release --workspace -E 'binary(golden)'`.

#[allow(dead_code, reason = "no test file uses all of it")]
mod support;

use std::path::{Path, PathBuf};

use image::RgbaImage;
use image::imageops::{self, FilterType};
use orrery_pipeline::StageKind;
use support::{SIZE, renderer, shipped_model, show};

/// Each picture: the stage, and how far it has come.
const INSTANTS: [(StageKind, f32); 12] = [
    (StageKind::Characters, 0.5),
    (StageKind::Embedding, 0.6),
    (StageKind::QkvProjection, 0.5),
    (StageKind::Attention, 0.3),
    (StageKind::Attention, 0.9),
    (StageKind::AttentionOutput, 0.6),
    (StageKind::Residual1, 0.7),
    (StageKind::FeedForward, 0.3),
    (StageKind::FeedForward, 0.9),
    (StageKind::BlockSummary, 0.6),
    (StageKind::Unembedding, 0.6),
    (StageKind::Draw, 0.9),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Share of pixels in which any channel differs by more than a little.
fn difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    let pairs = a.pixels().zip(b.pixels());
    let differing = pairs.filter(|(a, b)| a.0.iter().zip(b.0).any(|(&a, b)| a.abs_diff(b) > 32));
    differing.count() as f64 / f64::from(a.width() * a.height())
}

#[test]
fn twelve_instants_look_as_they_were_approved() {
    /// Another build of the same rasterizer may round an edge differently.
    const TOLERANCE: f64 = 0.01;
    let show = show(shipped_model(), "what light", 1);
    let mut renderer = renderer(&show);
    let adapter = renderer.renderer().adapter().name.clone();
    let keep = std::env::var("ORRERY_GOLDEN").is_ok_and(|what| what == "keep");
    if !adapter.contains("llvmpipe") {
        println!("not compared: the pictures were drawn by llvmpipe, and this is {adapter}");
        return;
    }
    let mut changed = Vec::new();
    for (at, (kind, part)) in INSTANTS.into_iter().enumerate() {
        let segments = show.show.timeline().segments();
        let segment = segments
            .iter()
            .find(|segment| segment.kind == kind)
            .expect("the show has every stage");
        let time = segment.start + f64::from(segment.duration() * part);
        let picture = renderer.picture(time).expect("a picture");
        // drawn at the size for which letters are made, kept at half of it
        let (width, height) = (SIZE.width / 2, SIZE.height / 2);
        let picture = imageops::resize(&picture, width, height, FilterType::Triangle);
        let name = format!("{:02}-{}.png", at + 1, kind.description().slug);
        let file = folder("tests/golden").join(&name);
        if keep {
            picture.save(&file).expect("the picture is written");
            continue;
        }
        let approved = image::open(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
            .to_rgba8();
        let differs = difference(&picture, &approved);
        if differs > TOLERANCE {
            let seen = std::env::temp_dir().join(&name);
            picture.save(&seen).expect("the picture is written");
            changed.push(format!(
                "{name}: {differs:.3} of it differ; see {}",
                seen.display()
            ));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}
