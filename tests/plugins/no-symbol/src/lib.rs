//! A library with a manifest but without the exported symbol of a plugin.
#![allow(unsafe_code, reason = "a section and a symbol, as the macro of the SDK would write them")]

use mesheryctl_plugin_sdk::export::{encode_section, section_length};

const MANIFEST: &str = include_str!("../provider.json");

#[used]
#[unsafe(link_section = ".mshplug")]
static SECTION: [u8; section_length(MANIFEST)] = encode_section(MANIFEST);
