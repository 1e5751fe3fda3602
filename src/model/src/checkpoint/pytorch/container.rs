//! The zip around a checkpoint: where each entry's bytes stand, every claim checked against the file's
//! length.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

use crate::checkpoint::error::FileProblem;
use crate::checkpoint::zip_directory;

/// Where an entry's bytes stand.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub start: u64,
    pub len: u64,
    /// The checksum that the zip gives
    pub crc: u32,
}

/// The entries of a checkpoint by their name behind the archive's own folder.
pub struct Container {
    pub file_len: u64,
    pub entries: HashMap<String, Place>,
}

/// The description's name within the archive's folder.
const DESCRIPTION: &str = "data.pkl";

/// Whether these entries' names are those of a checkpoint.
fn folder_of<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // the outermost, should a storage be called so too
    names
        .filter_map(|name| name.strip_suffix(DESCRIPTION))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .min_by_key(|folder| folder.len())
}

impl Container {
    /// Reads the table of contents; `None` if it is a zip of something else.
    ///
    /// # Errors
    /// A zip that cannot be read, or that is not as PyTorch writes it.
    pub fn open(reader: &mut (impl Read + Seek)) -> Result<Option<Self>, FileProblem> {
        let damaged = |reason: String| FileProblem::DamagedZip(reason);
        let words = |error: zip::result::ZipError| damaged(error.to_string());
        let wrong = |reason: String| FileProblem::NotPyTorch(reason);
        let end = reader.seek(SeekFrom::End(0));
        let file_len = end.map_err(|error| damaged(error.to_string()))?;
        let too_long = zip_directory::too_long(reader);
        if let Some(problem) = too_long.map_err(|error| damaged(error.to_string()))? {
            return Err(damaged(problem));
        }
        // a checkpoint begins where its file begins; left to find that out, the library (9.4) is misled
        // by PyTorch's zip64 records if the archive's folder has a name of 21 letters
        let config = Config {
            archive_offset: ArchiveOffset::Known(0),
        };
        let mut zip = ZipArchive::with_config(config, reader).map_err(words)?;
        let names: Vec<String> = zip
            .file_names()
            .map(|name| name.map(|name| name.into_owned()))
            .collect::<Result<_, _>>()
            .map_err(words)?;
        let Some(folder) = folder_of(names.iter().map(String::as_str)) else {
            return Ok(None);
        };
        let mut entries = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            let Some(short) = name.strip_prefix(folder) else {
                continue;
            };
            let entry = zip.by_index_raw(index).map_err(words)?;
            if entry.encrypted() || entry.compression() != CompressionMethod::Stored {
                return Err(wrong(format!(
                    "its entry {name:?} is compressed or encrypted, which torch.save does not do"
                )));
            }
            let place = entry.data_start().map(|start| Place {
                start,
                len: entry.size(),
                crc: entry.crc32(),
            });
            let inside = |place: &Place| {
                let end = place.start.checked_add(place.len);
                entry.size() == entry.compressed_size() && end.is_some_and(|end| end <= file_len)
            };
            let place = place.filter(inside).ok_or_else(|| {
                wrong(format!(
                    "its entry {name:?} claims more bytes than the file has"
                ))
            })?;
            entries.insert(short.to_owned(), place);
        }
        Ok(Some(Self { file_len, entries }))
    }

    /// The description's place.
    pub fn description(&self) -> Option<Place> {
        self.entries.get(DESCRIPTION).copied()
    }
}
