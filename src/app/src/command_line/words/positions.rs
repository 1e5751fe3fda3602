//! `orrery words positions`: what positions add.

use clap::Args;
use color_eyre::Result;
use orrery_report::words::PositionsReport;

use super::OutputArguments;
use crate::command_line::table::table;
use crate::command_line::{ModelArguments, Notes};

/// What `orrery words positions` takes.
#[derive(Clone, Debug, Args)]
pub(super) struct PositionsArguments {
    /// Dimensions whose numbers are listed over the positions, counted from 0 (`0,7`)
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    dimension: Vec<usize>,

    /// How many likenesses of each position
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,

    #[command(flatten)]
    output: OutputArguments,

    #[command(flatten)]
    model: ModelArguments,
}

pub(super) fn run(arguments: &PositionsArguments, notes: Notes) -> Result<()> {
    arguments.output.check()?;
    let model = arguments.model.load()?;
    notes.say_how(&model);
    let report = PositionsReport::new(
        &model.gpt,
        arguments.model.name(),
        &arguments.dimension,
        usize::from(arguments.count),
    )?;
    let output = &arguments.output;
    output.write(&report, || text(&report), || report.drawing(), notes)
}

fn text(report: &PositionsReport) -> String {
    let mut lines = vec![format!(
        "{}: {} positions{}",
        report.model,
        report.context,
        match report.positions.len() {
            shown if shown < report.context => format!(", the first {shown} of which are listed"),
            _ => String::new(),
        }
    )];
    if let [first, second] = report.explains[..] {
        lines.push(format!(
            "Their first two principal components explain {:.1} % and {:.1} % of the variance.",
            100.0 * first,
            100.0 * second
        ));
    }
    lines.push(String::new());
    let dimensions = report.dimensions.iter();
    let names: Vec<String> = dimensions
        .map(|one| format!("dim {}", one.dimension))
        .collect();
    let mut headings = vec![
        "position",
        "length",
        "path",
        "most alike (cosine about the mean)",
    ];
    headings.extend(names.iter().map(String::as_str));
    let mut found = table(&headings);
    for position in &report.positions {
        let place: Vec<String> = position.place.iter().map(|x| format!("{x:.3}")).collect();
        let nearest = position.nearest.iter();
        let nearest: Vec<String> = nearest
            .map(|(at, cosine)| format!("{at} {cosine:.3}"))
            .collect();
        let mut row = vec![
            position.position.to_string(),
            format!("{:.3}", position.length),
            place.join(", "),
            nearest.join("  "),
        ];
        let values = report
            .dimensions
            .iter()
            .map(|one| one.values[position.position]);
        row.extend(values.map(|value| format!("{value:.4}")));
        found.add_row(row);
    }
    lines.push(found.trim_fmt());
    lines.join("\n") + "\n"
}
