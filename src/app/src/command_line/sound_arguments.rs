//! What a show sounds like: shared by soundtracks and whatever else carries its sound.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::WrapErr;
use orrery_sound::{Loudness, Only, Sonification, Style};

/// The music.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MusicChoice {
    /// Machines at 155 beats a minute
    Industrial,
    /// Slow and soft, without drums
    Ambient,
    /// None
    Off,
}

impl MusicChoice {
    /// As the synth has it.
    pub fn style(self) -> Style {
        match self {
            Self::Industrial => Style::Industrial,
            Self::Ambient => Style::Ambient,
            Self::Off => Style::Off,
        }
    }
}

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LoudnessChoice {
    /// −16 LUFS, as films on the web have it
    Web,
    /// −23 LUFS, as broadcasting has it (EBU R 128)
    Ebu,
}

/// What of the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnlyChoice {
    /// The sounds of cells, stages and letters
    Events,
    /// The music
    Music,
}

/// What the sound is like.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Sound")]
pub struct SoundArguments {
    /// The music
    #[arg(long, value_name = "STYLE", value_enum, default_value = "industrial")]
    music: MusicChoice,

    /// How loud the whole is; the true peak stays below -1 dBTP
    #[arg(long, value_name = "HOW", value_enum, default_value = "web")]
    loudness: LoudnessChoice,

    /// Only the sounds of what happens, or only the music
    #[arg(long, value_name = "WHAT", value_enum)]
    only: Option<OnlyChoice>,

    /// Another number, other notes of the music
    #[arg(long, value_name = "N", default_value_t = 155)]
    music_seed: u32,

    /// How numbers become sounds: a table like `assets/sonification.ron` [default: the one that ships]
    #[arg(long, value_name = "FILE")]
    sonification: Option<PathBuf>,
}

impl SoundArguments {
    /// Which music.
    pub fn style(&self) -> Style {
        self.music.style()
    }

    /// How loud.
    pub fn loudness(&self) -> Loudness {
        match self.loudness {
            LoudnessChoice::Web => Loudness::Web,
            LoudnessChoice::Ebu => Loudness::Ebu,
        }
    }

    /// What of the sound.
    pub fn only(&self) -> Only {
        match self.only {
            None => Only::Both,
            Some(OnlyChoice::Events) => Only::Events,
            Some(OnlyChoice::Music) => Only::Music,
        }
    }

    /// The seed of the music.
    pub fn seed(&self) -> u32 {
        self.music_seed
    }

    /// The table of sounds.
    ///
    /// # Errors
    /// A file that cannot be read, or makes no sense.
    pub fn table(&self) -> Result<Sonification> {
        let Some(file) = &self.sonification else {
            return Ok(Sonification::shipped()?);
        };
        let text = std::fs::read_to_string(file)
            .wrap_err_with(|| format!("cannot read the sonification table {}", file.display()))?;
        Sonification::parse(&text).wrap_err_with(|| file.display().to_string())
    }
}
