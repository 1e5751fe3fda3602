//! A film by an installed ffmpeg, through a pipe: for other codecs, or for its encoder's craft.

use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use tempfile::NamedTempFile;

use crate::writer::wrong_layout;
use crate::{
    FilmError, FilmSize, FilmSummary, FilmWriter, Frame, FrameRate, OutputFile, PixelLayout,
    SAMPLE_RATE,
};

/// What ffmpeg encodes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoCodec {
    /// By x264: plays everywhere.
    #[default]
    H264,
    /// By x265: smaller, plays on newer devices.
    H265,
    /// By SVT-AV1: smallest, plays in browsers.
    Av1,
}

impl VideoCodec {
    fn encoder(self) -> &'static str {
        match self {
            Self::H264 => "libx264",
            Self::H265 => "libx265",
            Self::Av1 => "libsvtav1",
        }
    }

    /// The quality that looks good: each encoder has a scale of its own.
    pub fn usual_quality(self) -> u8 {
        match self {
            Self::H264 => 18,
            Self::H265 => 21,
            Self::Av1 => 28,
        }
    }
}

/// What ffmpeg is told.
#[derive(Clone, Debug)]
pub struct FfmpegSettings {
    /// The program.
    pub program: PathBuf,
    /// Pixels; both sides are even.
    pub size: FilmSize,
    /// Frames in a second.
    pub rate: FrameRate,
    /// What it encodes to.
    pub codec: VideoCodec,
    /// Constant quality, by the encoder's scale.
    pub quality: u8,
    /// Stereo samples; none in a silent film.
    pub sound: Option<Vec<[f32; 2]>>,
}

/// Finds ffmpeg on the search path and asks whether it has the encoder.
///
/// # Errors
/// [`FilmError::Ffmpeg`] that says what to install.
pub fn find_ffmpeg(codec: VideoCodec) -> Result<PathBuf, FilmError> {
    let missing = || {
        FilmError::Ffmpeg(
            "is not installed; install it (Debian: apt-get install ffmpeg) or leave out --encoder: the built-in \
             encoder needs nothing"
                .into(),
        )
    };
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let name = format!("ffmpeg{}", std::env::consts::EXE_SUFFIX);
    let program = std::env::split_paths(&folders)
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
        .ok_or_else(missing)?;
    let answer = Command::new(&program)
        .args(["-hide_banner", "-encoders"])
        .stdin(Stdio::null())
        .output()
        .map_err(|_| missing())?;
    let encoder = codec.encoder();
    let known = String::from_utf8_lossy(&answer.stdout);
    if known.split_whitespace().any(|word| word == encoder) {
        Ok(program)
    } else {
        Err(FilmError::Ffmpeg(format!(
            "at {} cannot encode with {encoder}; choose another --codec",
            program.display()
        )))
    }
}

/// Gives frames to ffmpeg.
pub struct FfmpegWriter {
    output: Option<OutputFile>,
    child: Child,
    frames_to: Option<BufWriter<ChildStdin>>,
    words: Option<JoinHandle<String>>,
    frames: u64,
    /// Is read as long as ffmpeg runs.
    _sound: Option<NamedTempFile>,
}

impl FfmpegWriter {
    /// Starts ffmpeg.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(output: OutputFile, settings: &FfmpegSettings) -> Result<Self, FilmError> {
        let sound = settings.sound.as_deref().map(sound_file).transpose()?;
        let heard = sound.as_ref().map(NamedTempFile::path);
        let mut child = Command::new(&settings.program)
            .args(arguments(settings, heard, output.unfinished()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| FilmError::Ffmpeg(format!("does not start: {error}")))?;
        let frames_to = child
            .stdin
            .take()
            .map(|pipe| BufWriter::with_capacity(1 << 20, pipe));
        // nobody else empties this pipe, and a full one would stop ffmpeg
        let words = child.stderr.take().map(|mut pipe| {
            std::thread::spawn(move || {
                let mut words = Vec::new();
                let _ = pipe.read_to_end(&mut words);
                String::from_utf8_lossy(&words).into_owned()
            })
        });
        Ok(Self {
            output: Some(output),
            child,
            frames_to,
            words,
            frames: 0,
            _sound: sound,
        })
    }

