//! Checkpoints that are damaged, or made to do harm: each is an error that names the file, nothing is
//! run, nothing takes long or much.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;
use std::path::Path;

use orrery_model::checkpoint::{
    Assumptions, FileProblem, PickleError, load_from, load_vocabulary, vocabulary_from,
};
use orrery_model::{CheckpointError, LoadedModel};
use proptest::prelude::*;
use support::configurations::without_a_diary;
use support::fixtures;
use support::pickles::{Value, checkpoint, pickle, text};

fn load(bytes: &[u8]) -> Result<LoadedModel, CheckpointError> {
    load_from(
        Cursor::new(bytes),
        Path::new("some.pt"),
        &Assumptions::default(),
    )
}

/// A model's file and its vocabulary.
fn knock() -> Option<(Vec<u8>, Assumptions)> {
    let folder = fixtures::folder("nanogpt/word-knock")?;
    let assumptions = Assumptions {
        tokenizer: Some(load_vocabulary(&folder.join("meta.pkl")).unwrap()),
        ..Assumptions::default()
    };
    Some((std::fs::read(folder.join("ckpt.pt")).unwrap(), assumptions))
}

#[test]
fn a_pickle_that_would_create_a_file_is_refused_and_creates_none() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("was-here");
    let command = format!("touch {}", trace.display());
    let call = |function: &str, argument: Value| {
        let mut instructions = function.as_bytes().to_vec();
        instructions.push(b'(');
        // without the version before it and the end behind it
        let argument = pickle(&argument);
        instructions.extend(&argument[2..argument.len() - 1]);
        instructions.extend(b"tR");
        Value::Raw(instructions)
    };
    let open = format!("open({:?}, 'w')", trace.display().to_string());
    for (call, name) in [
        (call("cposix\nsystem\n", text(&command)), "posix.system"),
        (call("cos\nsystem\n", text(&command)), "os.system"),
        (call("cbuiltins\neval\n", text(&open)), "builtins.eval"),
        (call("cbuiltins\nopen\n", text(&command)), "builtins.open"),
        (
            call("csubprocess\nPopen\n", text(&command)),
            "subprocess.Popen",
        ),
        (call("ctorch\nload\n", text(&command)), "torch.load"),
        (call("ctorch.hub\nload\n", text(&command)), "torch.hub.load"),
        (
            call("cbuiltins\ngetattr\n", text(&command)),
            "builtins.getattr",
        ),
        (call("c_codecs\nencode\n", text(&command)), "_codecs.encode"),
    ] {
        for around in [
            Value::Dict(vec![(text("model"), call.clone())]),
            Value::Dict(vec![
                (text("model"), Value::Dict(vec![])),
                (text("config"), call.clone()),
            ]),
            call.clone(),
        ] {
            let description = pickle(&around);
            for error in [
                load(&checkpoint(&description, &[])).unwrap_err(),
                vocabulary_from(&description, Path::new("some.pt")).unwrap_err(),
            ] {
                let FileProblem::Pickle(PickleError::ForbiddenName(found)) = &error.problem else {
                    panic!("{name}: {error}");
                };
                assert_eq!(found, name);
                let words = error.to_string();
                assert!(words.contains("some.pt") && words.contains(name), "{words}");
            }
        }
    }
    assert!(!trace.exists());
}

#[test]
fn a_name_on_the_list_cannot_be_called_to_do_anything_else() {
    for instructions in [
        &b"ctorch\nFloatStorage\n)R"[..],
        b"ctorch._utils\n_rebuild_tensor_v2\n(NNtR",
        b"ctorch\nfloat32\n)R",
        b"ccollections\nOrderedDict\n(K\x01tR",
        b"K\x01}b",
        b"ccollections\nOrderedDict\n}b",
        b"\x8c\x01a\x8c\x01b\x93",
        b"ccollections\nOrderedDict\n)\x81",
    ] {
        let description = pickle(&Value::Raw(instructions.to_vec()));
        let error = load(&checkpoint(&description, &[])).unwrap_err();
        assert!(
            matches!(error.problem, FileProblem::Pickle(_)),
            "{instructions:?}: {error}"
        );
    }
}

