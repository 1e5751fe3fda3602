//! What can be wrong with a file of weights. Every message names the file and, where there is one,
//! the key.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use super::metadata::FORMAT_VERSION;
use super::pickle::PickleError;
use crate::gpt::GptError;

/// Why a file cannot be read or written: which file, and what is wrong with it. The path is added once, where the
/// file is opened; what reads it speaks of a [`FileProblem`].
#[derive(Debug)]
pub struct CheckpointError {
    /// The file, or the folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: FileProblem,
}

/// What can be wrong with a file of weights, or with a vocabulary.
#[derive(Debug)]
pub enum FileProblem {
    /// It cannot be opened or read: what the system says.
    Read(io::Error),
    /// It cannot be written: what the system says. What stood under its name before is untouched.
    Write(io::Error),
    /// As a whole it is not a `.npz` that can be used.
    NotNpz(String),
    /// It begins like a zip but is none that can be read.
    DamagedZip(String),
    /// As a whole it is no checkpoint of PyTorch.
    NotPyTorch(String),
    /// It is a checkpoint of PyTorch before version 1.6.
    OldPyTorch,
    /// The pickle in it, or that it is, is refused.
    Pickle(PickleError),
    /// As a whole it is not a `.safetensors` that can be used.
    NotSafetensors(String),
    /// What it says of its model is not usable, or not what its tensors are.
    Model(String),
    /// A folder that does not say which of its files is the model.
    Folder(String),
    /// It is in no format that is known.
    UnknownFormat,
    /// A vocabulary that is not usable, or belongs to another model.
    Vocabulary(String),
    /// One array is not what it should be.
    Array {
        /// The array's key.
        key: String,
        /// In which way.
        problem: ArrayProblem,
    },
    /// The metadata entry cannot be understood.
    Metadata(String),
    /// The vocabulary is neither in the file nor can its size tell it: rows of the embedding table.
    NeedsVocabulary(usize),
    /// The sizes make no GPT.
    Gpt(GptError),
    /// Something is wrong with another file, which belongs to this one.
    Elsewhere(Box<CheckpointError>),
}

impl FileProblem {
    /// The problem of this file; of a file that belongs to it if that is where it lies.
    pub fn of(self, path: &Path) -> CheckpointError {
        match self {
            Self::Elsewhere(error) => *error,
            problem => CheckpointError {
                path: path.to_owned(),
                problem,
            },
        }
    }
}

impl FileProblem {
    fn is_of_a_pickle(&self) -> bool {
        match self {
            Self::Pickle(_) => true,
            Self::Elsewhere(error) => error.problem.is_of_a_pickle(),
            _ => false,
        }
    }

    /// What can be done about it, where the reason itself does not say.
    fn way_out(&self) -> &'static str {
        const ANEW: &str = "copy it anew from where it comes from";
        const LIST: &str = "`orrery inspect` lists everything that is in it";
        match self {
            Self::Read(_) => "check its name, and that you may read it",
            Self::Write(_) => "choose another place, or make room there",
            Self::NotNpz(_) => {
                "copy it anew, or write it again with numpy.savez or `orrery convert`"
            }
            Self::DamagedZip(_) => ANEW,
            Self::NotPyTorch(_) | Self::OldPyTorch | Self::Pickle(_) | Self::UnknownFormat => {
                "where the script is that made it, save the weights alone: torch.save(model.state_dict(), \
                 'weights.pt')"
            }
            Self::NotSafetensors(_) => {
                "copy it anew, or write it again with safetensors.torch.save_file"
            }
            Self::Model(_) | Self::Folder(_) | Self::Gpt(_) => LIST,
            Self::Vocabulary(_) | Self::NeedsVocabulary(_) => "name another with --meta",
            Self::Array { problem, .. } => match problem {
                ArrayProblem::Damaged(_) | ArrayProblem::Implausible { .. } => ANEW,
                ArrayProblem::NotFinite { .. } => {
                    "take an earlier checkpoint of the training, from before it diverged"
                }
                _ => LIST,
            },
            Self::Metadata(_) => "write it again with `orrery convert`, or copy it anew",
            Self::Elsewhere(error) => error.problem.way_out(),
        }
    }
}

