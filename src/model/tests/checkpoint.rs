//! Files of weights: written, read back, and all that can be wrong with them.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::{Cursor, Read, Write};
use std::path::Path;

use npyz::WriterBuilder;
use orrery_model::checkpoint::{self, ArrayProblem, Assumptions, METADATA_KEY};
use orrery_model::{
    Biases, CheckpointError, Gpt, GptConfig, LoadedModel, NormPlacement, Parameters, TensorId,
    Tokenizer, TrainingFacts, WeightId,
};
use proptest::prelude::*;
use support::configurations::{config, without_a_diary};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The smallest model of the default family.
fn tiny() -> Gpt {
    let config = GptConfig {
        context_length: 3,
        d_model: 4,
        n_blocks: 2,
        d_ff: 5,
        ..GptConfig::default()
    };
    Gpt::random(config, 1).unwrap()
}

fn saved(gpt: &Gpt, tokenizer: &Tokenizer) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    checkpoint::save(&path, gpt, tokenizer, None).unwrap();
    std::fs::read(path).unwrap()
}

fn load(bytes: &[u8]) -> Result<LoadedModel, CheckpointError> {
    let name = Path::new("some.npz");
    checkpoint::load_from(Cursor::new(bytes), name, &Assumptions::default())
}

/// The entries of a zip by file name.
type Entries = Vec<(String, Vec<u8>)>;

fn entries(bytes: &[u8]) -> Entries {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|entry| {
            let mut file = zip.by_index(entry).unwrap();
            let mut data = Vec::new();
            file.read_to_end(&mut data).unwrap();
            (file.name().unwrap().into_owned(), data)
        })
        .collect()
}

fn zipped(entries: &Entries) -> Vec<u8> {
    // quick for what proptest makes by the hundred, thorough for the bomb
    let large = entries.iter().any(|(_, data)| data.len() > 1 << 20);
    let level = if large { 9 } else { 1 };
    let options = SimpleFileOptions::default().compression_level(Some(level));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in entries {
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(data).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn npy<T: npyz::AutoSerialize + Copy>(shape: &[u64], values: &[T], order: npyz::Order) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(shape)
        .order(order)
        .writer(&mut bytes)
        .begin_nd()
        .unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

/// The tiny model's file without metadata, after a change to its entries.
fn changed(change: impl FnOnce(&mut Entries)) -> Result<LoadedModel, CheckpointError> {
    let mut entries = entries(&saved(&tiny(), &Tokenizer::charlm()));
    entries.retain(|(name, _)| !name.starts_with(METADATA_KEY));
    change(&mut entries);
    load(&zipped(&entries))
}

fn entry<'a>(entries: &'a mut Entries, key: &str) -> &'a mut Vec<u8> {
    let name = format!("{key}.npy");
    &mut entries.iter_mut().find(|(n, _)| *n == name).unwrap().1
}

/// The problem, after making sure that the message names file and key.
#[track_caller]
fn problem(result: Result<LoadedModel, CheckpointError>, key: &str) -> ArrayProblem {
    let error = result.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("some.npz") && message.contains(key),
        "{message}"
    );
    match error {
        CheckpointError::Array {
            key: found,
            problem,
            ..
        } => {
            assert_eq!(found, key);
            problem
        }
        other => panic!("not about an array: {other}"),
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
        // what no array shows
        config.vocab_size = 32;
        config.norm_placement = NormPlacement::Post;
        config.activation = GptConfig::default().activation;
        let gpt = Gpt::random(config, seed).unwrap();
        let mut entries = entries(&saved(&gpt, &Tokenizer::charlm()));
        entries.retain(|(name, _)| !name.starts_with(METADATA_KEY));
        let assumptions = Assumptions { n_heads: Some(gpt.config().n_heads), tokenizer: None };
        let bytes = Cursor::new(zipped(&entries));
        let loaded = checkpoint::load_from(bytes, Path::new("x"), &assumptions).unwrap();
        prop_assert_eq!(loaded.gpt.config(), gpt.config());
        prop_assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
        prop_assert!(loaded.metadata.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..without_a_diary() })]

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
fn what_the_arrays_do_not_show_is_asked_for() {
    let without_metadata = |config: GptConfig| {
        let characters = ('!'..).take(config.vocab_size);
        let gpt = Gpt::random(config, 2).unwrap();
        let mut entries = entries(&saved(&gpt, &Tokenizer::characters(characters).unwrap()));
        entries.retain(|(name, _)| !name.starts_with(METADATA_KEY));
        zipped(&entries)
    };
    let odd = without_metadata(GptConfig {
        d_model: 6,
        n_heads: 2,
        ..GptConfig::default()
    });
    let error = load(&odd).unwrap_err();
    assert!(
        matches!(error, CheckpointError::NeedsHeads { d_model: 6, .. }),
        "{error}"
    );
    let assumptions = Assumptions {
        n_heads: Some(3),
        ..Assumptions::default()
    };
    let loaded = checkpoint::load_from(Cursor::new(odd), Path::new("x"), &assumptions).unwrap();
    assert_eq!(loaded.gpt.config().n_heads, 3);

    let small = without_metadata(GptConfig {
        vocab_size: 3,
        biases: Biases::GPT2,
        ..GptConfig::default()
    });
    let error = load(&small).unwrap_err();
    assert!(
        matches!(
            error,
            CheckpointError::NeedsVocabulary { vocab_size: 3, .. }
        ),
        "{error}"
    );
    let assumptions = Assumptions {
        tokenizer: Some(Tokenizer::characters("abc".chars()).unwrap()),
        ..Assumptions::default()
    };
    assert!(checkpoint::load_from(Cursor::new(small), Path::new("x"), &assumptions).is_ok());
}

#[test]
fn what_is_no_file_of_weights_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent.npz");
    let message = checkpoint::load(&path).unwrap_err().to_string();
    assert!(message.contains("absent.npz"), "{message}");
    for bytes in [&b""[..], b"PK", b"hello, world", &[0; 1000]] {
        assert!(matches!(
            load(bytes).unwrap_err(),
            CheckpointError::NotNpz { .. }
        ));
    }
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

#[test]
fn a_trace_is_written_with_every_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let trace = tiny().trace(&[5, 6, 7]).unwrap();
    let npz = folder.path().join("trace.npz");
    checkpoint::save_trace_npz(&npz, &trace).unwrap();
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
    checkpoint::save_trace_json(&json, &trace).unwrap();
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
