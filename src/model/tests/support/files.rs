//! Files of weights in memory, to be taken apart and put together again.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use npyz::WriterBuilder;
use orrery_model::checkpoint::{self, Assumptions, METADATA_KEY};
use orrery_model::{CheckpointError, Gpt, GptConfig, LoadedModel, Tokenizer};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The smallest model of the default family.
pub fn tiny() -> Gpt {
    let config = GptConfig {
        context_length: 3,
        d_model: 4,
        n_blocks: 2,
        d_ff: 5,
        ..GptConfig::default()
    };
    Gpt::random(config, 1).unwrap()
}

pub fn saved(gpt: &Gpt, tokenizer: &Tokenizer) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    checkpoint::save(&path, gpt, tokenizer, None).unwrap();
    std::fs::read(path).unwrap()
}

pub fn load(bytes: &[u8]) -> Result<LoadedModel, CheckpointError> {
    let name = Path::new("some.npz");
    checkpoint::load_from(Cursor::new(bytes), name, &Assumptions::default())
}

/// The entries of a zip by file name.
pub type Entries = Vec<(String, Vec<u8>)>;

pub fn entries(bytes: &[u8]) -> Entries {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|entry| {
            let mut file = zip.by_index(entry).unwrap();
            let mut data = Vec::new();
            file.read_to_end(&mut data).unwrap();
            (file.name().unwrap().into_owned(), data)
        })
        .collect()
}

pub fn zipped(entries: &Entries) -> Vec<u8> {
    // quick for what proptest makes by the hundred, thorough for the bomb
    let large = entries.iter().any(|(_, data)| data.len() > 1 << 20);
    let level = if large { 9 } else { 1 };
    let options = SimpleFileOptions::default().compression_level(Some(level));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in entries {
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(data).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn npy<T: npyz::AutoSerialize + Copy>(
    shape: &[u64],
    values: &[T],
    order: npyz::Order,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(shape)
        .order(order)
        .writer(&mut bytes)
        .begin_nd()
        .unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

/// The tiny model's file without metadata, after a change to its entries, with all said that its arrays
/// do not show.
pub fn changed(change: impl FnOnce(&mut Entries)) -> Result<LoadedModel, CheckpointError> {
    let gpt = tiny();
    let mut entries = entries(&saved(&gpt, &Tokenizer::charlm()));
    entries.retain(|(name, _)| !name.starts_with(METADATA_KEY));
    change(&mut entries);
    let config = gpt.config();
    let assumptions = Assumptions {
        n_heads: Some(config.n_heads),
        activation: Some(config.activation),
        norm_placement: Some(config.norm_placement),
        tokenizer: Some(Tokenizer::charlm()),
        ..Assumptions::default()
    };
    let name = Path::new("some.npz");
    checkpoint::load_from(Cursor::new(zipped(&entries)), name, &assumptions)
}

pub fn entry<'a>(entries: &'a mut Entries, key: &str) -> &'a mut Vec<u8> {
    let name = format!("{key}.npy");
    &mut entries.iter_mut().find(|(n, _)| *n == name).unwrap().1
}
