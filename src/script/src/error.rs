//! What is wrong with a script, in a plain sentence, with its place.

use rhai::{EvalAltResult, ParseError, ParseErrorType, Position};

/// A mistake in a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {words}", place(*line, *column))]
pub struct ScriptError {
    /// The file, as it was named.
    pub file: String,
    /// Its line, counted from 1; 0 where it belongs to no line.
    pub line: usize,
    /// The column in it, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub words: String,
}

/// `:5:12`; nothing where the mistake belongs to no line.
fn place(line: usize, column: usize) -> String {
    match line {
        0 => String::new(),
        _ => format!(":{line}:{column}"),
    }
}

impl ScriptError {
    pub(crate) fn at(file: &str, position: Position, words: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: position.line().unwrap_or_default(),
            column: position.position().unwrap_or_default(),
            words: words.into(),
        }
    }

    /// It cannot be read.
    pub(crate) fn of_reading(file: &str, error: &ParseError) -> Self {
        let words = match error.err_type() {
            ParseErrorType::UnexpectedEOF => {
                "the script ends in the middle of something: is a } or ) missing?".to_owned()
            }
            ParseErrorType::MissingToken(token, why) => format!("a {token} is missing {why}"),
            ParseErrorType::VariableUndefined(name) => unknown_name(name),
            ParseErrorType::BadInput(what) => format!("this cannot be read: {what}"),
            ParseErrorType::Reserved(word) => format!("'{word}' may not be used in a script"),
            other => format!("this cannot be read: {other}"),
        };
        Self::at(file, error.position(), words)
    }

    /// It went wrong while it ran.
    pub(crate) fn of_running(file: &str, error: &EvalAltResult) -> Self {
        let mut inner = error;
        let mut position = inner.position();
        // where it went wrong is said by the innermost that knows its place
        while let EvalAltResult::ErrorInFunctionCall(_, _, within, _) = inner {
            inner = within;
            if !inner.position().is_none() {
                position = inner.position();
            }
        }
        let words = match inner {
            EvalAltResult::ErrorParsing(kind, _) => format!("this cannot be read: {kind}"),
            EvalAltResult::ErrorVariableNotFound(name, _) => unknown_name(name),
            EvalAltResult::ErrorPropertyNotFound(name, _) => {
                format!("there is no '{name}' here; the comments in spiral.rhai list what there is")
            }
            EvalAltResult::ErrorFunctionNotFound(signature, _) => {
                format!("there is no function {signature}")
            }
            EvalAltResult::ErrorTooManyOperations(_) => {
                "this takes too many steps: is there a loop without an end?".to_owned()
            }
            EvalAltResult::ErrorTerminated(..) => {
                "the script takes too long altogether: do less for each cell".to_owned()
            }
            EvalAltResult::ErrorDataTooLarge(what, _) => {
                format!("this asks for too much memory ({})", what.to_lowercase())
            }
            EvalAltResult::ErrorStackOverflow(_) => {
                "functions call each other without end".to_owned()
            }
            EvalAltResult::ErrorTooManyVariables(_) => "there are too many variables".to_owned(),
            EvalAltResult::ErrorArithmetic(what, _) => format!("this cannot be computed: {what}"),
            EvalAltResult::ErrorMismatchDataType(wanted, got, _) => {
                format!("a {wanted} is needed here, and this is a {got}")
            }
            EvalAltResult::ErrorMismatchOutputType(wanted, got, _) => {
                format!("this gives a {got}, and a {wanted} is wanted")
            }
            EvalAltResult::ErrorRuntime(what, _) => format!("the script stopped itself: {what}"),
            other => {
                let words = other.to_string();
                // rhai says the place at the end; it stands before the sentence here
                words.split(" (line").next().unwrap_or_default().to_owned()
            }
        };
        Self::at(file, position, words)
    }
}

fn unknown_name(name: &str) -> String {
    format!(
        "'{name}' is not known here: a function sees only what it is given, and what is defined in it"
    )
}
