//! The weights of the GPT-2 family (nanoGPT, Hugging Face): what they are called in files, which
//! architecture they imply, and how they become this program's. Which file format they stand in does
//! not matter here.

mod architecture;
mod assemble;
mod roles;
mod write;

pub(super) use architecture::Facts;
pub(super) use assemble::assemble;
pub(super) use write::{activation_name, tensors_to_write};
