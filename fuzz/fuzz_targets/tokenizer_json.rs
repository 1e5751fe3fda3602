//! A `tokenizer.json`, and a text cut and joined by it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_fuzz::tokenizer;

fuzz_target!(|bytes: &[u8]| tokenizer(bytes));
