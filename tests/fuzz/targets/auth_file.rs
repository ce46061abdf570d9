//! Fuzzes the parser of auth.json: an accepted file obeys the limits, and is parsed back after it is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl_core::auth_file::{AuthFile, MAX_LENGTH, is_provider_name};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let file = match AuthFile::parse(bytes) {
        Ok(file) => file,
        Err(why) => {
            let why = why.to_string();
            assert!(!why.contains(char::is_control), "{why:?}");
            return assert!(why.chars().count() < 400, "{why}");
        }
    };
    assert!(bytes.len() <= MAX_LENGTH);
    assert!(is_provider_name(&file.provider) && file.provider.chars().count() <= 128);
    assert!(!file.provider.contains(|c: char| c.is_control() || "\",;\\".contains(c)));
    assert!(file.token.expose().bytes().all(|it| it.is_ascii_graphic()));

    let written = file.to_bytes();
    assert!(written.ends_with(b"}\n") && !written[..written.len() - 1].contains(&b'\n'));
    let members: Value = serde_json::from_slice(&written).unwrap();
    let members = members.as_object().unwrap();
    assert_eq!(members.len(), 2);
    assert!(members.values().all(Value::is_string));
    assert!(AuthFile::parse(&written) == Ok(file));
});
