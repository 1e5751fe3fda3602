//! A model of somebody else's: nanoGPT checkpoints, their vocabularies, the environment, conversion.

use std::fs;

use orrery_model::{Gpt, checkpoint};
use serde_json::{Value, json};

use crate::support::{MODEL, Workplace, fixtures, npz};

/// The files of the model of words: checkpoint and vocabulary.
fn knock() -> Option<[String; 2]> {
    let folder = fixtures::folder("nanogpt/word-knock")?;
    Some(["ckpt.pt", "meta.pkl"].map(|name| folder.join(name).to_str().unwrap().to_owned()))
}

#[test]
fn a_nanogpt_checkpoint_is_generated_from_and_traced_under_nanogpt_s_names() {
    let Some([checkpoint, meta]) = knock() else {
        return;
    };
    let workplace = Workplace::new();
    let folder = fixtures::folder("nanogpt/word-knock").unwrap();
    let reference: Value =
        serde_json::from_slice(&fs::read(folder.join("ref_p0.json")).unwrap()).unwrap();
    let text = reference["text"].as_str().unwrap();
    let model = ["--model", &checkpoint, "--meta", &meta, "--text", text];

    let mut arguments = vec!["generate", "-n", "40", "--temperature", "0"];
    arguments.extend(model);
    let greedy = reference["greedy_40"].as_str().unwrap();
    assert_eq!(workplace.output(&arguments), format!("{text} {greedy}\n"));

    let mut arguments = vec!["trace", "-o", "t.npz"];
    arguments.extend(model);
    workplace.output(&arguments);
    let mut found: Vec<String> = npz::arrays(&workplace.path("t.npz"))
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    let mut expected: Vec<String> = npz::arrays(&folder.join("ref_p0.npz"))
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    arguments.extend(["--names", "orrery"]);
    workplace.output(&arguments);
    let found = npz::arrays(&workplace.path("t.npz"));
    assert!(found.iter().any(|(name, ..)| name == "block5.attention"));
}

#[test]
fn the_environment_and_a_file_of_settings_are_asked() {
    let Some([checkpoint, meta]) = knock() else {
        return;
    };
    let workplace = Workplace::new();
    let generate = ["generate", "-n", "0"];
    let output = workplace
        .run(&generate)
        .env("MODEL", &checkpoint)
        .env("NANOGPT_META_PATH", &meta)
        .env("PROBE_SENTENCE", "knock knock")
        .assert()
        .success()
        .get_output()
        .clone();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "knock knock\n");

    let settings = format!("# mine\nMODEL={checkpoint}\nPROBE_SENTENCE='who xyz there'\n");
    fs::write(workplace.path(".env"), settings).unwrap();
    // the vocabulary lies beside the model
    assert_eq!(
        workplace.output(&["generate", "-n", "0", "--lossy"]),
        "who there\n"
    );
    // options go before the environment, the environment before the file
    assert_eq!(
        workplace.output(&["generate", "-n", "0", "-m", MODEL, "-t", "ab"]),
        "ab\n"
    );
    let output = workplace
        .run(&generate)
        .env("PROBE_SENTENCE", "olive")
        .assert()
        .success()
        .get_output()
        .clone();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "olive\n");
}

#[test]
fn an_unknown_word_is_named_or_dropped() {
    let Some([checkpoint, _]) = knock() else {
        return;
    };
    let workplace = Workplace::new();
    let arguments = [
        "generate",
        "-n",
        "0",
        "-m",
        &checkpoint,
        "-t",
        "knock xylophone , who",
    ];
    let message = workplace.refusal(1, &arguments);
    for part in ["xylophone", "number 2", "--lossy"] {
        assert!(message.contains(part), "{message}");
    }
    let output = workplace
        .run(&arguments)
        .arg("--lossy")
        .assert()
        .success()
        .get_output()
        .clone();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "knock who\n");
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("dropped 2 words")
    );
    // where nothing was typed, something that the model knows is shown
    let text = workplace.output(&["generate", "-n", "0", "-m", &checkpoint]);
    assert_eq!(text.split_whitespace().count(), 1, "{text}");
}

