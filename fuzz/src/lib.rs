//! What the fuzz targets share: opening bytes as a file under the limits that the readers promise, and
//! putting a fuzzed part into a file that is otherwise whole, so that no checksum and no length stands
//! before what is to be tried. The targets are in `fuzz_targets`, the first inputs come from
//! `examples/seeds.rs`.

mod limits;
mod parts;

pub use limits::{index, limited, open, tokenizer, vocabulary};
pub use parts::{Entries, entries, npz_with, pytorch_with, safetensors_with, tiny};
