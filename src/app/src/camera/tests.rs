//! The camera without a renderer: where it is, and when it counts as changed.

use std::time::Duration;

use bevy::{camera::ScalingMode, prelude::*, time::TimeUpdateStrategy};

use super::*;
use crate::{
    camera::control::FLIGHT_SECONDS,
    render::camera::MainCamera,
    show::{CurrentShow, Transport},
    test_support::{app_with_small_show, set_clock},
};

fn app() -> App {
    let mut app = app_with_small_show();
    app.add_plugins(CameraPlugin)
        .insert_resource(Quality::Software)
        .init_resource::<PictureTarget>()
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(
            50,
        )));
    app.update();
    app
}

fn seek(app: &mut App, time: f64) {
    set_clock(app, time, true);
    app.update();
}

fn camera<C: Component + Clone>(app: &mut App) -> C {
    let world = app.world_mut();
    let mut query = world.query_filtered::<&C, With<MainCamera>>();
    query.single(world).unwrap().clone()
}

#[test]
fn the_guided_camera_is_a_function_of_time() {
    let mut app = app();
    let duration = app.world().resource::<CurrentShow>().duration();
    seek(&mut app, duration * 0.4);
    let direct: Transform = camera(&mut app);
    for step in 0..40 {
        seek(&mut app, duration * f64::from(step) / 40.0);
    }
    assert_ne!(camera::<Transform>(&mut app), direct);
    seek(&mut app, duration * 0.4);
    assert_eq!(camera::<Transform>(&mut app), direct);
    let show = app.world().resource::<CurrentShow>().show.clone();
    let wanted = show
        .framing(duration * 0.4)
        .unwrap()
        .fit(16.0 / 9.0, VERTICAL_FIELD_OF_VIEW);
    assert_eq!(direct.translation, wanted.position());
    assert_eq!(direct.rotation, wanted.rotation());
}

#[derive(Resource, Default)]
struct Changes(usize);

#[test]
fn a_camera_that_stands_still_is_not_seen_as_changed() {
    for in_use in [ProjectionInUse::Perspective, ProjectionInUse::Orthographic] {
        let mut app = app();
        app.init_resource::<Changes>().add_systems(
            Last,
            |changed: Query<
                (),
                (
                    With<MainCamera>,
                    Or<(
                        Changed<Transform>,
                        Changed<Projection>,
                        Changed<CameraStand>,
                    )>,
                ),
            >,
             mut changes: ResMut<Changes>| changes.0 += changed.iter().count(),
        );
        *app.world_mut().resource_mut::<ProjectionInUse>() = in_use;
        seek(&mut app, 3.0);
        let moved = app.world().resource::<Changes>().0;
        assert!(moved > 0);
        for _ in 0..5 {
            app.update();
        }
        assert_eq!(app.world().resource::<Changes>().0, moved, "{in_use:?}");
    }
}

#[test]
fn what_is_looked_at_has_the_same_size_in_both_projections() {
    let mut app = app();
    seek(&mut app, 5.0);
    let stand: CameraStand = camera(&mut app);
    let perspective: Transform = camera(&mut app);
    *app.world_mut().resource_mut::<ProjectionInUse>() = ProjectionInUse::Orthographic;
    app.update();
    assert_eq!(camera::<Transform>(&mut app), perspective);
    let Projection::Orthographic(orthographic) = camera(&mut app) else {
        panic!("not orthographic");
    };
    let ScalingMode::FixedVertical { viewport_height } = orthographic.scaling_mode else {
        panic!("{:?}", orthographic.scaling_mode);
    };
    let height = viewport_height * orthographic.scale;
    assert!((height / stand.0.height - 1.0).abs() < 1e-5, "{height}");
    assert!(orthographic.near < 0.0 && orthographic.far > 2.0 * stand.0.distance);
}

#[test]
fn the_users_camera_stays_across_stages_and_flies_back_when_given_back() {
    let mut app = app();
    seek(&mut app, 5.0);
    let mine: CameraStand = camera(&mut app);
    *app.world_mut().resource_mut::<CameraControl>() = CameraControl::User;
    seek(&mut app, 30.0);
    assert_eq!(camera::<CameraStand>(&mut app), mine);

    let mut control = app.world_mut().resource_mut::<CameraControl>();
    control.give_back(mine.0);
    let mut frames = 0;
    while *app.world().resource::<CameraControl>() != CameraControl::Guided {
        let before: CameraStand = camera(&mut app);
        seek(&mut app, 30.0 + 0.05 * f64::from(frames));
        let after: CameraStand = camera(&mut app);
        let seen = before.0.distance.max(after.0.distance);
        assert!(before.0.target.distance(after.0.target) < 0.4 * seen);
        frames += 1;
        assert!(frames < 100, "the flight does not end");
    }
    assert!((f64::from(frames) * 0.05 - f64::from(FLIGHT_SECONDS)).abs() < 0.11);
    let show = app.world().resource::<CurrentShow>().show.clone();
    let time = app.world().resource::<Transport>().time();
    let framing = show.framing(time).unwrap();
    let wanted = framing.fit(16.0 / 9.0, VERTICAL_FIELD_OF_VIEW);
    assert_eq!(camera::<CameraStand>(&mut app).0, wanted);
}
