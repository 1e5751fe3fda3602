//! `orrery train`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use orrery_model::{LoadedModel, checkpoint};
use orrery_training::TrainingState;
use serde_json::Value;

use crate::support::{MODEL, Workplace, orrery};

/// A model and a run so small that an epoch takes no time.
const SMALL: [&str; 12] = [
    "--d-model",
    "8",
    "--n-heads",
    "2",
    "--n-blocks",
    "1",
    "--d-ff",
    "8",
    "--context-length",
    "8",
    "--batch-size",
    "16",
];

/// A workplace with a text that is easy to learn.
fn workplace() -> Workplace {
    let workplace = Workplace::new();
    std::fs::write(
        workplace.path("text.txt"),
        "To be, or not to be? ".repeat(150),
    )
    .unwrap();
    workplace
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let begin = ["train", "-d", "text.txt"];
    [&begin[..], &SMALL, more].concat()
}

fn load(workplace: &Workplace, name: &str) -> LoadedModel {
    checkpoint::load(&workplace.path(name)).unwrap()
}

#[test]
fn it_learns_and_writes_the_model_alone() {
    let workplace = workplace();
    let mut command = workplace.run(&arguments(&[
        "--epochs", "6", "--lr", "0.02", "-o", "m.npz",
    ]));
    let output = command.unwrap();
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("epoch ").count(), 6, "{said}");
    // commas are not in the vocabulary
    assert!(said.contains("150 characters dropped"), "{said}");
    // the bar is for terminals
    assert!(!said.contains('\u{1b}') && !said.contains('\r'), "{said}");
    assert_eq!(workplace.names(), ["m.npz", "m.svg", MODEL, "text.txt"]);
    let curve = std::fs::read_to_string(workplace.path("m.svg")).unwrap();
    let lines = curve.lines().filter(|line| line.starts_with("<polyline"));
    let points: Vec<usize> = lines.map(|line| line.matches(',').count()).collect();
    // the training loss, and a score for each epoch
    assert!(
        points.len() == 2 && points[0] > 6 && points[1] == 6,
        "{curve}"
    );

    let facts = load(&workplace, "m.npz")
        .metadata
        .unwrap()
        .training
        .unwrap();
    assert_eq!(facts.corpus.as_deref(), Some("text"));
    let learned = f64::from(facts.validation_loss.unwrap());
    let evaluate = |model: &str| -> Value {
        let arguments = ["eval", "-m", model, "-d", "text.txt", "--json"];
        serde_json::from_str(&workplace.output(&arguments)).unwrap()
    };
    let loss = evaluate("m.npz")["loss"].as_f64().unwrap();
    assert!((loss - learned).abs() < 1e-4, "{loss} {learned}");
    assert!(loss < 0.5 * evaluate(MODEL)["loss"].as_f64().unwrap());
}

#[test]
fn the_same_seed_gives_the_same_weights_with_any_number_of_threads() {
    let workplace = workplace();
    let train = |name: &str, threads: &str, seed: &str| {
        let more = [
            "--epochs",
            "1",
            "-q",
            "-o",
            name,
            "--threads",
            threads,
            "--seed",
            seed,
        ];
        let output = workplace.run(&arguments(&more)).unwrap();
        assert!(output.stderr.is_empty());
        load(&workplace, name).gpt.into_parameters()
    };
    let one = train("a.npz", "1", "5");
    assert_eq!(one.values(), train("b.npz", "3", "5").values());
    assert_ne!(one.values(), train("c.npz", "1", "6").values());
}

