//! `orrery soundtrack`: what a show sounds like, as a WAV file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::ensure;
use orrery_sound::{Measured, SoundtrackOptions, WavFormat};
use serde::Serialize;

use super::show_arguments::ShowArguments;
use super::sound_arguments::SoundArguments;
use super::{Notes, output, sound_file};

/// Options of `orrery soundtrack`.
#[derive(Clone, Debug, Args)]
pub struct SoundtrackArguments {
    /// The sound, a .wav file: stereo, 48 kHz
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Where it begins, in seconds of the show
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    from: f64,

    /// Where it ends, in seconds of the show [default: where the show ends]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    to: Option<f64>,

    /// Seconds of the show in one second of sound
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    speed: f64,

    /// How each sample is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "16")]
    format: FormatChoice,

    /// Print what was measured as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    show: ShowArguments,

    #[command(flatten)]
    sound: SoundArguments,
}

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// 16-bit
    #[value(name = "16")]
    Sixteen,
    /// 24-bit
    #[value(name = "24")]
    TwentyFour,
    /// 32-bit floating point
    #[value(name = "float")]
    Float,
}

/// What is printed with `--json`.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a std::path::Path,
    sample_rate: u32,
    events: usize,
    #[serde(flatten)]
    measured: Measured,
}

/// Writes the sound of a show.
///
/// # Errors
/// Whatever is wrong with the show, the stretch or the file.
pub fn run(arguments: &SoundtrackArguments, notes: Notes) -> Result<()> {
    sound_file::check(&arguments.output)?;
    ensure!(
        (0.1..=10.0).contains(&arguments.speed),
        "--speed is {}; a show runs at 0.1 to 10",
        arguments.speed
    );
    let table = arguments.sound.table()?;
    let show = arguments.show.show(notes)?;
    let duration = show.duration();
    let to = arguments.to.unwrap_or(duration);
    ensure!(
        0.0 <= arguments.from && arguments.from < to && to <= duration,
        "--from is {} and --to is {to} s; this show goes from 0 to {duration:.2} s",
        arguments.from
    );
    let options = SoundtrackOptions {
        music: arguments.sound.style(),
        loudness: arguments.sound.loudness(),
        only: arguments.sound.only(),
        from: arguments.from,
        to: Some(to),
        speed: arguments.speed,
        seed: arguments.sound.seed(),
    };
    let format = match arguments.format {
        FormatChoice::Sixteen => WavFormat::Sixteen,
        FormatChoice::TwentyFour => WavFormat::TwentyFour,
        FormatChoice::Float => WavFormat::Float,
    };
    let sound = sound_file::stream(&show.show, &table, &options, &arguments.output, format)?;
    let measured = sound.measured;
    if arguments.json {
        output::print_json(&Report {
            file: &arguments.output,
            sample_rate: orrery_sound::RATE,
            events: sound.events,
            measured,
        })?;
    }
    notes.say(format_args!(
        "wrote {}: {:.1} s, {} events, {:.1} LUFS, range {:.1} LU, true peak {:.1} dBTP",
        arguments.output.display(),
        measured.seconds,
        sound.events,
        measured.lufs,
        measured.range,
        measured.true_peak
    ));
    Ok(())
}
