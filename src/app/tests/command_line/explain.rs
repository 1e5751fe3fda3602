//! `orrery explain`.

use serde_json::Value;

use crate::support::{MODEL, Workplace, npz};

/// What is said of a number, as JSON.
fn explained(workplace: &Workplace, cell: &str, more: &[&str]) -> Value {
    let mut arguments = vec!["explain", "-m", MODEL, "-t", "hello", "-n", "1", "--json"];
    arguments.extend(["--cell", cell]);
    arguments.extend(more);
    serde_json::from_str(&workplace.output(&arguments)).unwrap()
}

/// A number as the program holds it.
fn value(of: &Value) -> f32 {
    of["value"].as_f64().unwrap() as f32
}

/// All of these cells' values added up.
fn sum(cells: &Value) -> f32 {
    cells.as_array().unwrap().iter().map(value).sum()
}

#[test]
fn a_product_is_explained_by_the_numbers_that_the_trace_holds() {
    let workplace = Workplace::new();
    workplace.output(&["trace", "-t", "hello", "-m", MODEL, "-o", "t.npz"]);
    let arrays = npz::arrays(&workplace.path("t.npz"));
    let traced = |key: &str, at: usize| {
        let (_, _, values) = arrays.iter().find(|(found, ..)| found == key).unwrap();
        values[at]
    };
    let said = explained(&workplace, "block1.ffn_output[2,9]", &["--blocks", "all"]);
    assert_eq!(said["address"], "block1.ffn_output[2,9]");
    assert_eq!(value(&said), traced("block1.ffn_output", 2 * 16 + 9));
    assert_eq!(said["operation"]["kind"], "MatrixProduct");
    assert_eq!(said["combination"], "sum");
    // a product for each hidden column, and the bias
    let terms = said["terms"].as_array().unwrap();
    assert!(terms.len() >= 64, "{}", terms.len());
    assert!((sum(&said["terms"]) - value(&said)).abs() < 1e-5);
    let hidden = &terms[7]["cells"][0];
    assert_eq!(hidden["address"], "block1.ffn_hidden[2,7]");
    let width = terms.len() - terms.len() % 2;
    assert_eq!(value(hidden), traced("block1.ffn_hidden", 2 * width + 7));
    assert_eq!(terms[7]["cells"][1]["address"], "block1_W2[7,9]");
    // what it is made of stands on the stage when it has just been made
    let shown = |cells: &Value| {
        let cells = cells.as_array().unwrap().iter();
        cells.filter(|cell| cell["shown"] == true).count()
    };
    assert!(shown(&said["dependencies"]) > 100);
    let goes = said["dependents"].as_array().unwrap();
    assert!(
        goes.iter()
            .any(|cell| cell["address"] == "block1.residual2[2,9]")
    );
}

#[test]
fn nanogpts_names_mean_the_same_numbers() {
    let workplace = Workplace::new();
    let ours = explained(&workplace, "block0.attention.1[3,2]", &[]);
    assert_eq!(ours, explained(&workplace, "h0.att.1[3,2]", &[]));
    assert_eq!(ours["combination"], "share of the sum");
    let terms = ours["terms"].as_array().unwrap();
    assert_eq!(terms.len(), 5);
    let share = value(&terms[2]) / sum(&ours["terms"]);
    assert!((share - value(&ours)).abs() < 1e-6);
    // a later token is masked: it has no part in the row
    assert_eq!(terms[4]["cells"][0]["value"], Value::Null);
    assert_eq!(terms[4]["value"], 0.0);
}

#[test]
fn side_outputs_weights_and_last_rows_are_explained_too() {
    let workplace = Workplace::new();
    let mean = explained(&workplace, "block0.norm1_mean[1,0]", &[]);
    assert!((sum(&mean["terms"]) / 16.0 - value(&mean)).abs() < 1e-5);
    let weight = explained(&workplace, "block0_W_Q[0,3]", &[]);
    assert_eq!(weight["operation"], Value::Null);
    assert_eq!(weight["dependents"].as_array().unwrap().len(), 5);
    let last = explained(&workplace, "logits[last,5]", &[]);
    assert_eq!(last["address"], "logits[4,5]");

    let text = workplace.output(&[
        "explain",
        "-m",
        MODEL,
        "-t",
        "hello",
        "-n",
        "1",
        "--cell",
        "h0.att.1[3,2]",
    ]);
    for part in [
        "block0.attention.1[3,2]",
        "Softmax",
        "exp(",
        "Made of (5",
        "not shown",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_names_no_number_is_refused_with_the_way_out() {
    let workplace = Workplace::new();
    let start = ["explain", "-m", MODEL, "-t", "hello", "-n", "1", "--cell"];
    for (cell, part) in [
        ("block0.attention[3,2]", "name one"),
        ("block0.attention.1[3,*]", "name one"),
        ("block0.attention.9[3,2]", "heads are 0 to 3"),
        ("block0.attention.1[5,2]", "rows are 0 to 4"),
        ("block9.attention.1[3,2]", "block9"),
        ("final_norm[0,0]", "final_norm"),
    ] {
        let message = workplace.refusal(1, &[&start[..], &[cell]].concat());
        assert!(message.contains(part), "{cell}: {message}");
    }
    let message = workplace.refusal(2, &[&start[..], &["h0.attn[1,2]"]].concat());
    assert!(message.contains("h0.attn"), "{message}");
    let late = [&start[..], &["logits[0,0]", "--at", "1e9"]].concat();
    let message = workplace.refusal(1, &late);
    assert!(message.contains("--at"), "{message}");
}

#[test]
fn a_changed_number_is_told_with_what_was_computed() {
    let workplace = Workplace::new();
    let run = |more: &[&str]| {
        let explain = ["explain", "-m", MODEL, "-t", "what", "-n", "1"];
        workplace.output(&[&explain[..], more].concat())
    };
    let address = "block0.attention.0[3,1]";
    let change = ["--intervene", "h0.att.0[3,1]=0.9", "--cell", address];
    let text = run(&change);
    assert!(
        text.contains("= 0.900000") && text.contains("then changed"),
        "{text}"
    );
    assert!(
        text.contains("in a changed run: block0.attention.0[3,1]=0.9"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&run(&[&change[..], &["--json"]].concat())).unwrap();
    let plain: Value = serde_json::from_str(&run(&["--json", "--cell", address])).unwrap();
    let (before, now) = (&json["computed"], &plain["value"]);
    assert!((before.as_f64().unwrap() - now.as_f64().unwrap()).abs() < 1e-6);
    assert!(plain["computed"].is_null() && plain["changes"] == "");
}
