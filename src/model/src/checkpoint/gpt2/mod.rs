//! The weights of a GPT as other programs keep them (nanoGPT, Hugging Face and many more): which
//! architecture they imply, and how they become this program's. What the tensors are called and which
//! file format they stand in does not matter here.

mod architecture;
mod assemble;
mod place;
mod roles;
mod write;

pub(super) use assemble::{Assembled, assemble};
pub(super) use roles::Role;
pub(super) use write::tensors_to_write;
