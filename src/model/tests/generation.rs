//! Drawing tokens and generating text.

#![allow(clippy::unwrap_used)]

mod support;

use orrery_model::{
    Generation, GenerationError, Gpt, GptConfig, SamplingError, SamplingSettings, TensorId,
    Tokenizer, draw,
};
use proptest::prelude::*;
use support::configurations::{self, gpt_and_ids};

fn settings(temperature: f32, top_k: Option<usize>, top_p: Option<f32>) -> SamplingSettings {
    SamplingSettings {
        temperature,
        top_k,
        top_p,
        seed: 7,
    }
}

fn any_settings() -> impl Strategy<Value = SamplingSettings> {
    (
        prop_oneof![Just(0.0_f32), 0.05_f32..4.0],
        prop::option::of(1..50_usize),
        prop::option::of(0.01_f32..=1.0),
        any::<u64>(),
    )
        .prop_map(|(temperature, top_k, top_p, seed)| SamplingSettings {
            temperature,
            top_k,
            top_p,
            seed,
        })
}

proptest! {
    #![proptest_config(configurations::without_a_diary())]

    #[test]
    fn a_draw_tells_the_whole_story(
        logits in prop::collection::vec(-30.0_f32..30.0, 2..60),
        settings in any_settings(),
        step: u64,
        excluded in prop::collection::vec(0..60_usize, 0..4),
    ) {
        prop_assume!((0..logits.len()).any(|id| !excluded.contains(&id)));
        let draw = draw(&logits, &settings, step, &excluded).unwrap();
        prop_assert!(!excluded.contains(&draw.token_id));
        let sum: f32 = draw.probabilities.iter().sum();
        prop_assert!((sum - 1.0).abs() < 1e-5);
        prop_assert!(draw.candidates.len() <= settings.top_k.unwrap_or(60));
        // candidates are exactly what has a share, likeliest first
        prop_assert!(draw.candidates.is_sorted_by(|a, b| a.probability >= b.probability));
        for candidate in &draw.candidates {
            prop_assert_eq!(candidate.probability, draw.probabilities[candidate.token_id]);
            prop_assert!(!excluded.contains(&candidate.token_id));
        }
        let with_share = draw.probabilities.iter().filter(|&&p| p > 0.0).count();
        prop_assert!(with_share <= draw.candidates.len());
        // the share drawn stands where the shares of lower ids end, and u lies in it
        let before: f32 = draw.probabilities[..draw.token_id].iter().sum();
        let share = (draw.share_end - draw.share_begin) as f32;
        prop_assert!((draw.share_begin as f32 - before).abs() < 1e-5);
        prop_assert!((share - draw.probabilities[draw.token_id]).abs() < 1e-5);
        match draw.u {
            Some(u) => prop_assert!(draw.share_begin <= u && u < draw.share_end),
            None => prop_assert_eq!(settings.temperature, 0.0),
        }
        // at temperature 1 without cuts it is the plain softmax
        if settings.temperature > 0.0 {
            for (scaled, logit) in draw.scaled_logits.iter().zip(&logits) {
                prop_assert!((scaled * settings.temperature - logit).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn a_step_with_its_trace_draws_what_a_step_without_draws((gpt, prompt) in gpt_and_ids(), seed: u64) {
        let settings = SamplingSettings { seed, ..SamplingSettings::default() };
        let mut whole = Generation::new(&gpt, prompt.clone(), settings.clone(), &[]).unwrap();
        // long enough for the window to slide
        for step in Generation::new(&gpt, prompt, settings, &[]).unwrap().take(4) {
            let (with_trace, trace) = whole.step_with_trace().unwrap();
            prop_assert_eq!(&with_trace, &step.unwrap());
            prop_assert_eq!(trace.tokens(), with_trace.window.len());
        }
    }

    #[test]
    fn each_pass_sees_the_window_it_names((gpt, prompt) in gpt_and_ids(), seed: u64, repeat in 1..3_usize) {
        let settings = SamplingSettings { seed, ..SamplingSettings::default() };
        // a prompt longer than the context is fine too
        let prompt = prompt.repeat(repeat);
        let mut generation = Generation::new(&gpt, prompt.clone(), settings.clone(), &[]).unwrap();
        let context = gpt.config().context_length;
        for index in 0..context + 3 {
            let step = generation.next().unwrap().unwrap();
            prop_assert_eq!(step.index, index);
            prop_assert!(step.window.len() <= context && step.window.end == prompt.len() + index);
            // the draw can be had again from a full trace of the window
            let trace = gpt.trace(&generation.ids()[step.window.clone()]).unwrap();
            let logits = trace.matrix(TensorId::Logits).unwrap();
            let last = logits.row(step.window.len() - 1).to_vec();
            prop_assert_eq!(&draw(&last, &settings, index as u64, &[]).unwrap(), &step.draw);
            prop_assert_eq!(generation.ids().last(), Some(&step.draw.token_id));
        }
        prop_assert_eq!(&generation.ids()[..generation.prompt_len()], &prompt[..]);
    }
}

#[test]
fn top_k_and_top_p_keep_what_they_should() {
    // probabilities 0.5, 0.3, 0.1, 0.1 in another order
    let logits = [0.1_f32, 0.5, 0.1, 0.3].map(f32::ln);
    let shares = |settings| draw(&logits, &settings, 0, &[]).unwrap().probabilities;
    let close = |found: Vec<f32>, expected: [f32; 4]| {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    };
    close(shares(settings(1.0, None, None)), [0.1, 0.5, 0.1, 0.3]);
    close(
        shares(settings(1.0, Some(2), None)),
        [0.0, 0.625, 0.0, 0.375],
    );
    close(shares(settings(1.0, Some(9), None)), [0.1, 0.5, 0.1, 0.3]);
    // among equals the lowest id stays
    close(
        shares(settings(1.0, Some(3), None)),
        [1.0 / 9.0, 5.0 / 9.0, 0.0, 3.0 / 9.0],
    );
    close(
        shares(settings(1.0, None, Some(0.7))),
        [0.0, 0.625, 0.0, 0.375],
    );
    close(shares(settings(1.0, None, Some(0.4))), [0.0, 1.0, 0.0, 0.0]);
    // top-p counts what top-k has left
    close(
        shares(settings(1.0, Some(2), Some(0.6))),
        [0.0, 1.0, 0.0, 0.0],
    );
    // half the temperature squares the odds
    close(
        shares(settings(0.5, None, None)),
        [1.0 / 36.0, 25.0 / 36.0, 1.0 / 36.0, 9.0 / 36.0],
    );
    close(shares(settings(0.0, None, None)), [0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn greedy_takes_the_lowest_id_among_equals_and_never_the_excluded() {
    let greedy = settings(0.0, None, None);
    let draw = |logits: &[f32], excluded: &[usize]| draw(logits, &greedy, 0, excluded);
    assert_eq!(draw(&[1.0, 3.0, 3.0], &[]).unwrap().token_id, 1);
    assert_eq!(draw(&[1.0, 3.0, 3.0], &[1]).unwrap().token_id, 2);
    assert_eq!(draw(&[1.0], &[0]).unwrap_err(), SamplingError::NothingLeft);
}

#[test]
fn draws_follow_the_probabilities() {
    let logits = [0.2_f32, 0.5, 0.3].map(f32::ln);
    let mut counts = [0_u32; 3];
    for step in 0..20_000 {
        counts[draw(&logits, &settings(1.0, None, None), step, &[])
            .unwrap()
            .token_id] += 1;
    }
    for (count, probability) in counts.into_iter().zip([0.2, 0.5, 0.3]) {
        // five standard deviations at most; and the seed is fixed
        assert!(
            (f64::from(count) / 20_000.0 - probability).abs() < 0.018,
            "{counts:?}"
        );
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    for (settings, word) in [
        (settings(-0.1, None, None), "temperature"),
        (settings(f32::NAN, None, None), "temperature"),
        (settings(f32::INFINITY, None, None), "temperature"),
        (settings(1.0, Some(0), None), "top-k"),
        (settings(1.0, None, Some(0.0)), "top-p"),
        (settings(1.0, None, Some(1.5)), "top-p"),
        (settings(1.0, None, Some(f32::NAN)), "top-p"),
    ] {
        let message = draw(&[0.0, 1.0], &settings, 0, &[])
            .unwrap_err()
            .to_string();
        assert!(message.contains(word), "{message}");
    }
    let message = draw(&[0.0, f32::NAN], &settings(1.0, None, None), 0, &[])
        .unwrap_err()
        .to_string();
    assert!(message.contains("token 1"), "{message}");
}

#[test]
fn the_same_seed_gives_the_same_text_on_every_machine() {
    // Recorded once; weights, arithmetic, exponential and random bits are all portable.
    let tokenizer = Tokenizer::charlm();
    let mut parameters = orrery_model::Parameters::zeros(&GptConfig::default());
    for (i, value) in parameters.values_mut().iter_mut().enumerate() {
        // weights from integer arithmetic alone
        *value = ((i * 7919 % 1013) as f32 - 506.0) / 1024.0;
    }
    let gpt = Gpt::new(GptConfig::default(), parameters).unwrap();
    let text = |seed| {
        let settings = SamplingSettings {
            seed,
            temperature: 0.9,
            ..SamplingSettings::default()
        };
        let prompt = tokenizer.encode("to be").unwrap();
        let mut generation = Generation::new(&gpt, prompt, settings, tokenizer.special()).unwrap();
        for _ in 0..40 {
            let step = generation.next().unwrap().unwrap();
            assert!(!tokenizer.is_special(step.draw.token_id));
        }
        tokenizer.decode(generation.ids())
    };
    assert_eq!(text(1), "to bec?coccccsb'bbigntixb?acz?cawmalooz?x'one");
    assert_ne!(text(1), text(2));
}

#[test]
fn generation_from_nothing_or_from_nonsense_is_refused() {
    let gpt = Gpt::random(GptConfig::default(), 0).unwrap();
    let begin =
        |prompt| Generation::new(&gpt, prompt, SamplingSettings::default(), &[]).unwrap_err();
    assert!(begin(vec![]).to_string().contains("empty"));
    assert!(begin(vec![3, 40]).to_string().contains("40"));
}

#[test]
fn weights_that_overflow_are_an_error_at_every_step_and_no_panic() {
    let mut parameters = Gpt::random(GptConfig::default(), 0)
        .unwrap()
        .into_parameters();
    parameters.values_mut().fill(1e38);
    let gpt = Gpt::new(GptConfig::default(), parameters).unwrap();
    let mut generation =
        Generation::new(&gpt, vec![1, 2], SamplingSettings::default(), &[]).unwrap();
    for _ in 0..2 {
        let error = generation.next().unwrap().unwrap_err();
        assert!(matches!(
            error,
            GenerationError::Sampling(SamplingError::NotFinite { .. })
        ));
    }
}
