//! Writes a film: a head with room for the table of contents, then pictures and sound as they come, then
//! the table into the room that was kept for it.
//!
//! The bytes follow from what is put in: a film in parts, joined, is the film in one piece.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::num::NonZeroU32;

use shiguredo_mp4::boxes::{Brand, FreeBox, FtypBox, HdlrBox, MdatBox, MoovBox, SampleEntry};
use shiguredo_mp4::mux::{Mp4FileMuxer, Mp4FileMuxerOptions, Sample};
use shiguredo_mp4::{Encode, Mp4FileTime, TrackKind};

use super::boxes::{PART, edit, sound_entry, uuid_box, video_entry};
use crate::aac::{PRIMING, UNIT};
use crate::h264::{AccessUnit, ParameterSets};
use crate::part::PartFacts;
use crate::settings::SAMPLE_SCALE;
use crate::{FilmError, FilmSize, FrameRate, OutputFile};

/// What must be known before the first picture.
#[derive(Clone, Debug)]
pub struct Mp4Settings {
    /// Pixels.
    pub size: FilmSize,
    /// Frames in a second.
    pub rate: FrameRate,
    /// Of the video.
    pub sets: ParameterSets,
    /// How many frames are to come; fewer are possible.
    pub frames: u64,
    /// How many units of sound are to come; fewer are possible. None in a silent film.
    pub units: Option<u64>,
    /// Frames in a group of pictures; sound is put between groups.
    pub group: u32,
    /// Of a part.
    pub part: Option<PartFacts>,
}

/// A film on its way into a file.
pub struct Mp4Writer {
    file: BufWriter<File>,
    output: OutputFile,
    settings: Mp4Settings,
    muxer: Mp4FileMuxer,
    head: u64,
    position: u64,
    frames: u64,
    video: SampleEntry,
    sound: Option<SampleEntry>,
}

impl Mp4Writer {
    /// Begins a film.
    ///
    /// # Errors
    /// The folder takes no file, the disk is full.
    pub fn create(output: OutputFile, settings: Mp4Settings) -> Result<Self, FilmError> {
        let part = settings.part.as_ref().map(serde_json::to_vec).transpose();
        let part = part.map_err(container_error)?.map_or(0, |part| part.len());
        let muxer = Mp4FileMuxer::with_options(Mp4FileMuxerOptions {
            reserved_moov_box_size: room_for_table(&settings) + part,
            ..Mp4FileMuxerOptions::default()
        })
        .map_err(container_error)?;
        let file = output
            .file()
            .try_clone()
            .map_err(FilmError::write(output.path()))?;
        let mut writer = Self {
            file: BufWriter::with_capacity(1 << 20, file),
            video: video_entry(settings.size, &settings.sets),
            sound: None,
            head: 0,
            position: 0,
            frames: 0,
            settings,
            muxer,
            output,
        };
        let beginning = writer.muxer.initial_boxes_bytes().to_vec();
        writer.write(&beginning)?;
        writer.head = beginning.len() as u64;
        Ok(writer)
    }

    /// The next picture.
    ///
    /// # Errors
    /// As [`Mp4Writer::create`].
    pub fn write_video(&mut self, unit: &AccessUnit) -> Result<(), FilmError> {
        let entry = self.video.clone();
        let rate = self.settings.rate.nonzero();
        self.append(TrackKind::Video, entry, rate, 1, &unit.bytes, unit.key)?;
        self.frames += 1;
        Ok(())
    }

    /// The next unit of sound; `configuration` is the track's `AudioSpecificConfig`.
    ///
    /// # Errors
    /// As [`Mp4Writer::create`].
    pub fn write_sound(&mut self, unit: &[u8], configuration: &[u8]) -> Result<(), FilmError> {
        let entry = self
            .sound
            .get_or_insert_with(|| sound_entry(configuration))
            .clone();
        self.append(
            TrackKind::Audio,
            entry,
            SAMPLE_SCALE,
            UNIT as u32,
            unit,
            true,
        )
    }

