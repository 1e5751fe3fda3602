//! The draw: the strip's pieces are the probabilities, the random number falls on the drawn token's piece,
//! and what is excluded is seen to be.

mod support;

use orrery_model::{GptConfig, SamplingSettings};
use orrery_pipeline::scene::{Group, Scene};
use orrery_pipeline::{Operand, SamplingTensor, Show, ShowOptions, StageKind};
use proptest::prelude::*;

fn show(config: GptConfig, sampling: SamplingSettings) -> Show {
    let options = ShowOptions {
        tokens: 1,
        sampling,
        ..support::options()
    };
    if config.vocab_size == 32 {
        support::show(config, "what light", &options)
    } else {
        support::large_show(config, 7, &options)
    }
}

/// The scene of the draw and its length in seconds.
fn draw_scene(show: &Show) -> (&Scene, f32) {
    let segments = show.timeline().segments();
    let index = segments
        .iter()
        .position(|segment| segment.kind == StageKind::Draw)
        .expect("a draw");
    (
        show.scene(index).expect("a scene"),
        segments[index].duration(),
    )
}

/// The bars and the strip: both show the probabilities at last.
fn bars_and_strip(scene: &Scene) -> (&Group, &Group) {
    let probabilities: Operand = SamplingTensor::Probabilities.into();
    let mut shown = scene.groups.iter().filter(|group| {
        group.final_layer().and_then(|layer| layer.operand()) == Some(probabilities)
    });
    let (bars, strip) = (shown.next(), shown.next());
    (bars.expect("bars"), strip.expect("a strip"))
}

fn check(show: &Show) -> Result<(), TestCaseError> {
    let (scene, duration) = draw_scene(show);
    let draw = &show.passes()[0].draw;
    let (bars, strip) = bars_and_strip(scene);
    // before the needle leaves
    let s = duration - 0.35;
    let pieces: Vec<_> = (0..strip.columns)
        .map(|column| strip.pose(0, column, s))
        .collect();
    let drawn = (0..strip.columns)
        .find(|&column| strip.whole_column(column) == draw.token_id)
        .expect("the drawn token is shown");
    let edges = |column: usize| {
        let half = pieces[column].size.x * 0.5;
        (
            pieces[column].position.x - half,
            pieces[column].position.x + half,
        )
    };
    // pieces follow one another and are as wide as they are likely
    let (left, right) = (
        strip.placement.position(0, 0).x - strip.placement.right.x * 0.5,
        strip.placement.position(0, strip.columns - 1).x + strip.placement.right.x * 0.5,
    );
    let length = right - left;
    for column in 0..strip.columns {
        let p = draw.probabilities[strip.whole_column(column)];
        let (from, to) = edges(column);
        prop_assert!((to - from - p * length).abs() <= 1e-4);
        prop_assert!(from >= left - 1e-3 && to <= right + 1e-3);
        if column > 0 {
            prop_assert!(edges(column - 1).1 <= from + 2e-3);
        }
    }
    // the needle is there where there is chance, and stands on the drawn piece
    let needles: Vec<_> = scene
        .groups
        .iter()
        .filter(|group| {
            let name = group.layers[0].step_name();
            name.is_some_and(|name| name.to_string() == "u")
        })
        .map(|group| group.pose(0, 0, s))
        .collect();
    match draw.u {
        None => prop_assert!(needles.is_empty()),
        Some(_) => {
            prop_assert_eq!(needles.len(), 2);
            let (from, to) = edges(drawn);
            for needle in needles {
                // the whole needle, in the plane of its piece
                let half = needle.size.x * 0.5;
                prop_assert!(needle.position.x - half >= from - 2e-3);
                prop_assert!(needle.position.x + half <= to + 2e-3);
                prop_assert_eq!(needle.position.z, pieces[drawn].position.z);
                prop_assert_eq!(needle.size.z, pieces[drawn].size.z);
            }
        }
    }
    // all pieces lie in one plane
    for piece in &pieces {
        prop_assert_eq!(piece.position.z, pieces[drawn].position.z);
    }
    // the drawn piece alone is lit
    for (column, piece) in pieces.iter().enumerate() {
        prop_assert_eq!(piece.glow > 0.5, column == drawn);
    }
    // what is excluded is hatched and lower than any that stays
    for column in 0..bars.columns {
        let id = bars.whole_column(column);
        let stays = draw.candidates.iter().any(|c| c.token_id == id);
        let pose = bars.pose(0, column, s);
        prop_assert_eq!(pose.tint.masked, !stays, "token {}", id);
        if !stays {
            prop_assert!(pose.position.z < 0.0, "{id} is not sunken");
        }
    }
    Ok(())
}

/// How far a point lies right of the middle of a picture, in halves of its width.
fn across(show: &Show, time: f64, point: glam::Vec3) -> f64 {
    let framing = show.framing(time).expect("a framing");
    let pose = framing.fit(16.0 / 9.0, 0.5);
    // in double precision: the edges that are compared may be very near to one another
    let seen = pose.rotation().inverse().as_dquat() * (point - pose.position()).as_dvec3();
    seen.x / -seen.z / 0.25f64.tan() / (16.0 / 9.0)
}

