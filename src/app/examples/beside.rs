//! Measures the frames of the window while a model of GPT-2's size (124 million random weights) runs on a
//! new prompt beside the show: `xvfb-run -a cargo run --release --example beside -- --tokens 2`. Besides the time
//! from frame to frame, which a busy machine stretches, it tells the processor time that the window's own
//! thread takes.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use bevy::prelude::*;
use clap::Parser;
use cpu_time::ThreadTime;
use orrery::{
    assembly::{self, Assembly},
    render::QualityChoice,
    show::{CurrentShow, NamedModel, NextShow, PictureSettings, ShowSettings},
    window::prompt_field::NewPrompt,
};
use orrery_model::{
    Activation, Biases, Gpt, GptConfig, NormPlacement, SamplingSettings, Tokenizer,
};
use orrery_pipeline::{Detail, Pacing, Pages, ShowOptions};

/// Frames before the prompt is typed, and after its show is there.
const AROUND: usize = 60;

#[derive(Parser, Clone, Debug, Resource)]
struct Arguments {
    /// How many tokens the new prompt is continued by.
    #[arg(long, default_value_t = 2)]
    tokens: usize,
    /// Blocks of the model.
    #[arg(long, default_value_t = 12)]
    blocks: usize,
}

/// The frames: before, while the show is made, after it is there. Of the window's thread, as its processor time is.
#[derive(Default)]
struct Frames {
    last: Option<(Instant, ThreadTime)>,
    before: Vec<Frame>,
    during: Vec<Frame>,
    after: Vec<Frame>,
}

/// Seconds of a frame, by the clock and of the processor.
#[derive(Clone, Copy)]
struct Frame {
    clock: f64,
    processor: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    orrery::render::quiet_driver::silence();
    let arguments = Arguments::parse();
    let picture = PictureSettings {
        quality: QualityChoice::Software,
        ..PictureSettings::default()
    };
    let begin = Instant::now();
    let show = show(arguments.blocks)?;
    println!("the first show took {:.1} s", begin.elapsed().as_secs_f64());
    let mut app = Assembly::of_show(show, picture).window("beside")?;
    app.insert_resource(arguments)
        .init_non_send::<Frames>()
        .add_systems(First, measure);
    Ok(assembly::run(app)?)
}

fn show(n_blocks: usize) -> Result<CurrentShow, Box<dyn std::error::Error>> {
    let config = GptConfig {
        n_blocks,
        n_heads: 12,
        d_model: 768,
        d_ff: 3072,
        context_length: 1024,
        vocab_size: 50_257,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases: Biases::GPT2,
        final_norm: true,
        ..GptConfig::default()
    };
    let letters = (' '..='~').chain('¡'..).take(config.vocab_size);
    let tokenizer = Tokenizer::characters(letters)?;
    Ok(CurrentShow::new(ShowSettings {
        model: NamedModel {
            gpt: Arc::new(Gpt::random(config, 11)?),
            tokenizer: Arc::new(tokenizer),
            name: "random".into(),
            options: Vec::new(),
        },
        prompt: "what light".into(),
        lossy: false,
        options: ShowOptions {
            tokens: 1,
            sampling: SamplingSettings::default(),
            opened: BTreeSet::from([0]),
            later_tokens: Detail::Abbreviated,
            pages: Pages::default(),
            lens: false,
        },
        pacing: Pacing::shipped()?,
    })?)
}

fn measure(
    arguments: Res<Arguments>,
    mut frames: NonSendMut<Frames>,
    show: Res<CurrentShow>,
    next: Res<NextShow>,
    mut prompts: MessageWriter<NewPrompt>,
    mut exit: MessageWriter<AppExit>,
) {
    let now = (Instant::now(), ThreadTime::now());
    let Some(last) = frames.last.replace(now) else {
        return;
    };
    let frame = Frame {
        clock: (now.0 - last.0).as_secs_f64(),
        processor: now.1.duration_since(last.1).as_secs_f64(),
    };
    if show.revision > 0 {
        frames.after.push(frame);
    } else if next.is_under_way() {
        frames.during.push(frame);
    } else {
        frames.before.push(frame);
    }
    if frames.before.len() == AROUND && frames.during.is_empty() {
        prompts.write(NewPrompt {
            text: "the king of france is bald".into(),
            tokens: arguments.tokens,
            temperature: 0.8,
        });
    }
    if frames.after.len() == AROUND {
        // the first frames compile shaders
        report("before", &frames.before[AROUND / 2..]);
        report("during", &frames.during);
        report("after", &frames.after);
        exit.write(AppExit::Success);
    }
}

fn report(when: &str, frames: &[Frame]) {
    let of = |part: fn(&Frame) -> f64| {
        let total: f64 = frames.iter().map(part).sum();
        let longest = frames.iter().map(part).fold(0.0, f64::max);
        let long = frames.iter().filter(|frame| part(frame) > 0.1).count();
        let mean = 1e3 * total / frames.len().max(1) as f64;
        format!(
            "mean {mean:.0} ms, longest {:.0} ms, {long} over 100 ms",
            longest * 1e3
        )
    };
    println!("{when}: {} frames", frames.len());
    println!("  by the clock: {}", of(|frame| frame.clock));
    println!(
        "  processor time of the window's thread: {}",
        of(|frame| frame.processor)
    );
}