#[test]
fn conversion_keeps_every_number() {
    let Some([checkpoint, meta]) = knock() else {
        return;
    };
    let workplace = Workplace::new();
    let convert = |from: &str, to: &str| workplace.output(&["convert", from, to]);
    workplace.output(&["convert", &checkpoint, "a.npz", "--meta", &meta]);
    fs::create_dir(workplace.path("hub")).unwrap();
    convert("a.npz", "hub/model.safetensors");
    convert("hub/model.safetensors", "b.npz");
    let trace = |model: &str, to: &str| {
        let text = "knock knock whos there cat";
        workplace.output(&[
            "trace", "-m", model, "-t", text, "-o", to, "--names", "nanogpt",
        ]);
        npz::arrays(&workplace.path(to))
    };
    let original = trace(&checkpoint, "1.npz");
    for model in ["a.npz", "hub/model.safetensors", "b.npz"] {
        assert_eq!(trace(model, "2.npz"), original, "{model}");
    }
    // a configuration that is there already is not replaced
    let message = workplace.refusal(1, &["convert", "a.npz", "hub/other.safetensors"]);
    assert!(
        message.contains("config.json") && message.contains("there already"),
        "{message}"
    );
    let message = workplace.refusal(1, &["convert", "a.npz", "x.pt"]);
    assert!(
        message.contains("x.pt") && message.contains(".safetensors"),
        "{message}"
    );
    // the character model is no GPT-2
    let message = workplace.refusal(1, &["convert", MODEL, "c.safetensors"]);
    assert!(
        message.contains("c.safetensors") && message.contains("layer norm"),
        "{message}"
    );
    assert!(!workplace.path("c.safetensors").exists());
}

#[test]
fn a_checkpoint_is_inspected_as_it_is() {
    let Some([checkpoint, _]) = knock() else {
        return;
    };
    let workplace = Workplace::new();
    let inspect = |file: &str| -> Value {
        serde_json::from_str(&workplace.output(&["inspect", file, "--json"])).unwrap()
    };
    let report = inspect(&checkpoint);
    assert_eq!(report["configuration"]["n_blocks"], 6);
    assert_eq!(report["configuration"]["activation"], "gelu_erf");
    assert_eq!(report["tokenizer"]["unit"], "word");
    assert_eq!(report["tokenizer"]["tokens"], 148);
    let tensors = report["tensors"].as_array().unwrap();
    let attention = tensors
        .iter()
        .find(|t| t["name"] == "transformer.h.5.attn.c_attn.weight");
    assert_eq!(attention.unwrap()["shape"], json!([108, 36]));
    assert_eq!(attention.unwrap()["type"], "f32");
    assert_eq!(
        report["memory_bytes"].as_u64().unwrap(),
        4 * report["parameters"].as_u64().unwrap()
    );

    let variants = fixtures::folder("nanogpt/variants").unwrap();
    let half = inspect(variants.join("bf16.pt").to_str().unwrap());
    assert_eq!(half["tensors"][0]["type"], "bf16");
    // no vocabulary lies beside it, and none is needed to look
    assert!(half.get("tokenizer").is_none());
    let text = workplace.output(&["inspect", variants.join("bf16.pt").to_str().unwrap()]);
    assert!(text.contains("--meta") && text.contains("bf16"), "{text}");
}

#[test]
fn a_model_of_what_are_no_numbers_is_described_and_not_run() {
    let workplace = Workplace::new();
    let model = workplace.model();
    let config = model.gpt.config().clone();
    let mut parameters = model.gpt.into_parameters();
    parameters.values_mut()[3] = f32::NAN;
    parameters.values_mut()[4] = f32::INFINITY;
    let broken = Gpt::new(config, parameters).unwrap();
    checkpoint::save(&workplace.path("nan.npz"), &broken, &model.tokenizer, None).unwrap();
    let message = workplace.refusal(1, &["generate", "-m", "nan.npz"]);
    assert!(
        message.contains("nan.npz") && message.contains("NaN"),
        "{message}"
    );
    let report: Value =
        serde_json::from_str(&workplace.output(&["inspect", "nan.npz", "--json"])).unwrap();
    let tensors = report["tensors"].as_array().unwrap();
    let embedding = tensors.iter().find(|t| t["name"] == "embedding").unwrap();
    assert_eq!(
        (&embedding["nan"], &embedding["infinite"]),
        (&json!(1), &json!(1))
    );
    assert!(embedding["max"].as_f64().unwrap().is_finite());
    assert!(report["problem"].as_str().unwrap().contains("NaN"));
}

