//! Reads a film of ours again: where each picture and each unit of sound lies.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use shiguredo_mp4::boxes::{MoovBox, SampleEntry};
use shiguredo_mp4::demux::{Input, Mp4FileDemuxer};
use shiguredo_mp4::{BoxHeader, BoxSize, Decode, TrackKind};

use super::boxes::PART;
use crate::h264::{AccessUnit, ParameterSets};
use crate::part::PartFacts;
use crate::{FilmError, FilmSize, FrameRate};

/// A film in a file.
#[derive(Debug)]
pub struct Mp4Film {
    path: PathBuf,
    file: File,
    /// Pixels.
    pub size: FilmSize,
    /// Frames in a second.
    pub rate: FrameRate,
    /// Of the video.
    pub sets: ParameterSets,
    pictures: Vec<Place>,
    units: Vec<Place>,
    /// The `AudioSpecificConfig` of the sound; none in a silent film.
    pub sound: Option<Vec<u8>>,
    /// Of the sound: samples to play, and decoded samples to skip before them.
    pub sound_edit: Option<(u64, u64)>,
    /// What a part says about itself.
    pub part: Option<PartFacts>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    size: usize,
    key: bool,
}

/// No table of contents is longer.
const LONGEST_TABLE: u64 = 1 << 28;

