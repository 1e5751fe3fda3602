//! The command line: what can be typed, what each command does with it, and how errors are told.
//! Here live arguments and words on the terminal; no arithmetic, no picture.

mod bench;
mod convert;
mod drawing_picture;
mod environment;
mod evaluate;
mod explain;
mod generate;
mod inspect;
mod intervention_arguments;
mod join;
mod link_card;
mod model_arguments;
mod notes;
mod output;
mod picture_file;
mod plugins;
mod prompt_arguments;
mod random_model;
mod record;
mod report;
mod run_report;
mod sampling_arguments;
mod sheet;
mod show_arguments;
mod sound_arguments;
mod sound_file;
mod sounds;
mod soundtrack;
mod statistics;
mod still;
mod table;
mod text_file;
mod trace;
mod train;
mod view_arguments;
mod visualization_arguments;
mod window;
mod words;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use color_eyre::Result;

pub use model_arguments::ModelArguments;
pub use notes::Notes;
pub use prompt_arguments::{PromptArguments, PromptError};
pub use sampling_arguments::SamplingArguments;

/// GPT Orrery: a working 3D model of a GPT
#[derive(Clone, Debug, Parser)]
#[command(
    name = "orrery",
    version,
    propagate_version = true,
    after_help = "Without a command the show opens in a window; the options above are its own."
)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,

    // before the window's, whose last heading would stand above it
    /// Print results and errors, nothing else
    #[arg(short, long, global = true, display_order = 1000)]
    quiet: bool,

    #[command(flatten)]
    window: window::WindowArguments,
}

/// What can be done.
#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Print text that the model generates
    Generate(generate::GenerateArguments),
    /// Write every number of one pass through the model to a file
    Trace(trace::TraceArguments),
    /// Write a page about one run: why this token, with every number
    Report(Box<run_report::ReportArguments>),
    /// Draw one moment of the show as a picture
    Still(still::StillArguments),
    /// Draw the whole show as a contact sheet
    Sheet(sheet::SheetArguments),
    /// Write what the show sounds like to a WAV file
    Soundtrack(soundtrack::SoundtrackArguments),
    /// Write every voice and every part of the music to WAV files
    Sounds(sounds::SoundsArguments),
    /// Record the show as a film, with sound, frame by frame
    #[command(
        mut_arg("width", |width| width.default_value("1920")),
        mut_arg("height", |height| height.default_value("1080"))
    )]
    Record(Box<record::RecordArguments>),
    /// Put the parts of a film together
    Join(join::JoinArguments),
    /// Print where a number comes from, and where it goes
    Explain(explain::ExplainArguments),
    /// Print what a model's tables and vectors say in words
    Words(words::WordsArguments),
    /// Train a model on a text
    Train(train::TrainArguments),
    /// Print how well a model predicts a text
    Eval(evaluate::EvaluateArguments),
    /// Print what a file of weights holds
    Inspect(inspect::InspectArguments),
    /// Write a model's weights in another format
    Convert(convert::ConvertArguments),
    /// List the visualizations: how a show can be drawn
    Plugins(plugins::PluginsArguments),
    /// Measure what a frame of the show costs on this machine
    Bench(bench::BenchArguments),
}

impl CommandLine {
    /// Reads the arguments of this process. Where they make no sense it says so and ends the process,
    /// as it does after `--help`.
    fn read() -> Self {
        let mut command = Self::command();
        let matches = command.get_matches_mut();
        // clap can refuse this by itself, but then refuses `--quiet` too
        if let (Some(name), Some(option)) =
            (matches.subcommand_name(), window_option(&command, &matches))
        {
            let words = format!(
                "the option '--{option}' before the command is the window's; write it after '{name}'"
            );
            command.error(ErrorKind::ArgumentConflict, words).exit();
        }
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Whether these words, the program's name first, make sense.
    #[cfg(test)]
    pub(crate) fn understands(words: impl IntoIterator<Item = String>) -> bool {
        Self::try_parse_from(words).is_ok()
    }

    /// Does what was asked for.
    ///
    /// # Errors
    /// Whatever keeps the command from being done.
    pub fn run(self) -> Result<()> {
        let notes = Notes::new(self.quiet);
        let Some(command) = self.command else {
            return window::run(&self.window, notes);
        };
        match command {
            Command::Generate(arguments) => generate::run(&arguments, notes),
            Command::Trace(arguments) => trace::run(&arguments, notes),
            Command::Report(arguments) => run_report::run(&arguments, notes),
            Command::Still(arguments) => still::run(&arguments, notes),
            Command::Sheet(arguments) => sheet::run(&arguments, notes),
            Command::Soundtrack(arguments) => soundtrack::run(&arguments, notes),
            Command::Sounds(arguments) => sounds::run(&arguments, notes),
            Command::Record(arguments) => record::run(*arguments, notes),
            Command::Join(arguments) => join::run(&arguments, notes),
            Command::Explain(arguments) => explain::run(&arguments, notes),
            Command::Words(arguments) => words::run(&arguments, notes),
            Command::Train(arguments) => train::run(&arguments, notes),
            Command::Eval(arguments) => evaluate::run(&arguments, notes),
            Command::Inspect(arguments) => inspect::run(&arguments),
            Command::Convert(arguments) => convert::run(&arguments, notes),
            Command::Plugins(arguments) => plugins::run(&arguments),
            Command::Bench(arguments) => bench::run(&arguments, notes),
        }
    }
}

/// The first option of the window that was typed before a command.
fn window_option(command: &clap::Command, matches: &ArgMatches) -> Option<String> {
    let typed = |id: &str| {
        let known = matches.ids().any(|known| known == id);
        known && matches.value_source(id) == Some(ValueSource::CommandLine)
    };
    let mut options = command
        .get_arguments()
        .filter(|option| !option.is_global_set());
    let option = options.find(|option| typed(option.get_id().as_str()))?;
    option.get_long().map(str::to_owned)
}

/// Reads the command line, runs the command and tells what went wrong. Exit codes: 0 done, 1 it could
/// not be done, 2 the command line makes no sense, 130 Ctrl-C stopped it.
pub fn main() -> ExitCode {
    // the graphics driver's own words must not stand between ours
    crate::render::quiet_driver::silence();
    let command_line = CommandLine::read();
    report::exit_code(report::install().and_then(|()| command_line.run()))
}
