//! `orrery trace`.

use std::fs::File;

use serde_json::Value;

use crate::support::{MODEL, Workplace, fixtures, npz};

#[test]
fn it_agrees_with_the_reference() {
    let Some(folder) = fixtures::folder("charlm") else {
        return;
    };
    let workplace = Workplace::new();
    let weights = folder.join("weights.npz");
    let weights = weights.to_str().unwrap();
    workplace.output(&["trace", "--text", "hello", "-o", "t.npz", "-m", weights]);
    let found = npz::arrays(&workplace.path("t.npz"));
    let reference = npz::arrays(&folder.join("trace_0.npz"));
    assert!(reference.len() > 60);
    for (key, shape, expected) in reference {
        let (_, found_shape, values) = found
            .iter()
            .find(|(found, ..)| *found == key)
            .unwrap_or_else(|| panic!("{key} is missing"));
        assert_eq!(*found_shape, shape, "{key}");
        for (value, expected) in values.iter().zip(expected) {
            let distance = (value - expected).abs();
            assert!(
                distance <= 1e-5 * expected.abs().max(1.0),
                "{key}: {value} is not {expected}"
            );
        }
    }
}

#[test]
fn json_holds_what_the_npz_holds() {
    let workplace = Workplace::new();
    workplace.output(&["trace", "-t", "abc", "-m", MODEL, "-o", "by_name.json"]);
    workplace.output(&[
        "trace",
        "-t",
        "abc",
        "-m",
        MODEL,
        "-o",
        "by_option",
        "--json",
    ]);
    workplace.output(&["trace", "-t", "abc", "-m", MODEL, "-o", "t.npz"]);
    let read = |name: &str| -> Value {
        serde_json::from_reader(File::open(workplace.path(name)).unwrap()).unwrap()
    };
    let json = read("by_name.json");
    assert_eq!(json, read("by_option"));
    assert_eq!(json["ids"], serde_json::json!([5, 6, 7]));

    let arrays = npz::arrays(&workplace.path("t.npz"));
    assert_eq!(arrays.len(), json.as_object().unwrap().len());
    let (_, shape, values) = arrays
        .iter()
        .find(|(key, ..)| key == "block3.residual2")
        .unwrap();
    let tensor = &json["block3.residual2"];
    assert_eq!(tensor["shape"], serde_json::json!(shape));
    let numbers: Vec<f32> = serde_json::from_value(tensor["values"].clone()).unwrap();
    assert_eq!(numbers, *values);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let workplace = Workplace::new();
    let message = workplace.refusal(1, &["trace", "-m", MODEL, "-o", "not/there/t.npz"]);
    for part in ["not/there/t.npz", "folder not/there does not exist", "-o"] {
        assert!(message.contains(part), "{message}");
    }
    std::fs::create_dir(workplace.path("t.npz")).unwrap();
    let message = workplace.refusal(1, &["trace", "-m", MODEL, "-o", "t.npz"]);
    assert!(message.contains("t.npz: this is a folder"), "{message}");
    let message = workplace.refusal(1, &["trace", "-m", MODEL, "-o", "x.npz", "--json"]);
    assert!(
        message.contains("x.npz") && message.contains(".json"),
        "{message}"
    );
    assert_eq!(workplace.names(), [MODEL, "t.npz"]);
    assert_eq!(
        std::fs::read_dir(workplace.path("t.npz")).unwrap().count(),
        0
    );
}

#[test]
fn a_prompt_beyond_the_context_says_how_long_it_may_be() {
    let workplace = Workplace::new();
    let text = "a".repeat(17);
    let message = workplace.refusal(1, &["trace", "-m", MODEL, "-t", &text, "-o", "t.npz"]);
    for part in ["17", "16", "shorten"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(workplace.names(), [MODEL]);
}
