//! Files of moving pictures from frames and samples: encoders, containers, subtitles. No Bevy, no model
//! and no clock may live here.
//!
//! A [`FilmWriter`] takes frames in their order and makes one file of them. The built-in one writes MP4
//! with H.264 and AAC, all in Rust; the others write GIF, APNG, pictures in a folder, or give the frames to
//! an installed ffmpeg.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod aac;
mod apng;
mod bt709;
mod built_in;
mod error;
mod ffmpeg;
mod frame;
mod gif;
pub mod h264;
pub mod join;
pub mod mp4;
mod output_file;
pub mod part;
mod queue;
mod sequence;
mod settings;
pub mod srt;
mod writer;

pub use self::apng::ApngWriter;
pub use self::built_in::{BuiltInSettings, BuiltInWriter};
pub use self::error::FilmError;
pub use self::ffmpeg::{FfmpegSettings, FfmpegWriter, VideoCodec, find_ffmpeg};
pub use self::frame::{Frame, PixelLayout, RgbaFrame, Yuv420Frame};
pub use self::gif::{GifPalette, GifWriter};
pub use self::output_file::OutputFile;
pub use self::queue::Queued;
pub use self::sequence::{PictureFormat, SequenceWriter};
pub use self::settings::{FRAME_SIDES, FilmSize, FrameRate, SAMPLE_RATE};
pub use self::writer::{FilmSummary, FilmWriter};
