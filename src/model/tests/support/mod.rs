//! What several integration tests share: an independent forward pass, random configurations, the
//! reference files, `.npz` files. Nothing here is reached by the program itself.
#![allow(dead_code)]

pub mod checkpoints;
pub mod configurations;
pub mod files;
pub mod fixtures;
pub mod naive;
pub mod names;
pub mod npz;
pub mod pickles;
