use orrery_pipeline::cinema::ShotTable;
use orrery_plugin_api::StageView;

use super::*;
use crate::{
    looks::registry,
    show::CurrentShow,
    test_support::{app_with_small_show, set_clock},
};

fn app() -> App {
    let mut app = app_with_small_show();
    app.insert_resource(registry::compiled().unwrap())
        .init_resource::<VisualizationsOn>();
    app
}

fn choose(app: &mut App, identifier: &str) {
    app.world_mut()
        .resource_mut::<Chosen>()
        .choose_for_all(identifier);
    app.update();
}

/// Every pose of the picture, and what is framed.
fn picture(app: &App) -> (Vec<orrery_pipeline::CellPose>, Option<Framing>) {
    let view = app.world().resource::<StageView>();
    let scene = view.scene.as_ref().unwrap();
    let mut poses = Vec::new();
    for group in &scene.groups {
        for row in 0..group.rows {
            poses.extend((0..group.columns).map(|column| group.pose(row, column, view.seconds)));
        }
    }
    // what is not seen does not count
    poses.retain(|pose| pose.visible());
    poses.sort_by(|a, b| {
        a.position
            .to_array()
            .partial_cmp(&b.position.to_array())
            .unwrap()
    });
    (poses, app.world().resource::<Now>().framing)
}

/// A time within the first block.
fn in_a_block(app: &mut App) -> f64 {
    let show = app.world().resource::<CurrentShow>();
    let segments = show.show.timeline().segments();
    let segment = segments
        .iter()
        .find(|segment| segment.block.is_some())
        .unwrap();
    let time = segment.start + 0.6 * f64::from(segment.duration());
    set_clock(app, time, false);
    app.update();
    time
}

#[test]
fn ten_changes_end_in_the_same_picture_as_a_straight_run() {
    for last in ["cubes", "skyline", "tapestry", "tower", "arcs"] {
        let mut straight = app();
        choose(&mut straight, last);
        let time = in_a_block(&mut straight);

        let mut changed = app();
        changed.insert_resource(SwapClock);
        in_a_block(&mut changed);
        let names = ["skyline", "tower", "tapestry", "arcs", "cubes"];
        for at in 0..9 {
            choose(&mut changed, names[at % names.len()]);
            // in the middle of the change before, and while the show goes on
            changed.world_mut().resource_mut::<Swap>().set_share(0.3);
            set_clock(&mut changed, time * (0.7 + 0.05 * at as f64), false);
            changed.update();
        }
        choose(&mut changed, last);
        set_clock(&mut changed, time, false);
        changed.world_mut().remove_resource::<SwapClock>();
        changed.world_mut().resource_mut::<Swap>().set_share(1.0);
        changed.update();
        assert_eq!(picture(&changed), picture(&straight), "{last}");
    }
}

#[test]
fn a_change_begins_and_ends_without_a_jump() {
    let mut app = app();
    in_a_block(&mut app);
    for (from, to) in [
        ("cubes", "skyline"),
        ("skyline", "tower"),
        ("tower", "tapestry"),
    ] {
        choose(&mut app, from);
        let before = picture(&app);
        app.insert_resource(SwapClock);
        choose(&mut app, to);
        app.world_mut().remove_resource::<SwapClock>();
        let frame = |app: &mut App, share: f32| {
            app.world_mut().resource_mut::<Swap>().set_share(share);
            app.update();
            picture(app)
        };
        let (begins, was) = (frame(&mut app, 0.0).1.unwrap(), before.1.unwrap());
        assert!(begins.centre.distance(was.centre) < 1e-3, "{from} to {to}");
        assert!(begins.half_extent.distance(was.half_extent) < 1e-3);
        let mut last = before.1.unwrap();
        for step in 1..=50 {
            let (poses, framing) = frame(&mut app, step as f32 / 50.0);
            let framing = framing.unwrap();
            let size = framing.half_extent.max_element();
            assert!(
                framing.centre.distance(last.centre) < 0.3 * size,
                "{from} to {to}"
            );
            assert!(poses.iter().all(|pose| pose.position.is_finite()));
            last = framing;
        }
        let after = picture(&app);
        choose(&mut app, to);
        assert_eq!(picture(&app), after);
    }
}

#[test]
fn blocks_can_have_looks_of_their_own() {
    let mut app = app();
    in_a_block(&mut app);
    app.world_mut()
        .resource_mut::<Chosen>()
        .choose_for_block(0, "tapestry");
    app.update();
    let names = |app: &App| -> Vec<String> {
        let on = &app.world().resource::<VisualizationsOn>().on;
        on.iter().map(|on| on.identifier.clone()).collect()
    };
    assert_eq!(names(&app), ["tapestry"]);
    set_clock(&mut app, 0.0, false);
    app.update();
    assert_eq!(names(&app), ["cubes"]);
}

#[test]
fn whoever_directs_decides_what_is_framed() {
    let mut app = app();
    in_a_block(&mut app);
    // while the guided camera comes from the stage before
    let (time, end) = {
        let now = app.world().resource::<Now>();
        let segment = now.segment.unwrap();
        let part = f64::from(segment.duration()) * 0.04;
        (segment.start + part, segment.end() - 1e-3)
    };
    set_clock(&mut app, time, false);
    let framed = |app: &mut App, direction: Direction| {
        app.insert_resource(direction);
        app.update();
        app.world().resource::<Now>().framing.unwrap()
    };
    let guided = framed(&mut app, Direction::Guided);
    let shots = ShotTable::shipped().unwrap();
    let others = [
        Direction::Static,
        Direction::Orbit,
        Direction::Cinematic(Arc::new(shots)),
    ];
    let mut all = vec![guided];
    for direction in others {
        let own = framed(&mut app, direction.clone());
        assert!(!all.contains(&own), "{direction:?} frames as another does");
        all.push(own);
    }
    // the static camera sees a stage as it ends
    set_clock(&mut app, end, false);
    assert_eq!(framed(&mut app, Direction::Guided), all[1]);
    set_clock(&mut app, time, false);
    assert_eq!(framed(&mut app, Direction::Guided), guided);
}
