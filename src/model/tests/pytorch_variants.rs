//! Checkpoints in all the ways that PyTorch can write them give the same model.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;
use std::path::Path;

use half::{bf16, f16};
use orrery_model::checkpoint::{
    self, ArrayProblem, Assumptions, FileProblem, load_from, save_safetensors, vocabulary_from,
};
use orrery_model::{
    Activation, Biases, CheckpointError, FileFormat, Gpt, GptConfig, LoadedModel, NormPlacement,
    Tokenizer,
};
use proptest::prelude::*;
use support::checkpoints::{Around, Lie, Numbers, Variant, around, parts, written};
use support::configurations::without_a_diary;
use support::pickles::{Value, checkpoint as zipped, pickle, text};

fn load(bytes: &[u8], assumptions: &Assumptions) -> Result<LoadedModel, CheckpointError> {
    load_from(Cursor::new(bytes), Path::new("some.pt"), assumptions)
}

fn letters(rows: usize) -> Assumptions {
    let letters = ('a'..).take(rows.saturating_sub(2).max(1));
    Assumptions {
        tokenizer: Some(Tokenizer::characters(letters).unwrap()),
        ..Assumptions::default()
    }
}

/// A model of nanoGPT's kind.
fn small(biases: Biases, tied_head: bool) -> Gpt {
    let config = GptConfig {
        vocab_size: 11,
        context_length: 5,
        d_model: 6,
        n_heads: 2,
        n_blocks: 2,
        d_ff: 24,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases,
        final_norm: true,
        tied_head,
        norm_epsilon: 1e-5,
        attention_scaling: Default::default(),
    };
    Gpt::random(config, 3).unwrap()
}

/// What a number becomes on its way through this type.
fn rounded(numbers: Numbers, value: f32) -> f32 {
    match numbers {
        Numbers::Single | Numbers::Double => value,
        Numbers::Half => f16::from_f32(value).to_f32(),
        Numbers::Brain => bf16::from_f32(value).to_f32(),
    }
}

fn variant() -> impl Strategy<Value = Variant> {
    let numbers = [
        Numbers::Single,
        Numbers::Double,
        Numbers::Half,
        Numbers::Brain,
    ];
    let lies = [Lie::Plain, Lie::Offset, Lie::Turned, Lie::Joint];
    (
        prop::sample::select(numbers.to_vec()),
        prop::sample::select(lies.to_vec()),
        prop::sample::select(vec![Around::NanoGpt, Around::Early, Around::Bare]),
        prop::sample::select(vec!["", "_orig_mod.", "module.", "module._orig_mod."]),
        prop::sample::select(vec!["cpu", "cuda:0", "mps", "xla:1"]),
        any::<[bool; 3]>(),
    )
        .prop_map(|(numbers, lie, around, prefix, device, flags)| Variant {
            numbers,
            lie,
            around,
            prefix,
            device,
            masks: flags[0],
            parameters: flags[1],
            tied_head_named: flags[2],
        })
}

