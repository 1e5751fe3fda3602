//! `orrery eval`.

use serde_json::Value;

use crate::support::{MODEL, Workplace};

#[test]
fn figures_fit_each_other_and_the_share() {
    let workplace = Workplace::new();
    std::fs::write(workplace.path("text.txt"), "to be or not, to be".repeat(50)).unwrap();
    let report = |share: &str| -> Value {
        let arguments = [
            "eval",
            "-m",
            MODEL,
            "--data",
            "text.txt",
            "--val-fraction",
            share,
            "--json",
        ];
        serde_json::from_str(&workplace.output(&arguments)).unwrap()
    };
    let (tenth, whole) = (report("0.1"), report("1"));
    // 19 characters, 18 known; the first of the part is predicted by nothing
    assert_eq!(tenth["tokens"], 89);
    assert_eq!(whole["tokens"], 899);
    assert_eq!(whole["dropped_characters"], 50);
    let loss = tenth["loss"].as_f64().unwrap();
    assert!((tenth["perplexity"].as_f64().unwrap() - loss.exp()).abs() < 1e-9);

    let text = workplace.output(&["eval", "-m", MODEL, "-d", "text.txt"]);
    assert!(
        text.contains(&format!("{loss:.4} nats per token")),
        "{text}"
    );
}

#[test]
fn what_cannot_be_scored_is_named() {
    let workplace = Workplace::new();
    std::fs::write(workplace.path("short.txt"), "to be").unwrap();
    let message = workplace.refusal(1, &["eval", "-m", MODEL, "-d", "short.txt"]);
    assert!(
        message.contains("short.txt") && message.contains("--val-fraction"),
        "{message}"
    );
    let message = workplace.refusal(1, &["eval", "-d", "short.txt", "--val-fraction=-0.5"]);
    assert!(message.contains("-0.5"), "{message}");
}
