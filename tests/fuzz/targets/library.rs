//! Fuzzes reading the manifest of a library: the result is the same in memory and from a file, and the manifest is
//! complete.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::discovery::{inspect, manifest_of};
use mesheryctl::readers::section::json_of;
use mesheryctl_core::manifest::{MAX_SECTION_LENGTH, decode_section};
use mesheryctl_fuzz::Memory;

static FILE: LazyLock<Memory> = LazyLock::new(|| Memory::new().unwrap());

fuzz_target!(|bytes: &[u8]| {
    if let Some(json) = decode_section(bytes) {
        assert!(bytes[12..].starts_with(json.as_bytes()));
    }
    if let Ok(json) = json_of(bytes) {
        assert!(json.len() <= MAX_SECTION_LENGTH);
        let length = (json.len() as u32).to_le_bytes();
        let whole = [b"MSHPLUG\x01", &length[..], json.as_bytes()].concat();
        assert!(bytes.windows(whole.len()).any(|it| it == whole), "it stands nowhere");
    }
    let in_memory = manifest_of(bytes);
    let in_file = inspect(FILE.holding(bytes).unwrap());
    assert_eq!(in_file.manifest, in_memory);
    assert_eq!(in_file.note(), None);
    if let Err(why) = in_memory {
        assert!(!why.contains(char::is_control), "{why:?}");
    }
});
