//! How long a forward pass takes: the full trace, one step of generation, and for comparison the same
//! pass written naively with ndarray.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use orrery_model::{Gpt, GptConfig, KeyValueCache};

#[path = "../tests/support/naive.rs"]
#[allow(clippy::unwrap_used, dead_code)]
mod naive;

/// "hello, world" has 12 characters.
const IDS: [usize; 12] = [12, 9, 16, 16, 19, 0, 27, 19, 22, 16, 8, 1];

fn forward(criterion: &mut Criterion) {
    let gpt = Gpt::random(GptConfig::default(), 1).expect("the default is valid");
    let mut group = criterion.benchmark_group("default model, 12 tokens");
    group.bench_function("trace", |bencher| {
        bencher.iter(|| gpt.trace(black_box(&IDS)).expect("the ids are valid"));
    });
    group.bench_function("naive ndarray", |bencher| {
        bencher.iter(|| naive::forward::<f32>(&gpt, black_box(&IDS)));
    });
    let mut filled = KeyValueCache::new(gpt.config());
    gpt.logits(&mut filled, &IDS[..11])
        .expect("the ids are valid");
    group.bench_function("one more token with the cache", |bencher| {
        bencher.iter_batched_ref(
            || filled.clone(),
            |cache| {
                gpt.logits(cache, black_box(&IDS[11..]))
                    .expect("the id is valid")
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, forward);
criterion_main!(benches);
