//! The whole show of the shipped model, ten times a second: no picture is empty, most are well filled, and
//! every label can be read.

#[allow(dead_code, reason = "no test file uses all of it")]
mod support;

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy::ui::UiGlobalTransform;
use image::RgbaImage;
use orrery::labels::{LabelOnScreen, LabelsOnScreen};
use orrery_model::{Gpt, GptConfig, NormPlacement, Tokenizer};
use support::{SIZE, renderer, shipped_model, show};

/// Share of the pixels that are clearly brighter than the ground.
fn lit_share(picture: &RgbaImage) -> f64 {
    let lit = picture
        .pixels()
        .filter(|pixel| pixel.0[..3].iter().any(|&channel| channel > 46))
        .count();
    lit as f64 / f64::from(SIZE.width * SIZE.height)
}

/// Where the letters of a label really lie, as the interface has laid them out, in logical pixels.
fn laid_out(world: &World, label: &LabelOnScreen) -> Rect {
    /// Bevy's line is 1.2 times as high as its letters are large; letters themselves fill this part of it.
    const LETTERS: f32 = 0.66;
    let mut all = Vec::new();
    let mut pieces = vec![label.entity];
    while let Some(piece) = pieces.pop() {
        if let Some(children) = world.get::<Children>(piece) {
            pieces.extend(children.iter());
        }
        let seen = world
            .get::<InheritedVisibility>(piece)
            .is_some_and(|visibility| visibility.get());
        if !seen || world.get::<Text>(piece).is_none() {
            continue;
        }
        let node = world.get::<ComputedNode>(piece).expect("a laid out text");
        let place = world.get::<UiGlobalTransform>(piece).expect("its place");
        let (scale, _, centre) = place.to_scale_angle_translation();
        let size = node.size() * scale.abs() * Vec2::new(1.0, LETTERS);
        all.push(Rect::from_center_size(centre, size));
    }
    all.into_iter()
        .reduce(|a, b| a.union(b))
        .expect("a label has letters")
}

fn check_labels(world: &World, time: f64) -> usize {
    let labels = &world.resource::<LabelsOnScreen>().0;
    let standing: Vec<(Rect, &LabelOnScreen)> = labels
        .iter()
        .filter(|label| !label.flies && label.opacity > 0.0)
        .map(|label| (laid_out(world, label), label))
        .collect();
    let picture = Vec2::new(SIZE.width as f32, SIZE.height as f32);
    for (at, (rect, label)) in standing.iter().enumerate() {
        let name = &label.text;
        assert!(
            rect.min.min_element() >= -1.0 && rect.max.cmple(picture + 1.0).all(),
            "at {time:.1} {name} leaves the picture: {rect:?}"
        );
        assert!(
            label.letters > 13.99,
            "at {time:.1} {name} is {} pixels high",
            label.letters
        );
        for (other_rect, other) in &standing[..at] {
            let both = rect.intersect(*other_rect);
            assert!(
                both.width() <= 0.5 || both.height() <= 0.5,
                "at {time:.1} {name} stands over {}: {rect:?} {other_rect:?}",
                other.text
            );
        }
    }
    standing.len()
}

#[test]
fn every_instant_is_well_filled_and_readable() {
    let show = show(shipped_model(), "what light", 2);
    let mut renderer = renderer(&show);
    let mut shares = Vec::new();
    let mut by_stage: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut labels = 0;
    for tenth in 0..=(show.duration() * 10.0) as usize {
        let time = tenth as f64 / 10.0;
        let picture = renderer.picture(time).expect("a picture");
        let share = lit_share(&picture);
        assert!(
            share >= 0.02,
            "at {time:.1} {share:.3} of the pixels are lit"
        );
        shares.push(share);
        if let Some((index, _)) = show.show.timeline().at(time) {
            by_stage.entry(index).or_default().push(share);
        }
        labels += check_labels(renderer.renderer().world(), time);
    }
    assert!(labels > 10 * shares.len(), "only {labels} labels were seen");
    for (index, shares) in &by_stage {
        let segment = show.show.timeline().segments()[*index];
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        println!("{:?} {:.1} s: {mean:.3}", segment.kind, segment.duration());
    }
    shares.sort_by(f64::total_cmp);
    let median = shares[shares.len() / 2];
    println!("lit share: least {:.3}, median {median:.3}", shares[0]);
    assert!(median >= 0.20, "the median picture has {median:.3} lit");
}

#[test]
fn other_sizes_are_readable_too() {
    let two_wide_heads = GptConfig {
        d_model: 64,
        n_heads: 2,
        ..GptConfig::default()
    };
    let eight_blocks = GptConfig {
        n_blocks: 8,
        norm_placement: NormPlacement::Pre,
        final_norm: true,
        ..GptConfig::default()
    };
    let long_context = GptConfig {
        context_length: 64,
        d_model: 64,
        n_blocks: 2,
        ..GptConfig::default()
    };
    // shown in parts: features, heads, tokens
    let wide = GptConfig {
        context_length: 96,
        d_model: 256,
        n_heads: 16,
        d_ff: 1024,
        n_blocks: 2,
        ..GptConfig::default()
    };
    let cases = [
        (GptConfig::default(), "a"),
        (GptConfig::default(), "to be or not to "),
        (two_wide_heads, "what light"),
        (eight_blocks, "hello"),
        (
            long_context,
            "to be or not to be that is the question whether tis nobler",
        ),
        (wide.clone(), "what light"),
        (
            wide,
            "to be or not to be that is the question whether tis nobler in the mind to suffer",
        ),
    ];
    for (config, prompt) in cases {
        let gpt = Gpt::random(config, 7).expect("a random model");
        let show = show((gpt, Tokenizer::charlm()), prompt, 1);
        let mut settings = show.settings.clone();
        settings.options.lens = true;
        let show = show.laid_out_anew(settings);
        let mut renderer = renderer(&show);
        for segment in show.show.timeline().segments() {
            let (appear, compute) = (f64::from(segment.appear), f64::from(segment.compute));
            for part in [0.3, 0.95] {
                let time = segment.start + appear + compute * part;
                let share = lit_share(&renderer.picture(time).expect("a picture"));
                assert!(
                    share >= 0.02,
                    "{prompt}: {:?} is nearly empty",
                    segment.kind
                );
                check_labels(renderer.renderer().world(), time);
            }
        }
    }
}
