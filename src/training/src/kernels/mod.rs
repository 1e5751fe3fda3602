//! The arithmetic of a transformer on groups of windows, one operation a file, forward and backward.
//! Each kernel is compiled once for each instruction set and chosen when the program runs. Nothing
//! here knows in which order the operations follow each other.

pub mod activation;
pub mod attention;
pub mod cross_entropy;
pub mod embedding;
pub mod layer_norm;
pub mod matrix_product;
pub mod weight_gradient;
