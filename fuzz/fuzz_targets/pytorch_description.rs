//! The description (`data.pkl`) of a PyTorch checkpoint that is otherwise whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_fuzz::{open, pytorch_with};

fuzz_target!(|description: &[u8]| open(&pytorch_with(description), None));
