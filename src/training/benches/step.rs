//! One training step of the shipped model's architecture: tokens per second with one thread and two.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use orrery_model::{Activation, Biases, GptConfig, NormPlacement, Tokenizer};
use orrery_training::{Corpus, Trainer, TrainingOptions};

fn trainer(config: &GptConfig, batch_size: usize, threads: usize) -> Trainer {
    let text = "so shaken as we are, so wan with care, find we a time for frighted peace to pant\n";
    let corpus = Corpus::new(&text.repeat(400), Tokenizer::charlm(), 0.1).unwrap();
    let options = TrainingOptions {
        batch_size,
        threads,
        epochs: 1_000_000,
        ..TrainingOptions::default()
    };
    Trainer::new(config, corpus, options).unwrap()
}

fn steps(criterion: &mut Criterion) {
    let charlm = GptConfig::default();
    let bard = GptConfig {
        context_length: 64,
        d_model: 64,
        d_ff: 256,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluTanh,
        biases: Biases::NONE,
        final_norm: true,
        ..GptConfig::default()
    };
    for (name, config, batch_size) in [
        ("charlm, 64 windows", charlm, 64),
        ("bard, 32 windows", bard, 32),
    ] {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(
            (batch_size * config.context_length) as u64,
        ));
        for threads in [1, 2] {
            let mut trainer = trainer(&config, batch_size, threads);
            group.bench_function(BenchmarkId::new("threads", threads), |bencher| {
                bencher.iter(|| trainer.step().unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
