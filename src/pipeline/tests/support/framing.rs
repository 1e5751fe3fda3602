//! Whether the camera sees what acts.

use orrery_pipeline::motion::Motion;
use orrery_pipeline::scene::{Role, Scene};
use orrery_pipeline::{Segment, Show, StageKind};

/// Everything that acts lies within the picture, at each tenth of a second from when a stage's matrices
/// have arrived to its end.
pub fn assert_all_framed(show: &Show) {
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        let scene = show.scene(index).expect("a scene");
        let tenths = (segment.appear * 10.0).ceil() as usize..(segment.duration() * 10.0) as usize;
        for s in tenths.map(|tenth| tenth as f32 / 10.0) {
            assert_framed(show, scene, segment, s);
        }
    }
}

fn assert_framed(show: &Show, scene: &Scene, segment: &Segment, s: f32) {
    /// What is left free at each edge, as a share of half the picture.
    const MARGIN: f32 = 0.02;
    let framing = show
        .framing(segment.start + f64::from(s))
        .expect("a framing");
    // a close look is at a part on purpose, and the way there and back
    let whole = scene
        .shots
        .first()
        .map_or(0.0, |shot| shot.framing.half_extent.x);
    if segment.kind == StageKind::Draw && framing.half_extent.x < 0.99 * whole {
        return;
    }
    let pose = framing.fit(16.0 / 9.0, 0.5);
    let inverse = pose.rotation().inverse();
    for group in &scene.groups {
        let acts = |motion: &Motion| motion.window().1 > s && motion.window().0 <= s;
        let counts = group.role == Role::Matrix && !group.vanishes();
        if !counts || !group.motions.iter().any(acts) {
            continue;
        }
        for (row, column) in [(0, 0), (group.rows - 1, group.columns - 1)] {
            let position = group.final_placement().position(row, column);
            let seen = inverse * (position - pose.position());
            let up = seen.y / -seen.z / 0.25f32.tan();
            let right = seen.x / -seen.z / 0.25f32.tan() / (16.0 / 9.0);
            assert!(
                up.abs() < 1.0 - MARGIN && right.abs() < 1.0 - MARGIN,
                "{:?} at {s:.1}: {:?} is at {right:.2} {up:.2}",
                segment.kind,
                group.layers[0].operand()
            );
        }
    }
}