proptest! {
    #![proptest_config(without_a_diary())]

    #[test]
    fn every_way_of_writing_gives_the_same_model(variant in variant(), biases: bool, tied: bool) {
        let gpt = small(if biases { Biases::GPT2 } else { Biases::NONE }, tied);
        let bytes = written(&gpt, variant);
        let assumptions = Assumptions {
            n_heads: (variant.around == Around::Bare).then_some(2),
            ..letters(11)
        };
        let loaded = load(&bytes, &assumptions).unwrap();
        prop_assert_eq!(loaded.format, FileFormat::PyTorch);
        let early = variant.around == Around::Early && variant.masks && biases;
        let expected = GptConfig {
            // when nanoGPT did not yet write whether there are biases, its GELU was the other one
            activation: if early { Activation::GeluTanh } else { Activation::GeluErf },
            ..gpt.config().clone()
        };
        prop_assert_eq!(loaded.gpt.config(), &expected);
        let pairs = loaded.gpt.parameters().values().iter().zip(gpt.parameters().values());
        for (found, written) in pairs {
            prop_assert_eq!(*found, rounded(variant.numbers, *written));
        }
        // two rows of the model stand for nothing
        prop_assert_eq!(loaded.tokenizer.special(), &[9, 10]);
        let steps = loaded.training.and_then(|training| training.steps);
        prop_assert_eq!(steps.is_some(), variant.around != Around::Bare);
    }

    #[test]
    fn hugging_face_s_form_and_back(biases: bool, tied: bool, tanh: bool) {
        let gpt = small(if biases { Biases::GPT2 } else { Biases::NONE }, tied);
        let activation = if tanh { Activation::GeluTanh } else { Activation::GeluErf };
        let config = GptConfig { activation, ..gpt.config().clone() };
        let gpt = Gpt::new(config, gpt.into_parameters()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.safetensors");
        let tokenizer = letters(13).tokenizer.unwrap();
        save_safetensors(&file, &gpt, Some(&tokenizer), None).unwrap();
        let loaded = checkpoint::load(&file).unwrap();
        prop_assert_eq!(&loaded.tokenizer, &tokenizer);
        // the biases that a GPT-2 must have are zero, so every number of a pass is the same
        let expected = GptConfig { biases: Biases::GPT2, ..gpt.config().clone() };
        prop_assert_eq!(loaded.gpt.config(), &expected);
        let (a, b) = (gpt.trace(&[3, 1, 2]).unwrap(), loaded.gpt.trace(&[3, 1, 2]).unwrap());
        prop_assert_eq!(a.values(), b.values());
    }
}

#[test]
fn a_safetensors_file_without_its_configuration_says_what_is_missing() {
    let gpt = small(Biases::GPT2, true);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    save_safetensors(&file, &gpt, None, None).unwrap();
    let error = checkpoint::load(&file).unwrap_err();
    assert!(
        matches!(error.problem, FileProblem::NeedsVocabulary(_)),
        "{error}"
    );
    let loaded = checkpoint::load_with(&file, &letters(11)).unwrap();
    assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
    std::fs::remove_file(folder.path().join("config.json")).unwrap();
    let error = checkpoint::load(&file).unwrap_err().to_string();
    assert!(
        error.contains("model.safetensors") && error.contains("config.json"),
        "{error}"
    );
    // a model of another kind is not bent into it
    let other = Gpt::random(GptConfig::default(), 1).unwrap();
    let error = save_safetensors(&file, &other, None, None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("layer norm"), "{error}");
}

/// The error of a checkpoint after a change to its state dict.
#[track_caller]
fn refusal(change: impl FnOnce(&mut Vec<(Value, Value)>)) -> CheckpointError {
    let gpt = small(Biases::NONE, true);
    let mut parts = parts(&gpt, Variant::default());
    change(&mut parts.pairs);
    let description = pickle(&around(&gpt, Around::NanoGpt, parts.pairs));
    let error = load(&zipped(&description, &parts.storages), &letters(11)).unwrap_err();
    assert!(error.to_string().contains("some.pt"), "{error}");
    error
}

fn tensor<'a>(pairs: &'a mut [(Value, Value)], name: &str) -> &'a mut support::pickles::Tensor {
    let found = pairs
        .iter_mut()
        .find_map(|(key, value)| match (key, value) {
            (Value::Text(key), Value::Tensor(tensor)) if key == name => Some(tensor),
            _ => None,
        });
    found.unwrap()
}

const FULL: &str = "transformer.h.1.mlp.c_fc.weight";

