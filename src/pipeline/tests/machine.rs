//! The machine as a whole: for models of every kind and size its parts stand apart, it is framed, it
//! shows the model's own numbers, and the data goes through it without a jump and never back.

mod support;

use std::sync::Arc;

use glam::Vec3;
use orrery_model::{Activation, Biases, Gpt, GptConfig, NormPlacement, SamplingSettings, draw};
use orrery_pipeline::machine::{Machine, SAFE, SlabKind, hand, pose, work_of};
use orrery_pipeline::{Bounds, Pass, Quantity, StageKind};
use proptest::prelude::*;

fn config_strategy() -> impl Strategy<Value = GptConfig> {
    (
        (1usize..=12, 1usize..=8, 1usize..=12, 1usize..=140),
        (2usize..=300, 1usize..=64),
        any::<[bool; 4]>(),
    )
        .prop_map(
            |((n_blocks, n_heads, d_head, d_ff), (vocab_size, context_length), flags)| GptConfig {
                vocab_size,
                context_length,
                d_model: n_heads * d_head,
                n_heads,
                n_blocks,
                d_ff,
                norm_placement: if flags[0] {
                    NormPlacement::Pre
                } else {
                    NormPlacement::Post
                },
                activation: Activation::Relu,
                biases: if flags[1] { Biases::GPT2 } else { Biases::NONE },
                final_norm: flags[2],
                tied_head: flags[3],
                ..GptConfig::default()
            },
        )
}

/// A pass of a random model.
fn pass(config: GptConfig, tokens: usize) -> Pass {
    let vocabulary = config.vocab_size;
    let tokens = tokens.min(config.context_length).max(1);
    let ids: Vec<usize> = (0..tokens).map(|at| at * 7 % vocabulary).collect();
    let gpt = Gpt::random(config, 11).expect("a valid configuration");
    let trace = gpt.trace(&ids).expect("a trace");
    let sampling = SamplingSettings::default();
    let logits: Vec<f32> = trace
        .matrix(orrery_model::TensorId::Logits)
        .expect("logits")
        .row(tokens - 1)
        .to_vec();
    let draw = draw(&logits, &sampling, 1, &[]).expect("a draw");
    Pass {
        gpt: Arc::new(gpt),
        trace,
        draw,
        sampling,
        never_drawn: [].into(),
        tokens: vec!["a".to_owned(); tokens],
        vocabulary: vec!["a".to_owned(); vocabulary].into(),
        text: String::new(),
        text_after: String::new(),
        lenses: Default::default(),
    }
}

