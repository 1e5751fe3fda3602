//! The wall, drawn without a window: each cell has the colour of its weight, and follows it.

use std::sync::Arc;

use bevy::prelude::*;
use image::RgbaImage;
use orrery_model::{GptConfig, Tokenizer, WeightId};
use orrery_pipeline::{Palette, Quantity, Scale};
use orrery_training::{Corpus, Trainer, TrainingOptions};

use super::{Feed, Progress, Wall, Watched};
use crate::{
    assembly::Assembly,
    render::{HeadlessRenderer, PictureSize, QualityChoice, camera::MainCamera},
    show::PictureSettings,
};

const SIZE: PictureSize = PictureSize {
    width: 640,
    height: 360,
};

fn trainer() -> Trainer {
    let config = GptConfig {
        d_model: 4,
        n_heads: 2,
        n_blocks: 1,
        d_ff: 16,
        context_length: 4,
        ..GptConfig::default()
    };
    let corpus = Corpus::new(
        &"To be, or not to be? ".repeat(60),
        Tokenizer::charlm(),
        0.1,
    );
    let options = TrainingOptions {
        learning_rate: 0.05,
        warmup_steps: Some(0),
        ..TrainingOptions::default()
    };
    Trainer::new(&config, corpus.unwrap(), options).unwrap()
}

fn renderer(feed: Arc<Feed>, wall: Wall) -> HeadlessRenderer {
    let picture = PictureSettings {
        size: SIZE,
        quality: QualityChoice::Software,
        ..PictureSettings::default()
    };
    let watched = Watched::new(feed, wall);
    Assembly::of_training(watched, picture).pictures().unwrap()
}

/// The picture after the weights were handed over; the second frame has the texture for certain.
fn picture(renderer: &mut HeadlessRenderer, feed: &Feed, trainer: &Trainer) -> RgbaImage {
    feed.put(trainer, Progress::default());
    for _ in 0..3 {
        renderer.frame().unwrap();
    }
    renderer.frame().unwrap()
}

/// The largest distance of a cell's colour from that of its weight, over all of a tensor.
fn distance(renderer: &mut HeadlessRenderer, picture: &RgbaImage, id: WeightId) -> u8 {
    let world = renderer.world_mut();
    let mut cameras = world.query_filtered::<(&Camera, &GlobalTransform), With<MainCamera>>();
    let (camera, stand) = cameras.single(world).unwrap();
    let watched = world.resource::<Watched>();
    let wall = &watched.wall;
    let scale = Scale {
        quantity: Quantity::Weight,
        range: watched.range,
    };
    let weights = &watched.snapshot.as_ref().unwrap().weights;
    let tensor = wall.tensors.iter().find(|tensor| tensor.id == id).unwrap();
    let distances = tensor.cells().map(|(weight, column, row)| {
        let centre = Vec3::new(
            column as f32 + 0.5 - wall.width as f32 * 0.5,
            wall.height as f32 * 0.5 - row as f32 - 0.5,
            0.0,
        );
        let at = camera.world_to_viewport(stand, centre).unwrap();
        let shown = picture.get_pixel(at.x as u32, at.y as u32).0;
        let colour = Palette::default().colour(scale.tint(weights[weight]));
        (0..3).map(|i| shown[i].abs_diff(colour[i])).max().unwrap()
    });
    distances.max().unwrap()
}

#[test]
fn cells_have_the_colours_of_their_weights_and_follow_them() {
    let mut trainer = trainer();
    let feed = Arc::new(Feed::default());
    let wall = Wall::new(trainer.config()).unwrap();
    let mut renderer = renderer(Arc::clone(&feed), wall);
    let before = picture(&mut renderer, &feed, &trainer);
    for _ in 0..30 {
        trainer.step().unwrap();
    }
    let after = picture(&mut renderer, &feed, &trainer);
    for id in [WeightId::Embedding, WeightId::PositionEmbedding] {
        assert!(distance(&mut renderer, &after, id) <= 3);
    }
    // and the picture of the weights before is not that of the weights now
    assert!(distance(&mut renderer, &before, WeightId::Embedding) > 60);
}
