//! Files that are whole but for one fuzzed part.

use std::io::{Cursor, Read, Write};

use orrery_model::checkpoint::{METADATA_KEY, save};
use orrery_model::{Activation, Biases, Gpt, GptConfig, NormPlacement, Tokenizer};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// How many storages a fuzzed description finds in its file, and how many bytes each has.
const STORAGES: usize = 40;
const STORAGE_LEN: usize = 512;
/// The most bytes of data that are put behind a fuzzed `.safetensors` header.
const MOST_DATA: u64 = 1 << 18;

/// A very small model: of GPT-2's form, or of this program's own.
pub fn tiny(gpt2: bool) -> Gpt {
    let config = GptConfig {
        vocab_size: 8,
        context_length: 3,
        d_model: 4,
        n_heads: 2,
        n_blocks: 2,
        d_ff: 5,
        ..GptConfig::default()
    };
    let config = if gpt2 {
        GptConfig {
            norm_placement: NormPlacement::Pre,
            activation: Activation::GeluErf,
            biases: Biases::GPT2,
            final_norm: true,
            d_ff: 16,
            ..config
        }
    } else {
        config
    };
    Gpt::random(config, 1).expect("it is valid")
}

/// The entries of a zip by file name.
pub type Entries = Vec<(String, Vec<u8>)>;

/// The entries of a `.npz` of the very small model, its metadata last.
pub fn entries() -> Entries {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.npz");
    let tokenizer = Tokenizer::characters("abcdefgh".chars()).expect("no letter comes twice");
    save(&path, &tiny(false), &tokenizer, None).expect("there is room");
    let bytes = std::fs::read(path).expect("it was written");
    let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("it is a zip");
    let mut entries: Entries = (0..zip.len())
        .map(|entry| {
            let mut file = zip.by_index(entry).expect("it is there");
            let mut data = Vec::new();
            file.read_to_end(&mut data).expect("it is whole");
            (file.name().expect("it has a name").into_owned(), data)
        })
        .collect();
    entries.sort_by_key(|(name, _)| name.starts_with(METADATA_KEY));
    entries
}

fn zipped<'a>(entries: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in entries {
        zip.start_file(name, options).expect("a short name");
        zip.write_all(data).expect("there is room");
    }
    zip.finish().expect("there is room").into_inner()
}

/// A `.npz` with one of these arrays replaced, and with its metadata or without.
pub fn npz_with(entries: &Entries, which: usize, array: &[u8], metadata: bool) -> Vec<u8> {
    let which = which % entries.len();
    let kept = if metadata || which + 1 == entries.len() {
        entries.len()
    } else {
        entries.len() - 1
    };
    let pairs = entries[..kept].iter().enumerate();
    let pairs = pairs.map(|(at, (name, data))| {
        let data = if at == which { array } else { data };
        (name.as_str(), data)
    });
    // as np.savez writes it, and quicker to make; packed ones are for the target `file`
    zipped(pairs)
}

/// A checkpoint of PyTorch with this description and some storages of ones.
pub fn pytorch_with(description: &[u8]) -> Vec<u8> {
    let ones: Vec<u8> = 1.0_f32.to_le_bytes().repeat(STORAGE_LEN / 4);
    let names: Vec<String> = (0..STORAGES)
        .map(|at| format!("archive/data/{at}"))
        .collect();
    let storages = names.iter().map(|name| (name.as_str(), &ones[..]));
    let description = [("archive/data.pkl", description)];
    zipped(description.into_iter().chain(storages))
}

/// A `.safetensors` with this header and as many bytes behind it as it asks for, if they are few.
pub fn safetensors_with(header: &[u8]) -> Vec<u8> {
    let end = |tensor: &Value| tensor.get("data_offsets")?.get(1)?.as_u64();
    let data = match serde_json::from_slice(header) {
        Ok(Value::Object(tensors)) => tensors.values().filter_map(end).max().unwrap_or(0),
        _ => 0,
    };
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(vec![0; data.min(MOST_DATA) as usize]);
    bytes
}
