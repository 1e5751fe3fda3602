//! `orrery inspect`.

use orrery_model::{GptConfig, WeightId};
use serde_json::{Value, json};

use crate::support::{MODEL, Workplace};

#[test]
fn json_describes_every_tensor() {
    let workplace = Workplace::new();
    let report: Value =
        serde_json::from_str(&workplace.output(&["inspect", MODEL, "--json"])).unwrap();
    let model = workplace.model();
    let parameters = model.gpt.parameters();
    assert_eq!(report["parameters"], json!(parameters.values().len()));
    let configuration: GptConfig = serde_json::from_value(report["configuration"].clone()).unwrap();
    assert_eq!(configuration, *model.gpt.config());
    assert_eq!(
        report["vocabulary"],
        json!(model.tokenizer.vocabulary().tokens())
    );
    let tensors = report["tensors"].as_array().unwrap();
    assert_eq!(tensors.len(), parameters.layout().entries().len());

    let embedding = tensors
        .iter()
        .find(|tensor| tensor["name"] == "embedding")
        .unwrap();
    assert_eq!(embedding["shape"], json!([32, 16]));
    let values = parameters.get(WeightId::Embedding).unwrap();
    let largest = values.iter().copied().fold(f32::MIN, f32::max);
    let found = embedding["max"].as_f64().unwrap();
    assert!((found - f64::from(largest)).abs() < 1e-12, "{found}");
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / 512.0;
    assert!((embedding["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
}

#[test]
fn the_table_has_a_line_for_every_tensor() {
    let workplace = Workplace::new();
    let text = workplace.output(&["inspect", MODEL]);
    let model = workplace.model();
    for entry in model.gpt.parameters().layout().entries() {
        let name = format!(" {} ", entry.id);
        let lines = text.lines().filter(|line| line.contains(&name)).count();
        assert_eq!(lines, 1, "{name}");
    }
    assert!(text.contains("context_length: 16"), "{text}");
    assert!(text.contains("norm_epsilon: 0.00001"), "{text}");
}

#[test]
fn the_shipped_model_is_there_in_any_folder() {
    let workplace = Workplace::new();
    let report: Value = serde_json::from_str(&workplace.output(&["inspect", "--json"])).unwrap();
    let configuration: GptConfig = serde_json::from_value(report["configuration"].clone()).unwrap();
    assert_eq!(configuration, GptConfig::default());
    // trained, and to the figure that the project promises
    assert!(report["training"]["validation_loss"].as_f64().unwrap() < 1.9);
    let text = workplace.output(&["generate", "--text", "the king", "-n", "40"]);
    assert_eq!(text.trim_end_matches('\n').chars().count(), 48);
}