#[test]
fn a_random_number_near_an_edge_is_seen_on_its_side_at_every_instant() {
    let config = GptConfig {
        n_blocks: 1,
        ..support::configurations().swap_remove(0)
    };
    let sampling = |seed| SamplingSettings {
        temperature: 1.5,
        seed,
        ..SamplingSettings::default()
    };
    // seeds whose random number lies within a thousandth of an edge between two pieces
    let draw = show(config.clone(), sampling(0)).passes()[0].draw.clone();
    let mut edges = vec![0.0f64];
    for &p in &draw.probabilities {
        edges.push(edges[edges.len() - 1] + f64::from(p));
    }
    let step = (0..40)
        .find(|&step| Some(sampling(0).uniform(step)) == draw.u)
        .expect("the step of the draw");
    let near = (0..3000).filter(|&seed| {
        let u = sampling(seed).uniform(step);
        let inner = &edges[1..edges.len() - 1];
        inner
            .iter()
            .any(|edge| (edge - u).abs() < 1e-3 && *edge < 0.999)
    });
    let near: Vec<u64> = near.take(12).collect();
    assert_eq!(near.len(), 12);
    for seed in near {
        let show = show(config.clone(), sampling(seed));
        let (scene, duration) = draw_scene(&show);
        let mut segments = show.timeline().segments().iter();
        let index = segments.position(|segment| segment.kind == StageKind::Draw);
        let index = index.expect("a draw");
        let begin = show.timeline().segments()[index].start;
        let drawn = show.passes()[0].draw.token_id;
        let (_, strip) = bars_and_strip(scene);
        let needles = scene.groups.iter().filter(|group| {
            let name = group.layers[0].step_name();
            name.is_some_and(|name| name.to_string() == "u")
        });
        let needles: Vec<&Group> = needles.collect();
        let (mut compared, mut close) = (0, false);
        for tenth in 0..(duration * 10.0) as usize {
            let s = tenth as f32 * 0.1;
            let time = begin + f64::from(s);
            close |= show.framing(time).expect("a framing").half_extent.x < 2.0;
            let piece = strip.pose(0, drawn, s);
            for needle in &needles {
                let needle = needle.pose(0, 0, s);
                // not while it comes or goes
                let landed = needle.visible()
                    && needle.position.z == piece.position.z
                    && needle.size.z == piece.size.z;
                if !landed || !piece.visible() {
                    continue;
                }
                let side = |pose: &orrery_pipeline::CellPose, side: f32| {
                    let front = glam::Vec3::new(side * pose.size.x, 0.0, pose.size.z) * 0.5;
                    across(&show, time, pose.position + front)
                };
                // a hundredth of a pixel in a picture of 1280
                let near = 0.01 / 640.0;
                let sides = [
                    side(&needle, -1.0),
                    side(&piece, -1.0),
                    side(&needle, 1.0),
                    side(&piece, 1.0),
                ];
                let message = format!("seed {seed} at {s}: {sides:?} {:?}", show.framing(time));
                assert!(
                    side(&needle, -1.0) >= side(&piece, -1.0) - near,
                    "{message}"
                );
                assert!(side(&needle, 1.0) <= side(&piece, 1.0) + near, "{message}");
                compared += 1;
            }
        }
        assert!(compared > 10 && close, "seed {seed}: {compared}");
        // and the words say the same
        let told = show.caption(index, duration - 0.4);
        let line = told
            .and_then(|(_, formula)| formula)
            .expect("a formula")
            .to_string();
        let symbol = orrery_pipeline::visible_token(show.passes()[0].drawn());
        // a sign of punctuation stands between quotation marks, so that it is not read as one of the formula
        let quoted = ["'", "\""].map(|mark| format!("c[{mark}{symbol}{mark}]"));
        let plain = format!("c[{symbol}]");
        let letter = symbol.chars().any(|letter| !letter.is_ascii_punctuation());
        let named = quoted.iter().any(|name| line.contains(name));
        assert!(if letter { line.contains(&plain) } else { named }, "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_random_number_falls_on_the_drawn_piece(
        temperature in prop_oneof![Just(0.0f32), 0.1f32..3.0],
        top_k in prop::option::of(1usize..40),
        top_p in prop::option::of(0.05f32..1.0),
        seed in any::<u64>(),
        words in any::<bool>(),
    ) {
        let config = if words {
            support::large_configurations().swap_remove(1)
        } else {
            support::configurations().swap_remove(0)
        };
        let config = GptConfig { n_blocks: 1, ..config };
        check(&show(config, SamplingSettings { temperature, top_k, top_p, seed }))?;
    }
}

#[test]
fn likely_tokens_carry_their_percentage() {
    let sampling = SamplingSettings {
        temperature: 0.9,
        ..support::options().sampling
    };
    let show = show(support::configurations().swap_remove(0), sampling);
    let (scene, _) = draw_scene(&show);
    let draw = &show.passes()[0].draw;
    for p in draw.probabilities.iter().filter(|&&p| p >= 0.03) {
        let wanted = format!("{:.0}%", p * 100.0);
        assert!(
            scene
                .labels
                .iter()
                .any(|label| label.text.to_string() == wanted),
            "{wanted}"
        );
    }
}
