//! `orrery record`: the show as a film. Here live the options, the checks before anything is drawn, and the
//! words on the terminal; how a film is made is in `film`.

mod again;
mod early_end;
mod files;
mod typed;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use color_eyre::Result;
use color_eyre::eyre::{ensure, eyre};
use indicatif::ProgressStyle;
use orrery_film::part::{Part, PartFacts};
use orrery_film::{FilmSize, FrameRate, aac::AacTrack};
use orrery_sound::SoundtrackOptions;

use self::early_end::EarlyEnd;
use self::files::{Format, Preparation};
use super::report::Stopped;
use super::show_arguments::{PictureArguments, ShowArguments};
use super::sound_arguments::SoundArguments;
use super::view_arguments::ViewArguments;
use super::{Notes, picture_file};
use crate::film::{self, Dressing, FilmFacts, FilmPlan, FilmSound, Stretch, Titles};
use crate::show::{CurrentShow, PictureSettings, ShowRenderer};

pub(super) use self::files::{facts_file, write_facts};

/// Who encodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EncoderChoice {
    /// H.264 and AAC, in this program
    #[default]
    BuiltIn,
    /// An installed ffmpeg, through a pipe
    Ffmpeg,
}

/// What ffmpeg encodes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CodecChoice {
    /// By x264; plays everywhere
    #[default]
    H264,
    /// By x265; smaller
    H265,
    /// By SVT-AV1; smallest, plays in browsers
    Av1,
}

/// Where the words about what happens are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CaptionChoice {
    /// In the picture
    #[default]
    On,
    /// Nowhere
    Off,
    /// In a file of subtitles beside the film
    Srt,
}

/// Options of `orrery record`.
#[derive(Clone, Debug, Args)]
pub struct RecordArguments {
    /// The film: .mp4, .gif or .apng, or with --format png or jpg a folder of pictures
    #[arg(short, long, value_name = "FILE", required_unless_present = "again")]
    output: Option<PathBuf>,

    /// Make the film again that this file describes: the .json beside a film
    #[arg(long, value_name = "FILE")]
    again: Option<PathBuf>,

    /// Replace what is there
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    film: FilmArguments,

    #[command(flatten)]
    show: ShowArguments,

    #[command(flatten)]
    picture: PictureArguments,

    #[command(flatten)]
    view: ViewArguments,

    #[command(flatten)]
    sound: SoundArguments,
}

/// What a film is apart from what it shows.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Film")]
struct FilmArguments {
    /// Frames in a second
    #[arg(long, value_name = "N", default_value_t = 30)]
    fps: u32,

    /// Seconds of the show in one second of the film
    #[arg(
        long,
        value_name = "X",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    speed: f64,

    /// Begin here, in seconds of the show
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    from: Option<f64>,

    /// End here, in seconds of the show
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    to: Option<f64>,

    /// Longest film, in seconds of the film
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    max_duration: Option<f64>,

    /// What is written [default: by the name's ending]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,

    /// Who encodes a .mp4
    #[arg(long, value_name = "WHO", value_enum, default_value = "built-in")]
    encoder: EncoderChoice,

    /// What ffmpeg encodes to
    #[arg(long, value_name = "CODEC", value_enum, default_value = "h264")]
    codec: CodecChoice,

    /// Constant quality: 0 is best and largest, 51 worst [default: 20, by ffmpeg 18 for h264, 21 for h265, 28 for av1]
    #[arg(long, value_name = "N")]
    crf: Option<u8>,

    /// Where the words about what happens are
    #[arg(long, value_name = "WHERE", value_enum, default_value = "on")]
    captions: CaptionChoice,

    /// Black bars above and below, so that the picture is so many times as wide as high (2.39: cinema)
    #[arg(long, value_name = "RATIO")]
    letterbox: Option<f32>,

    /// Titles over the beginning and the end: the prompt, the model, the text in the end
    #[arg(long)]
    titles: bool,

    /// A film without sound
    #[arg(long)]
    no_audio: bool,

    /// Record one of N equal stretches only (3/16), to be put together with `orrery join`
    #[arg(long, value_name = "K/N")]
    part: Option<Part>,

    /// Also write this picture of the middle of the film, a .png file
    #[arg(long, value_name = "FILE")]
    poster: Option<PathBuf>,

    /// Threads that encode [default: one for each processor]; the film does not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,

