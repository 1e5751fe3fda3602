//! Measures what cells cost: `cargo run --release --example cells -- --cells 2500 --mode moving`.
//!
//! A wall of cells rests as entities, rests as panels or moves; the report says how many frames a
//! second were drawn and how much CPU time each took, inside and outside the rasterizer.

use std::{path::PathBuf, time::Duration};

use bevy::{mesh::MeshTag, prelude::*};
use clap::{Parser, ValueEnum};
use orrery::render::{
    HeadlessRenderer, PictureSize, Quality, QualityChoice,
    camera::{PictureTarget, spawn_main_camera},
    ground::GroundPlugin,
    machine::thread_times,
    measure::Measurement,
};
use orrery_plugin_api::{CellStyle, CellTag, Focus};
use orrery_plugin_cubes::{CellGroup, CubeAssets, CubesPlugin, Resting};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Resource)]
enum Mode {
    /// Every cell is an entity that does not change.
    Entities,
    /// Every matrix rests.
    Resting,
    /// Every cell moves each frame.
    Moving,
}

#[derive(Parser, Clone, Debug, Resource)]
struct Arguments {
    #[arg(long, default_value_t = 2_500)]
    cells: usize,
    #[arg(long, default_value = "entities")]
    mode: Mode,
    #[arg(long, default_value = "software")]
    quality: QualityChoice,
    /// Samples per pixel instead of the preset's: 1 or 4.
    #[arg(long)]
    samples: Option<u32>,
    #[arg(long)]
    no_background: bool,
    #[arg(long, default_value_t = 1280)]
    width: u32,
    #[arg(long, default_value_t = 720)]
    height: u32,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Read every picture back, as a film does.
    #[arg(long)]
    read_back: bool,
    /// Say which threads the time was spent in.
    #[arg(long)]
    threads: bool,
    /// Save the last picture here.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Component)]
struct Place(Vec3);

#[derive(Resource, Default)]
struct Clock(f32);

fn main() {
    orrery::render::quiet_driver::silence();
    if let Err(error) = run(Arguments::parse()) {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let size = PictureSize {
        width: arguments.width,
        height: arguments.height,
    };
    let settings = arguments.clone();
    let mut renderer = HeadlessRenderer::new(size, arguments.quality, move |app| {
        app.add_plugins(CubesPlugin)
            .init_resource::<Clock>()
            .add_systems(Startup, spawn_scene);
        if !settings.no_background {
            app.add_plugins(GroundPlugin);
        }
        if settings.mode == Mode::Moving {
            app.add_systems(Update, move_cells);
        }
        app.insert_resource(settings);
    })?;
    println!(
        "{} ({:?}), {} cells {:?}",
        renderer.adapter().name,
        renderer.quality(),
        arguments.cells,
        arguments.mode
    );
    // The first frames compile shaders and upload what was spawned.
    for _ in 0..5 {
        renderer.frame()?;
    }
    let before = thread_times();
    let mut measurement = Measurement::start();
    while measurement.elapsed() < Duration::from_secs_f64(arguments.seconds) {
        renderer.world_mut().resource_mut::<Clock>().0 += 1.0 / 60.0;
        if arguments.read_back {
            renderer.frame()?;
        } else {
            renderer.update()?;
        }
        measurement.count_frame();
    }
    let report = measurement.report();
    println!("{report}");
    if arguments.threads {
        for ((name, after), (_, before)) in thread_times().into_iter().zip(before) {
            let each = (after - before).as_secs_f64() * 1e3 / f64::from(report.frames);
            println!("  {each:8.3} ms a frame in {name}");
        }
    }
    let picture = renderer.frame()?;
    if let Some(path) = arguments.output {
        picture.save(path)?;
    }
    Ok(())
}

/// Matrices of 16 × 16 cells, side by side on a wall that fills the frame.
fn spawn_scene(
    mut commands: Commands,
    cubes: Res<CubeAssets>,
    quality: Res<Quality>,
    target: Res<PictureTarget>,
    arguments: Res<Arguments>,
) {
    let camera = spawn_main_camera(&mut commands, *quality, &target);
    let columns = ((arguments.cells.max(1) as f32 * 16.0 / 9.0).sqrt() / 16.0).ceil() as usize * 16;
    let rows = arguments.cells.div_ceil(columns);
    let half = Vec2::new(columns as f32, rows as f32) * 0.5;
    let distance = half.y.max(half.x * 9.0 / 16.0) * 2.75;
    commands.entity(camera).insert((
        Transform::from_xyz(-0.25 * half.x, 0.35 * half.y, distance)
            .looking_at(Vec3::ZERO, Vec3::Y),
        Projection::Perspective(PerspectiveProjection {
            fov: 45f32.to_radians(),
            far: 10_000.0,
            ..default()
        }),
    ));
    if let Some(samples) = arguments.samples {
        commands.entity(camera).insert(Msaa::from_samples(samples));
    }
    let mut group = Vec::new();
    for index in 0..arguments.cells {
        let (column, row) = (index % columns, index / columns);
        let place = Vec3::new(
            column as f32 - half.x + 0.5,
            half.y - row as f32 - 0.5,
            ((column / 16 + row / 16) % 3) as f32,
        );
        let transform = Transform::from_translation(place).with_scale(Vec3::splat(0.86));
        let cell = commands.spawn((cubes.cell(transform, tag(index, column, row)), Place(place)));
        group.push(cell.id());
        if group.len() == 256 || index + 1 == arguments.cells {
            let mut group_entity = commands.spawn(CellGroup {
                cells: std::mem::take(&mut group),
            });
            if arguments.mode == Mode::Resting {
                group_entity.insert(Resting);
            }
        }
    }
}

fn tag(index: usize, column: usize, row: usize) -> CellTag {
    // A diverging scale over a pattern that shows every strength.
    let value = ((index as f32 * 0.7391).sin() * 43758.547).fract();
    let strength = value.abs().powf(0.8);
    let end = if value < 0.0 {
        [92.0, 178.0, 255.0]
    } else {
        [255.0, 158.0, 72.0]
    };
    let colour = [38.0, 40.0, 50.0];
    let mix =
        |channel: usize| (colour[channel] + (end[channel] - colour[channel]) * strength) as u8;
    let tag = CellTag::solid([mix(0), mix(1), mix(2)]);
    match (row, column) {
        (2, 0..16) => tag.with_focus(Focus::Highlighted),
        (5, 0..16) => tag.with_glow((column % 16) as u8),
        (7, 0..16) => tag.with_style(CellStyle::Masked),
        (9, 0..16) => CellTag::solid([90, 95, 110]).with_style(CellStyle::Ghost),
        (11, 0..16) => tag.with_focus(Focus::Dimmed),
        _ => tag,
    }
}

fn move_cells(clock: Res<Clock>, mut cells: Query<(&Place, &mut Transform, &mut MeshTag)>) {
    for (place, mut transform, mut tag) in &mut cells {
        let wave = (clock.0 * 3.0 + place.0.x * 0.2 + place.0.y * 0.1).sin();
        transform.translation = place.0 + Vec3::Z * wave;
        let glowing = CellTag::from(&*tag).with_glow((wave * 7.0 + 7.0) as u8);
        tag.set_if_neq(glowing.into());
    }
}
