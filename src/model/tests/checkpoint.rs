//! Models and traces as files: written and read back.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;
use std::path::Path;

use orrery_model::checkpoint::{self, Assumptions, FileProblem, METADATA_KEY, TraceNames};
use orrery_model::{
    Biases, Gpt, GptConfig, NormPlacement, Parameters, TensorId, Tokenizer, TrainingFacts, WeightId,
};
use proptest::prelude::*;
use support::configurations::{config, without_a_diary};
use support::files::{changed, entries, entry, load, npy, saved, tiny, zipped};

/// All that the arrays of a model do not show.
fn said_of(config: &GptConfig) -> Assumptions {
    Assumptions {
        n_heads: Some(config.n_heads),
        activation: Some(config.activation),
        norm_placement: Some(config.norm_placement),
        ..Assumptions::default()
    }
}

proptest! {
    // each case writes files to the disk
    #![proptest_config(ProptestConfig { cases: 48, ..without_a_diary() })]

    #[test]
    fn what_is_saved_is_loaded((config, seed) in (config(), any::<u64>())) {
        let gpt = Gpt::random(config, seed).unwrap();
        let tokenizer = Tokenizer::characters(('!'..).take(gpt.config().vocab_size)).unwrap();
        let bytes = saved(&gpt, &tokenizer);
        prop_assert_eq!(&bytes, &saved(&gpt, &tokenizer), "the same model gives the same bytes");
        let loaded = load(&bytes).unwrap();
        prop_assert_eq!(loaded.gpt.config(), gpt.config());
        prop_assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
        prop_assert_eq!(loaded.tokenizer, tokenizer);
    }

    #[test]
    fn without_metadata_the_architecture_is_seen_in_the_arrays(mut config in config(), seed: u64) {
        // not the shipped model's form, of which more is known
        config.vocab_size = config.vocab_size.max(33);
        config.norm_epsilon = 1e-5;
        let gpt = Gpt::random(config, seed).unwrap();
        let tokenizer = Tokenizer::characters(('!'..).take(gpt.config().vocab_size)).unwrap();
        let mut entries = entries(&saved(&gpt, &tokenizer));
        entries.retain(|(name, _)| !name.starts_with(METADATA_KEY));
        let assumptions = Assumptions {
            tokenizer: Some(tokenizer),
            ..said_of(gpt.config())
        };
        let bytes = Cursor::new(zipped(&entries));
        let loaded = checkpoint::load_from(bytes, Path::new("x"), &assumptions).unwrap();
        prop_assert_eq!(loaded.gpt.config(), gpt.config());
        prop_assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
        prop_assert!(loaded.metadata.is_none());
    }
}

#[test]
fn training_facts_travel_with_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    let facts = TrainingFacts {
        corpus: Some("a text".to_owned()),
        steps: Some(5000),
        validation_loss: Some(1.875),
        ..TrainingFacts::default()
    };
    checkpoint::save(&path, &tiny(), &Tokenizer::charlm(), Some(&facts)).unwrap();
    let loaded = checkpoint::load(&path).unwrap();
    assert_eq!(loaded.metadata.unwrap().training, Some(facts));
    // nothing but the file is left behind
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn double_precision_and_column_order_are_read() {
    let gpt = tiny();
    let loaded = changed(|entries| {
        let values = gpt.parameters().get(WeightId::Embedding).unwrap();
        let doubles: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
        *entry(entries, "embedding") = npy(&[32, 4], &doubles, npyz::Order::C);
        let positions = gpt
            .parameters()
            .matrix(WeightId::PositionEmbedding)
            .unwrap();
        let columns: Vec<f32> = positions.t().iter().copied().collect();
        *entry(entries, "pos_encoding") = npy(&[3, 4], &columns, npyz::Order::Fortran);
    })
    .unwrap();
    assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
    assert_eq!(loaded.tokenizer, Tokenizer::charlm());
}

