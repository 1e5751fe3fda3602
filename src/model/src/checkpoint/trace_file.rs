//! Writing a trace for other programs and for people who want to look.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use zip::CompressionMethod;

use super::atomic::{ArchiveWriter, write_atomically};
use super::error::CheckpointError;
use super::trace_names::TraceNames;
use crate::trace::Trace;

/// Writes every tensor under its name as f32, and the token ids (`ids` or `idx`) as i64.
///
/// # Errors
/// [`CheckpointError`] if the file cannot be written; it then does not appear.
pub fn save_trace_npz(
    path: &Path,
    trace: &Trace,
    names: TraceNames,
) -> Result<(), CheckpointError> {
    write_atomically(path, |writer| {
        let mut archive = ArchiveWriter::new(writer, CompressionMethod::Deflated);
        let ids = trace.ids().iter().map(|&id| id as i64);
        archive.array(names.ids(), &[trace.tokens()], ids)?;
        for tensor in names.tensors(trace) {
            archive.array(&tensor.name, &tensor.shape, tensor.values.iter().copied())?;
        }
        archive.finish()
    })
}

/// Writes one JSON object: the token ids as a list, and under each tensor's name its `shape` and its
/// `values`, row-major; −∞ (a masked score) is `null`.
///
/// # Errors
/// [`CheckpointError`] if the file cannot be written; it then does not appear.
pub fn save_trace_json(
    path: &Path,
    trace: &Trace,
    names: TraceNames,
) -> Result<(), CheckpointError> {
    write_atomically(path, |writer| {
        serde_json::to_writer(writer, &Json(trace, names)).map_err(io::Error::other)
    })
}

struct Json<'a>(&'a Trace, TraceNames);

#[derive(Serialize)]
struct JsonTensor<'a> {
    shape: &'a [usize],
    /// serde_json writes what is not finite as null
    values: &'a [f32],
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Json(trace, names) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(names.ids(), trace.ids())?;
        for tensor in names.tensors(trace) {
            let body = JsonTensor {
                shape: &tensor.shape,
                values: &tensor.values,
            };
            map.serialize_entry(&tensor.name, &body)?;
        }
        map.end()
    }
}
