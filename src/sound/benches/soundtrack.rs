//! What sound costs: listening to a show, a second of each style, a block as a device asks for it, a jump, and a soundtrack
//! with all that is measured of it.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Pacing, Pages, Show, ShowOptions};
use orrery_sound::soundtrack::of_score;
use orrery_sound::{
    Meter, RATE, Score, Sonification, SoundtrackOptions, Style, Synth, SynthSettings,
};

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
    let settings = SynthSettings::default();
    let mut group = criterion.benchmark_group("going to a place");
    group.bench_function("in a film", |bencher| {
        bencher.iter(|| Synth::at(score.clone(), settings, black_box(40.0)));
    });
    // the window does so at each jump, within the 30 ms until it is heard
    group.bench_function("in a window", |bencher| {
        bencher.iter(|| Synth::soon(score.clone(), settings, black_box(40.0), 1.2));
    });
    group.finish();
    let mut group = criterion.benchmark_group("a block of 480 frames");
    group.throughput(Throughput::Elements(480));
    let mut synth = Synth::at(score.clone(), settings, 50.0);
    let mut block = [[0.0; 2]; 480];
    group.bench_function("with music", |bencher| {
        bencher.iter(|| synth.render(black_box(&mut block)));
    });
    let plain = Synth::at(score.clone(), settings, 50.0);
    let mut plain = plain.with_instructions(pulp::Arch::Scalar);
    group.bench_function("with music, without wide instructions", |bencher| {
        bencher.iter(|| plain.render(black_box(&mut block)));
    });
    group.finish();
    let mut group = criterion.benchmark_group("ten seconds of a soundtrack");
    group.throughput(Throughput::Elements(10 * u64::from(RATE)));
    for style in Style::ALL {
        let options = SoundtrackOptions {
            music: style,
            from: 40.0,
            to: Some(50.0),
            ..SoundtrackOptions::default()
        };
        group.bench_function(style.name(), |bencher| {
            bencher.iter(|| of_score(&score, show.timeline().duration(), black_box(&options)));
        });
    }
    group.finish();
}

criterion_group!(benches, sound);
criterion_main!(benches);
