//! A training run's state as a file (safetensors): written whole or not at all, read with every claim
//! checked, so that a run goes on exactly where it stopped.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use orrery_model::checkpoint::{CheckpointError, write_atomically};
use orrery_model::{GptConfig, Tokenizer, parameter_layout};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::options::TrainingOptions;

/// The key of our entry in the file's metadata.
const RECORD_KEY: &str = "orrery_training_state";
const WEIGHTS: &str = "weights";
const FIRST_MOMENT: &str = "first_moment";
const SECOND_MOMENT: &str = "second_moment";

/// Why a state was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The operating system refused to read
    #[error("could not read the training state {path}: {source}")]
    Read {
        /// The file
        path: PathBuf,
        /// Why not
        source: std::io::Error,
    },
    /// The operating system refused to write
    #[error(transparent)]
    Write(#[from] CheckpointError),
    /// The file holds something else
    #[error("{path} is not a training state: {reason}")]
    Invalid {
        /// The file
        path: PathBuf,
        /// What is wrong with it
        reason: String,
    },
}

/// What is not an array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateRecord {
    /// The architecture
    pub config: GptConfig,
    /// How it trains
    pub options: TrainingOptions,
    /// How text becomes ids
    pub tokenizer: Tokenizer,
    /// See [`crate::Corpus::fingerprint`]
    pub corpus_fingerprint: u64,
    /// Steps done
    pub step: u64,
    /// Tokens learned from
    pub tokens: u64,
    /// How the loss went
    pub history: History,
}

/// Everything that a run needs to go on. The order of windows follows from seed and step.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingState {
    /// What is not an array; options may be changed before resuming, of which only `threads` leaves
    /// the weights what they would have been
    pub record: StateRecord,
    pub(crate) weights: Vec<f32>,
    pub(crate) first_moment: Vec<f32>,
    pub(crate) second_moment: Vec<f32>,
}

impl TrainingState {
    /// Writes it under a temporary name and then gives the file its name.
    ///
    /// # Errors
    /// [`StateError::Write`]
    pub fn save(&self, path: &Path) -> Result<(), StateError> {
        write_atomically(path, |file| file.write_all(&self.to_bytes()?))?;
        Ok(())
    }

    fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let record = serde_json::to_string(&self.record)?;
        let arrays = [
            (WEIGHTS, &self.weights),
            (FIRST_MOMENT, &self.first_moment),
            (SECOND_MOMENT, &self.second_moment),
        ]
        .map(|(name, values)| {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            (name, values.len(), bytes)
        });
        let views = arrays.iter().map(|(name, len, bytes)| {
            let view = TensorView::new(Dtype::F32, vec![*len], bytes);
            view.map(|view| (*name, view))
        });
        let views: Vec<_> = views
            .collect::<Result<_, _>>()
            .map_err(std::io::Error::other)?;
        let metadata = HashMap::from([(RECORD_KEY.to_owned(), record)]);
        serialize(views, Some(metadata)).map_err(std::io::Error::other)
    }

    /// Reads what [`TrainingState::save`] wrote.
    ///
    /// # Errors
    /// [`StateError::Read`] if there is no such file, [`StateError::Invalid`] if it holds anything but
    /// a whole state.
    pub fn load(path: &Path) -> Result<Self, StateError> {
        let bytes = std::fs::read(path).map_err(|source| StateError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(&bytes).map_err(|reason| StateError::Invalid {
            path: path.to_owned(),
            reason,
        })
    }

    /// An error is a reason in words.
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
        let metadata = header.metadata().as_ref();
        let record = metadata.and_then(|metadata| metadata.get(RECORD_KEY));
        let record = record.ok_or_else(|| format!("it lacks the entry '{RECORD_KEY}'"))?;
        let record: StateRecord =
            serde_json::from_str(record).map_err(|e| format!("'{RECORD_KEY}': {e}"))?;
        record.config.validate().map_err(|e| e.to_string())?;
        // Each block has more than one number; what claims more than the file holds is not laid out.
        if record.config.n_blocks > bytes.len() {
            return Err(format!("it cannot hold {} blocks", record.config.n_blocks));
        }
        let expected = parameter_layout(&record.config).len();
        let arrays = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
        let read = |name: &str| {
            let view = arrays
                .tensor(name)
                .map_err(|_| format!("it lacks the array '{name}'"))?;
            if view.dtype() != Dtype::F32 || view.shape() != [expected] {
                return Err(format!(
                    "'{name}' is {:?} {:?}, not F32 [{expected}]",
                    view.dtype(),
                    view.shape()
                ));
            }
            let (numbers, _) = view.data().as_chunks::<4>();
            let values: Vec<f32> = numbers.iter().copied().map(f32::from_le_bytes).collect();
            match values.iter().position(|value| !value.is_finite()) {
                Some(at) => Err(format!("number {at} of '{name}' is not finite")),
                None => Ok(values),
            }
        };
        Ok(Self {
            weights: read(WEIGHTS)?,
            first_moment: read(FIRST_MOMENT)?,
            second_moment: read(SECOND_MOMENT)?,
            record,
        })
    }
}
