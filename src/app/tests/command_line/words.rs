//! `orrery words`: text, JSON, SVG and PNG.

use serde_json::Value;

use crate::support::{MODEL, Workplace};

#[test]
fn tokens_lie_along_dimensions_and_directions() {
    let workplace = Workplace::new();
    let words = ["words", "tokens", "-m", MODEL];
    let run = |more: &[&str]| workplace.output(&[&words[..], more].concat());
    let table = run(&[]);
    let d_model = workplace.model().gpt.config().d_model;
    assert_eq!(table.matches("dimension ").count(), d_model, "{table}");
    let json: Value = serde_json::from_str(&run(&[
        "--dimension",
        "3",
        "--along",
        "a - b",
        "--near",
        "␣",
        "--count",
        "4",
        "--json",
    ]))
    .unwrap();
    let model = workplace.model();
    let embedding = orrery_model::WeightId::Embedding;
    let table = model.gpt.parameters().matrix(embedding).unwrap();
    let direction = &json["directions"][0];
    for (which, way) in [("most", 1.0), ("least", -1.0)] {
        let list = direction[which].as_array().unwrap();
        assert_eq!(list.len(), 4);
        let mut last = f64::INFINITY;
        for one in list {
            let id = one["id"].as_u64().unwrap() as usize;
            let value = one["value"].as_f64().unwrap();
            assert_eq!(value as f32, table[[id, 3]]);
            assert!(way * value <= last);
            last = way * value;
        }
    }
    assert_eq!(json["directions"][1]["most"][0]["token"], "a");
    assert_eq!(json["near"][0]["token"], " ");
    // pictures: written whole, or nothing
    run(&["--svg", "t.svg", "--png", "t.png"]);
    let svg = std::fs::read_to_string(workplace.path("t.svg")).unwrap();
    assert!(svg.starts_with("<?xml") && svg.contains("dimension 0"));
    let png = std::fs::read(workplace.path("t.png")).unwrap();
    assert_eq!(&png[1..4], b"PNG");
}

#[test]
fn positions_and_projections_are_put_in_words() {
    let workplace = Workplace::new();
    let text = workplace.output(&["words", "positions", "-m", MODEL, "--dimension", "2"]);
    let context = workplace.model().gpt.config().context_length;
    assert!(text.contains("dim 2") && text.lines().count() >= context);
    let run = |more: &[&str]| {
        let words = ["words", "qkv", "-m", MODEL, "-t", "what"];
        workplace.output(&[&words[..], more].concat())
    };
    let text = run(&["--block", "2", "--head", "3"]);
    assert!(
        text.contains("block 2, head 3") && text.contains("all else"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&run(&["--columns", "2", "--json"])).unwrap();
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    for row in rows {
        let parts = row["parts"].as_array().unwrap();
        let shares: f64 = parts
            .iter()
            .map(|part| part["share"].as_f64().unwrap())
            .sum();
        assert!((shares - 1.0).abs() < 1e-4, "{row}");
        let values = row["values"].as_array().unwrap();
        for (at, value) in values.iter().enumerate() {
            let sum: f64 = parts
                .iter()
                .map(|part| part["vector"][at].as_f64().unwrap())
                .sum();
            assert!((sum - value.as_f64().unwrap()).abs() < 1e-5);
        }
    }
    assert!(!json["columns"].as_array().unwrap().is_empty());
    // the run may be changed
    let off = run(&["--block", "2", "--intervene", "h0.mlp=off"]);
    assert_ne!(off, run(&["--block", "2"]));
    run(&["--svg", "q.svg"]);
    assert!(workplace.path("q.svg").exists());
}

#[test]
fn what_is_not_there_is_named() {
    let workplace = Workplace::new();
    for (arguments, word) in [
        (&["tokens", "--dimension", "99"][..], "dimension 99"),
        (&["tokens", "--near", "Q#"], "Q#"),
        (&["tokens", "--png", "x.jpg"], ".png"),
        (&["tokens", "--svg", "x.png"], ".svg"),
        (&["tokens", "--svg", "nowhere/x.svg"], "nowhere"),
        (&["positions", "--dimension", "99"], "dimension 99"),
        (&["qkv", "--block", "9"], "block 9"),
        (&["qkv", "--head", "9"], "head 9"),
    ] {
        let error = workplace.refusal(1, &[&["words"][..], arguments, &["-m", MODEL]].concat());
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
    assert_eq!(workplace.names(), [MODEL]);
}
