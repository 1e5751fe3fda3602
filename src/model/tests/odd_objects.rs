//! One strange object of Python beside good weights is no reason to refuse them: it stays data, and is
//! never built. What would run something is refused wherever it stands.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;
use std::path::Path;

use orrery_model::checkpoint::{Assumptions, FileProblem, PickleError, load_from};
use orrery_model::{
    Activation, Biases, CheckpointError, Gpt, GptConfig, LoadedModel, NormPlacement, Tokenizer,
};
use support::checkpoints::{Around, Variant, around, parts};
use support::pickles::{Value, checkpoint as zipped, pickle, text};

fn small() -> Gpt {
    let config = GptConfig {
        vocab_size: 11,
        context_length: 5,
        d_model: 6,
        n_heads: 2,
        n_blocks: 2,
        d_ff: 24,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases: Biases::NONE,
        final_norm: true,
        tied_head: true,
        ..GptConfig::default()
    };
    Gpt::random(config, 3).unwrap()
}

/// A checkpoint with this beside the weights.
fn with(key: &str, value: Value) -> Result<LoadedModel, CheckpointError> {
    with_all(vec![(text(key), value)], Around::NanoGpt)
}

fn with_all(more: Vec<(Value, Value)>, kind: Around) -> Result<LoadedModel, CheckpointError> {
    let gpt = small();
    let parts = parts(&gpt, Variant::default());
    let outer = match around(&gpt, kind, parts.pairs) {
        Value::Dict(mut outer) => {
            outer.extend(more);
            outer
        }
        state => {
            let mut outer = vec![(text("model"), state)];
            outer.extend(more);
            outer
        }
    };
    let bytes = zipped(&pickle(&Value::Dict(outer)), &parts.storages);
    let assumptions = Assumptions {
        tokenizer: Some(Tokenizer::characters(('a'..).take(11)).unwrap()),
        ..Assumptions::default()
    };
    load_from(Cursor::new(bytes), Path::new("some.pt"), &assumptions)
}

fn raw(parts: &[&[u8]]) -> Value {
    Value::Raw(parts.concat())
}

fn state(pairs: Vec<(Value, Value)>) -> Vec<u8> {
    let pickled = pickle(&Value::Dict(pairs));
    pickled[2..pickled.len() - 1].to_vec()
}