impl From<CheckpointError> for FileProblem {
    fn from(error: CheckpointError) -> Self {
        Self::Elsewhere(Box::new(error))
    }
}

impl CheckpointError {
    /// What is wrong, without the way out, unless the reason has one of its own.
    fn words(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            FileProblem::Read(error) => write!(f, "cannot read {path}: {error}"),
            FileProblem::Write(error) => write!(f, "cannot write {path}: {error}"),
            FileProblem::NotNpz(reason) => write!(f, "{path} is not a usable .npz file: {reason}"),
            FileProblem::DamagedZip(reason) => write!(
                f,
                "{path} begins like a .npz or a PyTorch checkpoint, but is damaged or cut off: {reason}"
            ),
            FileProblem::NotPyTorch(reason) => {
                write!(f, "{path} is not a usable PyTorch checkpoint: {reason}")
            }
            FileProblem::OldPyTorch => write!(
                f,
                "{path} is a checkpoint in PyTorch's format of before version 1.6, which is not read. Convert it \
                 where PyTorch is: python -c \"import torch; torch.save(torch.load('{path}', \
                 map_location='cpu'), 'new.pt')\""
            ),
            FileProblem::Pickle(error) => write!(f, "{path} is refused: {error}"),
            FileProblem::NotSafetensors(reason) => {
                write!(f, "{path} is not a usable .safetensors file: {reason}")
            }
            FileProblem::Model(reason) | FileProblem::Vocabulary(reason) => {
                write!(f, "{path}: {reason}")
            }
            FileProblem::Folder(reason) => write!(f, "{path} {reason}"),
            FileProblem::UnknownFormat => write!(
                f,
                "{path} is in no format that is read: .npz, PyTorch's .pt (zip), or .safetensors with its \
                 config.json; from Python, write one with torch.save(model.state_dict(), 'weights.pt')"
            ),
            FileProblem::Array { key, problem } => write!(f, "{path}: '{key}' {problem}"),
            FileProblem::Metadata(reason) => {
                write!(f, "{path}: its metadata cannot be used: {reason}")
            }
            FileProblem::NeedsVocabulary(vocab_size) => write!(
                f,
                "{path}: it has {vocab_size} tokens but does not say which, and no vocabulary lies beside it; name its \
                 file (the meta.pkl of the data it was trained on, or a tokenizer.json) with --meta"
            ),
            FileProblem::Gpt(error) => write!(f, "{path}: {error}"),
            FileProblem::Elsewhere(error) => error.words(f),
        }
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = String::new();
        self.words(&mut words)?;
        f.write_str(&words)?;
        // a reason that knows better says so behind a semicolon; a pickle's says there that nothing was run
        let known = words.contains("; ") && !self.problem.is_of_a_pickle();
        match known {
            true => Ok(()),
            false => write!(f, "; {}", self.problem.way_out()),
        }
    }
}

// its words hold those of what caused it, and a way out behind them: a chain would say them twice
impl Error for CheckpointError {}

/// What can be wrong with one array.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ArrayProblem {
    /// It should be there.
    #[error("is missing")]
    Missing,
    /// It should not be there.
    #[error(
        "does not belong to a model of this kind; if the model is the same without it, leave it out with \
         --ignore and its name"
    )]
    Spare,
    /// Its extents are others.
    #[error("has the shape {found:?}, expected {expected:?}")]
    WrongShape {
        /// What the model needs.
        expected: Vec<usize>,
        /// What the file has.
        found: Vec<usize>,
    },
    /// Its number of axes is another.
    #[error("has {found} axes, expected {expected}")]
    WrongAxes {
        /// What the model needs.
        expected: usize,
        /// What the file has.
        found: usize,
    },
    /// A number is NaN or infinite (or too large for single precision).
    #[error("holds {value} at index {index:?} (counted from 0)")]
    NotFinite {
        /// The number.
        value: f64,
        /// Where it stands.
        index: Vec<usize>,
    },
    /// Its numbers are of a kind that is not read.
    #[error("holds numbers of type {0}, which are not those of a weight")]
    UnsupportedType(String),
    /// It cannot be read to its end.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// It claims more than the file can hold.
    #[error("claims {claimed} bytes, which the file cannot hold")]
    Implausible {
        /// By its header.
        claimed: u128,
    },
}

