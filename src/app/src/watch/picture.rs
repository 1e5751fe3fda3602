//! Keeps the wall's picture as the weights are: takes what the training thread hands over, paints the
//! cells, frames the wall.

use std::sync::Arc;

use bevy::{
    asset::RenderAssetUsages,
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
};
use orrery_pipeline::{
    Bounds, Quantity, Scale,
    camera::{Framing, SafeArea},
};

use super::{
    feed::{Feed, Snapshot},
    wall::{Placed, Wall},
    wall_material::{self, WallMaterial},
};
use crate::{
    render::ground::Floor,
    show::{current::PaletteInUse, now::StandingFraming},
};

/// Of 100 weights so many lie within the colour scale.
pub(super) const WITHIN_SCALE: usize = 97;

/// A line of words is above the wall, and the curve below it, in shares of the picture.
const SAFE: SafeArea = SafeArea {
    left: 0.03,
    right: 0.03,
    top: 0.10,
    bottom: 0.27,
    words: 0.93,
};

/// The run that is watched.
#[derive(Resource, Clone, Debug)]
pub struct Watched {
    /// Where news of it comes from.
    pub feed: Arc<Feed>,
    /// Where its weights are.
    pub wall: Wall,
    /// What came last.
    pub snapshot: Option<Snapshot>,
    /// The weight that has the scale's end colour; what lies beyond has it too.
    pub range: f32,
    /// The largest change of a weight between the last two pictures.
    pub largest_change: f32,
}

impl Watched {
    /// A run of which nothing has come yet.
    pub fn new(feed: Arc<Feed>, wall: Wall) -> Self {
        Self {
            feed,
            wall,
            snapshot: None,
            range: 1.0,
            largest_change: 0.0,
        }
    }
}

/// The wall and its news.
pub struct WatchPlugin;

impl Plugin for WatchPlugin {
    fn build(&self, app: &mut App) {
        wall_material::plugin(app);
        app.add_systems(Startup, spawn)
            .add_systems(PreUpdate, take_and_paint);
    }
}

/// The wall's picture and material.
#[derive(Resource, Debug)]
struct WallPicture {
    image: Handle<Image>,
    material: Handle<WallMaterial>,
}

fn spawn(
    watched: Res<Watched>,
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<WallMaterial>>,
) {
    let (width, height) = (watched.wall.width as f32, watched.wall.height as f32);
    let image = images.add(Image::new_fill(
        Extent3d {
            width: watched.wall.width as u32,
            height: watched.wall.height as u32,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        &[0, 0, 0, 0],
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::all(),
    ));
    let material = materials.add(WallMaterial {
        cells: image.clone(),
    });
    commands.spawn((
        Name::new("wall of weights"),
        Mesh3d(meshes.add(Rectangle::new(width, height))),
        MeshMaterial3d(material.clone()),
    ));
    commands.insert_resource(WallPicture { image, material });
    let half = Vec3::new(width, height, 0.0) * 0.5;
    commands.insert_resource(StandingFraming(Framing {
        // nearly from the front: the wall is wide
        yaw: -0.06,
        pitch: 0.03,
        ..Framing::around(Bounds::new(-half, half), SAFE)
    }));
    commands.insert_resource(Floor {
        height: -half.y - height * 0.04,
        field: height / 6.0,
        reach: 6.0 * height,
    });
}

/// Takes what has come and paints it, and asks for more.
fn take_and_paint(
    mut watched: ResMut<Watched>,
    picture: Option<Res<WallPicture>>,
    palette: Res<PaletteInUse>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<WallMaterial>>,
    mut upload_again: Local<bool>,
) {
    let Some(picture) = picture else {
        return;
    };
    let news = watched.feed.take();
    watched.feed.ask();
    if news.is_none() && !*upload_again {
        return;
    }
    // A material holds on to the texture that its image had; it looks for the new one when it changes,
    // which may be before the new one is there.
    *upload_again = news.is_some();
    if let Some(mut material) = materials.get_mut(&picture.material) {
        material.cells = picture.image.clone();
    }
    let Some(news) = news else {
        return;
    };
    let changes = changes(watched.snapshot.as_ref(), &news);
    watched.range = scale_range(&news.weights);
    watched.largest_change = changes.iter().copied().fold(0.0, f32::max);
    if let Some(mut image) = images.get_mut(&picture.image)
        && let Some(texels) = &mut image.data
    {
        let scale = Scale {
            quantity: Quantity::Weight,
            range: watched.range,
        };
        let cells = watched.wall.tensors.iter().flat_map(Placed::cells);
        for (weight, column, row) in cells {
            let Some((&value, &change)) = news.weights.get(weight).zip(changes.get(weight)) else {
                continue;
            };
            let texel = 4 * (row * watched.wall.width + column);
            let [red, green, blue] = palette.0.colour(scale.tint(value));
            let change = change / watched.largest_change.max(f32::MIN_POSITIVE);
            let alpha = 1 + (254.0 * change).round() as u8;
            if let Some(texel) = texels.get_mut(texel..texel + 4) {
                texel.copy_from_slice(&[red, green, blue, alpha]);
            }
        }
    }
    watched.snapshot = Some(news);
}

/// How much each weight has changed.
fn changes(before: Option<&Snapshot>, now: &Snapshot) -> Vec<f32> {
    match before {
        Some(before) if before.weights.len() == now.weights.len() => {
            let pairs = before.weights.iter().zip(&now.weights);
            pairs.map(|(before, now)| (now - before).abs()).collect()
        }
        _ => vec![0.0; now.weights.len()],
    }
}

/// What [`WITHIN_SCALE`] of 100 weights stay within.
fn scale_range(weights: &[f32]) -> f32 {
    let mut sizes: Vec<f32> = weights.iter().map(|weight| weight.abs()).collect();
    if sizes.is_empty() {
        return 1.0;
    }
    let at = (sizes.len() - 1) * WITHIN_SCALE / 100;
    let (_, &mut range, _) = sizes.select_nth_unstable_by(at, f32::total_cmp);
    if range > 0.0 { range } else { 1.0 }
}
