//! A script, compiled and tried.

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
            ast,
        };
        if has_about {
            let said: Map = script.call(&bounded(), "about", ())?;
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
        let head = format!("fn {function}");
        let line = text
            .lines()
            .position(|line| line.trim_start().starts_with(&head));
        Position::new(line.map_or(1, |line| line + 1).min(60_000) as u16, 1)
    }

    fn try_on(
        &self,
        text: &str,
        matrix: &MatrixFacts,
        cells: &[CellOf],
    ) -> Result<(), ScriptError> {
        let engine = bounded();
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
        result.map_err(|error| self.wrong(&error))
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
        let value = result.map_err(|error| self.wrong(&error))?;
        let got = value.type_name();
        value.try_cast::<T>().ok_or_else(|| {
            let words = format!(
                "{function} gives a {got}; end it with at(x, y, z) or, in about, with #{{ … }}"
            );
            ScriptError::at(&self.file, Position::NONE, words)
        })
    }

    fn wrong(&self, error: &EvalAltResult) -> ScriptError {
        ScriptError::of_running(&self.file, error)
    }
}
