//! `orrery report`, and `--intervene` wherever it is understood.

use serde_json::Value;

use crate::support::Workplace;

#[test]
fn a_report_is_one_file_and_the_same_every_time() {
    let workplace = Workplace::new();
    let arguments = ["report", "--text", "what light throu", "-o"];
    workplace.output(&[&arguments[..], &["a.html"]].concat());
    let first = std::fs::read_to_string(workplace.path("a.html")).unwrap();
    workplace.output(&[&arguments[..], &["a.html"]].concat());
    let second = std::fs::read_to_string(workplace.path("a.html")).unwrap();
    assert!(first == second);
    assert!(first.starts_with("<!DOCTYPE html>") && first.len() < 600_000);
    assert!(
        first.contains("orrery report --text"),
        "the command that made it"
    );
}

#[test]
fn what_was_found_can_be_read_as_json() {
    let workplace = Workplace::new();
    let arguments = [
        "report",
        "-t",
        "what light",
        "--compare",
        "the kin",
        "--json",
        "r.json",
    ];
    workplace.output(&arguments);
    let text = std::fs::read_to_string(workplace.path("r.json")).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    let why = &found["why"][9];
    assert!((why["sum"].as_f64().unwrap() - why["value"].as_f64().unwrap()).abs() < 1e-4);
    assert!(found["compare"]["pairs"].is_array());
    // no page was asked for
    assert!(!workplace.path("report.html").exists());
}

/// The tokens that a report goes on with are those of `generate` with the same seed.
#[test]
fn a_report_goes_on_as_generate_does() {
    let workplace = Workplace::new();
    let same = ["-t", "what light", "--seed", "5", "--tokens", "6"];
    let report = [&["report", "--json", "r.json"][..], &same].concat();
    workplace.output(&report);
    let text = std::fs::read_to_string(workplace.path("r.json")).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    let drawn: String = found["continuation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| found["tokens"][one["id"].to_string()].as_str().unwrap())
        .collect();
    let generated = workplace.output(&[&["generate"][..], &same].concat());
    assert_eq!(
        generated.trim_end(),
        format!("what light{drawn}").trim_end()
    );
}

/// The column "switched off" is what `trace --intervene` gives.
#[test]
fn switched_off_is_what_a_changed_trace_says() {
    let workplace = Workplace::new();
    workplace.output(&["report", "-t", "what light", "--json", "r.json"]);
    workplace.output(&[
        "trace",
        "-t",
        "what light",
        "--intervene",
        "h2.head1=off",
        "-o",
        "t.json",
    ]);
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(workplace.path(name)).unwrap()).unwrap()
    };
    let (found, trace) = (read("r.json"), read("t.json"));
    let why = &found["why"][9];
    let part = why["parts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["part"] == "h2.head1")
        .unwrap();
    let logits = trace["logits"]["values"].as_array().unwrap();
    let vocabulary = logits.len() / 10;
    let logit = |token: &Value| {
        let at = 9 * vocabulary + token.as_u64().unwrap() as usize;
        // written as the shortest text that is this 32-bit number
        f64::from(logits[at].as_f64().unwrap() as f32)
    };
    let without = logit(&why["token"]) - logit(&why["against"]);
    let effect = why["value"].as_f64().unwrap() - without;
    assert!((effect - part["effect"].as_f64().unwrap()).abs() < 1e-6);
}

#[test]
fn text_can_be_generated_by_a_changed_model() {
    let workplace = Workplace::new();
    let say = |more: &[&str]| {
        let arguments = [
            &["generate", "-t", "what", "-n", "12", "--temperature", "0"][..],
            more,
        ]
        .concat();
        workplace.output(&arguments)
    };
    let plain = say(&[]);
    assert_eq!(say(&["--intervene", "h0.head0*=1"]), plain);
    assert_ne!(say(&["--intervene", "h0.mlp=off, h1.mlp=off"]), plain);
    assert_eq!(
        say(&["--intervene", "logits[last,5]=99"]),
        "whataaaaaaaaaaaa\n"
    );
}

#[test]
fn what_cannot_be_changed_or_written_is_said() {
    let workplace = Workplace::new();
    for (arguments, word) in [
        (
            &["generate", "-t", "a", "--intervene", "h9.head0=off"][..],
            "block9",
        ),
        (
            &[
                "trace",
                "-t",
                "a",
                "-o",
                "t.npz",
                "--intervene",
                "x0[0,0]<B",
            ],
            "--compare",
        ),
        (&["report", "-t", "a", "--max-size", "10kB"], "--max-size"),
        (&["report", "-t", "a", "-o", "nowhere/r.html"], "nowhere"),
        (&["report", "-t", "Q#"], "vocabulary"),
        (
            &["report", "-t", "a", "--corpus", "nothing.txt"],
            "nothing.txt",
        ),
    ] {
        let error = workplace.refusal(1, arguments);
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
    assert!(!workplace.path("report.html").exists());
}

#[test]
fn a_folder_is_published() {
    let workplace = Workplace::new();
    for _ in 0..2 {
        workplace.output(&[
            "report",
            "-t",
            "what light",
            "--publish",
            "site",
            "--no-card",
        ]);
    }
    workplace.output(&["report", "-t", "the kin", "--publish", "site", "--no-card"]);
    let gallery = std::fs::read_to_string(workplace.path("site/index.html")).unwrap();
    assert!(gallery.contains("what-light/") && gallery.contains("the-kin/"));
    assert!(workplace.path("site/what-light/index.html").exists());
}
