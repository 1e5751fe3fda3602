//! A script, compiled and tried.

use std::sync::Arc;

use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, Map, Position, Scope};

use crate::about::About;
use crate::engine::{bounded, language};
use crate::error::ScriptError;
use crate::facts::{CellOf, MatrixFacts};
use crate::place::Place;
use crate::sample;

/// A script that can be run.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its file, as it was named.
    file: String,
    /// Tells its text from every other.
    hash: u64,
    ast: AST,
    about: About,
    has_matrix: bool,
    has_cell: bool,
    /// In which lines its functions begin.
    lines: Vec<(&'static str, usize)>,
}

impl Script {
    /// Reads a script and tries it on a small matrix.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile(file: &str, text: &str) -> Result<Self, ScriptError> {
        let engine = language();
        let ast = engine
            .compile(text)
            .map_err(|error| ScriptError::of_reading(file, &error))?;
        let has = |name: &str, parameters: usize| {
            let mut all = ast.iter_functions();
            all.any(|function| function.name == name && function.params.len() == parameters)
        };
        let (has_matrix, has_cell, has_about) = (has("matrix", 1), has("cell", 2), has("about", 0));
        if !has_matrix && !has_cell {
            let words = "a visualization needs a function matrix(m), or cell(m, c), or both";
            return Err(ScriptError::at(file, Position::new(1, 1), words));
        }
        let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = stem.strip_suffix(".rhai").unwrap_or(stem);
        let mut script = Self {
            file: file.to_owned(),
            hash: text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            }),
            about: About::unsaid(stem),
            has_matrix,
            has_cell,
            lines: ["about", "matrix", "cell"]
                .map(|name| (name, line_of(name, text)))
                .into(),
            ast,
        };
        if has_about {
            let said: Map = script.call(&bounded(&Arc::default()), "about", ())?;
            script.about = About::read(stem, &said)
                .map_err(|words| ScriptError::at(file, script.place_of("about", text), words))?;
        }
        for (matrix, cells) in sample::matrices() {
            script.try_on(text, &matrix, &cells)?;
        }
        Ok(script)
    }

    /// Its file, as it was named.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Tells its text from every other.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Whether it gives places to cells one by one.
    pub(crate) fn has_cell(&self) -> bool {
        self.has_cell
    }

    /// The line of a function in the text.
    fn place_of(&self, function: &str, text: &str) -> Position {
        Position::new(line_of(function, text).min(60_000) as u16, 1)
    }

    fn try_on(
        &self,
        text: &str,
        matrix: &MatrixFacts,
        cells: &[CellOf],
    ) -> Result<(), ScriptError> {
        let engine = bounded(&Arc::default());
        let told = |function: &str, words: String| {
            ScriptError::at(&self.file, self.place_of(function, text), words)
        };
        if let Some(problem) = self
            .matrix(&engine, matrix)?
            .and_then(|place| place.problem())
        {
            return Err(told("matrix", format!("matrix(m) {problem}")));
        }
        let mut scope = Scope::new();
        for cell in cells.iter().filter(|_| self.has_cell) {
            if let Some(problem) = self.cell(&engine, &mut scope, matrix, *cell)?.problem() {
                let (row, column) = (cell.row, cell.column);
                return Err(told(
                    "cell",
                    format!("cell(m, c) {problem}, for [{row}, {column}]"),
                ));
            }
        }
        Ok(())
    }

    /// Where it puts a matrix; none where it leaves matrices where they are.
    pub(crate) fn matrix(
        &self,
        engine: &Engine,
        matrix: &MatrixFacts,
    ) -> Result<Option<Place>, ScriptError> {
        if !self.has_matrix {
            return Ok(None);
        }
        self.call(engine, "matrix", (matrix.clone(),)).map(Some)
    }

    /// Where it puts a cell, from the first cell of its matrix.
    pub(crate) fn cell(
        &self,
        engine: &Engine,
        scope: &mut Scope<'_>,
        matrix: &MatrixFacts,
        cell: CellOf,
    ) -> Result<Place, ScriptError> {
        let options = CallFnOptions::new().eval_ast(false);
        let result = engine.call_fn_with_options::<Place>(
            options,
            scope,
            &self.ast,
            "cell",
            (matrix.clone(), cell),
        );
        result.map_err(|error| self.wrong("cell", &error))
    }

    fn call<T: Clone + 'static>(
        &self,
        engine: &Engine,
        function: &str,
        arguments: impl rhai::FuncArgs,
    ) -> Result<T, ScriptError> {
        let options = CallFnOptions::new().eval_ast(false);
        let mut scope = Scope::new();
        let result: Result<Dynamic, _> =
            engine.call_fn_with_options(options, &mut scope, &self.ast, function, arguments);
        let value = result.map_err(|error| self.wrong(function, &error))?;
        let got = value.type_name();
        value.try_cast::<T>().ok_or_else(|| {
            let words = format!(
                "{function} gives a {got}; end it with at(x, y, z) or, in about, with #{{ … }}"
            );
            ScriptError::at(&self.file, Position::NONE, words)
        })
    }

    /// What went wrong in one of its functions: where that is not known, the function is.
    fn wrong(&self, function: &str, error: &EvalAltResult) -> ScriptError {
        let error = ScriptError::of_running(&self.file, error);
        if error.line > 0 {
            return error;
        }
        let known = self.lines.iter().find(|(name, _)| *name == function);
        ScriptError {
            line: known.map_or(1, |&(_, line)| line),
            column: 1,
            ..error
        }
    }
}

/// The line in which a function begins, counted from 1.
fn line_of(function: &str, text: &str) -> usize {
    let head = format!("fn {function}");
    let line = text
        .lines()
        .position(|line| line.trim_start().starts_with(&head));
    line.map_or(1, |line| line + 1)
}
