//! Addresses and changes to a run, as they are typed and stand in links: what is read is written back as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use orrery_model::{Address, Interventions};

fuzz_target!(|text: &str| {
    if let Ok(address) = text.parse::<Address>() {
        assert_eq!(address.to_string().parse(), Ok(address));
    }
    if let Ok(changes) = text.parse::<Interventions>() {
        let again: Interventions = changes.to_string().parse().expect("it was written here");
        assert_eq!(again.list(), changes.list());
    }
});
