//! Pictures of the show, drawn without a window: what a time shows does not depend on the way to it,
//! no picture is empty, and a cell has the colour of its value.

use std::collections::BTreeSet;
use std::sync::Arc;

use image::RgbaImage;
use orrery::render::{PictureSize, QualityChoice, SamplesPerPixel};
use orrery::show::{CurrentShow, LoadedModel, PictureSettings, ShowRenderer, ShowSettings};
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Pacing, Palette, Quantity, Scale, ShowOptions, StageKind};

const SIZE: PictureSize = PictureSize {
    width: 640,
    height: 360,
};
/// Large enough that no words stand before the cells.
const LARGE: PictureSize = PictureSize {
    width: 1280,
    height: 720,
};

fn show() -> CurrentShow {
    let gpt = Gpt::random(GptConfig::default(), 4).expect("the default model");
    CurrentShow::new(ShowSettings {
        model: LoadedModel {
            gpt: Arc::new(gpt),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "random".to_owned(),
        },
        prompt: "what light".to_owned(),
        lossy: false,
        options: ShowOptions {
            tokens: 2,
            sampling: SamplingSettings {
                temperature: 0.9,
                top_k: None,
                top_p: None,
                seed: 5,
            },
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: orrery_pipeline::Pages::default(),
        },
        pacing: Pacing::shipped().expect("the shipped pacing"),
    })
    .expect("a show")
}

fn renderer(show: &CurrentShow, size: PictureSize) -> ShowRenderer {
    let settings = PictureSettings {
        size,
        quality: QualityChoice::Software,
        samples: SamplesPerPixel::default(),
        palette: Palette::Ember,
    };
    ShowRenderer::new(show.clone(), settings).expect("a graphics driver (Mesa's will do)")
}

/// Share of pixels in which any channel differs by more than a little.
fn difference(a: &RgbaImage, b: &RgbaImage) -> f64 {
    let differing = a
        .pixels()
        .zip(b.pixels())
        .filter(|(a, b)| a.0.iter().zip(b.0).any(|(&a, b)| a.abs_diff(b) > 24))
        .count();
    differing as f64 / f64::from(SIZE.width * SIZE.height)
}

#[test]
fn a_time_looks_the_same_however_it_is_reached() {
    let show = show();
    let duration = show.duration();
    let mut travelled = renderer(&show, SIZE);
    // forwards, backwards, within stages and across them; the same instants fresh
    for part in [0.02, 0.30, 0.42, 0.43, 0.41, 0.55, 0.90, 0.18, 0.47] {
        let time = duration * part;
        for before in [time - 0.7, time - 0.02, time + 0.3] {
            travelled
                .picture(before.clamp(0.0, duration))
                .expect("a picture");
        }
        let reached = travelled.picture(time).expect("a picture");
        let fresh = renderer(&show, SIZE).picture(time).expect("a picture");
        let differs = difference(&reached, &fresh);
        assert!(
            differs < 0.002,
            "at {time:.2}: {differs:.4} of the pixels differ"
        );
    }
}

#[test]
fn a_cell_has_the_colour_of_its_value() {
    let show = show();
    let segments = show.show.timeline().segments();
    let (index, segment) = segments
        .iter()
        .enumerate()
        .find(|(_, segment)| segment.kind == StageKind::BlockOutput)
        .expect("a block output");
    let time = segment.end() - 0.05;
    let picture = renderer(&show, LARGE).picture(time).expect("a picture");
    let scene = show.show.scene(index).expect("a scene");
    let group = &scene.groups[0];
    let layer = group.final_layer().expect("numbers");
    let scale = Scale {
        quantity: Quantity::Activation,
        range: show.show.range(Quantity::Activation),
    };
    let aspect = LARGE.width as f32 / LARGE.height as f32;
    let field_of_view = orrery::camera::VERTICAL_FIELD_OF_VIEW;
    let framing = show.show.framing(time).expect("a framing");
    let pose = framing.fit(aspect, field_of_view);
    let mut compared = 0;
    for row in 0..group.rows {
        for column in 0..group.columns {
            let place = group.final_placement();
            let face = place.position(row, column) + bevy::math::Vec3::Z * place.cell_size * 0.5;
            let seen = pose.rotation().inverse() * (face - pose.position());
            let half = (field_of_view * 0.5).tan();
            let x = (seen.x / -seen.z / half / aspect + 1.0) * 0.5 * LARGE.width as f32;
            let y = (1.0 - seen.y / -seen.z / half) * 0.5 * LARGE.height as f32;
            let pixel = picture.get_pixel(x as u32, y as u32).0;
            let wanted = Palette::Ember.colour(scale.tint(layer.values[(row, column)]));
            for (channel, wanted) in pixel.iter().zip(wanted) {
                assert!(
                    channel.abs_diff(wanted) <= 26,
                    "cell {row}, {column}: {pixel:?} instead of {wanted:?}"
                );
            }
            compared += 1;
        }
    }
    assert_eq!(compared, group.cells());
}