#[test]
fn what_is_said_about_a_file_needs_the_file() {
    let workplace = Workplace::new();
    for option in [
        ["--meta", "meta.pkl"],
        ["--tokenizer", "gpt2"],
        ["--heads", "4"],
        ["--gelu", "tanh"],
        ["--activation", "relu"],
        ["--norm", "pre"],
        ["--epsilon", "1e-5"],
        ["--weights-key", "model"],
        ["--ignore", "rope"],
    ] {
        let arguments = [&["generate"], &option[..]].concat();
        let message = workplace.refusal(1, &arguments);
        assert!(
            message.contains(option[0]) && message.contains("--model"),
            "{message}"
        );
    }
    let message = workplace.refusal(1, &["generate", "-m", MODEL, "--gelu", "tanh"]);
    assert!(
        message.contains(MODEL) && message.contains("ReLU"),
        "{message}"
    );
}

#[test]
fn a_file_that_is_no_model_is_looked_at_and_the_reason_told() {
    let workplace = Workplace::new();
    workplace.output(&["trace", "-t", "ab", "-o", "t.npz"]);
    let report: Value =
        serde_json::from_str(&workplace.output(&["inspect", "t.npz", "--json"])).unwrap();
    assert!(report["problem"].as_str().unwrap().contains("embedding"));
    let tensors = report["tensors"].as_array().unwrap();
    assert!(tensors.iter().any(|t| t["name"] == "block3.attention"));
    let text = workplace.output(&["inspect", "t.npz"]);
    assert!(text.contains("This cannot be run"), "{text}");
}

#[test]
fn a_model_that_has_learned_nothing_has_the_shape_that_is_asked_for() {
    let workplace = Workplace::new();
    let shape = "random:d_model=8,n_heads=2,n_blocks=3,norm=pre,final_norm,seed=4";
    let generate =
        |model: &str| workplace.output(&["generate", "-m", model, "-t", "ab", "-n", "8"]);
    assert_eq!(generate(shape), generate(shape));
    let report: Value =
        serde_json::from_str(&workplace.output(&["inspect", shape, "--json"])).unwrap();
    assert_eq!(report["configuration"]["n_blocks"], 3);
    assert_eq!(report["configuration"]["d_ff"], 32);
    let message = workplace.refusal(1, &["generate", "-m", "random:size=3"]);
    assert!(
        message.contains("size") && message.contains("d_model"),
        "{message}"
    );
    // and it can be kept, for other programs too
    workplace.output(&["convert", shape, "a.npz"]);
    std::fs::create_dir(workplace.path("hub")).unwrap();
    workplace.output(&["convert", "a.npz", "hub/model.safetensors"]);
    for name in ["config.json", "tokenizer.json"] {
        assert!(workplace.path("hub").join(name).exists(), "{name}");
    }
    // a folder stands for the model in it
    assert_eq!(generate("hub"), generate(shape));
}

#[test]
fn what_an_array_does_not_show_is_settled_by_options_and_the_choice_of_a_vocabulary_is_told() {
    let workplace = Workplace::new();
    let shape = "random:vocab_size=50300,d_model=4,n_heads=2,n_blocks=1,context_length=8,norm=pre,\
                 final_norm,biases=gpt2";
    std::fs::create_dir(workplace.path("hub")).unwrap();
    workplace.output(&["convert", shape, "hub/model.safetensors"]);
    let tokenizer = workplace.path("hub").join("tokenizer.json");
    // without its own description of itself the file is anybody's
    let bytes = fs::read(workplace.path("hub").join("model.safetensors")).unwrap();
    let own = bytes
        .windows(15)
        .position(|part| part == b"orrery_metadata")
        .unwrap();
    let mut others = bytes.clone();
    others[own] = b'x';
    fs::write(workplace.path("hub").join("model.safetensors"), others).unwrap();
    let told = |arguments: &[&str]| {
        let arguments = [&["generate", "-m", "hub", "-n", "1", "-t", "Hi"], arguments].concat();
        let output = workplace
            .run(&arguments)
            .assert()
            .success()
            .get_output()
            .clone();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told(&[]).contains("tokenizer.json"));
    fs::remove_file(tokenizer).unwrap();
    let built_in = told(&[]);
    assert!(
        built_in.contains("GPT-2") && built_in.contains("43 rows"),
        "{built_in}"
    );
    let message = workplace.refusal(
        1,
        &["generate", "-m", "hub", "-t", "a", "--temperature", "-1"],
    );
    assert!(message.contains("temperature"), "{message}");
}
