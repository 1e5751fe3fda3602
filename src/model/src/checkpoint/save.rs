//! Writing a model as a `.npz`.

use std::io;
use std::path::Path;

use zip::CompressionMethod;

use super::atomic::{ArchiveWriter, write_atomically};
use super::error::{CheckpointError, FileProblem};
use super::metadata::{FORMAT_VERSION, METADATA_KEY, Metadata, TrainingFacts};
use crate::gpt::Gpt;
use crate::tokenizer::Tokenizer;

/// Writes the weights (f32, keys as in [`crate::WeightId`]) and our metadata entry; the file appears
/// whole or not at all. The same model gives the same bytes.
///
/// # Errors
/// [`FileProblem::Metadata`] if the vocabulary has another size than the model;
/// [`FileProblem::Write`] if the file cannot be written.
pub fn save(
    path: &Path,
    gpt: &Gpt,
    tokenizer: &Tokenizer,
    training: Option<&TrainingFacts>,
) -> Result<(), CheckpointError> {
    let (tokens, rows) = (tokenizer.vocab_size(), gpt.config().vocab_size);
    if tokens != rows {
        let reason = format!("the vocabulary has {tokens} tokens, the model {rows}");
        return Err(FileProblem::Metadata(reason).of(path));
    }
    let metadata = Metadata {
        format_version: FORMAT_VERSION,
        config: gpt.config().clone(),
        tokenizer: tokenizer.clone(),
        training: training.cloned(),
    };
    write_atomically(path, |writer| {
        // weights hardly shrink, and take ten times as long to read when they are packed
        let mut archive = ArchiveWriter::new(writer, CompressionMethod::Stored);
        let json = serde_json::to_vec(&metadata).map_err(io::Error::other)?;
        archive.array(METADATA_KEY, &[json.len()], json)?;
        let parameters = gpt.parameters();
        for entry in parameters.layout().entries() {
            let values = &parameters.values()[entry.range.clone()];
            archive.array(&entry.id.to_string(), &entry.shape, values.iter().copied())?;
        }
        archive.finish()
    })
}