    /// Tell the number of frames in lines on standard output, and end when standard input does
    #[arg(long, hide = true)]
    steered: bool,
}

/// Records a film.
///
/// # Errors
/// Whatever keeps it from being made, before anything is drawn where it can be known; Ctrl-C.
pub fn run(arguments: RecordArguments, notes: Notes) -> Result<()> {
    let typed = typed::of_this_process()?;
    match &arguments.again {
        None => recorded(&arguments, &typed, None, notes),
        Some(file) => {
            let before = again::read(file)?;
            let (arguments, typed) = again::arguments(&arguments, file, &before)?;
            recorded(&arguments, &typed, Some(&before), notes)
        }
    }
}

fn recorded(
    arguments: &RecordArguments,
    typed: &[String],
    before: Option<&FilmFacts>,
    notes: Notes,
) -> Result<()> {
    let options = &arguments.film;
    let output = arguments
        .output
        .as_ref()
        .ok_or_else(|| eyre!("name the film with -o"))?;
    let rate = FrameRate::new(options.fps)?;
    let format = Format::of(options.format, output)?;
    format.check(options, rate)?;
    let mut picture = arguments.view.applied_to(arguments.picture.settings());
    let size = FilmSize::new(
        picture.pixels().width,
        picture.pixels().height,
        format == Format::Mp4,
    )?;
    let bars = match options.letterbox {
        Some(ratio) => letterbox(&mut picture, ratio)?,
        None => 0,
    };
    if let Some(poster) = &options.poster {
        picture_file::check(poster)?;
        ensure!(
            arguments.force || !poster.exists(),
            "{} is already there; choose another name, or --force to replace it",
            poster.display()
        );
    }
    let direction = arguments.view.direction()?;
    let preparation = Preparation::begin(format, output, arguments, size, rate)?;

    let show = arguments.show.show(notes)?;
    let stretch = Stretch {
        from: options.from,
        to: options.to,
        longest: options.max_duration,
    };
    let plan = FilmPlan::new(show.duration(), rate, options.speed, stretch)?;
    let part = options.part.unwrap_or(Part::WHOLE);
    let own = part.frames(plan.count(), preparation.group())?;
    let frames = plan.frames().start + own.start..plan.frames().start + own.end;
    preparation.check_space(size, frames.end - frames.start, rate)?;

    let mut facts = facts(&show, &plan, size, typed, arguments)?;
    if let Some(before) = before {
        ensure!(
            before.weights_sha256 == facts.weights_sha256,
            "the model {} is not the one of that film: its weights have changed",
            facts.model
        );
    }
    let sound = arguments.sound(format, &show, &plan)?;
    let early_end = EarlyEnd::listen(options.steered)?;
    let dressing = Dressing {
        titles: options.titles.then(|| Titles::of(&show)),
        bars,
    };
    let words = film::subtitles(&show, &plan);
    let mut renderer = ShowRenderer::new(show, picture)?;
    renderer.direct(direction);
    renderer.show_captions(options.captions == CaptionChoice::On);
    facts.drawn_by = renderer.renderer().adapter().name.clone();
    if let Some(before) = before {
        again::say_what_differs(before, &facts, notes);
    }
    let part_facts = options.part.map(|part| PartFacts {
        part,
        first_frame: own.start,
        film_frames: plan.count(),
        film_samples: sound.as_ref().map(FilmSound::samples),
        first_unit: if own.start == 0 {
            0
        } else {
            AacTrack::unit_of(rate.sample_of_frame(own.start))
        },
        group: preparation.group(),
        about: serde_json::Value::Null,
    });
    let part_facts = part_facts
        .map(|part| {
            Ok::<_, serde_json::Error>(PartFacts {
                about: serde_json::to_value(&facts)?,
                ..part
            })
        })
        .transpose()?;
    let writer = preparation.writer(
        &mut renderer,
        &plan,
        frames.clone(),
        part_facts,
        sound.as_ref(),
    )?;

    let start = Instant::now();
    let bar = notes.bar(frames.end - frames.start).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} frames, {per_sec}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let total = frames.end - frames.start;
    let recorded = film::record(
        &mut renderer,
        &plan,
        frames,
        &dressing,
        writer,
        &mut |done| {
            bar.set_position(done);
            early_end.tell(done, total);
            match early_end.asked() {
                Some(early) => ControlFlow::Break(early),
                None => ControlFlow::Continue(()),
            }
        },
    );
    bar.finish_and_clear();
    let Some(recorded) = recorded? else {
        return Err(Stopped("stopped; there is no film".into()).into());
    };
    early_end.tell(total, total);

    let summary = &recorded.summary;
    if options.part.is_none() {
        facts.stopped = recorded.stopped;
        facts.loudness = sound
            .as_ref()
            .and_then(FilmSound::measured)
            .map(|measured| measured.lufs);
        if recorded.stopped {
            facts.frames = summary.frames;
            facts.seconds = summary.frames as f64 / f64::from(rate.get());
        }
        write_facts(&facts, &facts_file(output))?;
        if options.captions_are_a_file() {
            files::write_subtitles(&words, summary.frames, rate, output)?;
        }
    }
    if let Some(poster) = &options.poster {
        let middle = plan.frames().start + plan.count() / 2;
        picture_file::write(&renderer.picture(plan.time(middle))?, poster)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    notes.say(format_args!(
        "wrote {} ({} frames, {:.2} s, {:.1} MB) in {seconds:.1} s, {:.1} frames/s",
        output.display(),
        summary.frames,
        summary.frames as f64 / f64::from(rate.get()),
        summary.bytes as f64 / 1e6,
        summary.frames as f64 / seconds.max(1e-9)
    ));
    if recorded.stopped {
        let words = format!(
            "stopped: {} has the first {} of {total} frames",
            output.display(),
            summary.frames
        );
        return Err(Stopped(words).into());
    }
    Ok(())
}

