//! Real checkpoints of nanoGPT against reference values that PyTorch computed from them.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use orrery_model::checkpoint::{
    self, Assumptions, FileFormat, TraceNames, load_vocabulary, load_with,
};
use orrery_model::{
    Activation, Gelu, Generation, Gpt, LoadedModel, NormPlacement, SamplingSettings,
};
use serde_json::Value;
use support::fixtures;
use support::npz::arrays;

/// The farthest that an activation and a probability may be from the reference.
const ACTIVATION: f32 = 5e-5;
const PROBABILITY: f32 = 1e-5;

fn load(checkpoint: &Path, vocabulary: &Path) -> LoadedModel {
    let assumptions = Assumptions {
        tokenizer: Some(load_vocabulary(vocabulary).unwrap()),
        ..Assumptions::default()
    };
    load_with(checkpoint, &assumptions).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_reader(File::open(path).unwrap()).unwrap()
}

fn ids(value: &Value) -> Vec<usize> {
    serde_json::from_value(value.clone()).unwrap()
}

type Arrays = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn by_name(path: &Path) -> Arrays {
    let arrays = arrays(path).into_iter();
    arrays
        .map(|(name, shape, values)| (name, (shape, values)))
        .collect()
}

/// A trace through its own file, as anybody else would read it.
fn traced(gpt: &Gpt, ids: &[usize]) -> Arrays {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.npz");
    let trace = gpt.trace(ids).unwrap();
    checkpoint::save_trace_npz(&file, &trace, TraceNames::NanoGpt).unwrap();
    by_name(&file)
}

/// Compares every tensor of a reference; returns the worst distances of activations and shares.
fn compare(found: &Arrays, expected: &Arrays) -> (f32, f32) {
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    let mut worst = (0.0_f32, 0.0_f32);
    for (name, (shape, expected)) in expected {
        let (found_shape, found) = &found[name];
        assert_eq!(found_shape, shape, "{name}");
        let share = name == "probs" || name.ends_with(".att");
        let distances = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        let distance = distances.fold(0.0, f32::max);
        let limit = if share { PROBABILITY } else { ACTIVATION };
        assert!(distance <= limit, "{name}: {distance} off");
        let place = if share { &mut worst.1 } else { &mut worst.0 };
        *place = place.max(distance);
    }
    worst
}

/// Without a draw: the likeliest token each time, with `tokens` of them.
fn greedy(model: &LoadedModel, prompt: Vec<usize>, tokens: usize) -> Vec<usize> {
    let settings = SamplingSettings {
        temperature: 0.0,
        ..SamplingSettings::default()
    };
    let special = model.tokenizer.special();
    let generation = Generation::new(&model.gpt, prompt, settings, special).unwrap();
    let steps = generation.take(tokens);
    steps.map(|step| step.unwrap().draw.token_id).collect()
}

/// Everything the fixtures know of a model with these weights.
fn agrees_with_the_reference(model: &LoadedModel, folder: &Path) {
    let prompts = json(&folder.join("prompts.json"));
    let prompts = prompts["prompts"].as_array().unwrap();
    assert!(!prompts.is_empty());
    for prompt in prompts {
        let name = prompt["name"].as_str().unwrap();
        let reference = json(&folder.join(format!("ref_{name}.json")));
        let text = reference["text"].as_str().unwrap();
        let expected_ids = ids(&reference["idx"]);
        assert_eq!(model.tokenizer.encode(text).unwrap(), expected_ids);
        let tokens: Vec<&str> = expected_ids
            .iter()
            .map(|&id| model.tokenizer.token(id))
            .collect();
        assert_eq!(serde_json::to_value(tokens).unwrap(), reference["tokens"]);

        let found = traced(&model.gpt, &expected_ids);
        let worst = compare(&found, &by_name(&folder.join(format!("ref_{name}.npz"))));
        println!("{text:?}: activations {:e}, shares {:e}", worst.0, worst.1);
        let likeliest = reference["top10"][0][0].as_u64().unwrap() as usize;
        let generated = greedy(model, expected_ids, 40);
        assert_eq!(generated[0], likeliest);
        assert_eq!(generated, ids(&reference["greedy_40_ids"]));
        assert_eq!(model.tokenizer.decode(&generated), reference["greedy_40"]);
    }
}

