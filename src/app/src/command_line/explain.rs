//! `orrery explain`: where a number comes from, and where it goes.

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::{OptionExt, ensure};
use orrery_model::address::{Address, TensorName};
use orrery_pipeline::operation::{CellValue, number};
use orrery_pipeline::{Cell, Explanation, Operand, Pass, RelatedCell, Show};
use serde::Serialize;

use super::Notes;
use super::intervention_arguments::InterventionArguments;
use super::output::{print, print_json};
use super::show_arguments::ShowArguments;
use super::table::table;

/// Options of `orrery explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArguments {
    /// The number, by its name in the program's traces or in nanoGPT's: tensor, perhaps the head, row and
    /// column, all counted from 0 (`block0.attention.1[3,2]`, `h0.att.1[3,2]`, `logits[last,5]`,
    /// `block0_W_Q[0,0]`)
    #[arg(long, value_name = "ADDRESS")]
    cell: Address,

    /// The moment at which the stage is looked at, in seconds of the show [default: when the first token's
    /// pass has just made the number]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    at: Option<f64>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    interventions: InterventionArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Prints everything that is known of one number.
///
/// # Errors
/// A cell that this model does not have, a moment outside of the show, whatever is wrong with model, prompt or
/// settings.
pub fn run(arguments: &ExplainArguments, notes: Notes) -> Result<()> {
    let current = arguments
        .show
        .changed_show(&arguments.interventions, notes)?;
    let (show, address) = (&current.show, arguments.cell);
    let duration = show.timeline().duration();
    let given = match arguments.at {
        Some(at) => {
            ensure!(
                (0.0..=duration).contains(&at),
                "--at is {at} s; this show goes from 0 to {duration:.2} s"
            );
            show.timeline().at(at)
        }
        None => None,
    };
    let pass = given.map_or(0, |(segment, _)| show.timeline().segments()[segment].pass);
    let (operand, cell) = named(address, &show.passes()[pass])?;
    let (segment, seconds) = given
        .or_else(|| show.made_at(pass, operand))
        .unwrap_or((0, 0.0));
    let explanation = show
        .explain_number(segment, seconds, operand, cell)
        .ok_or_eyre(format!("{address}: this model has no such number"))?;
    let report = Report::new(show, (segment, seconds), &explanation);
    if arguments.json {
        print_json(&report)?;
    } else {
        print(&report.text())?;
    }
    Ok(())
}

/// The matrix and the one cell of it that an address names.
fn named(address: Address, pass: &Pass) -> Result<(Operand, Cell)> {
    let heads = pass.config().n_heads;
    let cells = match address.tensor {
        TensorName::Value(_) => address.in_trace(pass.trace.layout(), heads)?,
        TensorName::Weight(_) => address.in_parameters(pass.gpt.parameters().layout())?,
    };
    ensure!(
        cells.len() == 1,
        "{address} names {} numbers; name one, with its row and its column (and its head, where there are \
         several): block0.attention.1[3,2]",
        cells.len()
    );
    let cell = Cell::new(cells.rows.start, cells.columns.start);
    // of a model with one head its number may be left out
    let divided = pass.view(address.into()).is_none();
    let operand = Operand::from(address);
    let operand = if divided { operand.head(0) } else { operand };
    Ok((operand, cell))
}

/// A number of a matrix, and where it lies.
#[derive(Serialize)]
struct CellReport {
    /// Its address; a step of the sampling, which no trace holds, has only a name
    address: String,
    /// None where it is no finite number: −∞
    value: Option<f32>,
}

/// One term.
#[derive(Serialize)]
struct TermReport {
    text: String,
    value: Option<f32>,
    cells: Vec<CellReport>,
}

/// A cell that the number was made of, or takes part in.
#[derive(Serialize)]
struct RelatedReport {
    #[serde(flatten)]
    cell: CellReport,
    /// Whether the stage shows it at that moment
    shown: bool,
}

/// The operation that made it.
#[derive(Serialize)]
struct OperationReport {
    kind: String,
    formula: String,
    words: String,
}

/// When the stage is looked at.
#[derive(Serialize)]
struct StageReport {
    title: &'static str,
    /// Counted from 0
    block: Option<usize>,
    /// Of the show
    seconds: f64,
}

/// Everything that is printed.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    cell: CellReport,
    name: String,
    /// What the operation computed, where --intervene then put this value there
    computed: Option<f32>,
    /// What --intervene changed in the run
    changes: String,
    operation: Option<OperationReport>,
    /// How the terms make the value
    combination: Option<&'static str>,
    terms: Vec<TermReport>,
    dependencies: Vec<RelatedReport>,
    dependents: Vec<RelatedReport>,
    stage: StageReport,
}