#[test]
fn sizes_come_from_a_file_and_flags_go_before_it() {
    let workplace = workplace();
    let file =
        "(d_model: 12, n_heads: 3, norm_placement: pre, activation: gelu_tanh, final_norm: true)";
    std::fs::write(workplace.path("c.ron"), file).unwrap();
    let sizes = [
        "--config",
        "c.ron",
        "--n-heads",
        "2",
        "--n-blocks",
        "1",
        "--tied-head",
        "false",
    ];
    let run = [
        "train", "-d", "text.txt", "--epochs", "1", "--vocab", "corpus", "-o", "m.npz",
    ];
    workplace
        .run(&[&run[..], &sizes].concat())
        .assert()
        .success();
    let model = load(&workplace, "m.npz");
    let config = model.gpt.config();
    assert_eq!(
        (config.d_model, config.n_heads, config.n_blocks),
        (12, 2, 1)
    );
    assert_eq!(
        (config.d_ff, config.final_norm, config.tied_head),
        (128, true, false)
    );
    assert_eq!(
        model
            .tokenizer
            .decode(&model.tokenizer.encode("To, be").unwrap()),
        "To, be"
    );

    std::fs::write(workplace.path("c.ron"), "(d_modle: 12)").unwrap();
    let message = workplace.refusal(1, &[&run[..], &sizes].concat());
    for part in ["c.ron", "d_modle", "d_model"] {
        assert!(message.contains(part), "{message}");
    }
    let message = workplace.refusal(1, &["train", "-d", "text.txt", "--n-heads", "3"]);
    assert!(message.contains("3 heads"), "{message}");
}

#[test]
fn the_gradient_check_reports_every_tensor_and_trains_nothing() {
    let workplace = workplace();
    let table = workplace.output(&arguments(&["--check-grad"]));
    for tensor in [
        "embedding",
        "pos_encoding",
        "block0_W_Q",
        "block0_b2",
        "block0_beta2",
    ] {
        let lines = table
            .lines()
            .filter(|line| line.starts_with(&format!(" {tensor} ")));
        assert_eq!(lines.count(), 1, "{table}");
    }
    assert!(table.contains("The gradient is right"), "{table}");
    assert_eq!(workplace.names(), [MODEL, "text.txt"]);
}

#[test]
fn what_it_cannot_learn_from_is_named() {
    let workplace = workplace();
    let message = workplace.refusal(1, &["train", "-d", "nowhere.txt"]);
    assert!(message.contains("nowhere.txt: No such file"), "{message}");
    std::fs::write(workplace.path("noise"), b"caf\xe9 noir").unwrap();
    let message = workplace.refusal(1, &["train", "-d", "noise"]);
    assert!(
        message.contains("noise") && message.contains("byte at 4"),
        "{message}"
    );
    std::fs::write(workplace.path("short"), "to be").unwrap();
    let message = workplace.refusal(1, &["train", "-d", "short"]);
    assert!(message.contains("at least"), "{message}");
    let message = workplace.refusal(1, &arguments(&["-o", "not/there.npz"]));
    assert!(message.contains("not/there.npz"), "{message}");
    let message = workplace.refusal(1, &arguments(&["--val-fraction", "1.5"]));
    assert!(message.contains("fraction"), "{message}");
    let message = workplace.refusal(1, &["train", "-d", "text.txt", "--batch-size", "0"]);
    assert!(message.contains("batch size"), "{message}");
    assert_eq!(workplace.names(), [MODEL, "noise", "short", "text.txt"]);
}

#[test]
fn numbers_that_run_away_stop_it_with_the_step() {
    let workplace = workplace();
    let more = [
        "--lr",
        "1e30",
        "--max-norm",
        "0",
        "--warmup",
        "0",
        "-q",
        "-o",
        "m.npz",
    ];
    let message = workplace.refusal(1, &arguments(&more));
    assert!(
        message.contains("step ") && message.contains("learning rate"),
        "{message}"
    );
    assert_eq!(workplace.names(), [MODEL, "text.txt"]);
}

#[test]
fn without_data_it_learns_the_shipped_corpus() {
    let workplace = workplace();
    let sizes = [&["train"], &SMALL[..], &["--vocab", "corpus"]].concat();
    let table = workplace.output(&[&sizes[..], &["--check-grad"]].concat());
    assert!(table.contains("The gradient is right"), "{table}");
    let report: Value =
        serde_json::from_str(&workplace.output(&["eval", "-m", MODEL, "--json"])).unwrap();
    assert_eq!(report["data"], "shakespeare (shipped)");
    // a tenth of what the 32 symbols can say
    assert!(report["tokens"].as_u64().unwrap() > 150_000, "{report}");
}

