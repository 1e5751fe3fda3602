//! What sound costs on this machine, in processor time: `cargo run --release -p orrery-sound --example cost`.

use std::collections::BTreeSet;
use std::sync::Arc;

use cpu_time::ThreadTime;
use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer};
use orrery_pipeline::{Detail, Pacing, Pages, Show, ShowOptions};
use orrery_sound::{
    Meter, RATE, Score, Sonification, SoundtrackOptions, Style, Synth, SynthSettings, soundtrack,
};

fn show() -> Result<Show, Box<dyn std::error::Error>> {
    let gpt = Arc::new(Gpt::random(GptConfig::default(), 5)?);
    let tokenizer = Tokenizer::charlm();
    let ids = tokenizer.encode("to be or not")?;
    let options = ShowOptions {
        tokens: 4,
        sampling: SamplingSettings::default(),
        opened: BTreeSet::from([0]),
        later_tokens: Detail::Abbreviated,
        pages: Pages::default(),
        lens: false,
    };
    Ok(Show::new(
        &gpt,
        &tokenizer,
        &ids,
        &Pacing::shipped()?,
        &options,
    )?)
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let begun = ThreadTime::now();
    let made = work();
    (begun.elapsed().as_secs_f64(), made)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let show = show()?;
    let table = Sonification::shipped()?;
    let duration = show.timeline().duration();
    let (seconds, score) = timed(|| Arc::new(Score::new(&show, &table)));
    println!(
        "score: {:.1} ms for {duration:.0} s, {} events",
        seconds * 1e3,
        score.events().len()
    );

    for style in Style::ALL {
        let settings = SynthSettings {
            style,
            ..SynthSettings::default()
        };
        let mut synth = Synth::new(score.clone(), settings);
        let mut out = vec![[0.0; 2]; (duration * f64::from(RATE)) as usize];
        let (seconds, ()) = timed(|| synth.render(&mut out));
        println!(
            "synth, {}: {:.2} ms a second",
            style.name(),
            seconds / duration * 1e3
        );
    }
    for speed in [1.0, 10.0] {
        let settings = SynthSettings {
            speed,
            ..SynthSettings::default()
        };
        let mut synth = Synth::new(score.clone(), settings);
        let mut block = [[0.0; 2]; 480];
        let blocks = (duration / speed * 100.0) as usize;
        let mut costs: Vec<f64> = (0..blocks)
            .map(|_| timed(|| synth.render(&mut block)).0)
            .collect();
        costs.sort_by(f64::total_cmp);
        let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize] * 1e3;
        println!(
            "block of 480 at {speed}×: median {:.3} ms, 99.9 % {:.3} ms, of 10 ms; {:.2} % of a core",
            at(0.5),
            at(0.999),
            costs.iter().sum::<f64>() / (duration / speed) * 100.0
        );
    }
    let (seconds, sound) = timed(|| soundtrack(&show, &table, &SoundtrackOptions::default()));
    println!(
        "soundtrack, with score, loudness and limiter: {:.2} ms a second",
        seconds / duration * 1e3
    );
    let (seconds, measured) = timed(|| Meter::measure(&sound.frames));
    println!(
        "measured: {:.2} ms a second; {measured:?}",
        seconds / duration * 1e3
    );
    Ok(())
}
