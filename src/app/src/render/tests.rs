//! What the renderer promises, checked on pictures.

use bevy::prelude::*;
use image::RgbaImage;
use orrery_draw::{CellShape, CellStyle, CellTag, DrawPlugin, Focus, PanelCell, panel, rewrite};

use super::{
    HeadlessRenderer, PictureSize, Quality, QualityChoice, RenderError,
    camera::{PictureTarget, spawn_main_camera},
    ground::GroundPlugin,
};

const SIZE: PictureSize = PictureSize {
    width: 320,
    height: 180,
};

fn renderer(choice: QualityChoice) -> HeadlessRenderer {
    HeadlessRenderer::new(SIZE, choice, |app| {
        app.add_plugins(DrawPlugin).add_systems(
            Startup,
            |mut commands: Commands, quality: Res<Quality>, target: Res<PictureTarget>| {
                let camera = spawn_main_camera(&mut commands, *quality, &target);
                commands
                    .entity(camera)
                    .insert(Transform::from_xyz(0.0, 0.0, 10.0));
            },
        );
    })
    .unwrap()
}

fn spawn_cell(renderer: &mut HeadlessRenderer, transform: Transform, tag: CellTag) -> Entity {
    spawn_panel(renderer, &[one_cell(transform, tag)])
}

fn one_cell(transform: Transform, tag: CellTag) -> PanelCell {
    PanelCell { transform, tag }
}

fn spawn_panel(renderer: &mut HeadlessRenderer, cells: &[PanelCell]) -> Entity {
    let world = renderer.world_mut();
    let panel = panel(world, CellShape::Cube, cells).unwrap();
    world.spawn((panel, Transform::default())).id()
}

fn repaint(renderer: &mut HeadlessRenderer, cell: Entity, transform: Transform, tag: CellTag) {
    let cells = [one_cell(transform, tag)];
    assert!(rewrite(renderer.world_mut(), cell, &cells));
}

