//! The built-in film: H.264 and AAC in an MP4 file, all in Rust.
//!
//! Pictures are encoded on threads of their own; one more thread puts them and the sound into the file. The
//! sound may still be in the making when the first pictures come.

use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use crate::aac::AacTrack;
use crate::h264::{GroupOutput, ParallelEncoder, VideoSettings};
use crate::mp4::{Mp4Settings, Mp4Writer};
use crate::part::PartFacts;
use crate::writer::wrong_layout;
use crate::{FilmError, FilmSummary, FilmWriter, Frame, OutputFile, PixelLayout, Yuv420Frame};

/// The sound of a film, ready or in the making.
pub type SoundInTheMaking = JoinHandle<Result<AacTrack, FilmError>>;

/// What must be known before the first frame.
pub struct BuiltInSettings {
    /// How pictures are encoded.
    pub video: VideoSettings,
    /// Frames of this file.
    pub frames: u64,
    /// The soundtrack of the whole film and its length in samples; none in a silent film.
    pub sound: Option<(SoundInTheMaking, u64)>,
    /// Where this file is a part of a film.
    pub part: Option<PartFacts>,
    /// Threads that encode.
    pub threads: usize,
    /// Bytes of frames that may wait for them.
    pub most_waiting_bytes: usize,
}

/// Writes the built-in film.
pub struct BuiltInWriter {
    encoder: ParallelEncoder,
    groups: Option<Sender<Message>>,
    thread: Option<JoinHandle<Result<FilmSummary, FilmError>>>,
}

enum Message {
    Group(GroupOutput),
    Finish,
}

const DIED: FilmError = FilmError::Died("the writer of the film");

impl BuiltInWriter {
    /// Begins a film.
    ///
    /// # Errors
    /// The folder takes no file, the disk is full.
    pub fn start(output: OutputFile, settings: BuiltInSettings) -> Result<Self, FilmError> {
        let BuiltInSettings {
            video,
            frames,
            sound,
            part,
            threads,
            most_waiting_bytes,
        } = settings;
        let first_unit = part.as_ref().map_or(0, |part| part.first_unit);
        let first_frame = part.as_ref().map_or(0, |part| part.first_frame);
        let is_last = part
            .as_ref()
            .is_none_or(|part| part.part.number == part.part.of);
        let units = sound
            .as_ref()
            .map(|(_, samples)| AacTrack::units_until(*samples) + 1);
        let writer = Mp4Writer::create(
            output,
            Mp4Settings {
                size: video.size,
                rate: video.rate,
                sets: video.parameter_sets(),
                frames,
                units: units.map(|units| units.saturating_sub(first_unit)),
                group: video.group,
                part,
            },
        )?;
        let (groups, next_group) = mpsc::channel();
        let filling = Filling {
            writer,
            video,
            sound: sound.map(|(sound, _)| sound),
            track: None,
            next_unit: first_unit,
            first_frame,
            frames: 0,
            wanted: frames,
            is_last,
        };
        let thread = std::thread::spawn(move || filling.run(&next_group));
        let most_waiting = most_waiting_bytes / Yuv420Frame::length(video.size).max(1);
        Ok(Self {
            encoder: ParallelEncoder::start(video, threads, most_waiting.max(2)),
            groups: Some(groups),
            thread: Some(thread),
        })
    }

    fn join(&mut self) -> Result<FilmSummary, FilmError> {
        self.groups = None;
        let thread = self.thread.take().ok_or(DIED)?;
        thread.join().map_err(|_| DIED)?
    }
}

impl FilmWriter for BuiltInWriter {
    fn layout(&self) -> PixelLayout {
        PixelLayout::Yuv420
    }

    fn push(&mut self, frame: Frame) -> Result<(), FilmError> {
        let Frame::Yuv420(frame) = frame else {
            return Err(wrong_layout());
        };
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            return Err(self.join().err().unwrap_or(DIED));
        }
        if let Some(group) = self.encoder.push(frame)? {
            let groups = self.groups.as_ref();
            if groups.is_none_or(|groups| groups.send(Message::Group(group)).is_err()) {
                return Err(self.join().err().unwrap_or(DIED));
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<FilmSummary, FilmError> {
        let ended = self.encoder.finish();
        let groups = self.groups.take();
        if ended.is_ok()
            && let Some(groups) = groups
        {
            // where nobody listens any longer, joining says why
            let _ = groups.send(Message::Finish);
        }
        self.join()
    }

    fn spare_buffer(&self) -> Option<Vec<u8>> {
        self.encoder.spare_buffer()
    }
}

impl Drop for BuiltInWriter {
    fn drop(&mut self) {
        let _ = self.encoder.finish();
        let _ = self.join();
    }
}

/// The thread that fills the file.
struct Filling {
    writer: Mp4Writer,
    video: VideoSettings,
    sound: Option<SoundInTheMaking>,
    track: Option<AacTrack>,
    next_unit: u64,
    first_frame: u64,
    frames: u64,
    wanted: u64,
    is_last: bool,
}

impl Filling {
    fn run(mut self, groups: &mpsc::Receiver<Message>) -> Result<FilmSummary, FilmError> {
        for message in groups {
            match message {
                Message::Group(group) => self.group(&group)?,
                Message::Finish => return self.finish(),
            }
        }
        Err(DIED)
    }

    fn group(&mut self, group: &GroupOutput) -> Result<(), FilmError> {
        if self.frames > 0 {
            self.sound_before(self.frames)?;
        }
        for unit in group {
            self.writer.write_video(&unit?)?;
            self.frames += 1;
        }
        Ok(())
    }

    /// Writes what sounds before a frame of this file.
    fn sound_before(&mut self, frame: u64) -> Result<(), FilmError> {
        let sample = self.video.rate.sample_of_frame(self.first_frame + frame);
        self.sound_until(AacTrack::unit_of(sample))
    }

    fn sound_until(&mut self, unit: u64) -> Result<(), FilmError> {
        if let Some(sound) = self.sound.take() {
            let track = sound
                .join()
                .map_err(|_| FilmError::Died("the maker of the sound"))??;
            self.track = Some(track);
        }
        let Some(track) = &self.track else {
            return Ok(());
        };
        while self.next_unit < unit {
            let Some(bytes) = track.units.get(self.next_unit as usize) else {
                break;
            };
            self.writer.write_sound(bytes, &track.configuration)?;
            self.next_unit += 1;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<FilmSummary, FilmError> {
        if self.frames == 0 {
            return Err(FilmError::Settings(
                "a film without a frame is no film".into(),
            ));
        }
        if self.frames == self.wanted && self.is_last {
            self.sound_until(u64::MAX)?;
        } else if self.frames == self.wanted {
            self.sound_before(self.frames)?;
        } else {
            // ended before its time: what is needed to the end of the last picture
            let end = self
                .video
                .rate
                .sample_of_frame(self.first_frame + self.frames);
            self.sound_until(AacTrack::units_until(end))?;
        }
        Ok(FilmSummary {
            frames: self.frames,
            bytes: self.writer.finish()?,
        })
    }
}
