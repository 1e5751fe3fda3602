//! A `tokenizer.json` gives the ids and the text that Hugging Face's own library gives. `data/tokenizers.json`
//! was made with it (tokenizers 0.23.3): small tokenizers of several kinds trained on three lines, and of
//! each some texts with their ids and what those are decoded to.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use orrery_model::checkpoint::{load_vocabulary, vocabulary_from};
use orrery_model::{TextStream, Tokenizer};
use serde_json::{Value, json};

fn tokenizers() -> Value {
    serde_json::from_str(include_str!("data/tokenizers.json")).unwrap()
}

fn of(json: &Value) -> Result<Tokenizer, String> {
    let bytes = serde_json::to_vec(json).unwrap();
    vocabulary_from(&bytes, Path::new("tokenizer.json")).map_err(|error| error.to_string())
}

#[test]
fn ids_and_text_are_the_library_s() {
    for (name, tokenizer) in tokenizers().as_object().unwrap() {
        let ours = of(&tokenizer["json"]).unwrap();
        for case in tokenizer["cases"].as_array().unwrap() {
            let text = case[0].as_str().unwrap();
            let expected: Vec<usize> = serde_json::from_value(case[1].clone()).unwrap();
            let ids = ours.encode(text).unwrap();
            assert_eq!(ids, expected, "{name}: {text:?}");
            let decoded = ours.decode(&ids);
            assert_eq!(decoded, case[2].as_str().unwrap(), "{name}: {text:?}");
            // token by token it is the same text
            let mut stream = TextStream::new(&ours);
            let pieces: String = ids.iter().map(|&id| stream.push(id)).collect();
            assert_eq!(pieces + &stream.finish(), decoded, "{name}: {text:?}");
        }
        // written into our own file and read again
        let written = serde_json::to_string(&ours).unwrap();
        assert_eq!(serde_json::from_str::<Tokenizer>(&written).unwrap(), ours);
    }
}

#[test]
fn a_vocab_and_its_merges_are_the_same_byte_pairs() {
    let all = tokenizers();
    let byte_level = &all["byte_level"];
    let model = &byte_level["json"]["model"];
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write("vocab.json", model["vocab"].to_string());
    let merges: Vec<String> = model["merges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            format!(
                "{} {}",
                pair[0].as_str().unwrap(),
                pair[1].as_str().unwrap()
            )
        })
        .collect();
    write(
        "merges.txt",
        format!("#version: 0.2\n{}\n", merges.join("\n")),
    );
    for named in [folder.path().to_owned(), folder.path().join("vocab.json")] {
        let ours = load_vocabulary(&named).unwrap();
        for case in byte_level["cases"].as_array().unwrap() {
            let expected: Vec<usize> = serde_json::from_value(case[1].clone()).unwrap();
            assert_eq!(ours.encode(case[0].as_str().unwrap()).unwrap(), expected);
        }
    }
    // tokens that were added later are found as they stand
    write("added_tokens.json", json!({"<pad>": 300}).to_string());
    let ours = load_vocabulary(folder.path()).unwrap();
    assert_eq!(ours.encode("the<pad>").unwrap().last(), Some(&300));
}

#[test]
fn what_a_description_has_and_is_not_known_here_is_refused_by_name() {
    let usual = tokenizers()["byte_level"]["json"].clone();
    for (part, value, name) in [
        (
            "model",
            json!({"type": "Unigram", "vocab": [["a", -1.0]]}),
            "Unigram",
        ),
        (
            "normalizer",
            json!({"type": "Precompiled", "precompiled_charsmap": ""}),
            "Precompiled",
        ),
        (
            "pre_tokenizer",
            json!({"type": "UnicodeScripts"}),
            "UnicodeScripts",
        ),
        ("decoder", json!({"type": "CTC"}), "CTC"),
        ("post_processor", json!({"type": "Mystery"}), "Mystery"),
        (
            "pre_tokenizer",
            json!({"type": "Split", "pattern": {"Regex": "a(?!b)"}, "behavior": "Isolated"}),
            "a(?!b)",
        ),
        (
            "pre_tokenizer",
            json!({"type": "Split", "pattern": {"Regex": "a++b|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated"}),
            "never gives back",
        ),
    ] {
        let mut changed = usual.clone();
        changed[part] = value;
        let error = of(&changed).unwrap_err();
        assert!(
            error.contains(name) && error.contains("tokenizer.json"),
            "{error}"
        );
        // and what can be done
        assert!(error.contains("--meta"), "{error}");
    }
    let mut changed = usual;
    changed["model"]["merges"] = json!([["a", "nowhere"]]);
    assert!(of(&changed).unwrap_err().contains("nowhere"));
}

#[test]
fn a_character_without_a_token_is_named() {
    let json = json!({
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
    });
    let ours = of(&json).unwrap();
    assert_eq!(ours.encode("abba").unwrap(), [2, 1, 0]);
    let error = ours.encode("abc").unwrap_err().to_string();
    assert!(error.contains("'c'") && error.contains('3'), "{error}");
    assert_eq!(ours.encode_lossy("acb"), (vec![2], 1));
}
