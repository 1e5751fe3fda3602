//! The files of a film: which format is meant, whether it can be written, and who writes it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, bail, ensure, eyre};
use orrery_film::h264::{VideoSettings, refuse_hidden_settings};
use orrery_film::part::PartFacts;
use orrery_film::srt::Subtitle;
use orrery_film::{
    ApngWriter, BuiltInSettings, BuiltInWriter, FfmpegSettings, FfmpegWriter, FilmSize, FilmWriter,
    FrameRate, GifWriter, OutputFile, PictureFormat, Queued, SequenceWriter, VideoCodec,
    find_ffmpeg,
};
use orrery_model::checkpoint::write_atomically;

use super::{CodecChoice, EncoderChoice, FilmArguments, RecordArguments};
use crate::command_line::output::check_file_name;
use crate::film::{self, FilmFacts, FilmPlan, FilmSound};
use crate::show::ShowRenderer;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Video with sound
    Mp4,
    /// A silent loop of few colours
    Gif,
    /// A silent loop of all colours
    Apng,
    /// A folder of pictures without loss
    Png,
    /// A folder of pictures
    Jpg,
}

impl Format {
    /// The format that is asked for, else the one that the name ends in.
    ///
    /// # Errors
    /// Neither is there, or they contradict each other.
    pub fn of(asked: Option<Self>, output: &Path) -> Result<Self> {
        let ending = output
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        let named = ending
            .as_deref()
            .and_then(|ending| Self::from_str(ending, true).ok());
        match (asked, named) {
            (Some(asked @ (Self::Png | Self::Jpg)), Some(_)) => bail!(
                "{}: --format {} writes a folder of pictures; give a name without an ending",
                output.display(),
                asked.name()
            ),
            (Some(asked), Some(named)) if asked != named => bail!(
                "{}: the name says {}, --format says {}",
                output.display(),
                named.name(),
                asked.name()
            ),
            (None, Some(Self::Png | Self::Jpg)) => bail!(
                "{}: a film is no single picture; end the name in .apng for an animated one, or give a folder \
                 and --format png; `orrery still` draws one moment",
                output.display()
            ),
            (Some(format), _) | (None, Some(format)) => Ok(format),
            (None, None) => bail!(
                "{}: which format? let the name end in .mp4, .gif or .apng, or give --format",
                output.display()
            ),
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn pictures(self) -> Option<PictureFormat> {
        match self {
            Self::Png => Some(PictureFormat::Png),
            Self::Jpg => Some(PictureFormat::Jpeg),
            _ => None,
        }
    }

    /// Bytes that a pixel of a frame takes, about: measured on the shipped show, and rounded up.
    fn bytes_per_pixel(self) -> f64 {
        match self {
            Self::Mp4 => 0.05,
            Self::Gif => 0.1,
            Self::Apng => 0.2,
            Self::Png => 0.5,
            Self::Jpg => 0.2,
        }
    }

    /// Checks that the options fit the format.
    ///
    /// # Errors
    /// An option that this format does not know, by name.
    pub fn check(self, options: &FilmArguments, rate: FrameRate) -> Result<()> {
        let ffmpeg = options.encoder == EncoderChoice::Ffmpeg;
        ensure!(
            self == Self::Mp4 || (!ffmpeg && options.crf.is_none()),
            "--encoder and --crf are for .mp4 films"
        );
        ensure!(
            ffmpeg || options.codec == CodecChoice::H264,
            "the built-in encoder makes H.264; --codec needs --encoder ffmpeg"
        );
        ensure!(
            options.part.is_none() || (self == Self::Mp4 && !ffmpeg) || self.pictures().is_some(),
            "--part is for .mp4 films of the built-in encoder and for folders of pictures: only they can be put \
             together"
        );
        ensure!(
            self != Self::Gif || rate.get() <= GifWriter::FASTEST,
            "a GIF has {} frames per second at most; give --fps 25 or --fps 50",
            GifWriter::FASTEST
        );
        Ok(())
    }
}

/// Who encodes a film, in words.
///
/// # Errors
/// As [`Format::of`].
pub(super) fn encoder_name(options: &FilmArguments, output: Option<&Path>) -> Result<String> {
    let format = Format::of(options.format, output.unwrap_or(Path::new("")))?;
    Ok(match (format, options.encoder) {
        (Format::Mp4, EncoderChoice::BuiltIn) => "built-in H.264 and AAC-LC".into(),
        (Format::Mp4, EncoderChoice::Ffmpeg) => format!("ffmpeg, {:?}", options.codec),
        (format, _) => format.name(),
    })
}

/// Everything that can be known to go wrong before a frame is drawn has gone well.
pub(super) struct Preparation {
    format: Format,
    place: Place,
    size: FilmSize,
    rate: FrameRate,
    video: Option<VideoSettings>,
    ffmpeg: Option<FfmpegSettings>,
    threads: usize,
    folder: PathBuf,
}

enum Place {
    File(OutputFile),
    Folder { path: PathBuf, replace: bool },
}

impl Preparation {
    /// Checks names, places and encoders.
    ///
    /// # Errors
    /// Whatever is wrong with them.
    pub fn begin(
        format: Format,
        output: &Path,
        arguments: &RecordArguments,
        size: FilmSize,
        rate: FrameRate,
    ) -> Result<Self> {
        let options = &arguments.film;
        let replace = arguments.force;
        let facts = facts_file(output);
        if options.part.is_none() && !replace && facts.exists() {
            bail!(
                "{} is already there; choose another name with -o, or --force to replace it",
                facts.display()
            );
        }
        let mut video = None;
        let mut ffmpeg = None;
        if format == Format::Mp4 {
            match options.encoder {
                EncoderChoice::BuiltIn => {
                    refuse_hidden_settings(std::env::vars_os().map(|(name, _)| name))?;
                    let quantizer = options.crf.unwrap_or(VideoSettings::USUAL_QUANTIZER);
                    video = Some(VideoSettings::new(size, rate, quantizer)?);
                }
                EncoderChoice::Ffmpeg => {
                    let codec = match options.codec {
                        CodecChoice::H264 => VideoCodec::H264,
                        CodecChoice::H265 => VideoCodec::H265,
                        CodecChoice::Av1 => VideoCodec::Av1,
                    };
                    ffmpeg = Some(FfmpegSettings {
                        program: find_ffmpeg(codec)?,
                        size,
                        rate,
                        codec,
                        quality: options.crf.unwrap_or(codec.usual_quality()),
                        sound: None,
                    });
                }
            }
        }
        let place = match format.pictures() {
            Some(_) => {
                ensure!(
                    output.is_dir() || !output.exists(),
                    "{} is a file; --format {} writes a folder of pictures",
                    output.display(),
                    format.name()
                );
                Place::Folder {
                    path: output.to_owned(),
                    replace,
                }
            }
            None => {
                check_file_name(output)?;
                Place::File(OutputFile::create(output, replace)?)
            }
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            format,
            place,
            size,
            rate,
            video,
            ffmpeg,
            threads: options.threads.map_or(processors, usize::from),
            folder: output.parent().unwrap_or(Path::new("")).to_owned(),
        })
    }

    /// Frames in a group of pictures: films are cut between groups.
    pub fn group(&self) -> u32 {
        self.video.map_or(1, |video| video.group)
    }

    /// Checks that the film has room where it is to be.
    ///
    /// # Errors
    /// It has not.
    pub fn check_space(&self, size: FilmSize, frames: u64, rate: FrameRate) -> Result<()> {
        let sound = if self.format == Format::Mp4 {
            frames as f64 / f64::from(rate.get())
        } else {
            0.0
        };
        let bytes = film::estimated_bytes(size, frames, self.format.bytes_per_pixel(), sound);
        film::check_space(&self.folder, bytes).map_err(|words| eyre!(words))
    }

    /// Begins the file.
    ///
    /// # Errors
    /// The folder takes no file, the encoder does not start.
    pub fn writer(
        self,
        renderer: &mut ShowRenderer,
        plan: &FilmPlan,
        frames: Range<u64>,
        part: Option<PartFacts>,
        sound: Option<&FilmSound>,
    ) -> Result<Box<dyn FilmWriter>> {
        /// Frames that wait for a writer that has one thread.
        const WAITING: usize = 4;
        /// Bytes of frames that wait for the built-in encoder.
        const WAITING_BYTES: usize = 120 << 20;
        let count = frames.end - frames.start;
        let output = match self.place {
            Place::Folder { path, replace } => {
                let format = self.format.pictures().unwrap_or(PictureFormat::Png);
                let writer =
                    SequenceWriter::create(&path, format, frames.start, self.threads, replace)?;
                return Ok(Box::new(writer));
            }
            Place::File(output) => output,
        };
        Ok(match self.format {
            Format::Gif => {
                let palette = film::gif_palette(renderer, plan)?;
                let writer = GifWriter::create(output, self.size, self.rate, &palette)?;
                Box::new(Queued::new(Box::new(writer), WAITING))
            }
            Format::Apng => {
                let writer = ApngWriter::create(output, self.size, self.rate, count)?;
                Box::new(Queued::new(Box::new(writer), WAITING))
            }
            _ => match (self.video, self.ffmpeg) {
                (Some(video), _) => {
                    let settings = BuiltInSettings {
                        video,
                        frames: count,
                        sound: sound.map(|sound| (sound.encode(output.path()), sound.samples())),
                        part,
                        threads: self.threads,
                        most_waiting_bytes: WAITING_BYTES,
                    };
                    Box::new(BuiltInWriter::start(output, settings)?)
                }
                (None, Some(mut ffmpeg)) => {
                    ffmpeg.sound = sound.map(FilmSound::render);
                    let writer = FfmpegWriter::start(output, &ffmpeg)?;
                    Box::new(Queued::new(Box::new(writer), WAITING))
                }
                (None, None) => bail!("nobody encodes this film"),
            },
        })
    }
}

/// The file beside a film that tells how to make it again.
pub(in crate::command_line) fn facts_file(film: &Path) -> PathBuf {
    match film.extension() {
        Some(ending) if !ending.eq_ignore_ascii_case("mp4") => {
            // a loop beside the film of the same name
            let mut name = film.as_os_str().to_owned();
            name.push(".json");
            name.into()
        }
        _ => film.with_extension("json"),
    }
}

/// Writes that file.
///
/// # Errors
/// The folder takes no file.
pub(in crate::command_line) fn write_facts(facts: &FilmFacts, file: &Path) -> Result<()> {
    let text = serde_json::to_string_pretty(facts)? + "\n";
    write_atomically(file, |writer| {
        std::io::Write::write_all(writer, text.as_bytes())
    })?;
    Ok(())
}

/// Writes subtitles beside a film, as far as it goes.
///
/// # Errors
/// The folder takes no file.
pub(super) fn write_subtitles(
    subtitles: &[Subtitle],
    frames: u64,
    rate: FrameRate,
    film: &Path,
) -> Result<()> {
    let end = frames * 1000 / u64::from(rate.get());
    let seen: Vec<_> = subtitles
        .iter()
        .filter(|subtitle| subtitle.start < end)
        .cloned()
        .collect();
    let file = film.with_extension("srt");
    let text = orrery_film::srt::srt(&seen);
    write_atomically(&file, |writer| {
        std::io::Write::write_all(writer, text.as_bytes())
    })
    .wrap_err("the film is there, its subtitles are not")?;
    Ok(())
}