#[test]
fn what_does_not_fit_is_named() {
    let problem = |error: CheckpointError, name: &str| match error.problem {
        FileProblem::Array { key, problem } => {
            assert_eq!(key, name);
            problem
        }
        other => panic!("not about a tensor: {other:?}"),
    };
    let named = |pairs: &mut Vec<(Value, Value)>, name: &str| {
        pairs.retain(|(key, _)| !matches!(key, Value::Text(key) if key == name));
    };
    let missing = refusal(|pairs| named(pairs, FULL));
    assert_eq!(problem(missing, FULL), ArrayProblem::Missing);
    let missing = refusal(|pairs| named(pairs, "transformer.wpe.weight"));
    assert_eq!(
        problem(missing, "transformer.wpe.weight"),
        ArrayProblem::Missing
    );
    let spare = refusal(|pairs| pairs.push((text("transformer.rotary"), pairs[0].1.clone())));
    assert_eq!(problem(spare, "transformer.rotary"), ArrayProblem::Spare);
    let twice = refusal(|pairs| pairs.push((text("_orig_mod.wpe.weight"), pairs[1].1.clone())));
    assert!(matches!(
        problem(twice, "_orig_mod.wpe.weight"),
        ArrayProblem::Damaged(_)
    ));
    let shape = refusal(|pairs| tensor(pairs, FULL).shape = vec![12, 12]);
    assert!(matches!(
        problem(shape, FULL),
        ArrayProblem::WrongShape { .. }
    ));
    for change in [
        |tensor: &mut support::pickles::Tensor| tensor.offset = 1,
        |tensor: &mut support::pickles::Tensor| tensor.strides = vec![6, 2],
        |tensor: &mut support::pickles::Tensor| tensor.strides = vec![usize::MAX >> 1, 1],
        |tensor: &mut support::pickles::Tensor| tensor.storage_len = 145,
        |tensor: &mut support::pickles::Tensor| tensor.storage_len = usize::MAX >> 1,
        |tensor: &mut support::pickles::Tensor| tensor.class = "Double",
    ] {
        let beyond = refusal(|pairs| change(tensor(pairs, FULL)));
        assert!(matches!(
            problem(beyond, FULL),
            ArrayProblem::Implausible { .. }
        ));
    }
    let gone = refusal(|pairs| tensor(pairs, FULL).key = "77".to_owned());
    assert!(matches!(problem(gone, FULL), ArrayProblem::Damaged(_)));
    let whole = refusal(|pairs| tensor(pairs, FULL).class = "Int");
    assert_eq!(
        problem(whole, FULL),
        ArrayProblem::UnsupportedType("i32".to_owned())
    );
    // one number, seen everywhere: little that claims to be much
    let much = refusal(|pairs| {
        let wte = tensor(pairs, "transformer.wte.weight");
        (wte.shape, wte.strides) = (vec![1 << 20, 6], vec![0, 0]);
    });
    assert!(!much.to_string().is_empty());
}

#[test]
fn numbers_that_are_none_are_refused_by_their_place() {
    let gpt = small(Biases::NONE, true);
    let mut parts = parts(&gpt, Variant::default());
    // h.0.mlp.c_fc.weight is the sixth tensor
    parts.storages[6].1[4 * 8..4 * 9].copy_from_slice(&f32::NAN.to_le_bytes());
    let description = pickle(&around(&gpt, Around::NanoGpt, parts.pairs));
    let error = load(&zipped(&description, &parts.storages), &letters(11)).unwrap_err();
    let FileProblem::Array {
        key,
        problem: ArrayProblem::NotFinite { index, .. },
    } = &error.problem
    else {
        panic!("{error}");
    };
    assert_eq!(
        (key.as_str(), index.as_slice()),
        ("transformer.h.0.mlp.c_fc.weight", &[1, 2][..])
    );
}

#[test]
fn a_state_dict_alone_does_not_say_how_many_heads_there_are() {
    let gpt = small(Biases::NONE, true);
    let bare = Variant {
        around: Around::Bare,
        ..Variant::default()
    };
    let error = load(&written(&gpt, bare), &letters(11))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("heads") && error.contains("some.pt"),
        "{error}"
    );
    // and what a file says is not overruled
    let assumptions = Assumptions {
        n_heads: Some(3),
        ..letters(11)
    };
    let error = load(&written(&gpt, Variant::default()), &assumptions)
        .unwrap_err()
        .to_string();
    assert!(error.contains("2 heads") && error.contains('3'), "{error}");
}

#[test]
fn what_the_file_says_must_be_what_its_tensors_are() {
    let gpt = small(Biases::NONE, true);
    let parts = parts(&gpt, Variant::default());
    for (name, number) in [
        ("n_layer", 3),
        ("n_embd", 8),
        ("block_size", 4),
        ("vocab_size", 12),
    ] {
        let description = match around(&gpt, Around::NanoGpt, parts.pairs.clone()) {
            Value::Dict(mut pairs) => {
                let Value::Dict(arguments) = &mut pairs[2].1 else {
                    panic!("the third is model_args");
                };
                // of equal keys the last counts
                arguments.push((text(name), Value::Int(number)));
                pickle(&Value::Dict(pairs))
            }
            other => panic!("{other:?}"),
        };
        let error = load(&zipped(&description, &parts.storages), &letters(11)).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains(name) && error.contains(&number.to_string()),
            "{error}"
        );
    }
}

