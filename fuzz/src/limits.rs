//! The limits: no panic, no second, no memory beyond four times the file.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cpu_time::ThreadTime;
use orrery_model::checkpoint::{self, Assumptions, CheckpointError};
use tempfile::TempDir;

/// The longest that one input may take, in processor time of its thread.
const LONGEST: Duration = Duration::from_secs(1);
/// How many times a file's length its reading may take in memory.
const MOST_TIMES: u64 = 4;
/// What any file may take besides. The readers let a small description unfold to 16 MiB and three times
/// its length, which for a moment may be held twice; the longest that is read has 6 MiB.
const ALWAYS: u64 = 64 << 20;

/// Runs something that reads this many bytes, and panics if it took too long or too much.
pub fn limited(bytes: usize, read: impl FnOnce()) {
    let start = ThreadTime::now();
    let taken = allocation_counter::measure(read);
    let time = start.elapsed();
    assert!(time < LONGEST, "{time:?} for {bytes} bytes");
    let most = MOST_TIMES * bytes as u64 + ALWAYS;
    assert!(
        taken.bytes_max <= most,
        "{} bytes of memory for {bytes} of file",
        taken.bytes_max
    );
}

thread_local! {
    static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
}

/// Opens these bytes as a file, as a model and as a list of tensors, with this `config.json` beside it.
pub fn open(bytes: &[u8], config: Option<&[u8]>) {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("a temporary folder"));
        let (path, config_path) = (
            folder.path().join("weights"),
            folder.path().join("config.json"),
        );
        fs::write(&path, bytes).expect("there is room");
        if let Some(config) = config {
            fs::write(config_path, config).expect("there is room");
        }
        let whole = bytes.len() + config.map_or(0, <[u8]>::len);
        limited(whole, || as_model(&path));
        limited(whole, || as_tensors(&path));
    });
}

fn as_model(path: &Path) {
    let assumptions = Assumptions {
        n_heads: Some(1),
        ..Assumptions::default()
    };
    if let Ok(opened) = checkpoint::open(path, &assumptions) {
        let values = opened.gpt.parameters().values();
        assert!(values.iter().all(|value| value.is_finite()));
    }
}

fn as_tensors(path: &Path) {
    let visit = |tensor: checkpoint::FoundTensor, numbers: &[f32]| {
        assert_eq!(tensor.shape.iter().product::<usize>(), numbers.len());
        Ok::<(), CheckpointError>(())
    };
    let _ = checkpoint::survey(path, visit);
}

/// Reads these bytes as a `meta.pkl`.
pub fn vocabulary(bytes: &[u8]) {
    limited(bytes.len(), || {
        if let Ok(tokenizer) = checkpoint::vocabulary_from(bytes, Path::new("meta.pkl")) {
            let ids: Vec<usize> = (0..tokenizer.vocab_size()).collect();
            tokenizer.encode_lossy(&tokenizer.decode(&ids));
        }
    });
}

/// Reads these bytes as a `tokenizer.json`.
pub fn tokenizer(bytes: &[u8]) {
    const TEXT: &str =
        "What light through yonder window breaks?\n\n  It's 1595, \u{e9}\u{4f60} <pad>";
    limited(bytes.len(), || {
        if let Ok(tokenizer) = checkpoint::vocabulary_from(bytes, Path::new("tokenizer.json")) {
            let (ids, _) = tokenizer.encode_lossy(TEXT);
            assert!(ids.iter().all(|&id| id < tokenizer.vocab_size()));
            tokenizer.decode(&ids);
        }
    });
}

/// Opens these bytes as the index of a model in several files, of which one is there.
pub fn index(bytes: &[u8]) {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().expect("a temporary folder"));
        let path = folder.path().join("model.safetensors.index.json");
        let shard = folder.path().join("model-00001-of-00001.safetensors");
        if !shard.exists() {
            checkpoint::save_safetensors(&shard, &super::tiny(true), None, None)
                .expect("there is room");
        }
        fs::write(&path, bytes).expect("there is room");
        limited(bytes.len(), || as_model(&path));
        limited(bytes.len(), || as_tensors(&path));
    });
}
