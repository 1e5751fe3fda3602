//! How long one forward pass takes.

use criterion::{Criterion, criterion_group, criterion_main};
use orrery_model::{Gpt, GptConfig};
use std::hint::black_box;

fn forward(criterion: &mut Criterion) {
    let gpt = Gpt::random(GptConfig::default(), 1).expect("the default is valid");
    let ids = [7, 4, 11, 11, 14, 0, 22, 14, 17, 11, 3, 1];
    criterion.bench_function("trace, default model, 12 tokens", |b| {
        b.iter(|| gpt.trace(black_box(&ids)).expect("ids are valid"));
    });
}

criterion_group!(benches, forward);
criterion_main!(benches);
