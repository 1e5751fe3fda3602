//! A film as an animated PNG: every colour as it was rendered, and of each frame only the rectangle that
//! has changed.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use png::{BlendOp, ColorType, DisposeOp, Encoder, Writer};

use crate::writer::wrong_layout;
use crate::{
    FilmError, FilmSize, FilmSummary, FilmWriter, Frame, FrameRate, OutputFile, PixelLayout,
    RgbaFrame,
};

/// Writes an animated PNG that plays for ever.
pub struct ApngWriter {
    output: OutputFile,
    file: SharedFile,
    writer: Writer<SharedFile>,
    size: FilmSize,
    shown: Vec<u8>,
    frames: u64,
    announced: u64,
}

impl ApngWriter {
    /// Begins a picture of `frames` frames; it may end earlier.
    ///
    /// # Errors
    /// A folder that takes no file.
    pub fn create(
        output: OutputFile,
        size: FilmSize,
        rate: FrameRate,
        frames: u64,
    ) -> Result<Self, FilmError> {
        let wrong = FilmError::write(output.path());
        let file = output.file().try_clone().map_err(&wrong)?;
        let file = SharedFile(Arc::new(Mutex::new(BufWriter::new(file))));
        let mut encoder = Encoder::new(file.clone(), size.width, size.height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_compression(png::Compression::Balanced);
        let count = u32::try_from(frames.max(1)).unwrap_or(u32::MAX);
        // a rate is at most 120
        let writer = encoder
            .set_animated(count, 0)
            .and_then(|()| encoder.set_frame_delay(1, rate.get() as u16))
            .and_then(|()| encoder.set_blend_op(BlendOp::Source))
            .and_then(|()| encoder.set_dispose_op(DisposeOp::None))
            .and_then(|()| encoder.write_header())
            .map_err(|error| wrong(error.into()))?;
        Ok(Self {
            output,
            file,
            writer,
            size,
            shown: Vec::new(),
            frames: 0,
            announced: u64::from(count),
        })
    }

    /// Left, top, width and height of what has changed: at least one pixel, for every frame has some.
    fn changed(&self, rgb: &[u8]) -> [u32; 4] {
        let width = self.size.width as usize;
        if self.shown.is_empty() {
            return [0, 0, self.size.width, self.size.height];
        }
        let (mut left, mut right, mut top, mut bottom) = (width, 0, usize::MAX, 0);
        let rows = rgb
            .chunks_exact(width * 3)
            .zip(self.shown.chunks_exact(width * 3));
        for (row, (new, old)) in rows.enumerate().filter(|(_, (new, old))| new != old) {
            (top, bottom) = (top.min(row), row);
            let differs = |column: &usize| new[column * 3..][..3] != old[column * 3..][..3];
            left = left.min((0..width).find(differs).unwrap_or(width));
            right = right.max((0..width).rev().find(differs).unwrap_or(0));
        }
        if top == usize::MAX {
            return [0, 0, 1, 1];
        }
        [left, top, right - left + 1, bottom - top + 1].map(|side| side as u32)
    }

    fn write(&mut self, frame: &RgbaFrame) -> Result<(), png::EncodingError> {
        let rgb: Vec<u8> = frame
            .bytes
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        let [left, top, width, height] = self.changed(&rgb);
        if self.frames > 0 {
            // the size first, at the beginning of the picture: place and size together must fit into it
            self.writer.reset_frame_position()?;
            self.writer.set_frame_dimension(width, height)?;
            self.writer.set_frame_position(left, top)?;
        }
        let across = self.size.width as usize * 3;
        let rows = rgb
            .chunks_exact(across)
            .skip(top as usize)
            .take(height as usize);
        let part: Vec<u8> = rows
            .flat_map(|row| &row[left as usize * 3..(left + width) as usize * 3])
            .copied()
            .collect();
        self.writer.write_image_data(&part)?;
        self.shown = rgb;
        Ok(())
    }
}

impl FilmWriter for ApngWriter {
    fn layout(&self) -> PixelLayout {
        PixelLayout::Rgba
    }

    fn push(&mut self, frame: Frame) -> Result<(), FilmError> {
        let Frame::Rgba(frame) = frame else {
            return Err(wrong_layout());
        };
        self.write(&frame)
            .map_err(|error| FilmError::write(self.output.path())(error.into()))?;
        self.frames += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<FilmSummary, FilmError> {
        let Self {
            output,
            file,
            writer,
            frames,
            announced,
            ..
        } = *self;
        // where it ends before its time, `finish` would complain; dropped, it writes the end all the same
        drop(writer);
        let wrong = FilmError::write(output.path());
        let mut file = file.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.flush().map_err(&wrong)?;
        if frames < announced {
            announce(file.get_mut(), frames as u32).map_err(&wrong)?;
        }
        drop(file);
        let bytes = output.file().metadata().map_err(&wrong)?.len();
        output.finish()?;
        Ok(FilmSummary { frames, bytes })
    }
}

/// Writes how many frames there are: the animation's control chunk follows the header at once.
fn announce(file: &mut File, frames: u32) -> io::Result<()> {
    /// Signature, and the header chunk: length, name, 13 bytes, checksum.
    const CONTROL: u64 = 8 + 4 + 4 + 13 + 4;
    let mut chunk = Vec::from(*b"acTL");
    chunk.extend_from_slice(&frames.to_be_bytes());
    // plays for ever
    chunk.extend_from_slice(&0_u32.to_be_bytes());
    let sum = crc32fast::hash(&chunk);
    chunk.extend_from_slice(&sum.to_be_bytes());
    file.seek(SeekFrom::Start(CONTROL + 4))?;
    file.write_all(&chunk)
}

/// A file that is still ours when the encoder has ended: it hides what goes wrong then.
#[derive(Clone)]
struct SharedFile(Arc<Mutex<BufWriter<File>>>);

impl Write for SharedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .flush()
    }
}
