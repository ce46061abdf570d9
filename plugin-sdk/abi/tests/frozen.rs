//! The door is frozen: an edit of it would turn away every plugin that was ever built.

/// FNV-1a: nothing secret is hashed, it only has to notice an edit.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn the_door_is_never_edited_and_a_second_generation_stands_beside_it() {
    let door = include_str!("../src/lib.rs").replace("\r\n", "\n");
    assert_eq!(fingerprint(&door), FROZEN, "make a package of a second generation instead");
    assert_eq!(env!("CARGO_PKG_VERSION"), "1.0.0");
}

const FROZEN: u64 = 0x5a69d99c7f99952b;