#[test]
fn a_model_of_characters_agrees_with_pytorch() {
    let Some(folder) = fixtures::folder("nanogpt/char-bard") else {
        return;
    };
    let model = load(&folder.join("ckpt.pt"), &folder.join("meta.pkl"));
    assert_eq!(model.format, FileFormat::PyTorch);
    let config = model.gpt.config();
    let sizes = (
        config.n_blocks,
        config.n_heads,
        config.d_model,
        config.context_length,
    );
    assert_eq!(sizes, (4, 4, 64, 64));
    assert_eq!(config.activation, Activation::GeluErf);
    assert_eq!(config.norm_placement, NormPlacement::Pre);
    assert!(config.tied_head && config.final_norm && !config.biases.layer_norm);
    assert!(
        model
            .training
            .as_ref()
            .is_some_and(|training| training.steps.is_some())
    );
    agrees_with_the_reference(&model, &folder);
}

#[test]
fn a_model_of_words_agrees_with_pytorch_whatever_its_file() {
    let (Some(folder), Some(variants)) = (
        fixtures::folder("nanogpt/word-knock"),
        fixtures::folder("nanogpt/variants"),
    ) else {
        return;
    };
    let meta = folder.join("meta.pkl");
    for (checkpoint, vocabulary) in [
        (folder.join("ckpt.pt"), meta.clone()),
        (folder.join("ckpt_full_with_optimizer.pt"), meta.clone()),
        (variants.join("noncontiguous_strides.pt"), meta),
        (folder.join("ckpt.pt"), variants.join("meta_proto2.pkl")),
        (folder.join("ckpt.pt"), variants.join("meta_itos_list.pkl")),
    ] {
        println!("{} {}", checkpoint.display(), vocabulary.display());
        agrees_with_the_reference(&load(&checkpoint, &vocabulary), &folder);
    }
}

#[test]
fn half_precision_weights_are_the_rounded_ones() {
    let (Some(folder), Some(variants)) = (
        fixtures::folder("nanogpt/word-knock"),
        fixtures::folder("nanogpt/variants"),
    ) else {
        return;
    };
    let whole = load(&folder.join("ckpt.pt"), &folder.join("meta.pkl"));
    let half = load(&variants.join("bf16.pt"), &folder.join("meta.pkl"));
    assert_eq!(half.gpt.config(), whole.gpt.config());
    let pairs = half
        .gpt
        .parameters()
        .values()
        .iter()
        .zip(whole.gpt.parameters().values());
    for (half, whole) in pairs {
        // PyTorch rounds to the nearest, and to even in between
        let bits = whole.to_bits();
        let rounded = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000;
        assert_eq!(half.to_bits(), rounded);
    }
}

#[test]
fn the_form_of_gelu_can_be_chosen() {
    let Some(folder) = fixtures::folder("nanogpt/char-bard") else {
        return;
    };
    let load = |gelu| {
        let assumptions = Assumptions {
            gelu,
            tokenizer: Some(load_vocabulary(&folder.join("meta.pkl")).unwrap()),
            ..Assumptions::default()
        };
        load_with(&folder.join("ckpt.pt"), &assumptions).unwrap()
    };
    assert_eq!(
        load(Some(Gelu::Tanh)).gpt.config().activation,
        Activation::GeluTanh
    );
    assert_eq!(load(Some(Gelu::Erf)).gpt.config(), load(None).gpt.config());
}

#[test]
fn without_its_vocabulary_a_model_is_refused_by_name() {
    let Some(folder) = fixtures::folder("nanogpt/char-bard") else {
        return;
    };
    let error = checkpoint::load(&folder.join("ckpt.pt"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("ckpt.pt") && error.contains("meta.pkl"),
        "{error}"
    );
    // but its weights can be looked at
    let opened = checkpoint::open(&folder.join("ckpt.pt"), &Assumptions::default()).unwrap();
    assert!(opened.tokenizer.is_none());
    // and a vocabulary that is too large is not its own
    let words = fixtures::folder("nanogpt/word-knock").unwrap();
    let assumptions = Assumptions {
        tokenizer: Some(load_vocabulary(&words.join("meta.pkl")).unwrap()),
        ..Assumptions::default()
    };
    let error = load_with(&folder.join("ckpt.pt"), &assumptions)
        .unwrap_err()
        .to_string();
    assert!(error.contains("148") && error.contains("65"), "{error}");
}
