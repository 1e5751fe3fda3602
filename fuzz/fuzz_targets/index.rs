//! The index of a model in several files, beside one small file of tensors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_fuzz::index;

fuzz_target!(|bytes: &[u8]| index(bytes));
