//! `orrery report`: why this token, in one HTML file.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, ensure, eyre};
use orrery_model::Interventions;
use orrery_model::checkpoint::write_atomically;
use orrery_report::publish::{Host, publish};
use orrery_report::{Request, Weights, report};

use super::intervention_arguments::InterventionArguments;
use super::link_card;
use super::model_arguments::ModelArguments;
use super::notes::Notes;
use super::output::check_file_name;
use super::prompt_arguments::PromptArguments;
use super::sampling_arguments::SamplingArguments;
use crate::embedded::CORPUS;
use crate::render::RenderError;
use crate::show::{NamedModel, PromptError};

/// So many characters of a text are enough.
const ENOUGH: usize = 64 * 1024;

/// Whether the weights go into the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WeightsChoice {
    /// If the file then still fits --max-size
    Auto,
    /// Yes, or it is an error
    Yes,
    /// No
    No,
}

/// Who serves the published pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HostChoice {
    /// GitHub Pages
    Github,
    /// GitLab Pages
    Gitlab,
    /// Nobody: no workflow is written
    None,
}

/// What `orrery report` takes.
#[derive(Clone, Debug, Args)]
pub struct ReportArguments {
    #[command(flatten)]
    prompt: PromptArguments,

    /// Draw so many tokens, and show how each of them was drawn
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    tokens: usize,

    /// The file to write [default: report.html, or none with --publish or --json]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write what was found as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Put the weights into the file, so that the page can run the model
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    weights: WeightsChoice,

    /// How large the file may be: 5MB, 900kB
    #[arg(long, value_name = "SIZE", default_value = "5MB", value_parser = size)]
    max_size: usize,

    /// A text to fit the lens on [default for the models that come with the program: theirs]
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,

    /// The page's title [default: the prompt and its likeliest next token]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Put the report into this folder, with a gallery of all that are there, ready for any static host
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,

    /// For whom a workflow is written beside --publish, where the folder lies in a git checkout
    #[arg(
        long,
        value_name = "HOST",
        value_enum,
        default_value = "github",
        requires = "publish"
    )]
    host: HostChoice,

    /// Draw no picture for the previews of links to the published page
    #[arg(long, requires = "publish")]
    no_card: bool,

    /// Open the file in the browser
    #[arg(long)]
    open: bool,

    #[command(flatten)]
    interventions: InterventionArguments,

    #[command(flatten)]
    model: ModelArguments,

    #[command(flatten)]
    sampling: SamplingArguments,
}

/// Reads `5MB`, `900kB` or `120000`.
fn size(text: &str) -> Result<usize, String> {
    let lower = text.trim().to_ascii_lowercase();
    let (digits, unit) = match lower.strip_suffix('b') {
        Some(rest) => match (rest.strip_suffix('m'), rest.strip_suffix('k')) {
            (Some(digits), _) => (digits, 1_000_000.0),
            (_, Some(digits)) => (digits, 1_000.0),
            _ => (rest, 1.0),
        },
        None => (lower.as_str(), 1.0),
    };
    let number = digits.trim().parse().ok();
    let number = number.filter(|number: &f64| number.is_finite() && *number >= 0.0);
    let number = number.ok_or_else(|| "write a size as in 5MB, 900kB or 120000".to_owned())?;
    Ok((number * unit) as usize)
}

