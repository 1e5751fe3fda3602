//! Shows for the tests, and measures of sounds.
#![allow(dead_code, reason = "no test file uses all of it")]

#[path = "../../../model/tests/support/fixtures.rs"]
pub mod fixtures;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use orrery_model::{Gpt, GptConfig, SamplingSettings, Tokenizer, checkpoint};
use orrery_pipeline::{Detail, Pacing, Pages, Show, ShowOptions};
use orrery_sound::Frame;
use realfft::RealFftPlanner;

fn show_of(gpt: &Arc<Gpt>, tokenizer: &Tokenizer, text: &str, tokens: usize, lens: bool) -> Show {
    let ids = tokenizer.encode(text).unwrap();
    let options = ShowOptions {
        tokens,
        sampling: SamplingSettings::default(),
        opened: BTreeSet::from([0]),
        later_tokens: Detail::Abbreviated,
        pages: Pages::default(),
        lens,
    };
    Show::new(gpt, tokenizer, &ids, &Pacing::shipped().unwrap(), &options).unwrap()
}

/// Two tokens after "hello" from an untrained model of two blocks.
pub fn small_show() -> Show {
    let config = GptConfig {
        n_blocks: 2,
        ..GptConfig::default()
    };
    let gpt = Arc::new(Gpt::random(config, 5).unwrap());
    show_of(&gpt, &Tokenizer::charlm(), "hello", 2, true)
}

/// A show of a model that ships.
pub fn shipped_show(file: &str, text: &str, tokens: usize) -> Show {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../weights")
        .join(file);
    let model = checkpoint::load(&path).unwrap();
    let gpt = Arc::new(model.gpt);
    show_of(&gpt, &model.tokenizer, text, tokens, false)
}

/// A show of a nanoGPT checkpoint among the reference files; none where they are not here.
pub fn nanogpt_show(name: &str, text: &str) -> Option<Show> {
    let folder = fixtures::folder("nanogpt")?.join(name);
    let vocabulary = checkpoint::load_vocabulary(&folder.join("meta.pkl")).unwrap();
    let known = checkpoint::Assumptions {
        tokenizer: Some(vocabulary),
        ..Default::default()
    };
    let model = checkpoint::load_with(&folder.join("ckpt.pt"), &known).unwrap();
    let gpt = Arc::new(model.gpt);
    Some(show_of(&gpt, &model.tokenizer, text, 1, false))
}

/// Amplitudes of the spectrum of a mono signal, and Hz between neighbours. With a Blackman–Harris window, whose
/// sidelobes are 92 dB down.
pub fn spectrum(samples: &[f32], rate: f32) -> (Vec<f32>, f32) {
    let size = samples.len().next_power_of_two().max(16_384);
    let mut input = vec![0.0f32; size];
    let step = std::f32::consts::TAU / samples.len() as f32;
    for (at, (place, sample)) in input.iter_mut().zip(samples).enumerate() {
        let x = step * at as f32;
        let window =
            0.358_75 - 0.488_29 * x.cos() + 0.141_28 * (2.0 * x).cos() - 0.011_68 * (3.0 * x).cos();
        *place = sample * window;
    }
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let mut output = fft.make_output_vec();
    fft.process(&mut input, &mut output).unwrap();
    let amplitudes = output.iter().map(|c| c.norm()).collect();
    (amplitudes, rate / size as f32)
}

/// The middle of a spectrum by power, Hz.
pub fn centroid((amplitudes, step): &(Vec<f32>, f32)) -> f32 {
    let power: f32 = amplitudes.iter().map(|a| a * a).sum();
    let sum: f32 = amplitudes
        .iter()
        .enumerate()
        .map(|(at, a)| at as f32 * step * a * a)
        .sum();
    sum / power.max(1e-20)
}

/// Power of frames, dBFS.
pub fn rms_db(frames: &[Frame]) -> f32 {
    let sum: f32 = frames
        .iter()
        .map(|f| (f[0] * f[0] + f[1] * f[1]) * 0.5)
        .sum();
    10.0 * (sum / frames.len().max(1) as f32).max(1e-20).log10()
}

/// The greatest difference between two stretches, in dB below full scale.
pub fn difference_db(a: &[Frame], b: &[Frame]) -> f32 {
    let most = a
        .iter()
        .flatten()
        .zip(b.iter().flatten())
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    20.0 * most.max(1e-20).log10()
}