#[test]
fn what_the_arrays_do_not_show_is_asked_for() {
    let without_metadata = |config: GptConfig| {
        let characters = ('!'..).take(config.vocab_size);
        let gpt = Gpt::random(config, 2).unwrap();
        let mut entries = entries(&saved(&gpt, &Tokenizer::characters(characters).unwrap()));
        entries.retain(|(name, _)| !name.starts_with(METADATA_KEY));
        zipped(&entries)
    };
    let config = GptConfig {
        vocab_size: 5,
        biases: Biases::GPT2,
        ..GptConfig::default()
    };
    let bytes = without_metadata(config.clone());
    let load = |assumptions: Assumptions| {
        let assumptions = Assumptions {
            tokenizer: Some(Tokenizer::characters("abcde".chars()).unwrap()),
            ..assumptions
        };
        checkpoint::load_from(Cursor::new(&bytes), Path::new("x"), &assumptions)
    };
    assert_eq!(load(said_of(&config)).unwrap().gpt.config(), &config);
    // each of the three is asked for by the option that says it, and nothing else is
    for (option, assumptions) in [
        (
            "--heads",
            Assumptions {
                n_heads: None,
                ..said_of(&config)
            },
        ),
        (
            "--norm",
            Assumptions {
                norm_placement: None,
                ..said_of(&config)
            },
        ),
        (
            "--activation",
            Assumptions {
                activation: None,
                ..said_of(&config)
            },
        ),
    ] {
        let error = load(assumptions).unwrap_err().to_string();
        assert!(error.contains(option), "{error}");
        assert_eq!(
            error.matches("--").count() - error.matches("--norm p").count(),
            usize::from(option != "--norm"),
            "{error}"
        );
    }
    let error = load(Assumptions::default()).unwrap_err().to_string();
    for option in ["--heads", "--norm", "--activation"] {
        assert!(error.contains(option), "{error}");
    }
    // a norm at the end shows that the others stand before, and that is told
    let final_norm = GptConfig {
        final_norm: true,
        norm_placement: NormPlacement::Pre,
        ..config
    };
    let bytes = without_metadata(final_norm.clone());
    let assumptions = Assumptions {
        norm_placement: None,
        tokenizer: Some(Tokenizer::characters("abcde".chars()).unwrap()),
        ..said_of(&final_norm)
    };
    let loaded = checkpoint::load_from(Cursor::new(&bytes), Path::new("x"), &assumptions).unwrap();
    assert_eq!(loaded.gpt.config(), &final_norm);
    assert!(
        loaded.read_as[0].contains("norms before"),
        "{:?}",
        loaded.read_as
    );

    // and the vocabulary
    let assumptions = said_of(&final_norm);
    let error =
        checkpoint::load_from(Cursor::new(bytes), Path::new("x"), &assumptions).unwrap_err();
    assert!(
        matches!(error.problem, FileProblem::NeedsVocabulary(5)),
        "{error}"
    );
}

#[test]
fn the_shipped_character_model_s_form_is_known_without_a_word() {
    let gpt = Gpt::random(GptConfig::default(), 2).unwrap();
    let mut entries = entries(&saved(&gpt, &Tokenizer::charlm()));
    entries.retain(|(name, _)| !name.starts_with(METADATA_KEY));
    let loaded = load(&zipped(&entries)).unwrap();
    assert_eq!(loaded.gpt.config(), gpt.config());
    assert!(
        loaded.read_as[0].starts_with("read as"),
        "{:?}",
        loaded.read_as
    );
    assert!(loaded.metadata.is_none());
}

#[test]
fn a_trace_is_written_with_every_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let trace = tiny().trace(&[5, 6, 7]).unwrap();
    let npz = folder.path().join("trace.npz");
    checkpoint::save_trace_npz(&npz, &trace, TraceNames::Orrery).unwrap();
    let arrays = entries(&std::fs::read(npz).unwrap());
    assert_eq!(arrays.len(), 1 + trace.layout().entries().len());
    for (name, bytes) in arrays {
        let npy = npyz::NpyFile::new(&bytes[..]).unwrap();
        let shape: Vec<usize> = npy.shape().iter().map(|&extent| extent as usize).collect();
        let key = name.trim_end_matches(".npy");
        if key == "ids" {
            assert_eq!(npy.into_vec::<i64>().unwrap(), [5, 6, 7]);
            continue;
        }
        let tensor = trace.tensor(key.parse::<TensorId>().unwrap()).unwrap();
        assert_eq!(tensor.shape(), shape, "{key}");
        assert!(
            npy.into_vec::<f32>().unwrap().iter().eq(tensor.iter()),
            "{key}"
        );
    }

    let json = folder.path().join("trace.json");
    checkpoint::save_trace_json(&json, &trace, TraceNames::Orrery).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["ids"], serde_json::json!([5, 6, 7]));
    assert_eq!(
        json.as_object().unwrap().len(),
        1 + trace.layout().entries().len()
    );
    for entry in trace.layout().entries() {
        let tensor = &json[entry.id.to_string()];
        assert_eq!(tensor["shape"], serde_json::json!(entry.shape));
        let values = tensor["values"].as_array().unwrap();
        let expected = &trace.values()[entry.range.clone()];
        assert_eq!(values.len(), expected.len());
        for (value, expected) in values.iter().zip(expected) {
            assert_eq!(
                value.as_f64().unwrap_or(f64::NEG_INFINITY) as f32,
                *expected
            );
        }
    }
}

#[test]
fn parameters_of_another_length_are_refused() {
    let config = GptConfig::default();
    assert!(Parameters::from_values(&config, vec![0.0; 3]).is_none());
}
