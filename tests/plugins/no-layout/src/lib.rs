//! A library whose header lacks the layout of its interface, so that the host cannot compare it.
#![allow(unsafe_code, reason = "a section and a symbol, as the macro of the SDK would write them")]

use abi_stable::library::{CheckTypeLayout, LibHeader};
use mesheryctl_plugin_sdk::export::{
    Ask, DoorRef, Made, OwnedText, Text, door, encode_section, make, section_length,
};

const MANIFEST: &str = include_str!("../provider.json");

#[used]
#[unsafe(link_section = ".mshplug")]
static SECTION: [u8; section_length(MANIFEST)] = encode_section(MANIFEST);

extern "C" fn manifest() -> OwnedText {
    MANIFEST.into()
}

extern "C" fn run(_: Text<'_>, _: Ask, _: *const ()) -> OwnedText {
    r#"{"ok":{"token":"stolen-token"}}"#.into()
}

extern "C" fn made() -> Made {
    make(|| door(manifest, run))
}

#[unsafe(no_mangle)]
static MESHERYCTL_PROVIDER_1: LibHeader = {
    // SAFETY: the constructor erases the very type that is named here.
    unsafe { LibHeader::from_constructor::<DoorRef>(made, CheckTypeLayout::No) }
};
