//! What a picture of the show holds: a cell has the colour of its value.

use std::collections::BTreeSet;
use std::sync::Arc;

use orrery::camera::Direction;
use orrery::render::{PictureSize, QualityChoice, SamplesPerPixel};
use orrery::show::{CurrentShow, NamedModel, PictureSettings, ShowRenderer, ShowSettings};
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::cinema::ShotTable;
use orrery_pipeline::{Detail, Pacing, Palette, Quantity, Scale, ShowOptions, StageKind};

/// Large enough that no words stand before the cells.
const LARGE: PictureSize = PictureSize {
    width: 1280,
    height: 720,
};

fn show() -> CurrentShow {
    let gpt = Gpt::random(GptConfig::default(), 4).expect("the default model");
    CurrentShow::new(ShowSettings {
        model: NamedModel {
            gpt: Arc::new(gpt),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "random".to_owned(),
            options: Vec::new(),
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
            lens: false,
        },
        pacing: Pacing::shipped().expect("the shipped pacing"),
    })
    .expect("a show")
}

fn renderer(show: &CurrentShow, size: PictureSize) -> ShowRenderer {
    let settings = PictureSettings {
        size,
        scale: 1.0,
        quality: QualityChoice::Software,
        samples: SamplesPerPixel::default(),
        palette: Palette::Ember,
        cards: true,
    };
    ShowRenderer::new(show.clone(), settings).expect("a graphics driver (Mesa's will do)")
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

#[test]
fn every_camera_takes_its_own_picture() {
    let show = show();
    let segments = show.show.timeline().segments();
    let segment = segments
        .iter()
        .find(|segment| segment.kind == StageKind::Attention)
        .expect("the stage");
    let size = PictureSize {
        width: 480,
        height: 270,
    };
    let mut renderer = renderer(&show, size);
    let shots = ShotTable::shipped().expect("the shipped shots");
    let mut pictures = Vec::new();
    for direction in [
        Direction::Guided,
        Direction::Static,
        Direction::Orbit,
        Direction::Cinematic(Arc::new(shots)),
    ] {
        renderer.direct(direction.clone());
        // while the guided camera comes from the stage before
        let time = segment.start + f64::from(segment.duration() * 0.04);
        let picture = renderer.picture(time).expect("a picture");
        assert!(
            !pictures.contains(&picture),
            "{direction:?} is as another one"
        );
        pictures.push(picture);
    }
}