#[test]
fn a_window_that_cannot_open_stops_it_before_it_begins() {
    let workplace = workplace();
    let output = workplace
        .run(&arguments(&["--watch"]))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .unwrap_err();
    let said = String::from_utf8_lossy(&output.as_output().unwrap().stderr).into_owned();
    assert!(
        said.contains("--watch") && said.contains("no display"),
        "{said}"
    );
    assert_eq!(workplace.names(), [MODEL, "text.txt"]);
}

/// Starts a run, waits until it has said that an epoch is over, and presses Ctrl-C. Returns what it
/// said last.
#[cfg(unix)]
fn interrupt(workplace: &Workplace, arguments: &[&str]) -> String {
    let program = orrery(&[]).get_program().to_owned();
    let mut child: Child = std::process::Command::new(program)
        .args(arguments)
        .current_dir(workplace.path(""))
        .env_remove("RUST_LIB_BACKTRACE")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let first = lines.by_ref().find(|line| line.starts_with("epoch"));
    assert!(first.is_some());
    let pressed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(pressed.unwrap().success());
    let last = lines.last().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
    last
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_says_how_to_go_on() {
    let workplace = workplace();
    // far more epochs than any machine does before the signal arrives
    let begin = arguments(&["--epochs", "1000000", "-o", "m.npz"]);
    let said = interrupt(&workplace, &begin);
    let names = ["m.npz", "m.state", "m.svg", MODEL, "text.txt"];
    assert_eq!(workplace.names(), names);
    let (_, resume) = said.split_once("go on with: orrery ").unwrap();
    let resume: Vec<&str> = resume
        .split(' ')
        .map(|word| word.trim_matches('\''))
        .collect();
    let steps = || {
        TrainingState::load(&workplace.path("m.state"))
            .unwrap()
            .record
            .step
    };
    let before = steps();
    assert!(before > 0);
    assert!(said.contains(&format!("after step {before} of")), "{said}");

    // a run that could go on is not overwritten by one that begins anew
    let message = workplace.refusal(1, &begin);
    assert!(
        message.contains("m.state") && message.contains("--resume"),
        "{message}"
    );
    assert_eq!(steps(), before);

    interrupt(&workplace, &resume);
    assert!(steps() > before);
    // on another text it is another run
    std::fs::write(workplace.path("text.txt"), "Out, damned spot! ".repeat(150)).unwrap();
    let message = workplace.refusal(1, &resume);
    assert!(message.contains("same text"), "{message}");
    // and its sizes are settled
    let message = workplace.refusal(2, &[&resume[..], &["--d-model", "16"]].concat());
    assert!(message.contains("--resume"), "{message}");
}

#[test]
fn a_text_that_the_vocabulary_mostly_lacks_stops_with_the_advice() {
    let workplace = Workplace::new();
    let greek = "\u{3b1}\u{3b2}\u{3b3} ".repeat(400);
    std::fs::write(workplace.path("greek.txt"), greek).unwrap();
    let message = workplace.refusal(1, &["train", "-d", "greek.txt", "-o", "g.npz"]);
    for part in ["greek.txt", "--vocab corpus"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!workplace.path("g.npz").exists());
    let lines = format!("\u{feff}{}", "the king\r\n".repeat(300));
    std::fs::write(workplace.path("windows.txt"), lines).unwrap();
    let arguments = [
        "train",
        "-d",
        "windows.txt",
        "-o",
        "w.npz",
        "--epochs",
        "1",
        "--context-length",
        "4",
        "--d-model",
        "4",
        "--d-ff",
        "8",
        "--n-blocks",
        "1",
    ];
    let output = workplace
        .run(&arguments)
        .assert()
        .success()
        .get_output()
        .clone();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("CRLF") && said.contains("byte-order mark"),
        "{said}"
    );
}
