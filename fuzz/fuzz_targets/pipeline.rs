//! Any bytes through the whole pipeline, with safe fixes and with all.

#![no_main]

#[path = "../../tests/support/promises.rs"]
mod promises;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = promises::hold(bytes) {
        panic!("{broken}");
    }
});