    /// Ends the film: sound plays for as long as there are pictures. Returns the bytes of the file.
    ///
    /// # Errors
    /// As [`Mp4Writer::create`].
    pub fn finish(mut self) -> Result<u64, FilmError> {
        let table = self
            .muxer
            .finalize()
            .map_err(container_error)?
            .moov_box()
            .clone();
        let table = self
            .completed(table)?
            .encode_to_vec()
            .map_err(container_error)?;
        let kind = FtypBox {
            major_brand: Brand::ISOM,
            minor_version: 512,
            compatible_brands: vec![Brand::ISOM, Brand::ISO2, Brand::AVC1, Brand::MP41],
        };
        let mut head = kind.encode_to_vec().map_err(container_error)?;
        head.extend_from_slice(&table);

        /// Size and kind of a box, and those of one with a size of 64 bits.
        const SMALL: u64 = 8;
        const LARGE: u64 = 16;
        let data = self.head - LARGE;
        let room = data
            .checked_sub(head.len() as u64)
            .filter(|&room| room == 0 || room >= SMALL);
        let room = room.ok_or_else(|| {
            FilmError::Container("its table of contents is longer than foreseen".into())
        })?;
        if room > 0 {
            let free = FreeBox {
                payload: vec![0; (room - SMALL) as usize],
            };
            head.extend_from_slice(&free.encode_to_vec().map_err(container_error)?);
        }
        // a size of one says: the size follows the name, in 64 bits
        head.extend_from_slice(&1_u32.to_be_bytes());
        head.extend_from_slice(MdatBox::TYPE.as_bytes());
        head.extend_from_slice(&(self.position - data).to_be_bytes());

        let path = self.output.path().to_owned();
        let wrong = FilmError::write(&path);
        self.file.flush().map_err(&wrong)?;
        let mut file = self
            .file
            .into_inner()
            .map_err(|error| wrong(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(&wrong)?;
        file.write_all(&head).map_err(&wrong)?;
        drop(file);
        self.output.finish()?;
        Ok(self.position)
    }

    /// The table with what the muxer leaves out.
    fn completed(&self, mut table: MoovBox) -> Result<MoovBox, FilmError> {
        let (first_frame, first_unit) = match &self.settings.part {
            Some(part) => (part.first_frame, part.first_unit),
            None => (0, 0),
        };
        let sample = |frame| self.settings.rate.sample_of_frame(frame);
        // the movie counts samples
        let duration = sample(self.frames);
        table.mvhd_box.timescale = SAMPLE_SCALE;
        table.mvhd_box.duration = duration;
        // no date: the same film has the same bytes on every day
        let no_date = Mp4FileTime::from_secs(0);
        (
            table.mvhd_box.creation_time,
            table.mvhd_box.modification_time,
        ) = (no_date, no_date);
        for track in &mut table.trak_boxes {
            let is_sound = track.mdia_box.hdlr_box.handler_type == HdlrBox::HANDLER_TYPE_SOUN;
            let skipped = if is_sound {
                sample(first_frame) + PRIMING - first_unit * UNIT
            } else {
                0
            };
            // the unit of sound in which a part ends is the first of the next part
            let there = track.mdia_box.mdhd_box.duration.saturating_sub(skipped);
            let played = if is_sound {
                duration.min(there)
            } else {
                duration
            };
            track.tkhd_box.duration = played;
            track.edts_box = Some(edit(played, skipped));
            (
                track.tkhd_box.creation_time,
                track.tkhd_box.modification_time,
            ) = (no_date, no_date);
            let media = &mut track.mdia_box.mdhd_box;
            (media.creation_time, media.modification_time) = (no_date, no_date);
        }
        if let Some(part) = &self.settings.part {
            let facts = serde_json::to_vec(part).map_err(container_error)?;
            table.unknown_boxes.push(uuid_box(PART, facts));
        }
        Ok(table)
    }

    fn append(
        &mut self,
        kind: TrackKind,
        entry: SampleEntry,
        timescale: NonZeroU32,
        duration: u32,
        bytes: &[u8],
        keyframe: bool,
    ) -> Result<(), FilmError> {
        self.muxer
            .append_sample(&Sample {
                track_kind: kind,
                sample_entry: Some(entry),
                keyframe,
                timescale,
                duration,
                composition_time_offset: None,
                data_offset: self.position,
                data_size: bytes.len(),
            })
            .map_err(container_error)?;
        self.write(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), FilmError> {
        self.file
            .write_all(bytes)
            .map_err(FilmError::write(self.output.path()))?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

/// Bytes that the table of contents takes at most: sizes, key frames, chunks, and everything that does not
/// depend on the length.
fn room_for_table(settings: &Mp4Settings) -> usize {
    const DESCRIPTIONS: u64 = 4096;
    const SIZE: u64 = 4;
    // number of the key frame; of video and of sound the offset and the length of a chunk
    const GROUP: u64 = 4 + 2 * (8 + 12);
    let units = settings.units.unwrap_or(0);
    let groups = settings.frames.div_ceil(u64::from(settings.group.max(1))) + 1;
    (DESCRIPTIONS + (settings.frames + units) * SIZE + groups * GROUP) as usize
}

fn container_error(error: impl std::fmt::Display) -> FilmError {
    FilmError::Container(error.to_string())
}
