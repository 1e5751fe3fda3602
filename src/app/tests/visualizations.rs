//! What every visualization owes, asked of each that there is: of those that are compiled in and of the scripts that ship,
//! in models of all kinds.

#[allow(dead_code, reason = "no test file uses all of it")]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy::math::{Vec2, Vec3};
use orrery::looks::{Chosen, registry};
use orrery::show::{CurrentShow, NamedModel, ShowSettings};
use orrery_model::{
    Activation, Biases, Gpt, GptConfig, NormPlacement, SamplingSettings, Tokenizer,
};
use orrery_pipeline::camera::CameraPose;
use orrery_pipeline::motion::{MotionKind, ProductRole};
use orrery_pipeline::scene::Role;
use orrery_pipeline::shaping::ShapedShow;
use orrery_pipeline::{CellPose, Detail, Pacing, Ray, Scene, ShowOptions};

const ASPECT: f32 = 16.0 / 9.0;
const VERTICAL_FOV: f32 = 0.5;

/// Models of each kind, small, and some of the size that people train.
fn configurations() -> Vec<GptConfig> {
    let small = GptConfig {
        n_blocks: 2,
        ..GptConfig::default()
    };
    vec![
        small.clone(),
        GptConfig {
            norm_placement: NormPlacement::Pre,
            activation: Activation::GeluTanh,
            biases: Biases::NONE,
            final_norm: true,
            n_heads: 2,
            d_model: 12,
            d_ff: 20,
            ..small.clone()
        },
        GptConfig {
            n_heads: 1,
            d_model: 8,
            d_ff: 24,
            biases: Biases::GPT2,
            ..small.clone()
        },
        // wider than the stage, with more heads than it has room for
        GptConfig {
            norm_placement: NormPlacement::Pre,
            final_norm: true,
            n_heads: 16,
            d_model: 256,
            d_ff: 1024,
            context_length: 80,
            ..small
        },
    ]
}

