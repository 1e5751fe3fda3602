//! A whole file of any format, told by its content.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_fuzz::open;

fuzz_target!(|bytes: &[u8]| open(bytes, Some(br#"{"n_head": 2}"#)));
