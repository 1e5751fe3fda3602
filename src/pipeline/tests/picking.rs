//! What is pointed at in the picture is the cell that is drawn there.

mod support;

use glam::{Vec2, Vec3};
use orrery_pipeline::camera::CameraPose;
use orrery_pipeline::{CellPose, Picked, Ray, Scene, SceneCell, Show};

const ASPECT: f32 = 16.0 / 9.0;
const VERTICAL_FOV: f32 = 0.5;

/// How the stage becomes a picture.
#[derive(Clone, Copy, Debug)]
enum Projection {
    Perspective,
    Orthographic,
}

impl Projection {
    /// Where a point lies in the picture, in halves of it from its middle.
    fn project(self, pose: &CameraPose, point: Vec3) -> Vec2 {
        let seen = pose.rotation().inverse() * (point - pose.position());
        let half_height = match self {
            Self::Perspective => -seen.z * (VERTICAL_FOV * 0.5).tan(),
            Self::Orthographic => pose.height * 0.5,
        };
        Vec2::new(seen.x / (half_height * ASPECT), seen.y / half_height)
    }

    /// The line of sight through a point of the picture.
    fn ray(self, pose: &CameraPose, point: Vec2) -> Ray {
        let across = Vec2::new(point.x * ASPECT, point.y);
        match self {
            Self::Perspective => {
                let half = (VERTICAL_FOV * 0.5).tan();
                Ray {
                    origin: pose.position(),
                    direction: pose.rotation() * (across * half).extend(-1.0),
                }
            }
            Self::Orthographic => {
                let beside = pose.rotation() * (across * pose.height * 0.5).extend(0.0);
                Ray {
                    origin: pose.position() + beside,
                    direction: pose.rotation() * Vec3::NEG_Z,
                }
            }
        }
    }
}

/// Every cell that is drawn at `s`.
fn drawn(scene: &Scene, s: f32) -> Vec<(SceneCell, CellPose)> {
    let mut all = Vec::new();
    for (index, group) in scene.groups.iter().enumerate() {
        for row in 0..group.rows {
            for column in 0..group.columns {
                let pose = group.pose(row, column, s);
                let cell = SceneCell {
                    group: index,
                    row,
                    column,
                };
                if pose.visible() {
                    all.push((cell, pose));
                }
            }
        }
    }
    all
}

/// The nearest of these cells along a ray, found by asking each.
fn nearest(drawn: &[(SceneCell, CellPose)], ray: &Ray) -> Option<Picked> {
    let met = drawn.iter().filter_map(|(cell, pose)| {
        let (distance, _) = ray.through_box(pose.position, pose.size)?;
        Some(Picked {
            cell: *cell,
            distance,
        })
    });
    met.min_by(|a, b| a.distance.total_cmp(&b.distance))
}

/// 30 instants of a show: in each of its stages, and all through it.
fn instants(show: &Show) -> Vec<f64> {
    let all = show.timeline().duration();
    (0..30)
        .map(|i| all * (f64::from(i) + 0.43) / 30.0)
        .collect()
}

fn check(show: &Show) {
    let (mut same, mut hidden) = (0, 0);
    for time in instants(show) {
        let (segment, s) = show.timeline().at(time).expect("a time of the show");
        let scene = show.scene(segment).expect("a scene");
        let pose = show
            .framing(time)
            .expect("a framing")
            .fit(ASPECT, VERTICAL_FOV);
        let drawn = drawn(scene, s);
        for projection in [Projection::Perspective, Projection::Orthographic] {
            let step = drawn.len().div_ceil(50).max(1);
            for (cell, there) in drawn.iter().step_by(step) {
                let at = projection.project(&pose, there.position);
                if at.abs().max_element() > 1.0 {
                    continue;
                }
                let ray = projection.ray(&pose, at);
                let picked = scene.pick(&ray, s).expect("the cell, or one before it");
                if picked.cell == *cell {
                    same += 1;
                    continue;
                }
                // another stands before it, and is met there
                let own = ray.through_box(there.position, there.size);
                let own = own.unwrap_or_else(|| panic!("{projection:?} misses {cell:?}"));
                assert!(picked.distance <= own.0, "{picked:?} before {cell:?}");
                hidden += 1;
            }
            // wherever one points, the nearest of all cells is found
            for i in 0..24 {
                let at = Vec2::new(
                    (i % 6) as f32 / 2.5 - 1.0 + 0.013,
                    (i / 6) as f32 / 1.5 - 1.0 + 0.017,
                );
                let ray = projection.ray(&pose, at);
                let (found, wanted) = (scene.pick(&ray, s), nearest(&drawn, &ray));
                let distance = |picked: Option<Picked>| picked.map(|picked| picked.distance);
                assert_eq!(
                    distance(found),
                    distance(wanted),
                    "{found:?}, not {wanted:?}"
                );
            }
        }
    }
    println!("{same} gave themselves back, {hidden} stand behind others");
    assert!(same > 500 && hidden * 4 < same, "{same}, {hidden}");
}

#[test]
fn pointing_at_a_cells_centre_gives_the_cell_back() {
    for config in support::configurations() {
        let options = orrery_pipeline::ShowOptions {
            tokens: 1,
            ..support::options()
        };
        check(&support::show(config, "to be or", &options));
    }
}

#[test]
fn pointing_gives_the_cell_back_in_paged_models_too() {
    let options = orrery_pipeline::ShowOptions {
        tokens: 1,
        opened: [0].into(),
        ..support::options()
    };
    for config in support::large_configurations() {
        check(&support::large_show(config, 7, &options));
    }
}

#[test]
fn where_a_group_stands_is_known_at_any_time() {
    let show = support::show(
        support::configurations().swap_remove(0),
        "to be",
        &support::options(),
    );
    let mut stood = 0;
    for time in instants(&show) {
        let (segment, s) = show.timeline().at(time).expect("a time of the show");
        for group in &show.scene(segment).expect("a scene").groups {
            let pose = group.pose(0, 0, s);
            let still = !group.changes_between(s - 0.01, s + 0.01);
            if still && group.rows > 1 && pose.visible() {
                assert_eq!(pose.position, group.placement_at(s).position(0, 0));
                stood += 1;
            }
        }
    }
    assert!(stood > 50, "{stood}");
}
