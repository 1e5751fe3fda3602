//! One closed group of pictures: it begins with a picture that needs no other, and no picture outside of
//! it is referred to.

use rusty_h264_common::nal::split_annex_b;
use rusty_h264_encoder::{Encoder, EncoderConfig, Preset};

use super::{level::level, parameter_sets::ParameterSets};
use crate::{FilmError, FilmSize, FrameRate, Yuv420Frame};

/// How video is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoSettings {
    /// Pixels; both sides are even.
    pub size: FilmSize,
    /// Frames in a second.
    pub rate: FrameRate,
    /// The quantizer, 0…51: every picture is encoded with it (the first of a group a little finer). Less is
    /// better and larger.
    pub quantizer: u8,
    /// Frames in a group, at least 2. Players can seek to the beginning of a group; films are cut there.
    pub group: u32,
}

impl VideoSettings {
    /// The quantizer that looks good and stays small.
    pub const USUAL_QUANTIZER: u8 = 20;

    /// A film of groups of one second.
    ///
    /// # Errors
    /// [`FilmError::Settings`]: no level of the standard allows it, or a quantizer out of range.
    pub fn new(size: FilmSize, rate: FrameRate, quantizer: u8) -> Result<Self, FilmError> {
        if quantizer > 51 {
            return Err(FilmError::Settings(format!(
                "a quality of {quantizer} is not possible: 0 (best) to 51 are"
            )));
        }
        if level(size, rate).is_none() {
            return Err(FilmError::Settings(format!(
                "{}×{} pixels at {} frames per second are more than H.264 allows; make it smaller or slower",
                size.width,
                size.height,
                rate.get()
            )));
        }
        Ok(Self {
            size,
            rate,
            quantizer,
            group: rate.get().max(2),
        })
    }

    /// What a decoder must know before the first picture.
    pub fn parameter_sets(&self) -> ParameterSets {
        ParameterSets::of(&self.config(), self.rate.get())
    }

    fn config(&self) -> EncoderConfig {
        let mut config = EncoderConfig::new(self.size.width as usize, self.size.height as usize);
        config.level_idc = level(self.size, self.rate).unwrap_or(62);
        config.framerate = self.rate.get() as f32;
        config.qp = self.quantizer;
        config.bitrate = 0;
        // Films of a show are flat areas with sharp edges that mostly stand still. Measured on 120 frames of 720p, on one
        // core: 8 ms and 11.4 kB a frame; half-pixel motion, arithmetic coding and the larger transform would take
        // 31 ms for 9.1 kB.
        config.preset = Preset::Fast;
        config.cabac = false;
        config.transform_8x8 = false;
        // one group is one encoder: the first picture is its only key frame
        config.gop_size = self.group.max(2);
        config.scenecut = 0;
        // each picture comes out at once
        config.lookahead = 0;
        config.mbtree = false;
        config.bframes = 0;
        config.num_ref_frames = 1;
        // What the encoder would look for in films of a camera, a quarter of its time: busy areas, whose modes it then
        // weighs by their transform, areas to quantize less, and fades of the whole picture. Here they save nothing.
        config.tune_satd_q = 0.0;
        config.aq_strength = 0.0;
        config.weightp = false;
        config
    }
}

/// One picture, encoded: NAL units, each behind its length in four bytes, as MP4 has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether it needs no other picture.
    pub key: bool,
}

/// Encodes one group.
pub struct GroupEncoder {
    encoder: Encoder,
    first: bool,
}

impl GroupEncoder {
    /// An encoder that is at the beginning of a group.
    ///
    /// # Errors
    /// [`FilmError::Video`].
    pub fn new(settings: &VideoSettings) -> Result<Self, FilmError> {
        let encoder =
            Encoder::new(settings.config()).map_err(|error| FilmError::Video(error.to_string()))?;
        Ok(Self {
            encoder,
            first: true,
        })
    }

    /// Encodes the next picture of the group.
    ///
    /// # Errors
    /// [`FilmError::Video`].
    pub fn encode(&mut self, frame: &Yuv420Frame) -> Result<AccessUnit, FilmError> {
        let stream = self
            .encoder
            .encode_planes(&frame.planes())
            .map_err(|error| FilmError::Video(error.to_string()))?;
        let mut bytes = Vec::with_capacity(stream.len());
        for unit in split_annex_b(&stream) {
            /// Types of NAL units: a slice of a key picture, and the sets that the container holds.
            const KEY: u8 = 5;
            const SETS: [u8; 2] = [7, 8];
            let kind = unit.first().map_or(0, |header| header & 31);
            if SETS.contains(&kind) {
                continue;
            }
            if self.first != (kind == KEY) {
                return Err(FilmError::Video(
                    "a group of pictures does not begin with its only key picture".into(),
                ));
            }
            bytes.extend_from_slice(&(unit.len() as u32).to_be_bytes());
            bytes.extend_from_slice(unit);
        }
        if bytes.is_empty() {
            return Err(FilmError::Video("it held a picture back".into()));
        }
        Ok(AccessUnit {
            bytes,
            key: std::mem::take(&mut self.first),
        })
    }
}

/// Refuses to encode where the environment holds settings that the encoder would obey without a word: the
/// same command would make another film.
///
/// # Errors
/// [`FilmError::Settings`] with the variable's name.
pub fn refuse_hidden_settings(
    mut names: impl Iterator<Item = std::ffi::OsString>,
) -> Result<(), FilmError> {
    const PREFIXES: [&str; 2] = ["RFF_", "RUSTY_H264_"];
    let hidden = names.find(|name| {
        let name = name.to_string_lossy();
        PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    });
    hidden.map_or(Ok(()), |name| {
        let name = name.to_string_lossy();
        Err(FilmError::Settings(format!(
            "the environment variable {name} changes what the video encoder writes; unset it first"
        )))
    })
}
