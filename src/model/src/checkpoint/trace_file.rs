//! Writing a trace for other programs and for people who want to look.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::atomic::{ArchiveWriter, write_atomically};
use super::error::CheckpointError;
use crate::trace::Trace;

/// The key of the token ids beside the tensors.
const IDS_KEY: &str = "ids";

/// Writes every tensor under its name ([`crate::TensorId`]'s `Display`) as f32, and the token ids
/// under `ids` as i64.
///
/// # Errors
/// [`CheckpointError::Write`] if the file cannot be written; it then does not appear.
pub fn save_trace_npz(path: &Path, trace: &Trace) -> Result<(), CheckpointError> {
    write_atomically(path, |writer| {
        let mut archive = ArchiveWriter::new(writer);
        let ids = trace.ids().iter().map(|&id| id as i64);
        archive.array(IDS_KEY, &[trace.tokens()], ids)?;
        for entry in trace.layout().entries() {
            let values = &trace.values()[entry.range.clone()];
            archive.array(&entry.id.to_string(), &entry.shape, values.iter().copied())?;
        }
        archive.finish()
    })
}

/// Writes one JSON object: `ids` as a list, and under each tensor's name its `shape` and its
/// `values`, row-major; −∞ (a masked score) is `null`.
///
/// # Errors
/// [`CheckpointError::Write`] if the file cannot be written; it then does not appear.
pub fn save_trace_json(path: &Path, trace: &Trace) -> Result<(), CheckpointError> {
    write_atomically(path, |writer| {
        serde_json::to_writer(writer, &Json(trace)).map_err(io::Error::other)
    })
}

struct Json<'a>(&'a Trace);

#[derive(Serialize)]
struct JsonTensor<'a> {
    shape: &'a [usize],
    /// serde_json writes what is not finite as null
    values: &'a [f32],
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let trace = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(IDS_KEY, trace.ids())?;
        for entry in trace.layout().entries() {
            let tensor = JsonTensor {
                shape: &entry.shape,
                values: &trace.values()[entry.range.clone()],
            };
            map.serialize_entry(&entry.id.to_string(), &tensor)?;
        }
        map.end()
    }
}
