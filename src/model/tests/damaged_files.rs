//! All that can be wrong with a file of weights: each an error that names it, never a panic, never
//! memory taken by the file's word.

#![allow(clippy::unwrap_used)]

mod support;

use orrery_model::checkpoint::{self, ArrayProblem, FileProblem, METADATA_KEY};
use orrery_model::{CheckpointError, Gpt, LoadedModel, Tokenizer};
use proptest::prelude::*;
use support::configurations::without_a_diary;
use support::files::{Entries, changed, entries, entry, load, npy, saved, tiny, zipped};

/// The problem, after making sure that the message names file and key.
#[track_caller]
fn problem(result: Result<LoadedModel, CheckpointError>, key: &str) -> ArrayProblem {
    let error = result.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("some.npz") && message.contains(key),
        "{message}"
    );
    match error.problem {
        FileProblem::Array {
            key: found,
            problem,
        } => {
            assert_eq!(found, key);
            problem
        }
        _ => panic!("not about an array: {message}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..without_a_diary() })]

    #[test]
    fn damaged_bytes_never_panic_and_never_pass_for_the_model(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        from_the_end: bool,
    ) {
        thread_local! {
            static GOOD: (Gpt, Vec<u8>) = (tiny(), saved(&tiny(), &Tokenizer::charlm()));
        }
        GOOD.with(|(gpt, good)| {
            let mut bytes = good.clone();
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                // the table of contents stands at the end: damage it as often as all else
                let at = if from_the_end { bytes.len() - 1 - at % (bytes.len() / 4) } else { at };
                bytes[at] = byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            if let Ok(loaded) = load(&bytes) {
                // what still loads has its checksums: then it is the model
                prop_assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
            }
            Ok(())
        })?;
    }

    #[test]
    fn damaged_headers_and_metadata_behind_good_checksums_never_panic(
        which: prop::sample::Index,
        damage in prop::collection::vec((0..200_usize, any::<u8>()), 1..5),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        thread_local! {
            static ENTRIES: Entries = entries(&saved(&tiny(), &Tokenizer::charlm()));
        }
        let mut entries = ENTRIES.with(Clone::clone);
        let data = &mut which.get_mut(&mut entries).1;
        for (at, byte) in damage {
            let at = at % data.len();
            data[at] = byte;
        }
        if let Some(cut) = cut {
            data.truncate(cut.index(data.len()));
        }
        if let Ok(loaded) = load(&zipped(&entries)) {
            prop_assert!(loaded.gpt.parameters().values().iter().all(|value| value.is_finite()));
        }
    }
}

#[test]
fn each_thing_wrong_with_an_array_is_named() {
    let c = npyz::Order::C;
    let missing = changed(|e| e.retain(|(name, _)| name != "block1_W_K.npy"));
    assert_eq!(problem(missing, "block1_W_K"), ArrayProblem::Missing);
    let missing = changed(|e| e.retain(|(name, _)| name != "embedding.npy"));
    assert_eq!(problem(missing, "embedding"), ArrayProblem::Missing);
    let missing = changed(|e| e.retain(|(name, _)| name != "block1_b1.npy"));
    assert_eq!(problem(missing, "block1_b1"), ArrayProblem::Missing);
    let gap = changed(|e| e.push(("block9999_W_Q.npy".into(), npy(&[4, 4], &[0.0_f32; 16], c))));
    assert_eq!(problem(gap, "block2_W_Q"), ArrayProblem::Missing);
    for name in ["W_what", "readme", "block0_W_X"] {
        let spare = changed(|e| e.push((format!("{name}.npy"), npy(&[1], &[0.0_f32], c))));
        assert_eq!(problem(spare, name), ArrayProblem::Spare);
    }
    let spare = changed(|e| e.push(("readme.txt".into(), b"hello".to_vec())));
    assert_eq!(problem(spare, "readme.txt"), ArrayProblem::Spare);

    let shape = changed(|e| *entry(e, "block0_W_Q") = npy(&[4, 3], &[0.0_f32; 12], c));
    let expected = ArrayProblem::WrongShape {
        expected: vec![4, 4],
        found: vec![4, 3],
    };
    assert_eq!(problem(shape, "block0_W_Q"), expected);
    let axes = changed(|e| *entry(e, "embedding") = npy(&[4], &[0.0_f32; 4], c));
    assert_eq!(
        problem(axes, "embedding"),
        ArrayProblem::WrongAxes {
            expected: 2,
            found: 1
        }
    );

    for (value, as_f64) in [(f32::NAN, f64::NAN), (f32::INFINITY, f64::INFINITY)] {
        let mut values = [0.5_f32; 16];
        values[6] = value;
        let found = problem(
            changed(|e| *entry(e, "block0_W_O") = npy(&[4, 4], &values, c)),
            "block0_W_O",
        );
        let ArrayProblem::NotFinite { value, index } = found else {
            panic!("{found}");
        };
        assert_eq!(
            (value.is_nan(), value.is_infinite()),
            (as_f64.is_nan(), as_f64.is_infinite())
        );
        assert_eq!(index, [1, 2]);
    }
    let mut values = [0.5_f64; 4];
    values[3] = 1e300;
    let large = problem(
        changed(|e| *entry(e, "block0_b2") = npy(&[4], &values, c)),
        "block0_b2",
    );
    assert_eq!(
        large,
        ArrayProblem::NotFinite {
            value: 1e300,
            index: vec![3]
        }
    );

    let integers = changed(|e| *entry(e, "block0_b2") = npy(&[4], &[1_i32; 4], c));
    assert_eq!(
        problem(integers, "block0_b2"),
        ArrayProblem::UnsupportedType("<i4".into())
    );
    let bytes = changed(|e| *entry(e, "block0_b2") = npy(&[4], &[1_u8; 4], c));
    assert!(matches!(
        problem(bytes, "block0_b2"),
        ArrayProblem::UnsupportedType(_)
    ));

    let short = changed(|e| {
        let data = entry(e, "block0_b2");
        data.truncate(data.len() - 3);
    });
    assert!(matches!(
        problem(short, "block0_b2"),
        ArrayProblem::Implausible { .. }
    ));
    let long = changed(|e| entry(e, "block0_b2").push(0));
    assert!(matches!(
        problem(long, "block0_b2"),
        ArrayProblem::Damaged(_)
    ));
    let nonsense = changed(|e| *entry(e, "block0_b2") = b"not an array at all".to_vec());
    assert!(matches!(
        problem(nonsense, "block0_b2"),
        ArrayProblem::Damaged(_)
    ));
}

#[test]
fn claims_beyond_the_file_are_refused_before_memory_is_taken() {
    // Were these believed, the test would die for want of memory.
    for shape in [
        "(4294967295, 4294967295)",
        "(4000000000,)",
        "(65536, 65536)",
        "(4294967295, 4294967295, 4294967295, 4294967295, 4294967295)",
    ] {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend([0; 64]);
        let result = changed(|e| *entry(e, "embedding") = bytes);
        assert!(
            matches!(
                problem(result, "embedding"),
                ArrayProblem::Implausible { .. }
            ),
            "{shape}"
        );
    }
    let endless_header = b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{".to_vec();
    let result = changed(|e| *entry(e, "embedding") = endless_header);
    assert!(matches!(
        problem(result, "embedding"),
        ArrayProblem::Damaged(_)
    ));
    // 64 MiB of real zeros packed into 64 KiB
    let bomb = changed(|e| {
        let zeros = vec![0.0_f32; 1 << 24];
        *entry(e, "embedding") = npy(&[32, 1 << 19], &zeros, npyz::Order::C);
    });
    assert!(matches!(
        problem(bomb, "embedding"),
        ArrayProblem::Implausible { .. }
    ));
}

#[test]
fn metadata_that_cannot_be_used_says_why() {
    let with = |json: &str| {
        let json = json.as_bytes();
        changed(|e| {
            e.push((
                format!("{METADATA_KEY}.npy"),
                npy(&[json.len() as u64], json, npyz::Order::C),
            ));
        })
    };
    let good = entries(&saved(&tiny(), &Tokenizer::charlm()));
    let good = &good
        .iter()
        .find(|(name, _)| name.starts_with(METADATA_KEY))
        .unwrap()
        .1;
    let text = String::from_utf8_lossy(good);
    let text = &text[text.find("{\"format_version\"").unwrap()..];
    assert!(with(text).is_ok());
    for (json, word) in [
        ("{}".to_owned(), "format_version"),
        ("no json".to_owned(), "metadata"),
        (
            text.replace("\"format_version\":1", "\"format_version\":2"),
            "newer program",
        ),
        (text.replace("\"vocab_size\":32", "\"vocab_size\":33"), "33"),
        (text.replace("\"n_heads\":4", "\"n_heads\":3"), "3 heads"),
        (text.replace("\"d_ff\":5", "\"d_ff\":6"), "block0_W1"),
        (
            text.replace("\"n_blocks\":2", "\"n_blocks\":4000"),
            "block2_W_Q",
        ),
        (
            text.replace("\"n_blocks\":2", "\"n_blocks\":16000000"),
            "n_blocks",
        ),
        (
            text.replace("\"d_ff\":5", "\"d_ff\":18446744073709551615"),
            "d_ff",
        ),
        (text.replace("\"b\"", "\"a\""), "twice"),
    ] {
        let message = with(&json).unwrap_err().to_string();
        assert!(
            message.contains("some.npz") && message.contains(word),
            "{word}: {message}"
        );
    }
}

#[test]
fn what_is_no_file_of_weights_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent.npz");
    let message = checkpoint::load(&path).unwrap_err().to_string();
    assert!(message.contains("absent.npz"), "{message}");
    for bytes in [&b""[..], b"hello, world", &[0; 1000]] {
        assert!(matches!(
            load(bytes).unwrap_err().problem,
            FileProblem::UnknownFormat
        ));
    }
    assert!(matches!(
        load(b"PK").unwrap_err().problem,
        FileProblem::DamagedZip(_)
    ));
    let message = checkpoint::save(
        &folder.path().join("no/folder/x.npz"),
        &tiny(),
        &Tokenizer::charlm(),
        None,
    )
    .unwrap_err()
    .to_string();
    assert!(
        message.contains("cannot write") && message.contains("x.npz"),
        "{message}"
    );
    let letters = Tokenizer::characters("abc".chars()).unwrap();
    let message = checkpoint::save(&path, &tiny(), &letters, None)
        .unwrap_err()
        .to_string();
    assert!(message.contains("3 tokens") && !path.exists(), "{message}");
}