/// The reason given for a metadata entry from the future.
pub(super) fn unknown_version(found: u32) -> String {
    format!(
        "it is of format version {found}, this program reads up to {FORMAT_VERSION}; use a newer program"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reason: &str) -> String {
        reason.to_owned()
    }

    /// One of each kind; the match sees to it that a new kind is not forgotten.
    fn of_every_kind(reason: &str) -> Vec<FileProblem> {
        use FileProblem as P;
        let io = || io::Error::other(text(reason));
        let array = |problem| P::Array {
            key: text("wte"),
            problem,
        };
        let all = vec![
            P::Read(io()),
            P::Write(io()),
            P::NotNpz(text(reason)),
            P::DamagedZip(text(reason)),
            P::NotPyTorch(text(reason)),
            P::OldPyTorch,
            P::Pickle(PickleError::ForbiddenName(text("os.system"))),
            P::NotSafetensors(text(reason)),
            P::Model(text(reason)),
            P::Folder(text(reason)),
            P::UnknownFormat,
            P::Vocabulary(text(reason)),
            array(ArrayProblem::Missing),
            array(ArrayProblem::Spare),
            array(ArrayProblem::WrongShape {
                expected: vec![1],
                found: vec![2],
            }),
            array(ArrayProblem::WrongAxes {
                expected: 1,
                found: 2,
            }),
            array(ArrayProblem::NotFinite {
                value: f64::NAN,
                index: vec![0],
            }),
            array(ArrayProblem::UnsupportedType(text("c8"))),
            array(ArrayProblem::Damaged(text(reason))),
            array(ArrayProblem::Implausible { claimed: 9 }),
            P::Metadata(text(reason)),
            P::NeedsVocabulary(7),
            P::Gpt(GptError::NoTokens),
            P::Elsewhere(Box::new(P::Model(text(reason)).of(Path::new("b.pt")))),
        ];
        for problem in &all {
            match problem {
                P::Read(_)
                | P::Write(_)
                | P::NotNpz(_)
                | P::DamagedZip(_)
                | P::NotPyTorch(_)
                | P::OldPyTorch
                | P::Pickle(_)
                | P::NotSafetensors(_)
                | P::Model(_)
                | P::Folder(_)
                | P::UnknownFormat
                | P::Vocabulary(_)
                | P::Array { .. }
                | P::Metadata(_)
                | P::NeedsVocabulary(_)
                | P::Gpt(_)
                | P::Elsewhere(_) => {}
            }
        }
        all
    }

    #[test]
    fn every_refusal_ends_with_the_way_out() {
        for problem in of_every_kind("it is odd") {
            let known = problem.way_out();
            let said = problem.of(Path::new("a.pt")).to_string();
            let way_out = said.rsplit_once("; ").map(|(_, way_out)| way_out);
            let typed = [
                "--", "torch.", "orrery ", "numpy", "copy", "name", "check", "choose", "take",
            ];
            let is_one = |way_out: &str| typed.iter().any(|word| way_out.contains(word));
            let old = said.contains("Convert it where PyTorch is");
            assert!(old || way_out.is_some_and(is_one), "{said}");
            assert!(is_one(known), "{known}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        // a reason that has its own is not given another
        for problem in of_every_kind("it is odd; say --heads 4") {
            let known = problem.way_out();
            let said = problem.of(Path::new("a.pt")).to_string();
            assert!(
                !said.contains("--heads") || !said.ends_with(known),
                "{said}"
            );
        }
    }
}