fn machine(pass: &Pass) -> Machine {
    Machine::new(pass, |_| 1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_two_sheets_overlap_and_all_stand_in_the_picture(
        config in config_strategy(), tokens in 1usize..20, aspect in 0.8f32..2.4,
    ) {
        let machine = machine(&pass(config, tokens));
        let sheets: Vec<Bounds> = machine
            .slabs
            .iter()
            .flat_map(|slab| slab.leaves.iter().map(|leaf| leaf.bounds()))
            .collect();
        for (at, a) in sheets.iter().enumerate() {
            for b in &sheets[..at] {
                // they may touch, and floats are rounded
                let apart = a.least.cmpge(b.most - 1e-3).any()
                    || b.least.cmpge(a.most - 1e-3).any();
                prop_assert!(apart, "{a:?} and {b:?}");
            }
        }
        let fov = 0.52;
        let camera = pose(&machine, aspect, fov);
        let inverse = camera.rotation().inverse();
        let half = (fov * 0.5f32).tan();
        for Bounds { least, most } in sheets {
            for corner in [least, most, Vec3::new(least.x, most.y, least.z)] {
                let seen = inverse * (corner - camera.position());
                let right = seen.x / -seen.z / half / aspect;
                let up = seen.y / -seen.z / half;
                prop_assert!(right.abs() <= 1.0 - 2.0 * SAFE.left + 1e-3, "right {right}");
                prop_assert!(up <= 1.0 - 2.0 * SAFE.top + 1e-3, "up {up}");
                prop_assert!(up >= 2.0 * SAFE.bottom - 1.0 - 1e-3, "up {up}");
            }
        }
    }

    #[test]
    fn every_cell_shows_the_models_number(config in config_strategy(), tokens in 1usize..20) {
        let pass = pass(config, tokens);
        for slab in machine(&pass).slabs {
            let numbers = pass.matrix(slab.operand).expect("a matrix of this model");
            prop_assert_eq!(slab.whole, numbers.dim().into());
            for ((row, column), shown) in slab.values.indexed_iter() {
                prop_assert_eq!(shown.to_bits(), numbers[(row, column)].to_bits());
            }
            // each cell stands on exactly one leaf
            let cells: usize = slab.leaves.iter().map(|leaf| leaf.rows.len() * leaf.columns.len()).sum();
            prop_assert_eq!(cells, slab.values.len());
            prop_assert_eq!(
                slab.left_out().is_some(),
                slab.whole != slab.values.dim().into(),
                "what is left out is said"
            );
        }
    }

    #[test]
    fn everything_acts_once_and_in_the_order_of_the_pass(
        config in config_strategy(), tokens in 1usize..9,
    ) {
        let machine = machine(&pass(config, tokens));
        for slab in &machine.slabs {
            let before = slab.look(slab.window.start - 1e-3);
            let after = slab.look(slab.window.end + 100.0);
            prop_assert_eq!(after.made, 1.0);
            prop_assert_eq!(after.glow, 0.0);
            prop_assert_eq!(before.glow, 0.0);
            match slab.kind {
                SlabKind::Value => prop_assert_eq!(before.made, 0.0, "a value before it is made"),
                SlabKind::Weight => prop_assert_eq!(before.made, 1.0),
            }
            let during = slab.look(slab.window.start + 0.9 * (slab.window.end - slab.window.start));
            prop_assert!(during.glow > 0.3, "{:?} acts unseen", slab.operand);
        }
    }
}

#[test]
fn a_vocabulary_of_fifty_thousand_is_shown_in_part_and_says_so() {
    let config = GptConfig {
        vocab_size: 50_304,
        n_blocks: 1,
        ..GptConfig::default()
    };
    let machine = machine(&pass(config, 3));
    let cells: usize = machine.slabs.iter().map(|slab| slab.values.len()).sum();
    assert!(cells < 20_000, "{cells}");
    assert!(
        machine
            .names
            .iter()
            .any(|name| name.detail == "first 64 of 50304 rows"),
        "{:?}",
        machine.names
    );
}

#[test]
fn the_data_goes_on_through_all_stages_and_never_back() {
    for config in support::configurations() {
        for opened in [vec![], vec![0], vec![0, 1]] {
            let options = orrery_pipeline::ShowOptions {
                opened: opened.into_iter().collect(),
                ..support::options()
            };
            let show = support::show(config.clone(), "to be", &options);
            let machine = show.machine(0).expect("a machine");
            let (mut last, mut pass) = (0.0, 0);
            for segment in show.timeline().segments() {
                let overview = segment.kind == StageKind::Machine && segment.stage == 0;
                if segment.pass != pass {
                    (last, pass) = (0.0, segment.pass);
                }
                let from = last;
                let mut place = machine.route.at(hand(&config, segment, 0.0));
                for step in 0..=600 {
                    let s = segment.duration() * step as f32 / 600.0;
                    let now = hand(&config, segment, s);
                    assert!(now >= last - 1e-4, "{:?}: {now} after {last}", segment.kind);
                    last = now;
                    let here = machine.route.at(now);
                    // a whole block in a stage of two seconds, or the whole machine: 600 steps are enough
                    assert!(here.distance(place) < 12.0, "{:?} jumps", segment.kind);
                    place = here;
                }
                assert!(
                    (hand(&config, segment, 0.0) - from).abs() < 1e-4,
                    "{:?}",
                    segment.kind
                );
                assert_eq!(last, work_of(&config, segment).end);
                // the overview ran ahead: the pass itself begins at its beginning
                if overview {
                    last = 0.0;
                }
            }
        }
    }
}

#[test]
fn the_show_begins_and_ends_with_the_whole_model() {
    let show = support::show(GptConfig::default(), "to be", &support::options());
    let timeline = show.timeline();
    assert_eq!(show.overview(0.0), 1.0);
    assert_eq!(show.overview(timeline.duration()), 1.0);
    let mut last = 1.0f32;
    let mut stages = 0;
    for i in 0..=(timeline.duration() * 60.0) as usize {
        let now = show.overview(i as f64 / 60.0);
        assert!((now - last).abs() < 0.08, "a jump at {i}");
        stages += usize::from(now == 0.0 && last > 0.0);
        last = now;
    }
    assert_eq!(stages, 1, "it flies in once");
    // what the first stage shows is there when the flight arrives
    let scene = show.scene(1).expect("a scene");
    assert!(scene.census(0.0, 0.1).0 >= 30);
}

#[test]
fn all_parts_of_the_default_model_are_there() {
    let show = support::show(GptConfig::default(), "to be", &support::options());
    let machine = show.machine(0).expect("a machine");
    for quantity in [
        Quantity::Weight,
        Quantity::Activation,
        Quantity::HeadVector,
        Quantity::Hidden,
        Quantity::Probability,
        Quantity::Logit,
    ] {
        assert!(
            machine
                .slabs
                .iter()
                .any(|slab| slab.operand.quantity() == quantity),
            "{quantity:?}"
        );
    }
    let blocks: Vec<&str> = machine
        .names
        .iter()
        .map(|name| name.text.as_str())
        .filter(|text| text.starts_with("block"))
        .collect();
    assert_eq!(blocks, ["block 1", "block 2", "block 3", "block 4"]);
    // 128 hidden columns in leaves of 16
    let hidden = machine
        .slabs
        .iter()
        .find(|slab| slab.operand.quantity() == Quantity::Hidden)
        .expect("a hidden layer");
    assert_eq!(hidden.leaves.len(), 8);
}
