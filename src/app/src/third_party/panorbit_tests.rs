//! The mouse takes the camera over, without a window system and without a renderer.

use std::time::Duration;

use bevy::{
    camera::RenderTargetInfo,
    input::{
        ButtonState, InputPlugin,
        mouse::{MouseButtonInput, MouseScrollUnit, MouseWheel},
    },
    time::TimeUpdateStrategy,
    window::PrimaryWindow,
};

use super::*;
use crate::{
    camera::CameraPlugin,
    render::{Quality, camera::PictureTarget},
    test_support::{app_with_small_show, set_clock},
};

const SIZE: UVec2 = UVec2::new(1280, 720);

fn app() -> App {
    let mut app = app_with_small_show();
    app.add_plugins((InputPlugin, CameraPlugin, UserCameraPlugin))
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(
            20,
        )))
        .insert_resource(Quality::Software)
        .init_resource::<PictureTarget>();
    set_clock(&mut app, 5.0, true);
    let mut window = Window::default();
    window.resolution.set_physical_resolution(SIZE.x, SIZE.y);
    window.set_physical_cursor_position(Some(bevy::math::DVec2::new(640.0, 300.0)));
    app.world_mut().spawn((window, PrimaryWindow));
    app.update();
    let world = app.world_mut();
    let mut cameras = world.query::<&mut Camera>();
    for mut camera in cameras.iter_mut(world) {
        camera.computed.target_info = Some(RenderTargetInfo {
            physical_size: SIZE,
            scale_factor: 1.0,
        });
    }
    app.update();
    app
}

fn button(app: &mut App, button: MouseButton, state: ButtonState) {
    let window = window(app);
    app.world_mut().write_message(MouseButtonInput {
        button,
        state,
        window,
    });
    app.update();
}

fn window(app: &mut App) -> Entity {
    let world = app.world_mut();
    let mut windows = world.query_filtered::<Entity, With<PrimaryWindow>>();
    windows.single(world).unwrap()
}

fn drag(app: &mut App, with: MouseButton, steps: usize, delta: Vec2) {
    button(app, with, ButtonState::Pressed);
    drag_on(app, steps, delta);
    button(app, with, ButtonState::Released);
}

fn drag_on(app: &mut App, steps: usize, delta: Vec2) {
    for _ in 0..steps {
        app.world_mut().write_message(MouseMotion { delta });
        app.update();
    }
}

fn turn_wheel(app: &mut App) {
    let window = window(app);
    app.world_mut().write_message(MouseWheel {
        unit: MouseScrollUnit::Line,
        x: 0.0,
        y: 2.0,
        window,
        phase: bevy::input::touch::TouchPhase::Moved,
    });
    app.update();
}

fn rest(app: &mut App) {
    for _ in 0..60 {
        app.update();
    }
}

fn stand(app: &mut App) -> CameraPose {
    let world = app.world_mut();
    world.query::<&CameraStand>().single(world).unwrap().0
}

fn control(app: &App) -> CameraControl {
    *app.world().resource::<CameraControl>()
}

#[test]
fn a_click_leaves_the_camera_to_the_show() {
    let mut app = app();
    let before = stand(&mut app);
    drag(&mut app, MouseButton::Left, 2, Vec2::new(1.0, 0.5));
    rest(&mut app);
    assert_eq!(control(&app), CameraControl::Guided);
    assert_eq!(stand(&mut app), before);
}

#[test]
fn what_begins_over_the_interface_is_not_for_the_camera() {
    let mut app = app();
    let before = stand(&mut app);
    app.world_mut().resource_mut::<PointerOverInterface>().0 = true;
    button(&mut app, MouseButton::Left, ButtonState::Pressed);
    app.world_mut().resource_mut::<PointerOverInterface>().0 = false;
    drag_on(&mut app, 6, Vec2::new(20.0, 0.0));
    button(&mut app, MouseButton::Left, ButtonState::Released);
    app.world_mut().resource_mut::<PointerOverInterface>().0 = true;
    turn_wheel(&mut app);
    rest(&mut app);
    assert_eq!(control(&app), CameraControl::Guided);
    assert_eq!(stand(&mut app), before);
}

#[test]
fn a_left_drag_turns_the_view_from_where_it_stood() {
    let mut app = app();
    let before = stand(&mut app);
    button(&mut app, MouseButton::Left, ButtonState::Pressed);
    let mut last = before;
    for _ in 0..10 {
        let delta = Vec2::new(12.0, 4.0);
        app.world_mut().write_message(MouseMotion { delta });
        app.update();
        let now = stand(&mut app);
        assert!((now.yaw - last.yaw).abs() < 0.1, "a jump to {now:?}");
        assert!((now.distance / before.distance - 1.0).abs() < 1e-3);
        last = now;
    }
    button(&mut app, MouseButton::Left, ButtonState::Released);
    rest(&mut app);
    let after = stand(&mut app);
    assert_eq!(control(&app), CameraControl::User);
    assert!(after.yaw < before.yaw - 0.3 && after.pitch > before.pitch + 0.1);
    assert!(after.target.distance(before.target) < 1e-3);

    set_clock(&mut app, 40.0, true);
    rest(&mut app);
    assert_eq!(stand(&mut app), after, "it stays the user's");
}

#[test]
fn right_and_middle_drags_move_the_view_and_the_wheel_brings_it_nearer() {
    for with in [MouseButton::Right, MouseButton::Middle] {
        let mut app = app();
        let before = stand(&mut app);
        drag(&mut app, with, 6, Vec2::new(20.0, 0.0));
        rest(&mut app);
        let after = stand(&mut app);
        assert!(after.target.x < before.target.x - 0.1, "{with:?}");
        assert_eq!(after.yaw, before.yaw, "{with:?}");
    }
    let mut app = app();
    let before = stand(&mut app);
    turn_wheel(&mut app);
    rest(&mut app);
    assert_eq!(control(&app), CameraControl::User);
    assert!(stand(&mut app).distance < 0.8 * before.distance);
}

#[test]
fn the_camera_can_be_taken_again_during_its_flight_back() {
    let mut app = app();
    drag(&mut app, MouseButton::Left, 10, Vec2::new(30.0, 0.0));
    rest(&mut app);
    let pose = stand(&mut app);
    app.world_mut()
        .resource_mut::<CameraControl>()
        .give_back(pose);
    for _ in 0..20 {
        app.update();
    }
    assert!(matches!(control(&app), CameraControl::Returning { .. }));
    let halfway = stand(&mut app);
    drag(&mut app, MouseButton::Left, 3, Vec2::new(4.0, 0.0));
    assert_eq!(control(&app), CameraControl::User);
    assert!((stand(&mut app).yaw - halfway.yaw).abs() < 0.5);
}