fn colour_at(picture: &RgbaImage, x: u32, y: u32) -> [u8; 3] {
    let [red, green, blue, _] = picture.get_pixel(x, y).0;
    [red, green, blue]
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u8 {
    (0..3).map(|i| a[i].abs_diff(b[i])).max().unwrap()
}

#[test]
fn a_face_shows_the_colour_of_its_value() {
    for choice in [QualityChoice::Software, QualityChoice::Full] {
        let mut renderer = renderer(choice);
        for (column, colour) in [[30, 60, 120], [255, 158, 72], [38, 40, 50]]
            .into_iter()
            .enumerate()
        {
            let place = Transform::from_xyz(column as f32 * 3.0 - 3.0, 0.0, 0.0)
                .with_scale(Vec3::splat(2.0));
            spawn_cell(&mut renderer, place, CellTag::solid(colour));
        }
        let picture = renderer.frame().unwrap();
        assert_eq!((picture.width(), picture.height()), (320, 180));
        for (x, colour) in [
            (90, [30, 60, 120]),
            (160, [255, 158, 72]),
            (230, [38, 40, 50]),
        ] {
            let shown = colour_at(&picture, x, 90);
            assert!(
                distance(shown, colour) <= 14,
                "{choice:?}: {shown:?} instead of {colour:?}"
            );
        }
    }
}

#[test]
fn a_frame_shows_the_state_that_was_just_set() {
    let mut renderer = renderer(QualityChoice::Software);
    let place = Transform::from_scale(Vec3::splat(3.0));
    let cell = spawn_cell(&mut renderer, place, CellTag::default());
    for colour in [[200, 20, 20], [20, 200, 20], [20, 20, 200]] {
        repaint(&mut renderer, cell, place, CellTag::solid(colour));
        let shown = colour_at(&renderer.frame().unwrap(), 160, 90);
        assert!(distance(shown, colour) <= 14, "{shown:?} for {colour:?}");
    }
    renderer.world_mut().entity_mut(cell).despawn();
    let gone = colour_at(&renderer.frame().unwrap(), 160, 90);
    // nothing was drawn, and this app lays no ground under it
    assert_eq!(gone, [0, 0, 0]);
}

/// One cell of every kind, turned and stretched.
fn assortment() -> Vec<PanelCell> {
    let tag = CellTag::solid([240, 150, 60]);
    let tags = [
        tag,
        tag.with_glow(9),
        tag.with_style(CellStyle::Masked),
        tag.with_style(CellStyle::Ghost),
        tag.with_focus(Focus::Highlighted),
        tag.with_focus(Focus::Dimmed),
    ];
    tags.into_iter()
        .enumerate()
        .map(|(index, tag)| {
            let index = index as f32;
            let turn = Quat::from_euler(EulerRot::XYZ, 0.3 * index, 0.5, 0.1 * index);
            let transform = Transform::from_xyz(index * 2.0 - 5.0, index * 0.3 - 1.0, -index)
                .with_rotation(turn)
                .with_scale(Vec3::new(1.4, 1.0 + 0.2 * index, 1.0));
            one_cell(transform, tag)
        })
        .collect()
}

#[test]
fn a_panel_shows_what_was_last_written_whatever_was_in_it_before() {
    for choice in [QualityChoice::Software, QualityChoice::Full] {
        let mut renderer = renderer(choice);
        let cells = assortment();
        let panel = spawn_panel(&mut renderer, &cells);
        let first = renderer.frame().unwrap();
        for fewer in [0, 3, cells.len()] {
            assert!(rewrite(renderer.world_mut(), panel, &cells[..fewer]));
            let picture = renderer.frame().unwrap();
            assert_eq!(picture == first, fewer == cells.len(), "{choice:?} {fewer}");
        }
        let lit = first
            .pixels()
            .filter(|pixel| pixel.0[..3].iter().any(|&channel| channel > 60))
            .count();
        assert!(lit > 1_000, "only {lit} pixels show anything");
    }
}

#[test]
fn every_style_and_focus_can_be_told_apart() {
    let mut renderer = renderer(QualityChoice::Software);
    let tag = CellTag::solid([200, 120, 50]);
    let place = Transform::from_scale(Vec3::splat(4.0));
    let cell = spawn_cell(&mut renderer, place, tag);
    let looks = [
        tag,
        tag.with_glow(12),
        tag.with_style(CellStyle::Masked),
        tag.with_style(CellStyle::Ghost),
        tag.with_focus(Focus::Highlighted),
        tag.with_focus(Focus::Dimmed),
    ];
    let pictures: Vec<RgbaImage> = looks
        .into_iter()
        .map(|look| {
            repaint(&mut renderer, cell, place, look);
            renderer.frame().unwrap()
        })
        .collect();
    for (index, a) in pictures.iter().enumerate() {
        for b in &pictures[..index] {
            let differing = a
                .pixels()
                .zip(b.pixels())
                .filter(|(a, b)| (0..3).any(|i| a.0[i].abs_diff(b.0[i]) > 20))
                .count();
            assert!(differing > 400, "two looks differ in {differing} pixels");
        }
    }
}

#[test]
fn both_projections_show_every_side_of_a_cell() {
    let mut renderer = renderer(QualityChoice::Software);
    spawn_cell(
        &mut renderer,
        Transform::from_scale(Vec3::splat(3.0)),
        CellTag::solid([250, 250, 250]),
    );
    renderer.frame().unwrap();
    let world = renderer.world_mut();
    let camera = world
        .query_filtered::<Entity, With<super::camera::MainCamera>>()
        .single(world)
        .unwrap();
    for orthographic in [false, true] {
        let projection = if orthographic {
            Projection::Orthographic(OrthographicProjection {
                scale: 0.05,
                ..OrthographicProjection::default_3d()
            })
        } else {
            Projection::Perspective(PerspectiveProjection::default())
        };
        renderer.world_mut().entity_mut(camera).insert(projection);
        for (x, y, z) in [
            (7.0, 5.0, 6.0),
            (-7.0, 5.0, 6.0),
            (7.0, -5.0, -6.0),
            (-7.0, -5.0, -6.0),
            (0.0, 10.0, 0.1),
            (0.0, -10.0, 0.1),
        ] {
            renderer
                .world_mut()
                .entity_mut(camera)
                .insert(Transform::from_xyz(x, y, z).looking_at(Vec3::ZERO, Vec3::Y));
            let picture = renderer.frame().unwrap();
            let lit = picture.pixels().filter(|pixel| pixel.0[0] > 100).count();
            // A hole in the cube or a missing face would show the dark ground.
            assert!(lit > 2_000, "{lit} pixels from ({x}, {y}, {z})");
            let centre = colour_at(&picture, 160, 90);
            assert!(centre[0] > 100, "a hole from ({x}, {y}, {z})");
        }
    }
}

#[test]
fn the_background_is_dark_and_not_flat() {
    for choice in [QualityChoice::Software, QualityChoice::Full] {
        let mut renderer = HeadlessRenderer::new(SIZE, choice, |app| {
            app.add_plugins((DrawPlugin, GroundPlugin)).add_systems(
                Startup,
                |mut commands: Commands, quality: Res<Quality>, target: Res<PictureTarget>| {
                    let camera = spawn_main_camera(&mut commands, *quality, &target);
                    commands
                        .entity(camera)
                        .insert(Transform::from_xyz(0.0, 3.0, 10.0));
                },
            );
        })
        .unwrap();
        let picture = renderer.frame().unwrap();
        let brightest = picture.pixels().map(|pixel| pixel.0[2]).max().unwrap();
        assert!(brightest < 90, "{brightest}");
        assert!(colour_at(&picture, 160, 0)[2] < colour_at(&picture, 160, 179)[2]);
    }
}

#[test]
fn an_impossible_size_is_an_error_that_names_it() {
    for (width, height) in [(0, 100), (100, 1_000_000)] {
        let size = PictureSize { width, height };
        match HeadlessRenderer::new(size, QualityChoice::Software, |_| {}) {
            Err(error @ RenderError::Size { .. }) => {
                let text = error.to_string();
                assert!(text.contains(&format!("{width}×{height}")), "{text}");
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{width}×{height} was accepted"),
        }
    }
}
