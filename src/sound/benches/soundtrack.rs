//! What sound costs: listening to a show, a second of each bus, a block as a device asks for it.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Pacing, Pages, Show, ShowOptions};
use orrery_sound::{Meter, RATE, Score, Sonification, Style, Synth, SynthSettings};

fn show() -> Show {
    let gpt = Arc::new(Gpt::random(GptConfig::default(), 5).expect("the default model"));
    let tokenizer = Tokenizer::charlm();
    let ids = tokenizer.encode("to be or not").expect("known characters");
    let options = ShowOptions {
        tokens: 1,
        sampling: SamplingSettings::default(),
        opened: BTreeSet::from([0]),
        later_tokens: Detail::Abbreviated,
        pages: Pages::default(),
        lens: false,
    };
    let pacing = Pacing::shipped().expect("the shipped table");
    Show::new(&gpt, &tokenizer, &ids, &pacing, &options).expect("a show")
}

fn sound(criterion: &mut Criterion) {
    let show = show();
    let table = Sonification::shipped().expect("the shipped table");
    criterion.bench_function("listening to a show of one token", |bencher| {
        bencher.iter(|| black_box(Score::new(&show, &table)));
    });
    let score = Arc::new(Score::new(&show, &table));
    let mut second = vec![[0.0; 2]; RATE as usize];
    let mut group = criterion.benchmark_group("a second of sound");
    group.throughput(Throughput::Elements(u64::from(RATE)));
    for style in Style::ALL {
        let settings = SynthSettings {
            style,
            ..SynthSettings::default()
        };
        // a busy place: the feed-forward
        let mut synth = Synth::at(score.clone(), settings, 50.0);
        group.bench_function(style.name(), |bencher| {
            bencher.iter(|| synth.render(black_box(&mut second)));
        });
    }
    group.bench_function("measured", |bencher| {
        bencher.iter(|| Meter::measure(black_box(&second)))
    });
    group.finish();
    criterion.bench_function("going to a place", |bencher| {
        bencher.iter(|| Synth::at(score.clone(), SynthSettings::default(), black_box(40.0)));
    });
}

criterion_group!(benches, sound);
criterion_main!(benches);