fn finite(value: f32) -> Option<f32> {
    value.is_finite().then_some(value)
}

impl Report {
    fn new(show: &Show, (segment, seconds): (usize, f32), explanation: &Explanation) -> Self {
        let on = &show.timeline().segments()[segment];
        let program = &show.programs()[on.pass];
        let numbers = program.numbers();
        let address = |operand: Operand, cell: Cell| {
            let address = numbers.address(operand, cell);
            address.map_or_else(
                || format!("{}[{},{}]", operand.name(), cell.row, cell.column),
                |address| address.to_string(),
            )
        };
        let cell = |of: CellValue| CellReport {
            address: address(of.operand, of.cell),
            value: finite(of.value),
        };
        let related = |all: &[RelatedCell]| {
            let all = all.iter().map(|related| RelatedReport {
                cell: cell(related.number),
                shown: related.shown.is_some(),
            });
            all.collect()
        };
        let operation = explanation.operation.map(|at| &program.operations()[at]);
        let terms = explanation.terms.as_ref();
        let config = show.passes()[on.pass].config();
        Self {
            cell: CellReport {
                address: explanation.operand.map_or_else(
                    || explanation.name.clone(),
                    |operand| address(operand, explanation.cell),
                ),
                value: finite(explanation.value),
            },
            name: explanation.name.clone(),
            computed: explanation.computed.and_then(finite),
            changes: show.changes().to_owned(),
            operation: operation.map(|operation| OperationReport {
                kind: format!("{:?}", operation.kind()),
                formula: operation.symbols().to_string(),
                words: operation.words(),
            }),
            combination: terms.map(|terms| terms.combination.word()),
            terms: terms.map_or_else(Vec::new, |terms| {
                let all = terms.all.iter().map(|term| TermReport {
                    text: term.text(),
                    value: finite(term.value()),
                    cells: term.cells().map(cell).collect(),
                });
                all.collect()
            }),
            dependencies: related(&explanation.dependencies),
            dependents: related(&explanation.dependents),
            stage: StageReport {
                title: (on.kind.description().title)(config),
                block: on.block,
                seconds: on.start + f64::from(seconds),
            },
        }
    }

    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} ({} on the stage) = {}",
            self.cell.address,
            self.name,
            written(self.cell.value)
        )];
        if let Some(computed) = self.computed {
            let computed = written(Some(computed));
            lines.push(format!("computed {computed}, then changed by --intervene"));
        }
        if !self.changes.is_empty() {
            lines.push(format!("in a changed run: {}", self.changes));
        }
        match &self.operation {
            Some(operation) => {
                lines.push(format!("\n{}: {}", operation.kind, operation.formula));
                lines.push(operation.words.clone());
            }
            None => lines.push("\nA weight: training made it, no operation.".to_owned()),
        }
        if let Some(combination) = self.combination {
            lines.push(format!("\nTerms ({combination})"));
            let mut terms = table(&["", "value", "of"]);
            for term in &self.terms {
                let cells: Vec<&str> = term.cells.iter().map(|c| c.address.as_str()).collect();
                let (text, of) = (term.text.clone(), cells.join(" · "));
                terms.add_row(vec![text, written(term.value), of]);
            }
            lines.push(terms.trim_fmt());
        }
        let block = self.stage.block.map(|block| format!(", block {block}"));
        let when = format!(
            "{}{} at {:.2} s",
            self.stage.title,
            block.unwrap_or_default(),
            self.stage.seconds
        );
        for (what, cells) in [
            ("Made of", &self.dependencies),
            ("Takes part in", &self.dependents),
        ] {
            lines.push(format!("\n{what} ({}; {when})", cells.len()));
            let mut listed = table(&["", "value", "on the stage"]);
            for RelatedReport { cell, shown } in cells {
                let shown = if *shown { "shown" } else { "not shown" };
                listed.add_row(vec![
                    cell.address.clone(),
                    written(cell.value),
                    shown.to_owned(),
                ]);
            }
            lines.push(listed.trim_fmt());
        }
        lines.join("\n") + "\n"
    }
}

/// A number in six decimals; the stage has no other that is not finite than −∞.
fn written(value: Option<f32>) -> String {
    value.map_or_else(|| number(f32::NEG_INFINITY), |value| format!("{value:.6}"))
}
