//! A picture of any size is the picture of its shape, sharper or less sharp. The largest are drawn with
//! `ORRERY_SIZES=all`.

#[allow(dead_code, reason = "no test file uses all of it")]
mod support;

use image::RgbaImage;
use image::imageops::{self, FilterType};
use orrery::render::{PictureSize, QualityChoice};
use orrery::show::{CurrentShow, PictureSettings, ShowRenderer};
use orrery_pipeline::StageKind;
use support::{shipped_model, show};

/// The size at which pictures are compared.
const COMPARED: (u32, u32) = (640, 360);

fn picture(show: &CurrentShow, (width, height): (u32, u32), time: f64) -> RgbaImage {
    let settings = PictureSettings {
        size: PictureSize { width, height },
        quality: QualityChoice::Software,
        ..PictureSettings::default()
    };
    let mut renderer = ShowRenderer::new(show.clone(), settings).expect("a graphics driver");
    let picture = renderer.picture(time).expect("a picture");
    imageops::resize(&picture, COMPARED.0, COMPARED.1, FilterType::Triangle)
}

/// Mean difference of the channels, and the share of pixels that are clearly different even where edges are blurred.
fn difference(a: &RgbaImage, b: &RgbaImage) -> (f64, f64) {
    let blurred = [a, b].map(|picture| imageops::blur(picture, 2.0));
    let (mut sum, mut apart) = (0.0, 0);
    for (a, b) in blurred[0].pixels().zip(blurred[1].pixels()) {
        let off = a.0.iter().zip(b.0).map(|(&a, b)| f64::from(a.abs_diff(b)));
        let most = off.clone().fold(0.0, f64::max);
        sum += off.sum::<f64>() / 4.0;
        apart += usize::from(most > 40.0);
    }
    let all = f64::from(a.width() * a.height());
    (sum / all, apart as f64 / all)
}

#[test]
fn pictures_of_one_shape_differ_in_sharpness_only() {
    let show = show(shipped_model(), "what light", 1);
    let mut sizes = vec![(640, 360), (1920, 1080)];
    if std::env::var("ORRERY_SIZES").is_ok_and(|which| which == "all") {
        sizes.extend([(3840, 2160), (7680, 4320)]);
    }
    for (kind, part) in [(StageKind::Attention, 0.45), (StageKind::Draw, 0.3)] {
        let segments = show.show.timeline().segments();
        let segment = segments
            .iter()
            .find(|segment| segment.kind == kind)
            .expect("the stage");
        let time = segment.start + f64::from(segment.duration() * part);
        let usual = picture(&show, (1280, 720), time);
        for &size in &sizes {
            let (mean, apart) = difference(&usual, &picture(&show, size, time));
            println!("{kind:?} {size:?}: {mean:.2}, {apart:.4}");
            assert!(
                mean < 3.0 && apart < 0.012,
                "{kind:?} {size:?}: {mean:.2}, {apart:.4}"
            );
        }
        // below 640 pixels of width only the stage's name and its sentence stay: beneath them the stage is the same
        let small = picture(&show, (480, 270), time);
        let part = |picture: &RgbaImage| {
            imageops::crop_imm(picture, 0, COMPARED.1 / 3, COMPARED.0, COMPARED.1 / 3).to_image()
        };
        let (mean, _) = difference(&part(&usual), &part(&small));
        assert!(mean < 12.0, "{kind:?}: {mean:.2}");
    }
}
