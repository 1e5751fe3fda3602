//! `orrery words qkv`: what a head's queries, keys and values are made of.

use clap::Args;
use color_eyre::Result;
use color_eyre::eyre::WrapErr;
use orrery_analysis::Run;
use orrery_report::token_text::visible;
use orrery_report::words::{ProjectionRow, ProjectionsReport};

use super::OutputArguments;
use super::directions::with_values;
use crate::command_line::intervention_arguments::InterventionArguments;
use crate::command_line::table::table;
use crate::command_line::{ModelArguments, Notes, PromptArguments};

/// What `orrery words qkv` takes.
#[derive(Clone, Debug, Args)]
pub(super) struct ProjectionsArguments {
    #[command(flatten)]
    prompt: PromptArguments,

    /// The block, counted from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    block: u32,

    /// The head, counted from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    head: u32,

    /// So many tokens that push each column most, up and down; none with 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    columns: usize,

    #[command(flatten)]
    output: OutputArguments,

    #[command(flatten)]
    interventions: InterventionArguments,

    #[command(flatten)]
    model: ModelArguments,
}

pub(super) fn run(arguments: &ProjectionsArguments, notes: Notes) -> Result<()> {
    arguments.output.check()?;
    let model = arguments.model.load()?;
    let ids = arguments.prompt.token_ids(&model.tokenizer, notes)?;
    notes.say_how(&model);
    let interventions = arguments.interventions.interventions(&model, notes)?;
    let gpt = model.gpt.with_changed_weights(&interventions)?;
    let gpt = gpt.as_ref().unwrap_or(&model.gpt);
    let trace = gpt
        .trace_with(&ids, &interventions.without_weights(), None)
        .wrap_err("the prompt cannot be passed through the model")?;
    let report = ProjectionsReport::new(
        &Run::new(gpt, &trace)?,
        &model.tokenizer,
        arguments.model.name(),
        (arguments.block as usize - 1, arguments.head as usize - 1),
        arguments.columns,
    )?;
    let output = &arguments.output;
    output.write(&report, || text(&report), || report.drawing(), notes)
}

fn text(report: &ProjectionsReport) -> String {
    let mut lines = vec![format!(
        "{}: block {}, head {}. A share is how far a part reaches along the row, over the row's length; all add \
         up to 1. Divisors of norms are held at this run's values.",
        report.model,
        report.block + 1,
        report.head + 1
    )];
    let parts = report.rows.first().map_or(&[][..], |row| &row.parts);
    let names: Vec<&str> = parts.iter().map(|part| part.part.as_str()).collect();
    // of a late block there are many parts: only the largest of each row
    let few = names.len() <= 6;
    let mut headings = vec!["", "length"];
    match few {
        true => headings.extend(&names),
        false => headings.push("the largest shares"),
    }
    for letter in ['Q', 'K', 'V'] {
        lines.push(format!("\n{letter}"));
        let mut found = table(&headings);
        for row in report.rows.iter().filter(|row| row.letter == letter) {
            let mut cells = vec![
                format!("{} {}", row.position, visible(&row.token)),
                format!("{:.3}", row.length),
            ];
            match few {
                true => cells.extend(row.parts.iter().map(|part| format!("{:.3}", part.share))),
                false => cells.push(largest(row)),
            }
            found.add_row(cells);
        }
        lines.push(found.trim_fmt());
        let columns: Vec<_> = report
            .columns
            .iter()
            .filter(|column| column.letter == letter)
            .collect();
        if !columns.is_empty() {
            let mut found = table(&["column", "pushed up by", "pushed down by"]);
            for column in found.column_iter_mut().skip(1) {
                column.set_cell_alignment(comfy_table::CellAlignment::Left);
            }
            for column in columns {
                let (most, least) = (with_values(&column.most), with_values(&column.least));
                found.add_row(vec![column.column.to_string(), most, least]);
            }
            lines.push(found.trim_fmt());
        }
    }
    if !report.columns.is_empty() {
        lines.push(
            "\nWhat pushes a column is a token's embedding alone; where a norm stands before, this is before the \
             division by its divisor."
                .to_owned(),
        );
    }
    lines.join("\n") + "\n"
}

/// The five parts with the largest shares, and the rest.
fn largest(row: &ProjectionRow) -> String {
    let mut parts: Vec<_> = row.parts.iter().collect();
    parts.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    let rest: f64 = parts.iter().skip(5).map(|part| part.share).sum();
    let named = parts.iter().take(5);
    let mut words: Vec<String> = named
        .map(|part| format!("{} {:.3}", part.part, part.share))
        .collect();
    words.push(format!("all else {rest:.3}"));
    words.join("  ")
}
