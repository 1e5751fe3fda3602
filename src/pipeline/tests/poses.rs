//! Time has one direction only for the user: a pose at a time is the same however one got there,
//! and nothing jumps while a stage is on.

mod support;

use std::collections::HashMap;

use orrery_pipeline::{CellPose, Scene, Show};
use proptest::prelude::*;

fn default_show() -> Show {
    support::show(
        support::configurations().swap_remove(0),
        "hello",
        &support::options(),
    )
}

/// Follows a show as the app does: on a new stage all cells are posed, afterwards only the columns
/// of groups that say they change.
#[derive(Default)]
struct Follower {
    at: Option<(usize, f32)>,
    poses: HashMap<(usize, usize, usize), CellPose>,
}

impl Follower {
    fn go(&mut self, show: &Show, time: f64) {
        let (segment, s) = show.timeline().at(time).expect("a time of the show");
        let scene = show.scene(segment).expect("a scene");
        let from = self.at.filter(|&(was, _)| was == segment).map(|(_, s)| s);
        if from.is_none() {
            self.poses.clear();
        }
        for (index, group) in scene.groups.iter().enumerate() {
            let columns = from.map_or(0..group.columns, |from| group.columns_between(from, s));
            for row in 0..group.rows {
                for column in columns.clone() {
                    self.poses
                        .insert((index, row, column), group.pose(row, column, s));
                }
            }
        }
        self.at = Some((segment, s));
    }
}

#[test]
fn playing_seeking_and_stepping_back_show_the_same() {
    let show = default_show();
    let duration = show.timeline().duration();
    let end = duration.min(60.0);
    let checks: Vec<f64> = (1..24).map(|i| end * f64::from(i) / 24.0).collect();

    let mut played = Follower::default();
    let mut stepped_back = Follower::default();
    let mut seen = Vec::new();
    let mut time = 0.0;
    for &check in &checks {
        while time < check - 0.05 {
            time += 0.04;
            played.go(&show, time);
        }
        played.go(&show, check);
        seen.push(played.poses.clone());
    }
    stepped_back.go(&show, end);
    for (&check, seen) in checks.iter().zip(&seen).rev() {
        stepped_back.go(&show, check + 0.02);
        stepped_back.go(&show, check);
        assert_eq!(&stepped_back.poses, seen, "stepping back to {check}");
        let mut sought = Follower::default();
        sought.go(&show, check);
        assert_eq!(&sought.poses, seen, "seeking to {check}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_route_leads_to_the_same_picture(route in prop::collection::vec(0.0f64..1.0, 1..6)) {
        let show = default_show();
        let duration = show.timeline().duration();
        let mut follower = Follower::default();
        for part in &route {
            // hops within a stage and across stages
            follower.go(&show, part * duration);
            follower.go(&show, (part * duration + 0.3).min(duration));
        }
        let last = (route[route.len() - 1] * duration + 0.3).min(duration);
        let mut sought = Follower::default();
        sought.go(&show, last);
        prop_assert_eq!(follower.poses, sought.poses);
    }
}

#[test]
fn no_cell_jumps_while_a_stage_is_on() {
    for config in support::configurations() {
        let show = support::show(config, "to be", &support::options());
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let scene = show.scene(index).expect("a scene");
            let frames = (segment.duration() * 60.0) as usize;
            // the camera may still stand where the stage before was framed
            let width = [0.0, segment.appear]
                .map(|s| {
                    show.framing(segment.start + f64::from(s))
                        .expect("a framing")
                })
                .map(|framing| 2.0 * framing.half_extent.max_element())
                .into_iter()
                .fold(0.0, f32::max);
            // every seventh pair of frames: enough to find a jump, fast enough to run always
            for frame in (0..frames).step_by(7) {
                let (s, next) = (frame as f32 / 60.0, (frame + 1) as f32 / 60.0);
                for group in &scene.groups {
                    for row in 0..group.rows {
                        let column = (row * 5) % group.columns;
                        let a = group.pose(row, column, s);
                        let b = group.pose(row, column, next);
                        // a copy that vanishes here and another that appears there is no jump
                        let there = |pose: &CellPose| pose.size.min_element() > 0.3 && !pose.ghost;
                        if !there(&a) || !there(&b) {
                            continue;
                        }
                        let way = a.position.distance(b.position);
                        // a flight over the whole picture takes a dozen frames or more; parking
                        // leads 90 units away within an appear phase
                        let limit =
                            (0.1 * width).max(8.0) * (2.0 / segment.appear.max(0.2)).max(1.0);
                        assert!(
                            way < limit,
                            "{:?} at {s:.3}: {way} units, row {row}, column {column}, {:?}",
                            segment.kind,
                            group.role
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn no_instant_is_empty() {
    let show = default_show();
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        let scene = show.scene(index).expect("a scene");
        for step in 0..=20 {
            let s = segment.duration() * step as f32 / 20.0;
            let (visible, _) = scene.census(s, 1.0 / 60.0);
            assert!(
                visible >= 30,
                "{:?} shows {visible} cells at {s}",
                segment.kind
            );
        }
    }
}

/// Everything that can be seen at `s` seconds of a scene.
fn seen_at(scene: &Scene, s: f32) -> Vec<CellPose> {
    let mut poses = Vec::new();
    for group in &scene.groups {
        for row in 0..group.rows {
            let row = (0..group.columns).map(|column| group.pose(row, column, s));
            poses.extend(row.filter(|pose| pose.size.max_element() > 0.3 && !pose.ghost));
        }
    }
    poses
}

#[test]
fn a_stage_begins_with_what_the_stage_before_ended_with() {
    /// How far a cell may come in a sixtieth of a second, in units.
    const NEAR: f32 = 1.0;
    for config in support::configurations() {
        let show = support::show(config, "to be", &support::options());
        let segments = show.timeline().segments();
        for (index, pair) in segments.windows(2).enumerate() {
            let scenes = [index, index + 1].map(|at| show.scene(at).expect("a scene"));
            let before = seen_at(scenes[0], pair[0].duration());
            let after = seen_at(scenes[1], 0.0);
            for (these, those, what) in [
                (&before, &after, "vanishes"),
                (&after, &before, "comes out of nothing"),
            ] {
                for pose in these {
                    let same = |other: &CellPose| {
                        other.position.distance(pose.position) < NEAR
                            && (other.size - pose.size).abs().max_element() < 0.5
                    };
                    assert!(
                        those.iter().any(same),
                        "between {:?} and {:?} a cell at {} of size {} {what}",
                        pair[0].kind,
                        pair[1].kind,
                        pose.position,
                        pose.size
                    );
                }
            }
        }
    }
}

#[test]
fn everything_that_acts_is_framed() {
    for config in support::configurations() {
        let show = support::show(config, "what light", &support::options());
        support::framing::assert_all_framed(&show);
    }
}