#[test]
fn gpt2_s_sizes_of_vocabulary_tell_its_tokens() {
    for rows in [50257, 50304] {
        let config = GptConfig {
            vocab_size: rows,
            d_model: 2,
            d_ff: 8,
            n_heads: 1,
            ..small(Biases::NONE, true).config().clone()
        };
        let gpt = Gpt::random(config, 5).unwrap();
        let loaded = load(&written(&gpt, Variant::default()), &Assumptions::default()).unwrap();
        assert_eq!(
            loaded.tokenizer.encode("Hello, world").unwrap(),
            [15496, 11, 995]
        );
        assert_eq!(loaded.tokenizer.special().len(), rows - 50257);
        assert_eq!(loaded.gpt.trace(&[15496, 11]).unwrap().tokens(), 2);
    }
}

#[test]
fn vocabularies_of_every_protocol_are_read() {
    // {'vocab_size': 2, 'itos': {0: 'é', 1: '\n'}}, as Python 3.11 writes it in protocols 0 to 5
    let pickles: [&[u8]; 6] = [
        b"(dp0\nVvocab_size\np1\nI2\nsVitos\np2\n(dp3\nI0\nV\xe9\np4\nsI1\nV\\u000a\np5\nss.",
        b"}q\0(X\n\0\0\0vocab_sizeq\x01K\x02X\x04\0\0\0itosq\x02}q\x03(K\0X\x02\0\0\0\xc3\xa9q\x04K\x01X\x01\0\0\0\nq\x05uu.",
        b"\x80\x02}q\0(X\n\0\0\0vocab_sizeq\x01K\x02X\x04\0\0\0itosq\x02}q\x03(K\0X\x02\0\0\0\xc3\xa9q\x04K\x01X\x01\0\0\0\nq\x05uu.",
        b"\x80\x03}q\0(X\n\0\0\0vocab_sizeq\x01K\x02X\x04\0\0\0itosq\x02}q\x03(K\0X\x02\0\0\0\xc3\xa9q\x04K\x01X\x01\0\0\0\nq\x05uu.",
        b"\x80\x04\x95*\0\0\0\0\0\0\0}\x94(\x8c\nvocab_size\x94K\x02\x8c\x04itos\x94}\x94(K\0\x8c\x02\xc3\xa9\x94K\x01\x8c\x01\n\x94uu.",
        b"\x80\x05\x95*\0\0\0\0\0\0\0}\x94(\x8c\nvocab_size\x94K\x02\x8c\x04itos\x94}\x94(K\0\x8c\x02\xc3\xa9\x94K\x01\x8c\x01\n\x94uu.",
    ];
    for (protocol, pickle) in pickles.into_iter().enumerate() {
        let tokenizer = vocabulary_from(pickle, Path::new("meta.pkl")).unwrap();
        assert_eq!(
            tokenizer.encode("\n\u{e9}").unwrap(),
            [1, 0],
            "protocol {protocol}"
        );
    }
}

#[test]
fn a_vocabulary_that_is_none_is_refused_by_name() {
    let of = |value: Value| vocabulary_from(&pickle(&value), Path::new("meta.pkl"));
    let dict = |pairs: Vec<(&str, Value)>| {
        Value::Dict(
            pairs
                .into_iter()
                .map(|(key, value)| (text(key), value))
                .collect(),
        )
    };
    let pairs = |pairs: &[(i64, &str)]| {
        let pair = |&(id, token): &(i64, &str)| (Value::Int(id), text(token));
        Value::Dict(pairs.iter().map(pair).collect())
    };
    let stoi = Value::Dict(vec![(text("b"), Value::Int(1)), (text("a"), Value::Int(0))]);
    let found = of(dict(vec![("stoi", stoi)])).unwrap();
    assert_eq!(found.encode("ab").unwrap(), [0, 1]);
    for wrong in [
        dict(vec![]),
        dict(vec![("itos", Value::Int(3))]),
        dict(vec![("itos", pairs(&[(0, "a"), (0, "b")]))]),
        dict(vec![("itos", pairs(&[(0, "a"), (-1, "b")]))]),
        dict(vec![("itos", pairs(&[(0, "a"), (1, "a")]))]),
        dict(vec![("itos", Value::List(vec![Value::None]))]),
        dict(vec![("itos", Value::List(vec![]))]),
        Value::List(vec![text("itos")]),
    ] {
        let error = of(wrong.clone()).unwrap_err().to_string();
        assert!(error.contains("meta.pkl"), "{wrong:?}: {error}");
    }
}