impl RecordArguments {
    /// What the film sounds like, where it does.
    fn sound(
        &self,
        format: Format,
        show: &CurrentShow,
        plan: &FilmPlan,
    ) -> Result<Option<FilmSound>> {
        let table = self.sound.table()?;
        if self.film.no_audio || format != Format::Mp4 {
            return Ok(None);
        }
        let options = SoundtrackOptions {
            music: self.sound.style(),
            loudness: self.sound.loudness(),
            only: self.sound.only(),
            seed: self.sound.seed(),
            ..SoundtrackOptions::default()
        };
        Ok(Some(FilmSound::new(&show.show, plan, table, options)))
    }
}

impl FilmArguments {
    fn captions_are_a_file(&self) -> bool {
        self.captions == CaptionChoice::Srt
    }
}

/// Makes a picture lower, so that it has this shape within a frame of its old size. Returns the rows that are left
/// above and below, each.
fn letterbox(picture: &mut PictureSettings, ratio: f32) -> Result<u32> {
    let frame = picture.pixels();
    let own = frame.width as f32 / frame.height as f32;
    ensure!(
        (own..=4.0).contains(&ratio),
        "--letterbox is {ratio}; a picture of {}×{} can have {own:.2} to 4",
        frame.width,
        frame.height
    );
    // colour is stored for two rows together, above, below and between
    let fits = |height: u32| {
        frame
            .height
            .checked_sub(height)
            .is_some_and(|left| left % 4 == 0)
    };
    let wanted = picture.size.width as f32 / ratio;
    picture.size.height = (wanted.floor() as u32).min(picture.size.height);
    while !fits(picture.pixels().height) && picture.size.height > 1 {
        picture.size.height -= 1;
    }
    Ok((frame.height - picture.pixels().height) / 2)
}

/// What is known of a film before it is drawn.
fn facts(
    show: &CurrentShow,
    plan: &FilmPlan,
    size: FilmSize,
    typed: &[String],
    arguments: &RecordArguments,
) -> Result<FilmFacts> {
    let settings = &show.settings;
    // the environment may have said which
    let mut words = typed::with(typed, "text", &settings.prompt);
    if let Some(model) = arguments.show.named_model() {
        words = typed::with(&words, "model", &model.to_string_lossy());
    }
    Ok(FilmFacts {
        program: "orrery".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        arguments: words,
        model: settings.model.name.clone(),
        weights_sha256: orrery_report::sha256_of_weights(&settings.model.gpt),
        text: show.show.final_text(),
        seed: settings.options.sampling.seed,
        width: size.width,
        height: size.height,
        frames_per_second: plan.rate().get(),
        frames: plan.count(),
        seconds: plan.seconds(),
        encoder: files::encoder_name(&arguments.film, arguments.output.as_deref())?,
        drawn_by: String::new(),
        stopped: false,
        loudness: None,
    })
}
