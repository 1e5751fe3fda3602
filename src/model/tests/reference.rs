//! The default character model against reference values that another program computed in double
//! precision, with the weights read from that program's file.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::File;

use orrery_model::{TensorId, Trace, checkpoint};
use serde_json::Value;
use support::fixtures;
use support::npz::arrays;

/// The worst distance, as the lesser of absolute and relative.
fn compare(trace: &Trace, key: &str, shape: &[usize], expected: &[f32]) -> f32 {
    let id: TensorId = key.parse().unwrap();
    let found = trace.tensor(id).unwrap();
    assert_eq!(found.shape(), shape, "{key}");
    found
        .iter()
        .zip(expected)
        .map(|(found, expected)| {
            let distance = (found - expected).abs();
            let distance = distance.min(distance / expected.abs());
            assert!(distance <= 1e-5, "{key}: {found} is not {expected}");
            distance
        })
        .fold(0.0, f32::max)
}

#[test]
fn every_tensor_of_every_prompt_is_within_1e_5_of_the_reference() {
    let Some(folder) = fixtures::folder("charlm") else {
        return;
    };
    let model = checkpoint::load(&folder.join("weights.npz")).unwrap();
    assert!(model.metadata.is_none());
    let prompts: Value =
        serde_json::from_reader(File::open(folder.join("prompts.json")).unwrap()).unwrap();
    assert_eq!(
        serde_json::to_value(model.tokenizer.vocabulary().tokens()).unwrap(),
        prompts["vocabulary"]
    );
    let prompts = prompts["prompts"].as_array().unwrap();
    assert!(!prompts.is_empty());
    for prompt in prompts {
        let ids = model
            .tokenizer
            .encode(prompt["text"].as_str().unwrap())
            .unwrap();
        assert_eq!(serde_json::to_value(&ids).unwrap(), prompt["ids"]);
        let trace = model.gpt.trace(&ids).unwrap();
        let reference = arrays(&folder.join(prompt["trace"].as_str().unwrap()));
        // three of the embedding, sixteen of each of four blocks, two of the output
        assert!(reference.len() >= 3 + 4 * 15 + 2, "{}", reference.len());
        let worst = reference
            .iter()
            .map(|(key, shape, values)| compare(&trace, key, shape, values))
            .fold(0.0, f32::max);
        println!(
            "{}: {} tensors, worst distance {worst:e}",
            prompt["text"],
            reference.len()
        );
    }
}