#[test]
fn the_old_format_is_refused_with_the_way_out() {
    // torch.save(…, _use_new_zipfile_serialization=False) begins with this number in protocol 2
    let mut bytes = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.".to_vec();
    bytes.extend(b"\x80\x02M\xe9\x03.");
    let error = load(&bytes).unwrap_err();
    assert!(matches!(error.problem, FileProblem::OldPyTorch));
    let words = error.to_string();
    for part in ["some.pt", "1.6", "torch.load", "torch.save"] {
        assert!(words.contains(part), "{words}");
    }
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    let Some((whole, assumptions)) = knock() else {
        return;
    };
    let load = |bytes: &[u8]| load_from(Cursor::new(bytes), Path::new("some.pt"), &assumptions);
    assert!(load(&whole).is_ok());
    for end in (0..whole.len()).step_by(997) {
        let error = load(&whole[..end]).expect_err("it is cut off").to_string();
        assert!(error.contains("some.pt"), "{end}: {error}");
    }
    let folder = fixtures::folder("nanogpt/word-knock").unwrap();
    let meta = std::fs::read(folder.join("meta.pkl")).unwrap();
    for end in 0..meta.len() {
        let result = vocabulary_from(&meta[..end], Path::new("meta.pkl"));
        assert!(result.is_err(), "{end}");
    }
}

#[test]
fn a_description_that_unfolds_to_more_than_it_is_is_refused() {
    // what it would unfold to takes many times its length
    let pickle = b"]".repeat((1 << 22) + 1);
    let error = load(&checkpoint(&pickle, &[])).unwrap_err();
    assert!(
        matches!(error.problem, FileProblem::Pickle(PickleError::TooLarge)),
        "{error}"
    );

    let mut header = b"{".to_vec();
    while header.len() <= 1 << 21 {
        let name = header.len();
        header.extend(
            format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}},")
                .bytes(),
        );
    }
    header.pop();
    header.push(b'}');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    let error = load(&bytes).unwrap_err();
    assert!(
        matches!(error.problem, FileProblem::NotSafetensors(_)),
        "{error}"
    );
    assert!(error.to_string().contains("longer"), "{error}");

    let vocabulary = b"]".repeat((6 << 20) + 1);
    let error = vocabulary_from(&vocabulary, Path::new("meta.pkl")).unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
}

#[test]
fn a_flipped_bit_in_the_weights_is_noticed() {
    let Some((mut bytes, assumptions)) = knock() else {
        return;
    };
    let middle = bytes.len() / 2;
    // keeps the number a number
    bytes[middle / 4 * 4] ^= 1;
    let error = load_from(Cursor::new(bytes), Path::new("some.pt"), &assumptions).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..without_a_diary() })]

    #[test]
    fn a_damaged_checkpoint_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        part in 0..3_u8,
    ) {
        thread_local! {
            static KNOCK: Option<(Vec<u8>, Assumptions)> = knock();
        }
        KNOCK.with(|knock| {
            let Some((whole, assumptions)) = knock else {
                return Ok(());
            };
            let mut bytes = whole.clone();
            for (at, byte) in damage {
                // the description at the beginning and the table of contents at the end are where
                // damage can do most
                let at = match part {
                    0 => at.index(5200),
                    1 => bytes.len() - 1 - at.index(3000),
                    _ => at.index(bytes.len()),
                };
                bytes[at] = byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            if let Ok(model) = load_from(Cursor::new(bytes), Path::new("some.pt"), assumptions) {
                prop_assert!(model.gpt.parameters().values().iter().all(|value| value.is_finite()));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_damaged_description_behind_a_good_checksum_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        doubled in prop::option::of(any::<(prop::sample::Index, prop::sample::Index)>()),
    ) {
        thread_local! {
            static DESCRIPTION: Vec<u8> = {
                let gpt = orrery_model::Gpt::random(orrery_model::GptConfig::default(), 1).unwrap();
                let variant = support::checkpoints::Variant::default();
                let pairs = support::checkpoints::parts(&gpt, variant).pairs;
                pickle(&support::checkpoints::around(
                    &gpt, support::checkpoints::Around::NanoGpt, pairs,
                ))
            };
        }
        let mut description = DESCRIPTION.with(Clone::clone);
        for (at, byte) in damage {
            let at = at.index(description.len());
            description[at] = byte;
        }
        if let Some((a, b)) = doubled {
            let (a, b) = (a.index(description.len()), b.index(description.len()));
            let piece = description[a.min(b)..a.max(b)].to_vec();
            description.splice(a..a, piece);
        }
        let storages = [("0".to_owned(), vec![0; 64])];
        let _ = load(&checkpoint(&description, &storages));
        let _ = vocabulary_from(&description, Path::new("some.pt"));
    }

    #[test]
    fn random_instructions_never_panic(
        instructions in prop::collection::vec(
            prop_oneof![
                prop::sample::select(&b".(012NIJKMFGSTUVXBC]})lt\x85\x86\x87daesupqrghjcRbQ\x80\x8a\x94\x95\x88"[..]),
                any::<u8>(),
                Just(b'\n'),
                0..4_u8,
            ],
            0..300,
        ),
    ) {
        let _ = vocabulary_from(&instructions, Path::new("some.pt"));
        let _ = load(&checkpoint(&instructions, &[]));
        let _ = load(&instructions);
    }
}
