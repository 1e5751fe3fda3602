//! The few vector and matrix operations a GPT is made of, on plain row-major slices, one kind a file.
//! What a pass does with them, and in which order, does not live here.
//!
//! Every result is the same bit for bit on every machine: sums run in one fixed order that does not
//! depend on the width of the vector registers, `exp` and `erf` are this crate's own portable ones, and
//! a product that joins a sum is always fused with it (`a·b + c` is rounded once), where the machine
//! has an instruction for that as where it has none and software does it, slowly. So the same seed
//! gives the same text everywhere, and a row computed alone (with a key/value cache) equals the same
//! row computed among others.

mod activation;
mod each;
mod head;
mod norm;
mod parts;
mod product;
mod softmax;
mod turn;

pub(crate) use activation::activate;
pub(crate) use each::{add, divide, mask};
pub(crate) use head::project_transposed;
pub(crate) use norm::{Norm, normalize, normalize_by};
pub(crate) use product::{MatrixProduct, Rows};
pub(crate) use softmax::softmax;
pub(crate) use turn::Strip;
