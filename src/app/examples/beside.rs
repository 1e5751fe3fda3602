//! Measures the frames of the window while a model of GPT-2's size (124 million random weights) runs on a
//! new prompt beside the show: `xvfb-run -a cargo run --release --example beside -- --tokens 2`.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use bevy::prelude::*;
use clap::Parser;
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

/// Seconds of the frames: before, while the show is made, after it is there.
#[derive(Resource, Default)]
struct Frames {
    last: Option<Instant>,
    before: Vec<f64>,
    during: Vec<f64>,
    after: Vec<f64>,
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
        .init_resource::<Frames>()
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
    mut frames: ResMut<Frames>,
    show: Res<CurrentShow>,
    next: Res<NextShow>,
    mut prompts: MessageWriter<NewPrompt>,
    mut exit: MessageWriter<AppExit>,
) {
    let now = Instant::now();
    let seconds = frames.last.map(|last| (now - last).as_secs_f64());
    frames.last = Some(now);
    let Some(seconds) = seconds else {
        return;
    };
    if show.revision > 0 {
        frames.after.push(seconds);
    } else if next.is_under_way() {
        frames.during.push(seconds);
    } else {
        frames.before.push(seconds);
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

fn report(when: &str, seconds: &[f64]) {
    let total: f64 = seconds.iter().sum();
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    let long = seconds.iter().filter(|&&seconds| seconds > 0.1).count();
    println!(
        "{when}: {} frames in {total:.2} s, the longest {:.0} ms, {long} over 100 ms",
        seconds.len(),
        longest * 1e3
    );
}