fn show(config: GptConfig, prompt: &str) -> CurrentShow {
    CurrentShow::new(ShowSettings {
        model: NamedModel {
            gpt: Arc::new(Gpt::random(config, 11).expect("a valid configuration")),
            tokenizer: Arc::new(Tokenizer::charlm()),
            name: "random".to_owned(),
            options: Vec::new(),
        },
        prompt: prompt.to_owned(),
        lossy: false,
        options: ShowOptions {
            tokens: 1,
            sampling: SamplingSettings::default(),
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: orrery_pipeline::Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped().expect("the shipped pacing"),
    })
    .expect("a show")
}

/// The same show as each visualization shows it.
fn each(show: &CurrentShow) -> Vec<(String, ShapedShow)> {
    let (all, wrong) = registry::with_scripts(&[]).expect("no two of one name");
    assert_eq!(wrong, [""; 0], "the scripts that ship are good");
    all.all()
        .map(|found| {
            let mut chosen = Chosen::default();
            chosen.choose_for_all(&found.identifier);
            let shaped = ShapedShow::new(show.show.clone(), chosen.looks(&all));
            (found.identifier.clone(), shaped)
        })
        .collect()
}

fn each_cell(scene: &Scene, mut call: impl FnMut(usize, usize, usize)) {
    for (index, group) in scene.groups.iter().enumerate() {
        for row in 0..group.rows {
            for column in 0..group.columns {
                call(index, row, column);
            }
        }
    }
}

fn poses(scene: &Scene, s: f32) -> Vec<CellPose> {
    let mut poses = Vec::new();
    each_cell(scene, |group, row, column| {
        poses.push(scene.groups[group].pose(row, column, s));
    });
    poses
}

/// Where a point lies in the picture, in halves of it from its middle.
fn project(pose: &CameraPose, point: Vec3) -> Vec2 {
    let seen = pose.rotation().inverse() * (point - pose.position());
    let half = -seen.z * (VERTICAL_FOV * 0.5).tan();
    Vec2::new(seen.x / (half * ASPECT), seen.y / half)
}

/// Some instants of each segment.
const PARTS: [f32; 4] = [0.02, 0.35, 0.6, 0.97];

#[test]
fn cells_have_finite_places_and_what_is_made_is_framed() {
    for config in configurations() {
        let show = show(config, "to be or");
        for (name, shaped) in each(&show) {
            for (index, segment) in show.show.timeline().segments().iter().enumerate() {
                let scene = shaped.scene(index).expect("a scene");
                for part in PARTS {
                    let s = segment.duration() * part;
                    for pose in poses(scene, s) {
                        assert!(
                            pose.position.is_finite()
                                && pose.size.is_finite()
                                && pose.glow.is_finite(),
                            "{name}: {pose:?}"
                        );
                        assert!(pose.size.min_element() >= 0.0, "{name}: {pose:?}");
                    }
                }
                // when all has arrived, what the stage has made is in the picture
                let s = segment.duration() * 0.98;
                let framing = shaped
                    .framing(segment.start + f64::from(s))
                    .expect("a framing");
                let camera = framing.fit(ASPECT, VERTICAL_FOV);
                for group in scene
                    .groups
                    .iter()
                    .filter(|group| group.role == Role::Matrix)
                {
                    let made = group.motions.iter().any(|motion| {
                        let makes = matches!(
                            motion.kind,
                            MotionKind::Appear(_)
                                | MotionKind::Arrive(..)
                                | MotionKind::Product(_, ProductRole::Result)
                        );
                        let (from, to) = motion.window();
                        makes && motion.operation.is_some() && from >= 0.0 && to < s
                    });
                    for (row, column) in [(0, 0), (group.rows - 1, group.columns - 1)] {
                        let pose = group.pose(row, column, s);
                        if made && pose.visible() && !pose.ghost && !group.vanishes() {
                            let at = project(&camera, pose.position);
                            assert!(
                                at.abs().max_element() < 1.0,
                                "{name}: {:?} at {at} in {:?}",
                                group.layers[0].operand(),
                                segment.kind
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_same_show_gives_the_same_scene_and_seeking_is_playing() {
    let show = show(configurations().swap_remove(0), "hello");
    for ((name, one), (_, other)) in each(&show).into_iter().zip(each(&show)) {
        for (index, segment) in show.show.timeline().segments().iter().enumerate() {
            let scenes = [&one, &other].map(|shaped| shaped.scene(index).expect("a scene"));
            // only the columns that say that they change are posed anew, as the drawing does it
            let mut played = poses(scenes[0], 0.0);
            let mut before = 0.0;
            for step in 1..=30 {
                let s = segment.duration() * step as f32 / 30.0;
                let mut at = 0;
                for group in &scenes[0].groups {
                    let columns = group.columns_between(before, s);
                    for row in 0..group.rows {
                        for column in 0..group.columns {
                            if columns.contains(&column) {
                                played[at] = group.pose(row, column, s);
                            }
                            at += 1;
                        }
                    }
                }
                before = s;
                if step % 10 == 0 {
                    assert_eq!(played, poses(scenes[1], s), "{name}, {:?}", segment.kind);
                }
            }
        }
    }
}

#[test]
fn colour_is_the_palettes_at_the_value() {
    let show = show(configurations().swap_remove(0), "hello");
    for (name, shaped) in each(&show) {
        let mut checked = 0;
        for (index, segment) in show.show.timeline().segments().iter().enumerate() {
            let scene = shaped.scene(index).expect("a scene");
            let s = segment.duration();
            for group in scene
                .groups
                .iter()
                .filter(|group| group.role == Role::Matrix)
            {
                for row in 0..group.rows {
                    for column in 0..group.columns {
                        let pose = group.pose(row, column, s);
                        let layer = group.layer_of(row, column, s).expect("a layer");
                        let value = layer.values[(row, column)];
                        if pose.visible() && !pose.ghost && !pose.tint.masked {
                            assert_eq!(pose.tint, layer.scale.tint(value), "{name}");
                            checked += 1;
                        }
                    }
                }
            }
        }
        assert!(checked > 1_000, "{name}: {checked}");
    }
}

#[test]
fn pointing_gives_the_cell_that_is_drawn() {
    let show = show(configurations().swap_remove(0), "to be or");
    for (name, shaped) in each(&show) {
        let (mut same, mut hidden, mut explained) = (0, 0, 0);
        let segments = show.show.timeline().segments().iter().enumerate();
        for (index, segment) in segments {
            let scene = shaped.scene(index).expect("a scene");
            let s = segment.duration() * 0.8;
            let framing = shaped
                .framing(segment.start + f64::from(s))
                .expect("a framing");
            let camera = framing.fit(ASPECT, VERTICAL_FOV);
            let mut at = 0;
            each_cell(scene, |group, row, column| {
                at += 1;
                let pose = scene.groups[group].pose(row, column, s);
                let place = project(&camera, pose.position);
                if at % 41 != 0 || !pose.visible() || place.abs().max_element() > 1.0 {
                    return;
                }
                let origin = camera.position();
                let ray = Ray {
                    origin,
                    direction: pose.position - origin,
                };
                let picked = scene.pick(&ray, s).expect("the cell, or one before it");
                let cell = picked.cell;
                if (cell.group, cell.row, cell.column) == (group, row, column) {
                    same += 1;
                    let shown = scene.groups[group].role == Role::Matrix && !pose.ghost;
                    let explanation = show.show.explain_in(scene, s, cell);
                    if let Some(explanation) = explanation.filter(|_| shown) {
                        let layer = scene.groups[group]
                            .layer_of(row, column, s)
                            .expect("a layer");
                        let value = layer.values[(row, column)];
                        assert!(
                            explanation.value == value || value.is_nan(),
                            "{name}: {}",
                            explanation.name
                        );
                        explained += 1;
                    }
                } else {
                    let (own, _) = ray
                        .through_box(pose.position, pose.size)
                        .expect("its own box");
                    assert!(picked.distance <= own + 1e-4, "{name}");
                    hidden += 1;
                }
            });
        }
        assert!(
            same > 60 && hidden < same && explained > 40,
            "{name}: {same}, {hidden}, {explained}"
        );
    }
}

#[test]
fn the_told_cell_is_found_in_every_visualization_or_in_none_of_its_cells() {
    let mut found = std::collections::BTreeMap::<String, usize>::new();
    for config in configurations().into_iter().take(2) {
        let show = show(config, "to be or");
        for (name, shaped) in each(&show) {
            for index in 0..show.show.timeline().segments().len() {
                let told = show.show.scene(index).expect("a scene");
                let picture = shaped.scene(index).expect("a scene");
                for worked in told.captions.iter().flat_map(|caption| &caption.worked) {
                    let s = worked.window.end - 1e-3;
                    let Some(at) = told.counterpart(worked.shown, s, picture) else {
                        continue;
                    };
                    *found.entry(name.clone()).or_default() += 1;
                    let value = |scene: &Scene, cell: orrery_pipeline::scene::SceneCell| {
                        let group = &scene.groups[cell.group];
                        let layer = group.layer_of(cell.row, cell.column, s).expect("a layer");
                        (layer.shows, layer.values[(cell.row, cell.column)].to_bits())
                    };
                    assert_eq!(value(told, worked.shown), value(picture, at), "{name}");
                    if name == "cubes" {
                        assert_eq!(at, worked.shown);
                    }
                }
            }
        }
    }
    for name in ["cubes", "skyline", "tapestry", "tower"] {
        assert!(
            found.get(name).is_some_and(|&found| found > 5),
            "{name}: {found:?}"
        );
    }
}
