//! A script, compiled and tried.

use std::sync::Arc;

use rhai::{AST, Array, CallFnOptions, Dynamic, Engine, EvalAltResult, Map, Position, Scope};

use crate::about::About;
use crate::engine::{bounded, language};
use crate::error::ScriptError;
use crate::facts::{CellOf, MatrixFacts};
use crate::place::Place;
use crate::sample;

/// A function behind those of a script: it asks for many cells in one call, within which the language remembers what it
/// has looked up.
const ASK_FOR_ALL: &str = "\nfn __all(m, cells) { let places = []; for c in cells { places.push(cell(m, c)); } places }\n";
/// For so many cells it is asked at once, at most.
const CELLS_OF_A_CALL: usize = 128;

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
    /// How many lines it has.
    length: usize,
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
        let ast = match has_cell {
            true => engine
                .compile(format!("{text}{ASK_FOR_ALL}"))
                .map_err(|error| ScriptError::of_reading(file, &error))?,
            false => ast,
        };
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
            length: text.lines().count(),
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
        if self.has_cell {
            let places = self.cells(&engine, matrix, cells)?;
            for (cell, place) in cells.iter().zip(places) {
                if let Some(problem) = place.problem() {
                    let (row, column) = (cell.row, cell.column);
                    return Err(told(
                        "cell",
                        format!("cell(m, c) {problem}, for [{row}, {column}]"),
                    ));
                }
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

    /// Where it puts cells, each from the place of their matrix.
    pub(crate) fn cells(
        &self,
        engine: &Engine,
        matrix: &MatrixFacts,
        cells: &[CellOf],
    ) -> Result<Vec<Place>, ScriptError> {
        let ask = |some: &[CellOf]| -> Result<Array, Box<EvalAltResult>> {
            let asked: Array = some.iter().map(|&cell| Dynamic::from(cell)).collect();
            let options = CallFnOptions::new().eval_ast(false);
            let given = (matrix.clone(), asked);
            engine.call_fn_with_options(options, &mut Scope::new(), &self.ast, "__all", given)
        };
        let mut places = Vec::with_capacity(cells.len());
        let mut rest = cells;
        let mut at_once = CELLS_OF_A_CALL;
        while !rest.is_empty() {
            let some = &rest[..rest.len().min(at_once)];
            let given = match ask(some) {
                // each cell alone may take as many steps as a call
                Err(error) if at_once > 1 && takes_too_many_steps(&error) => {
                    at_once = 1;
                    continue;
                }
                given => given.map_err(|error| self.wrong("cell", &error))?,
            };
            rest = &rest[some.len()..];
            for place in given {
                let got = place.type_name();
                let place = place.try_cast::<Place>();
                places.push(place.ok_or_else(|| self.wrong_kind("cell", got))?);
            }
        }
        Ok(places)
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
        value
            .try_cast::<T>()
            .ok_or_else(|| self.wrong_kind(function, got))
    }

    /// A function gives something else than a place.
    fn wrong_kind(&self, function: &str, got: &str) -> ScriptError {
        let words = format!(
            "{function} gives a {got}; end it with at(x, y, z) or, in about, with #{{ … }}"
        );
        let known = self.lines.iter().find(|(name, _)| *name == function);
        let line = known.map_or(1, |&(_, line)| line).clamp(1, 60_000) as u16;
        ScriptError::at(&self.file, Position::new(line, 1), words)
    }

    /// What went wrong in one of its functions: where that is not known, the function is.
    fn wrong(&self, function: &str, error: &EvalAltResult) -> ScriptError {
        let error = ScriptError::of_running(&self.file, error);
        // what is behind its last line is not its own
        if (1..=self.length).contains(&error.line) {
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

/// Whether a script was stopped because a call took too many steps.
fn takes_too_many_steps(error: &EvalAltResult) -> bool {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, within, _) => takes_too_many_steps(within),
        EvalAltResult::ErrorTooManyOperations(_) => true,
        _ => false,
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
