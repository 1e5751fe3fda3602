//! One array of a `.npz` that is otherwise whole. The first byte chooses which (its lowest bit, whether
//! the metadata is there), the others are the array's file.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use orrery_fuzz::{Entries, entries, npz_with, open};

static ENTRIES: LazyLock<Entries> = LazyLock::new(entries);

fuzz_target!(|bytes: &[u8]| {
    if let Some((&choice, array)) = bytes.split_first() {
        let (which, metadata) = (usize::from(choice >> 1), choice & 1 == 0);
        open(&npz_with(&ENTRIES, which, array, metadata), None);
    }
});
