//! Scripts that are wrong, or mean harm, are stopped, and told where they are wrong.

use orrery_script::{Script, ScriptError};

fn error(text: &str) -> ScriptError {
    Script::compile("bad.rhai", text).expect_err("it is refused")
}

#[test]
fn a_loop_without_an_end_is_stopped() {
    let error =
        error("fn matrix(m) {\n    let n = 0;\n    while true { n += 1; }\n    at(0, 0, 0)\n}");
    assert!(error.words.contains("loop without an end"), "{error}");
    assert!((1..=4).contains(&error.line), "{error}");
}

#[test]
fn functions_that_call_each_other_without_end_are_stopped() {
    let error = error("fn down(n) { down(n + 1) }\nfn matrix(m) { down(0) }");
    assert!(error.words.contains("without end"), "{error}");
}

#[test]
fn memory_is_bounded() {
    for text in [
        "fn matrix(m) { let all = []; loop { all.push(all.len()); } }",
        "fn matrix(m) { let words = \"x\"; loop { words += words; } }",
        "fn matrix(m) { let all = [1, 2, 3]; loop { all += all; } }",
    ] {
        let error = error(text);
        let stopped = error.words.contains("memory") || error.words.contains("loop without an end");
        assert!(stopped, "{error}");
    }
}

#[test]
fn mistakes_have_line_and_column_and_a_plain_sentence() {
    for (text, line, words) in [
        ("fn matrix(m) {\n    at(m.x, m.y\n}", 3, "missing"),
        (
            "fn cell(m, c) {\n    let a = 1;\n    at(a, b, 0)\n}",
            3,
            "'b'",
        ),
        ("fn cell(m, c) {\n    at(c.row, c.colum, 0)\n}", 2, "colum"),
        (
            "fn cell(m, c) {\n    place(c.row)\n}",
            2,
            "no function place",
        ),
        ("fn cell(m, c) {\n    at(1 / 0, 0, 0)\n}", 2, "computed"),
        (
            "fn about() { #{ nmae: \"x\" } }\nfn matrix(m) { at(0, 0, 0) }",
            1,
            "nmae",
        ),
        ("\n\nfn matrix(m) { throw \"no\"; }", 3, "no"),
    ] {
        let error = error(text);
        assert_eq!(error.line, line, "{error}");
        assert!(error.column > 0 && error.words.contains(words), "{error}");
        assert!(error.to_string().starts_with("bad.rhai:"), "{error}");
    }
}

#[test]
fn what_is_no_place_is_refused() {
    for (text, words) in [
        ("fn cell(m, c) {\n    at(sqrt(-1.0), 0.0, 0.0)\n}", "NaN"),
        ("fn cell(m, c) { at(1e9, 0.0, 0.0) }", "too far"),
        ("fn cell(m, c) { at(0, 0, 0).scaled(-1.0) }", "negative"),
        ("fn cell(m, c) { 5 }", "5"),
        ("fn matrix(m) { }", "at(x, y, z)"),
        ("let x = 1;", "matrix(m)"),
    ] {
        let error = error(text);
        assert!(
            error.words.contains(words) || error.line > 0,
            "{words}: {error}"
        );
    }
}

#[test]
fn nothing_outside_of_the_script_can_be_reached() {
    for text in [
        "import \"secrets\" as s; fn matrix(m) { at(0, 0, 0) }",
        "fn matrix(m) { eval(\"at(0, 0, 0)\") }",
        "fn matrix(m) { timestamp(); at(0, 0, 0) }",
        "fn matrix(m) { sleep(10); at(0, 0, 0) }",
        "fn matrix(m) { open_file(\"x\"); at(0, 0, 0) }",
        "fn matrix(m) { rand(); at(0, 0, 0) }",
    ] {
        error(text);
    }
}
