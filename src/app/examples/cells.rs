//! Measures what cells cost: `cargo run --release --example cells -- --cells 2500 --mode moving`.
//!
//! A wall of cells rests or moves; the report says how many frames a
//! second were drawn and how much CPU time each took, inside and outside the rasterizer.

use std::{path::PathBuf, time::Duration};

use bevy::prelude::*;
use clap::{Parser, ValueEnum};
use orrery::render::{
    HeadlessRenderer, PictureSize, Quality, QualityChoice,
    camera::{PictureTarget, spawn_main_camera},
    ground::GroundPlugin,
    measure::Measurement,
    process::thread_times,
};
use orrery_draw::{CellShape, CellStyle, CellTag, DrawPlugin, Focus, PanelCell, panel, rewrite};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Resource)]
enum Mode {
    /// No cell changes.
    Resting,
    /// Every cell moves each frame.
    Moving,
}

#[derive(Parser, Clone, Debug, Resource)]
struct Arguments {
    #[arg(long, default_value_t = 2_500)]
    cells: usize,
    #[arg(long, default_value = "resting")]
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

/// The cells of a panel where they rest.
#[derive(Component)]
struct Cells(Vec<PanelCell>);

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
        app.add_plugins(DrawPlugin)
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

/// Matrices of 256 cells, side by side on a wall that fills the frame.
fn spawn_scene(world: &mut World) {
    let arguments = world.resource::<Arguments>().clone();
    let quality = *world.resource::<Quality>();
    let target = world.resource::<PictureTarget>().clone();
    let columns = ((arguments.cells.max(1) as f32 * 16.0 / 9.0).sqrt() / 16.0).ceil() as usize * 16;
    let rows = arguments.cells.div_ceil(columns);
    let half = Vec2::new(columns as f32, rows as f32) * 0.5;
    let distance = half.y.max(half.x * 9.0 / 16.0) * 2.75;
    let mut commands = world.commands();
    let camera = spawn_main_camera(&mut commands, quality, &target);
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
    world.flush();
    let cells: Vec<PanelCell> = (0..arguments.cells)
        .map(|index| {
            let (column, row) = (index % columns, index / columns);
            let place = Vec3::new(
                column as f32 - half.x + 0.5,
                half.y - row as f32 - 0.5,
                ((column / 16 + row / 16) % 3) as f32,
            );
            PanelCell {
                transform: Transform::from_translation(place).with_scale(Vec3::splat(0.86)),
                tag: tag(index, column, row),
            }
        })
        .collect();
    for cells in cells.chunks(256) {
        if let Some(panel) = panel(world, CellShape::Cube, cells) {
            world.spawn((panel, Transform::default(), Cells(cells.to_vec())));
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

fn move_cells(world: &mut World) {
    let clock = world.resource::<Clock>().0;
    let mut panels = world.query::<(Entity, &Cells)>();
    let moved: Vec<(Entity, Vec<PanelCell>)> = panels
        .iter(world)
        .map(|(entity, cells)| {
            let cells = cells.0.iter().map(|cell| {
                let place = cell.transform.translation;
                let wave = (clock * 3.0 + place.x * 0.2 + place.y * 0.1).sin();
                let mut transform = cell.transform;
                transform.translation.z += wave;
                PanelCell {
                    transform,
                    tag: cell.tag.with_glow((wave * 7.0 + 7.0) as u8),
                }
            });
            (entity, cells.collect())
        })
        .collect();
    for (entity, cells) in moved {
        rewrite(world, entity, &cells);
    }
}
