//! Files that appear whole or not at all.

use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use npyz::WriterBuilder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::error::{CheckpointError, FileProblem};

/// Writes a file of any kind under a temporary name in the same folder, then gives it its name.
///
/// # Errors
/// [`FileProblem::Write`], naming the file; what stood under its name before is untouched.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut std::fs::File>) -> io::Result<()>,
) -> Result<(), CheckpointError> {
    let attempt = || {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.suffix(".tmp");
        // otherwise the file would keep a temporary file's privacy: readable by its owner alone
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder)?;
        let mut writer = BufWriter::new(file.as_file_mut());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        file.as_file().sync_all()?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    attempt().map_err(|source| FileProblem::Write(source).of(path))
}

/// Writes arrays one after the other as an `.npz`. The same arrays give the same bytes.
pub(super) struct ArchiveWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
    compression: CompressionMethod,
}

impl<W: Write + Seek> ArchiveWriter<W> {
    pub fn new(writer: W, compression: CompressionMethod) -> Self {
        Self {
            zip: ZipWriter::new(writer),
            compression,
        }
    }

    /// One array, row-major.
    pub fn array<T: npyz::AutoSerialize + Copy>(
        &mut self,
        key: &str,
        shape: &[usize],
        values: impl IntoIterator<Item = T>,
    ) -> io::Result<()> {
        let count: usize = shape.iter().product();
        // the date is the format's first day, whenever it is written
        let options = SimpleFileOptions::default()
            .compression_method(self.compression)
            .large_file(count > 1 << 28);
        self.zip
            .start_file(npyz::npz::file_name_from_array_name(key), options)?;
        let shape: Vec<u64> = shape.iter().map(|&extent| extent as u64).collect();
        let mut array = npyz::WriteOptions::new()
            .default_dtype()
            .shape(&shape)
            .writer(BufWriter::new(&mut self.zip))
            .begin_nd()?;
        array.extend(values)?;
        array.finish()
    }

    /// The table of contents; without it there is no archive.
    pub fn finish(self) -> io::Result<()> {
        self.zip.finish()?.flush()
    }
}