impl ReportArguments {
    /// The command that makes the report again, as it can be typed.
    fn command() -> String {
        let quote = |word: String| {
            let plain = |c: char| c.is_alphanumeric() || "-_./=:,".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                word
            } else {
                format!("'{}'", word.replace('\'', r"'\''"))
            }
        };
        let words = std::env::args().skip(1).map(quote);
        std::iter::once("orrery".to_owned())
            .chain(words)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The picture for previews of links; none, and why, where there is no graphics driver.
    fn card(
        &self,
        model: &NamedModel,
        interventions: &Interventions,
        notes: Notes,
    ) -> Result<Option<Vec<u8>>> {
        let prompt = (self.prompt.text(&model.tokenizer), self.prompt.lossy);
        let sampling = self.sampling.settings()?;
        match link_card::draw(model.clone(), prompt, sampling, interventions) {
            Ok(card) => Ok(Some(card)),
            Err(error) if error.is::<RenderError>() || error.is::<PromptError>() => {
                let why = super::report::line(&error);
                notes.say(format_args!("no picture for previews of links: {why}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn corpus(&self) -> Result<Option<String>> {
        match &self.corpus {
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .wrap_err_with(|| format!("cannot read the text {}", file.display()))?;
                Ok(Some(text))
            }
            None => Ok(self.model.path().is_none().then(|| CORPUS.to_owned())),
        }
    }
}

/// Runs the model once over the prompt, analyses the run and writes the page.
///
/// # Errors
/// A model or prompt that cannot be used, a change that the model does not have, or a file that cannot be
/// written.
pub fn run(arguments: &ReportArguments, notes: Notes) -> Result<()> {
    let usual = arguments.publish.is_none() && arguments.json.is_none();
    let output = match &arguments.output {
        Some(file) => Some(file.clone()),
        None => usual.then(|| PathBuf::from("report.html")),
    };
    for file in output.iter().chain(&arguments.json) {
        check_file_name(file)?;
    }
    let sampling = arguments.sampling.settings()?;
    let model = arguments.model.load()?;
    let ids = arguments.prompt.token_ids(&model.tokenizer, notes)?;
    let compare = arguments.interventions.compare(&model, notes)?;
    let corpus = arguments.corpus()?.map(|text| {
        let some: String = text.chars().take(ENOUGH).collect();
        model.tokenizer.encode_lossy(&some).0
    });
    let prompt = model.tokenizer.decode(&ids);
    let training = model.training.as_ref().map(training_words);
    let interventions = arguments.interventions.interventions(&model, notes)?;
    let model = NamedModel::new(model, arguments.model.name());
    let card = match arguments.publish.is_some() && !arguments.no_card {
        true => arguments.card(&model, &interventions, notes)?,
        false => None,
    };
    let request = Request {
        model_name: model.name.clone(),
        training,
        gpt: model.gpt,
        tokenizer: model.tokenizer,
        ids,
        sampling,
        tokens: arguments.tokens,
        compare,
        interventions: arguments.interventions.typed(),
        corpus,
        weights: match arguments.weights {
            WeightsChoice::Auto => Weights::Auto,
            WeightsChoice::Yes => Weights::Yes,
            WeightsChoice::No => Weights::No,
        },
        max_size: arguments.max_size,
        title: arguments.title.clone(),
        command: ReportArguments::command(),
        card: card.is_some().then(|| link_card::NAME.to_owned()),
    };
    let made = report(&request)?;
    if let Some(file) = &arguments.json {
        write_atomically(file, |writer| {
            serde_json::to_writer_pretty(writer, &made.findings).map_err(std::io::Error::other)
        })?;
    }
    let mut to_open = output.clone();
    if let Some(file) = &output {
        write_atomically(file, |writer| {
            std::io::Write::write_all(writer, made.html.as_bytes())
        })?;
        let kilobytes = made.html.len().div_ceil(1000);
        notes.say(format_args!(
            "{}: {kilobytes} kB, {}",
            file.display(),
            made.tier.words()
        ));
    }
    if let Some(folder) = &arguments.publish {
        let host = match arguments.host {
            HostChoice::Github => Some(Host::GitHub),
            HostChoice::Gitlab => Some(Host::GitLab),
            HostChoice::None => None,
        };
        let title = arguments.title.as_deref();
        let published = publish(folder, (&prompt, title), &made, card.as_deref(), host)?;
        notes.say(format_args!("{}", published.page.display()));
        for line in &published.next_steps {
            notes.say(line);
        }
        to_open = Some(published.page);
    }
    if arguments.open {
        let file =
            to_open.ok_or_else(|| eyre!("there is no page to open; give it a name with -o"))?;
        open(&file)?;
    }
    Ok(())
}

fn training_words(facts: &orrery_model::TrainingFacts) -> String {
    let steps = facts.steps.map(|steps| format!("{steps} steps"));
    let corpus = facts.corpus.as_ref().map(|corpus| format!("on {corpus}"));
    let loss = facts
        .validation_loss
        .map(|loss| format!("validation loss {loss:.4} nats a token"));
    let known: Vec<String> = steps.into_iter().chain(corpus).chain(loss).collect();
    known.join(", ")
}

/// Opens a file with whatever the system opens pages with.
fn open(file: &std::path::Path) -> Result<()> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(target_os = "windows") {
        "explorer"
    } else {
        "xdg-open"
    };
    let status = std::process::Command::new(program)
        .arg(file)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .wrap_err_with(|| format!("{program} is not there; open {} yourself", file.display()))?;
    // Windows' explorer says failure whatever happens
    ensure!(
        status.success() || cfg!(target_os = "windows"),
        "{program} could not open {}; open it yourself",
        file.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit() {
        assert_eq!(size("5MB"), Ok(5_000_000));
        assert_eq!(size("900 kB"), Ok(900_000));
        assert_eq!(size("1.5mb"), Ok(1_500_000));
        assert_eq!(size("120000"), Ok(120_000));
        for wrong in ["", "MB", "-1MB", "5GB", "x"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
