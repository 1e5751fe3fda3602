//! nanoGPT's `meta.pkl`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_fuzz::vocabulary;

fuzz_target!(|bytes: &[u8]| vocabulary(bytes));