    /// Why it ended, in its own last words.
    fn complaint(&mut self) -> FilmError {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let words = self
            .words
            .take()
            .and_then(|words| words.join().ok())
            .unwrap_or_default();
        let last: Vec<_> = words.lines().rev().take(3).collect();
        let last: Vec<_> = last.into_iter().rev().collect();
        FilmError::Ffmpeg(format!("ended before the film did: {}", last.join(" · ")))
    }
}

/// The sound as a file of its own: a second pipe could wait for the first for ever.
fn sound_file(samples: &[[f32; 2]]) -> Result<NamedTempFile, FilmError> {
    let written = || {
        let mut file = NamedTempFile::new()?;
        let mut writer = BufWriter::new(file.as_file_mut());
        for sample in samples.as_flattened() {
            writer.write_all(&sample.to_le_bytes())?;
        }
        writer.flush()?;
        drop(writer);
        Ok(file)
    };
    written().map_err(FilmError::write(&std::env::temp_dir()))
}

fn arguments(
    settings: &FfmpegSettings,
    sound: Option<&Path>,
    file: &Path,
) -> Vec<std::ffi::OsString> {
    let FilmSize { width, height } = settings.size;
    let mut words: Vec<std::ffi::OsString> = Vec::new();
    let mut say = |line: &str| words.extend(line.split_whitespace().map(Into::into));
    say("-hide_banner -loglevel error -y -f rawvideo -pix_fmt yuv420p");
    say(&format!(
        "-s {width}x{height} -framerate {}",
        settings.rate.get()
    ));
    say("-color_range tv -colorspace bt709 -i pipe:0");
    if let Some(sound) = sound {
        words.extend(["-f", "f32le", "-ar"].map(Into::into));
        words.push(SAMPLE_RATE.to_string().into());
        words.extend(["-ac", "2", "-i"].map(Into::into));
        words.push(sound.into());
    }
    let mut say = |line: &str| words.extend(line.split_whitespace().map(Into::into));
    let codec = settings.codec.encoder();
    say(&format!(
        "-c:v {codec} -crf {} -pix_fmt yuv420p",
        settings.quality
    ));
    say("-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv");
    if settings.codec == VideoCodec::H265 {
        say("-tag:v hvc1 -x265-params log-level=error");
    }
    if sound.is_some() {
        say("-c:a aac -b:a 256k");
    }
    say("-movflags +faststart -f mp4");
    words.push(file.into());
    words
}

impl FilmWriter for FfmpegWriter {
    fn layout(&self) -> PixelLayout {
        PixelLayout::Yuv420
    }

    fn push(&mut self, frame: Frame) -> Result<(), FilmError> {
        let Frame::Yuv420(frame) = frame else {
            return Err(wrong_layout());
        };
        let pipe = self.frames_to.as_mut();
        if pipe.is_none_or(|pipe| pipe.write_all(&frame.tight()).is_err()) {
            return Err(self.complaint());
        }
        self.frames += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<FilmSummary, FilmError> {
        let flushed = self.frames_to.take().map(|mut pipe| pipe.flush());
        let ended = self.child.wait();
        let well = matches!(flushed, Some(Ok(()))) && ended.is_ok_and(|status| status.success());
        let Some(output) = self.output.take().filter(|_| well) else {
            return Err(self.complaint());
        };
        let length = std::fs::metadata(output.unfinished());
        let bytes = length.map_err(FilmError::write(output.path()))?.len();
        output.finish()?;
        Ok(FilmSummary {
            frames: self.frames,
            bytes,
        })
    }
}

impl Drop for FfmpegWriter {
    fn drop(&mut self) {
        self.frames_to = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
