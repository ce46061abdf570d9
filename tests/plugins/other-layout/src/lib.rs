//! A library whose interface has another layout than the ABI's, which the check of abi_stable must detect.
#![allow(non_local_definitions, reason = "abi_stable's derive writes its impls inside a const")]
#![allow(missing_debug_implementations, reason = "nothing in here is printed")]
#![allow(unsafe_code, reason = "a section and a symbol, as the macro of the SDK would write them")]

use abi_stable::StableAbi;
use abi_stable::library::{CheckTypeLayout, LibHeader, RootModule, RootModuleResult};
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;
use mesheryctl_plugin_sdk::export::{encode_section, section_length};

const MANIFEST: &str = include_str!("../provider.json");

#[used]
#[unsafe(link_section = ".mshplug")]
static SECTION: [u8; section_length(MANIFEST)] = encode_section(MANIFEST);

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = OtherRef)))]
#[sabi(missing_field(panic))]
pub struct Other {
    #[sabi(last_prefix_field)]
    pub answer: extern "C" fn() -> u32,
}

impl RootModule for OtherRef {
    abi_stable::declare_root_module_statics! {OtherRef}
    const BASE_NAME: &'static str = "mesheryctl_provider";
    const NAME: &'static str = "mesheryctl_provider";
    const VERSION_STRINGS: VersionStrings = VersionStrings::new("1.0.0");
}

extern "C" fn answer() -> u32 {
    42
}

extern "C" fn make() -> RootModuleResult {
    abi_stable::library::__call_root_module_loader(|| Other { answer }.leak_into_prefix())
}

#[unsafe(no_mangle)]
static MESHERYCTL_PROVIDER_1: LibHeader = {
    // SAFETY: the constructor erases the very type that is named here.
    unsafe { LibHeader::from_constructor::<OtherRef>(make, CheckTypeLayout::Yes) }
};
