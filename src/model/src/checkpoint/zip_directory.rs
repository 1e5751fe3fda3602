//! How many entries a zip claims to have, read before any of them is: a table of contents of millions of
//! entries takes seconds to read, and no checkpoint has one.

use std::io::{self, Read, Seek, SeekFrom};

/// No checkpoint has more entries: GPT-3 with its 96 blocks would have some 1,200.
const MOST_ENTRIES: u64 = 1 << 16;

/// The end of a zip: its last record with the longest comment, and a pointer to the zip64 record before it.
const TAIL: u64 = 22 + 0xFFFF + 20;
const END: &[u8] = b"PK\x05\x06";
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
const ZIP64_END: &[u8] = b"PK\x06\x06";

/// Says what is wrong with a zip that claims more entries than a checkpoint can have; leaves the reader at its
/// beginning. Whatever could be taken for the end of the zip is believed at its worst. Source of the layout:
/// PKWARE's APPNOTE 6.3, sections 4.3.14 to 4.3.16.
pub(super) fn too_long(reader: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    let file_len = reader.seek(SeekFrom::End(0))?;
    let begin = file_len.saturating_sub(TAIL);
    reader.seek(SeekFrom::Start(begin))?;
    let mut tail = Vec::new();
    reader.by_ref().take(TAIL).read_to_end(&mut tail)?;
    let mut most = 0;
    for at in 0..tail.len().saturating_sub(3) {
        let record = &tail[at..];
        if record.starts_with(END) {
            most = most.max(number(record, 10, 2));
        } else if record.starts_with(ZIP64_LOCATOR) {
            let mut end = Vec::new();
            // a pointer to beyond the file leads to no record
            if reader.seek(SeekFrom::Start(number(record, 8, 8))).is_ok() {
                reader.by_ref().take(56).read_to_end(&mut end)?;
            }
            if end.starts_with(ZIP64_END) {
                most = most.max(number(&end, 32, 8));
            }
        }
    }
    reader.rewind()?;
    Ok((most > MOST_ENTRIES).then(|| {
        format!("its table of contents claims {most} entries; a model has at most {MOST_ENTRIES}")
    }))
}

/// The number in `bytes[at..at + width]`, its lowest byte first; 0 where the record ends before it.
fn number(record: &[u8], at: usize, width: usize) -> u64 {
    let bytes = record.get(at..at + width).unwrap_or_default();
    let from_the_highest = bytes.iter().rev();
    from_the_highest.fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn said_of(bytes: Vec<u8>) -> Option<String> {
        too_long(&mut Cursor::new(bytes)).unwrap()
    }

    #[test]
    fn a_common_zip_is_not_too_long() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("x", zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(b"content").unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert_eq!(said_of(bytes), None);
        assert_eq!(said_of(Vec::new()), None);
        assert_eq!(said_of(b"PK\x05\x06".to_vec()), None);
    }

    #[test]
    fn a_zip64_record_is_found_and_believed() {
        let mut bytes = b"PK\x06\x06".to_vec();
        bytes.resize(56, 0);
        bytes[32..40].copy_from_slice(&700_000u64.to_le_bytes());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(b"PK\x05\x06");
        bytes.resize(56 + 20 + 22, 0xFF);
        assert!(said_of(bytes.clone()).unwrap().contains("700000 entries"));
        // a pointer to nowhere
        bytes[56 + 8..56 + 16].fill(0xFF);
        assert_eq!(said_of(bytes), None);
    }
}
