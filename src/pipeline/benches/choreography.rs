//! What it costs to pose cells: in flight, by number, and a whole frame of the feed-forward stage.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::motion::{MotionKind, Wave};
use orrery_pipeline::scene::{Layer, Role, Shows};
use orrery_pipeline::{
    Detail, Group, Pacing, Placement, Quantity, Scale, Show, ShowOptions, StageKind,
};

/// A matrix of `cells` cells in the middle of a flight.
fn flying(cells: usize) -> Group {
    let columns = 100;
    let rows = cells / columns;
    let layer = Layer {
        shows: Shows::Mark,
        values: Array2::from_shape_fn((rows, columns), |(r, c)| ((r * 7 + c) as f32).sin()),
        scale: Scale {
            quantity: Quantity::Activation,
            range: 1.0,
        },
        masked: None,
    };
    let mut group = Group::new(Role::Matrix, Placement::at(0.0, 0.0), layer);
    let wave = Wave::diagonal(0.0, 2.0);
    group.add(MotionKind::Fly(wave, Placement::at(200.0, 30.0)), None);
    group
}

fn pose_all(group: &Group, seconds: f32) {
    for row in 0..group.rows {
        for column in 0..group.columns {
            black_box(group.pose(row, column, seconds));
        }
    }
}

fn poses(criterion: &mut Criterion) {
    let mut flight = criterion.benchmark_group("cells in flight");
    for cells in [1_000, 2_000, 10_000, 100_000] {
        let group = flying(cells);
        flight.throughput(Throughput::Elements(cells as u64));
        flight.bench_with_input(
            BenchmarkId::from_parameter(cells),
            &group,
            |bencher, group| {
                bencher.iter(|| pose_all(group, black_box(1.0)));
            },
        );
    }
    flight.finish();
}

fn show() -> Show {
    let gpt = Arc::new(Gpt::random(GptConfig::default(), 5).expect("the default model"));
    let tokenizer = Tokenizer::charlm();
    let ids = tokenizer.encode("to be or not").expect("known characters");
    let options = ShowOptions {
        tokens: 1,
        sampling: SamplingSettings {
            temperature: 0.8,
            top_k: None,
            top_p: None,
            seed: 1,
        },
        opened: BTreeSet::from([0]),
        later_tokens: Detail::Abbreviated,
        pages: orrery_pipeline::Pages::default(),
        lens: false,
    };
    let pacing = Pacing::shipped().expect("the shipped table");
    Show::new(&gpt, &tokenizer, &ids, &pacing, &options).expect("a show")
}

fn feed_forward(criterion: &mut Criterion) {
    let show = show();
    let segments = show.timeline().segments();
    let (index, segment) = segments
        .iter()
        .enumerate()
        .find(|(_, segment)| segment.kind == StageKind::FeedForward)
        .expect("a feed-forward stage");
    let scene = show.scene(index).expect("a scene").clone();
    let seconds = segment.appear + segment.compute * 0.3;
    criterion.bench_function("feed-forward, groups that move", |bencher| {
        bencher.iter(|| {
            for group in &scene.groups {
                if group.changes_between(seconds - 1.0 / 60.0, seconds) {
                    pose_all(group, black_box(seconds));
                }
            }
        });
    });
    criterion.bench_function("laying out a show of one token", |bencher| {
        bencher.iter(|| black_box(crate::show()));
    });
}

criterion_group!(benches, poses, feed_forward);
criterion_main!(benches);
