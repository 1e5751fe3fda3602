//! `orrery words tokens`: tokens along directions of the embedding.

use clap::Args;
use color_eyre::Result;
use orrery_report::token_text::visible;
use orrery_report::words::{Direction, TokenValue, TokensReport};

use super::OutputArguments;
use crate::command_line::table::table;
use crate::command_line::{ModelArguments, Notes};

/// What `orrery words tokens` takes.
#[derive(Clone, Debug, Args)]
pub(super) struct TokensArguments {
    /// Dimensions of the embedding, counted from 0 (`0,7`) [default: all of them]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    dimension: Vec<usize>,

    /// A direction: the difference of two tokens (`king − queen` or `king - queen`), or a token; may be repeated
    #[arg(long, value_name = "TOKENS", allow_hyphen_values = true)]
    along: Vec<String>,

    /// A token whose nearest tokens are listed; may be repeated
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    near: Vec<String>,

    /// How many tokens at either end
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,

    #[command(flatten)]
    output: OutputArguments,

    #[command(flatten)]
    model: ModelArguments,
}

pub(super) fn run(arguments: &TokensArguments, notes: Notes) -> Result<()> {
    arguments.output.check()?;
    let model = arguments.model.load()?;
    notes.say_how(&model);
    let dimensions = arguments.dimension.iter().copied();
    let tokens = arguments.along.iter().cloned().map(Direction::Tokens);
    let mut directions: Vec<Direction> =
        dimensions.map(Direction::Dimension).chain(tokens).collect();
    if directions.is_empty() && arguments.near.is_empty() {
        directions.extend((0..model.gpt.config().d_model).map(Direction::Dimension));
    }
    let report = TokensReport::new(
        (&model.gpt, &model.tokenizer),
        arguments.model.name(),
        &directions,
        &arguments.near,
        usize::from(arguments.count),
    )?;
    let output = &arguments.output;
    output.write(&report, || text(&report), || report.drawing(), notes)
}

/// Tokens with their values, in one cell.
pub(super) fn with_values(all: &[TokenValue]) -> String {
    let all = all
        .iter()
        .map(|one| format!("{} {:.3}", visible(&one.token), one.value));
    all.collect::<Vec<_>>().join("  ")
}

fn text(report: &TokensReport) -> String {
    let mut lines = Vec::new();
    if !report.directions.is_empty() {
        lines.push(format!(
            "{}: where its {} tokens lie, of {} dimensions. Single dimensions have no meaning of their own; \
             directions do.\n",
            report.model, report.tokens, report.d_model
        ));
        let mut found = table(&["", "most positive", "most negative"]);
        for column in found.column_iter_mut() {
            column.set_cell_alignment(comfy_table::CellAlignment::Left);
        }
        for direction in &report.directions {
            let (most, least) = (with_values(&direction.most), with_values(&direction.least));
            found.add_row(vec![direction.name.clone(), most, least]);
        }
        lines.push(found.trim_fmt());
    }
    for near in &report.near {
        lines.push(format!(
            "nearest to {} (cosine): {}",
            visible(&near.token),
            with_values(&near.nearest)
        ));
    }
    lines.join("\n") + "\n"
}
