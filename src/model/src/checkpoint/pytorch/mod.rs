//! PyTorch's zip format (`torch.save` since version 1.6): a pickle that describes, and one file of raw
//! numbers for each storage. Which of the tensors make a GPT is not decided here.

mod container;
mod tensors;
mod weights;

pub(super) use tensors::{PyTorchFile, is_old_format};
