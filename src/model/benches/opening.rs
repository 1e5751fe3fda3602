//! How long opening a checkpoint takes against reading its bytes once, both from the page cache, and
//! what the full trace of a real nanoGPT model costs.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use orrery_model::checkpoint::{
    Assumptions, load_vocabulary, load_with, open, save, save_safetensors,
};
use orrery_model::{Activation, Biases, Gpt, GptConfig, NormPlacement, Tokenizer};

#[path = "../tests/support/checkpoints.rs"]
#[allow(clippy::unwrap_used, dead_code)]
mod checkpoints;
#[path = "../tests/support/fixtures.rs"]
#[allow(dead_code)]
mod fixtures;
#[path = "../tests/support/pickles.rs"]
#[allow(clippy::unwrap_used, dead_code)]
mod pickles;

/// nanoGPT's usual small configuration: about ten million weights.
fn ten_million() -> Gpt {
    let config = GptConfig {
        vocab_size: 65,
        context_length: 256,
        d_model: 384,
        n_heads: 6,
        n_blocks: 6,
        d_ff: 1536,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases: Biases::NONE,
        final_norm: true,
        tied_head: true,
        norm_epsilon: 1e-5,
        attention_scaling: Default::default(),
    };
    Gpt::random(config, 1).expect("the sizes fit")
}

fn opening(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("there is room for a file");
    let gpt = ten_million();
    let letters = Tokenizer::characters(('!'..).take(65)).expect("they differ");
    let file = |name: &str| folder.path().join(name);
    let bytes = checkpoints::written(&gpt, checkpoints::Variant::default());
    fs::write(file("ckpt.pt"), bytes).expect("there is room for a file");
    save(&file("model.npz"), &gpt, &letters, None).expect("there is room for a file");
    let path = file("model.safetensors");
    save_safetensors(&path, &gpt, Some(&letters), None).expect("there is room for a file");
    for name in ["ckpt.pt", "model.npz", "model.safetensors"] {
        let file = file(name);
        let mut group = criterion.benchmark_group(format!("ten million weights in {name}"));
        group.sample_size(20);
        group.bench_function("read its bytes", |bencher| {
            bencher.iter(|| fs::read(black_box(&file)).expect("the file is there"));
        });
        group.bench_function("open it", |bencher| {
            bencher
                .iter(|| open(black_box(&file), &Assumptions::default()).expect("it is a model"));
        });
        group.finish();
    }
}

fn tracing(criterion: &mut Criterion) {
    let Some(folder) = fixtures::folder("nanogpt/char-bard") else {
        return;
    };
    let load = |folder: &Path| {
        let assumptions = Assumptions {
            tokenizer: load_vocabulary(&folder.join("meta.pkl")).ok(),
            ..Assumptions::default()
        };
        load_with(&folder.join("ckpt.pt"), &assumptions).expect("it is a model")
    };
    let model = load(&folder);
    let ids: Vec<usize> = (0..64).map(|i| i % 65).collect();
    criterion.bench_function("full trace of char-bard, 64 tokens", |bencher| {
        bencher.iter(|| model.gpt.trace(black_box(&ids)).expect("the ids are valid"));
    });
}

criterion_group!(benches, opening, tracing);
criterion_main!(benches);
