//! The header of a `.safetensors` whose data has the length that the header asks for, and behind a zero
//! byte the `config.json` beside it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_fuzz::{open, safetensors_with};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    let header = parts.next().unwrap_or_default();
    let config = parts.next().unwrap_or_default();
    open(&safetensors_with(header), Some(config));
});