impl Mp4Film {
    /// Opens a film.
    ///
    /// # Errors
    /// [`FilmError::Read`], or [`FilmError::NotAFilm`] with what is wrong.
    pub fn open(path: &Path) -> Result<Self, FilmError> {
        let unreadable = FilmError::read(path);
        let mut file = File::open(path).map_err(&unreadable)?;
        let table = find_table(&mut file).map_err(&unreadable)?;
        let no_film = |reason: &str| FilmError::NotAFilm {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let table = table
            .ok_or_else(|| no_film("this is no whole MP4 film: it has no table of contents"))?;
        let (table, _) = MoovBox::decode(&table).map_err(|error| no_film(&error.to_string()))?;
        let part = table
            .unknown_boxes
            .iter()
            .find(|found| found.box_type == PART);
        let part = part
            .map(|found| serde_json::from_slice(&found.payload))
            .transpose();
        let part = part.map_err(|_| no_film("what it says about its part makes no sense"))?;
        let sound_edit = table.trak_boxes.iter().find_map(|track| {
            let hears = track.mdia_box.hdlr_box.handler_type
                == shiguredo_mp4::boxes::HdlrBox::HANDLER_TYPE_SOUN;
            let edits = track
                .edts_box
                .as_ref()
                .filter(|_| hears)?
                .elst_box
                .as_ref()?;
            let edit = edits.entries.first()?;
            Some((edit.edit_duration, u64::try_from(edit.media_time).ok()?))
        });

        let mut demuxer = Mp4FileDemuxer::new();
        while let Some(wanted) = demuxer.required_input() {
            let mut data = Vec::new();
            file.seek(SeekFrom::Start(wanted.position))
                .map_err(&unreadable)?;
            let most = wanted
                .size
                .map_or(LONGEST_TABLE, |size| size as u64)
                .min(LONGEST_TABLE);
            (&mut file)
                .take(most)
                .read_to_end(&mut data)
                .map_err(&unreadable)?;
            demuxer.handle_input(Input {
                position: wanted.position,
                data: &data,
            });
        }
        let mut film = Self {
            path: path.to_owned(),
            file,
            size: FilmSize {
                width: 0,
                height: 0,
            },
            rate: FrameRate::new(1)?,
            sets: ParameterSets {
                sequence: Vec::new(),
                picture: Vec::new(),
            },
            pictures: Vec::new(),
            units: Vec::new(),
            sound: None,
            sound_edit,
            part,
        };
        demuxer
            .tracks()
            .map_err(|error| no_film(&error.to_string()))?;
        while let Some(sample) = demuxer
            .next_sample()
            .map_err(|error| no_film(&error.to_string()))?
        {
            match sample.sample_entry {
                Some(SampleEntry::Avc1(entry)) => {
                    let sets = (
                        entry.avcc_box.sps_list.first(),
                        entry.avcc_box.pps_list.first(),
                    );
                    let (Some(sequence), Some(picture)) = sets else {
                        return Err(no_film("its video has no parameter sets"));
                    };
                    film.sets = ParameterSets {
                        sequence: sequence.clone(),
                        picture: picture.clone(),
                    };
                    film.size = FilmSize {
                        width: u32::from(entry.visual.width),
                        height: u32::from(entry.visual.height),
                    };
                    film.rate = FrameRate::new(sample.track.timescale.get())
                        .map_err(|error| no_film(&error.to_string()))?;
                }
                Some(SampleEntry::Mp4a(entry)) => {
                    let configuration = &entry.esds_box.es.dec_config_descr.dec_specific_info;
                    film.sound = configuration.as_ref().map(|found| found.payload.clone());
                }
                Some(_) => return Err(no_film("its tracks are not H.264 and AAC")),
                None => {}
            }
            let place = Place {
                offset: sample.data_offset,
                size: sample.data_size,
                key: sample.keyframe,
            };
            match sample.track.kind {
                TrackKind::Video => film.pictures.push(place),
                TrackKind::Audio => film.units.push(place),
                TrackKind::Subtitle => {}
            }
        }
        if film.pictures.is_empty() || film.sets.sequence.is_empty() {
            return Err(no_film("there are no H.264 pictures in it"));
        }
        Ok(film)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many pictures it has.
    pub fn frames(&self) -> usize {
        self.pictures.len()
    }

    /// How many units of sound it has.
    pub fn units(&self) -> usize {
        self.units.len()
    }

    /// A picture as it is stored; none behind the last.
    ///
    /// # Errors
    /// [`FilmError::Read`].
    pub fn picture(&mut self, index: usize) -> Result<Option<AccessUnit>, FilmError> {
        let Some(&place) = self.pictures.get(index) else {
            return Ok(None);
        };
        let bytes = self.read(place)?;
        Ok(Some(AccessUnit {
            bytes,
            key: place.key,
        }))
    }

    /// A unit of sound as it is stored; none behind the last.
    ///
    /// # Errors
    /// [`FilmError::Read`].
    pub fn unit(&mut self, index: usize) -> Result<Option<Vec<u8>>, FilmError> {
        let place = self.units.get(index).copied();
        place.map(|place| self.read(place)).transpose()
    }

    fn read(&mut self, place: Place) -> Result<Vec<u8>, FilmError> {
        let wrong = FilmError::read(&self.path);
        self.file
            .seek(SeekFrom::Start(place.offset))
            .map_err(&wrong)?;
        let mut bytes = Vec::new();
        (&mut self.file)
            .take(place.size as u64)
            .read_to_end(&mut bytes)
            .map_err(&wrong)?;
        if bytes.len() < place.size {
            return Err(FilmError::NotAFilm {
                path: self.path.clone(),
                reason: "it ends before its last picture".into(),
            });
        }
        Ok(bytes)
    }
}

/// The bytes of the table of contents, none where the file has none.
fn find_table(file: &mut File) -> std::io::Result<Option<Vec<u8>>> {
    let length = file.metadata()?.len();
    let mut at = 0;
    while at < length {
        let mut header = Vec::new();
        file.seek(SeekFrom::Start(at))?;
        file.take(32).read_to_end(&mut header)?;
        let Ok((header, _)) = BoxHeader::decode(&header) else {
            return Ok(None);
        };
        let size = match header.box_size {
            BoxSize::VARIABLE_SIZE => length - at,
            size => size.get(),
        };
        if header.box_type == MoovBox::TYPE && size <= LONGEST_TABLE {
            let mut table = Vec::new();
            file.seek(SeekFrom::Start(at))?;
            file.take(size).read_to_end(&mut table)?;
            return Ok(Some(table));
        }
        let next = at.checked_add(size).filter(|_| size >= 8);
        let Some(next) = next else { return Ok(None) };
        at = next;
    }
    Ok(None)
}
