//! Python's pickle format as data. A pickle is a program for a small stack machine, and Python's own
//! unpickler can be told to call any function; this one knows a closed list of instructions and of
//! names, builds plain values, keeps objects of classes it does not know as data (their name and what is
//! said of them), and refuses all else by name. Nothing a file says is ever run. What a
//! checkpoint's values mean does not live here.

mod error;
mod forbidden;
mod global;
mod heap;
mod input;
mod interpreter;
mod numpy;

pub use error::PickleError;
pub(super) use global::{Allowed, NumberType, TensorRecord};
pub(super) use heap::{Heap, Id, Value};
pub(super) use interpreter::read;
