//! `orrery generate`.

use std::io::Read;
use std::process::Stdio;

use crate::support::{MODEL, Workplace, orrery};

#[test]
fn the_same_seed_gives_the_same_text_and_another_seed_another() {
    let workplace = Workplace::new();
    let text = |seed: &str| {
        workplace.output(&[
            "generate", "-m", MODEL, "--text", "hi", "-n", "60", "--seed", seed,
        ])
    };
    let first = text("1");
    assert!(
        first.starts_with("hi") && first.ends_with('\n'),
        "{first:?}"
    );
    assert_eq!(first.trim_end_matches('\n').chars().count(), 62);
    assert_eq!(first, text("1"));
    assert_ne!(first, text("2"));
}

#[test]
fn at_temperature_zero_each_token_is_the_likeliest() {
    let workplace = Workplace::new();
    let arguments = [
        "generate",
        "-m",
        MODEL,
        "-t",
        "to be",
        "-n",
        "30",
        "--temperature",
        "0",
    ];
    let text = workplace.output(&arguments);

    let model = workplace.model();
    let mut ids = model.tokenizer.encode("to be").unwrap();
    for _ in 0..30 {
        let seen = &ids[ids.len().saturating_sub(model.gpt.config().context_length)..];
        let trace = model.gpt.trace(seen).unwrap();
        let logits = trace.matrix(orrery_model::TensorId::Logits).unwrap();
        let last = logits.row(seen.len() - 1);
        let drawable = (0..last.len()).filter(|&id| !model.tokenizer.is_special(id));
        let likeliest = drawable.max_by(|&a, &b| last[a].total_cmp(&last[b]));
        ids.push(likeliest.unwrap());
    }
    assert_eq!(text.trim_end_matches('\n'), model.tokenizer.decode(&ids));
    // one candidate is no choice either
    let arguments = [
        "generate", "-m", MODEL, "-t", "to be", "-n", "30", "--top-k", "1",
    ];
    assert_eq!(workplace.output(&arguments), text);
}

#[test]
fn unknown_characters_are_named_or_dropped_and_counted() {
    let workplace = Workplace::new();
    let message = workplace.refusal(1, &["generate", "-m", MODEL, "--text", "it's é7"]);
    for part in ["'é'", "position 6", "--lossy"] {
        assert!(message.contains(part), "{message}");
    }
    let lossy = [
        "generate", "-m", MODEL, "--text", "it's é7", "--lossy", "-n", "0",
    ];
    let assert = workplace.run(&lossy).assert().success();
    assert_eq!(assert.get_output().stdout, b"it's \n");
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.contains("dropped 2 characters"), "{said}");

    let assert = workplace.run(&lossy).arg("--quiet").assert().success();
    assert_eq!(assert.get_output().stdout, b"it's \n");
    assert!(assert.get_output().stderr.is_empty());
}

#[test]
fn a_prompt_needs_a_token() {
    let workplace = Workplace::new();
    let message = workplace.refusal(1, &["generate", "-m", MODEL, "--text", ""]);
    assert!(
        message.contains("empty") && message.contains("--text"),
        "{message}"
    );
    let message = workplace.refusal(1, &["generate", "-m", MODEL, "--text", "123", "--lossy"]);
    assert!(message.contains("none of its 3 characters"), "{message}");
}

#[test]
fn settings_out_of_range_are_refused() {
    let workplace = Workplace::new();
    for (option, value) in [
        ("--temperature", "-1"),
        ("--temperature", "nan"),
        ("--top-k", "0"),
        ("--top-p", "1.5"),
    ] {
        let value = format!("{option}={value}");
        let message = workplace.refusal(1, &["generate", "-m", MODEL, &value]);
        assert!(message.contains(&option[2..]), "{message}");
    }
    let message = workplace.refusal(2, &["generate", "-m", MODEL, "-n", "many"]);
    assert!(message.contains("--tokens"), "{message}");
}

#[test]
fn it_stops_without_a_word_when_nobody_reads_on() {
    let workplace = Workplace::new();
    let model = workplace.path(MODEL);
    // far more than a pipe holds
    let tokens = ["-n", "1000000000", "-m", model.to_str().unwrap()];
    let program = orrery(&[]).get_program().to_owned();
    let mut child = std::process::Command::new(program)
        .arg("generate")
        .args(tokens)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut beginning = [0; 20];
    output.read_exact(&mut beginning).unwrap();
    drop(output);
    let finished = child.wait_with_output().unwrap();
    assert!(finished.status.success(), "{:?}", finished.status);
    assert!(finished.stderr.is_empty());
}