#[test]
fn objects_of_every_usual_kind_lie_beside_the_weights() {
    let sizes = state(vec![(text("lr"), Value::Float(0.1))]);
    for value in [
        raw(&[b"cargparse\nNamespace\n)\x81", &sizes, b"b"]),
        raw(&[b"c__main__\nTrainConfig\n)\x81", &sizes, b"b"]),
        // a class with slots
        raw(&[b"c__main__\nSlots\n)\x81N", &sizes, b"\x86b"]),
        raw(&[b"cpathlib\nPosixPath\n(X\x01\0\0\0/X\x01\0\0\0atR"]),
        raw(&[b"cpathlib._local\nPosixPath\n(X\x01\0\0\0atR"]),
        raw(&[b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R(X\x01\0\0\0aK\x01u"]),
        raw(&[b"cdatetime\ndatetime\nC\x0a0123456789\x85R"]),
        raw(&[
            b"cnumpy.random._pickle\n__randomstate_ctor\nX\x07\0\0\0MT19937\x85R",
            &sizes,
            b"b",
        ]),
        raw(&[b"cuuid\nUUID\n)\x81", &sizes, b"b"]),
        raw(&[b"c__main__\nKind\nX\x03\0\0\0bpe\x85R"]),
        raw(&[b"c__main__\nStrange\n)}\x92"]),
        raw(&[b"c__main__\nAListOfMine\n)\x81(K\x01K\x02e"]),
        raw(&[
            b"ccopy_reg\n_reconstructor\n(c__main__\nOld\nc__builtin__\nobject\nNtR",
            &sizes,
            b"b",
        ]),
        // a whole number of 128 bits, as NumPy's generator keeps
        raw(&[b"\x8a\x10", &[7; 16]]),
        raw(&[b"c__builtin__\ncomplex\nG\0\0\0\0\0\0\0\0G\0\0\0\0\0\0\0\0\x86R"]),
    ] {
        match with("odd", value.clone()) {
            Ok(loaded) => {
                assert_eq!(loaded.gpt.config(), small().config());
                assert_eq!(
                    loaded.gpt.parameters().values(),
                    small().parameters().values()
                );
            }
            Err(error) => panic!("{value:?}: {error}"),
        }
    }
}

#[test]
fn what_is_needed_from_an_object_is_read_and_nothing_is_built() {
    let heads = |name: &str| {
        state(vec![
            (text(name), Value::Int(2)),
            (text("n_layer"), Value::Int(2)),
        ])
    };
    for (key, value) in [
        (
            "config",
            raw(&[b"c__main__\nGPTConfig\n)\x81", &heads("n_head"), b"b"]),
        ),
        (
            "args",
            raw(&[b"cargparse\nNamespace\n)\x81", &heads("num_heads"), b"b"]),
        ),
        (
            "hparams",
            raw(&[b"c__main__\nSlots\n)\x81N", &heads("n_heads"), b"\x86b"]),
        ),
    ] {
        let loaded = with_all(vec![(text(key), value)], Around::Bare).unwrap();
        assert_eq!(loaded.gpt.config().n_heads, 2, "{key}");
    }
    let error = with_all(Vec::new(), Around::Bare).unwrap_err().to_string();
    assert!(error.contains("--heads"), "{error}");
}

#[test]
fn a_history_of_losses_may_be_of_any_length() {
    let losses = |count: usize| Value::List((0..count).map(|at| Value::Float(at as f64)).collect());
    let loaded = with("losses", losses(600_000)).unwrap();
    assert_eq!(
        loaded.gpt.parameters().values(),
        small().parameters().values()
    );
    let inside = Value::Dict(vec![
        (text("train"), losses(100_000)),
        (text("val"), losses(70_000)),
    ]);
    assert!(with("history", inside).is_ok());
}

#[test]
fn a_harmless_class_with_a_harmful_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("was-here");
    let argument = text(&format!("touch {}", trace.display()));
    let pickled = pickle(&argument);
    let argument = &pickled[2..pickled.len() - 1];
    for function in [
        "posix\nsystem\n",
        "os\nsystem\n",
        "builtins\neval\n",
        "__builtin__\nexec\n",
        "subprocess\nPopen\n",
        "runpy\nrun_path\n",
        "importlib\nimport_module\n",
        "shutil\nrmtree\n",
        "webbrowser\nopen\n",
        "torch.hub\nload\n",
        "types\nFunctionType\n",
        "some_module\nrun\n",
        "functools\npartial\n",
    ] {
        let call = [b"c", function.as_bytes(), argument, b"\x85R"].concat();
        for value in [
            // in the state of an object, in its arguments, in what is set in it
            raw(&[b"c__main__\nConfig\n)\x81", &call, b"b"]),
            raw(&[b"c__main__\nConfig\n", &call, b"\x85\x81"]),
            raw(&[b"cargparse\nNamespace\n)\x81}X\x01\0\0\0a", &call, b"sb"]),
            raw(&[b"c__main__\nDict\n)\x81X\x01\0\0\0a", &call, b"s"]),
            raw(&[b"c__main__\nList\n)\x81", &call, b"a"]),
        ] {
            let error = with("config", value.clone()).unwrap_err();
            let FileProblem::Pickle(PickleError::ForbiddenName(name)) = &error.problem else {
                panic!("{value:?}: {error}");
            };
            assert_eq!(name.replace('.', "\n") + "\n", function.replace('.', "\n"));
        }
    }
    assert!(!trace.exists());
}

#[test]
fn weights_that_need_the_unknown_are_refused_with_the_way_out() {
    // a whole module
    let modules = state(vec![(text("_modules"), Value::Dict(Vec::new()))]);
    let whole = pickle(&raw(&[b"c__main__\nGPT\n)\x81", &modules, b"b"]));
    let assumptions = Assumptions::default();
    let load = |pickle: &[u8]| {
        let bytes = zipped(pickle, &[]);
        load_from(Cursor::new(bytes), Path::new("some.pt"), &assumptions)
            .unwrap_err()
            .to_string()
    };
    let error = load(&whole);
    for part in ["some.pt", "__main__.GPT", "state_dict", "torch.save"] {
        assert!(error.contains(part), "{error}");
    }
    let inside = pickle(&Value::Dict(vec![(
        text("model"),
        raw(&[b"c__main__\nGPT\n)\x81", &modules, b"b"]),
    )]));
    assert!(load(&inside).contains("state_dict"));
    // a weight that is an object
    let gpt = small();
    let parts = parts(&gpt, Variant::default());
    let mut pairs = parts.pairs;
    pairs[1].1 = raw(&[b"c__main__\nTensor\n)\x81"]);
    let description = pickle(&around(&gpt, Around::NanoGpt, pairs));
    let bytes = zipped(&description, &parts.storages);
    let error = load_from(Cursor::new(bytes), Path::new("some.pt"), &assumptions).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("__main__.Tensor") && error.contains("wpe"),
        "{error}"
    );
}
