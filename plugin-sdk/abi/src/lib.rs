//! The door between a provider plugin and its host: two functions, one callback, JSON inside.
//!
//! Frozen. abi_stable's layout check is one-way: a newer host would reject every older plugin as soon
//! as anything is added here. What evolves is the JSON. A second generation would stand beside this
//! one, with a symbol of its own.
#![warn(missing_docs)]
#![allow(non_local_definitions, reason = "abi_stable's derive writes its impls inside a const")]
#![allow(missing_debug_implementations, reason = "nothing in here is printed")]

use std::fmt;

use abi_stable::StableAbi;
use abi_stable::library::{
    AbiHeaderRef, CheckTypeLayout, LibHeader, LibraryError, RootModule, RootModuleResult,
};
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RStr, RString};

/// The symbol at which a plugin exports its [`Header`].
pub const SYMBOL: &[u8] = b"MESHERYCTL_PROVIDER_1\0";

/// What a plugin exports at [`SYMBOL`].
pub type Header = LibHeader;

/// What is found at [`SYMBOL`]: a header, if [`enter`] agrees.
pub type Found = AbiHeaderRef;

/// Text that crosses the door, borrowed.
pub type Text<'a> = RStr<'a>;

/// Text that crosses the door, owned; it is freed by the side that made it.
pub type OwnedText = RString;

/// The host's callback. abi_stable knows no function pointer inside another's signature, hence a type.
#[repr(transparent)]
#[derive(Clone, Copy, StableAbi)]
pub struct Ask {
    /// Takes one ask to the host and brings its answer. `host` is what `run` was given as such.
    pub carry: extern "C" fn(host: *const (), ask: RStr<'_>) -> RString,
}

/// What a plugin offers.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = DoorRef)))]
#[sabi(missing_field(panic))]
pub struct Door {
    /// The manifest as JSON: the same bytes as in the library's link section.
    pub manifest: extern "C" fn() -> RString,
    /// Runs one action: a request in, asks through the callback, an answer out, all JSON.
    #[sabi(last_prefix_field)]
    pub run: extern "C" fn(request: RStr<'_>, ask: Ask, host: *const ()) -> RString,
}

impl RootModule for DoorRef {
    abi_stable::declare_root_module_statics! {DoorRef}
    const BASE_NAME: &'static str = "mesheryctl_provider";
    const NAME: &'static str = "mesheryctl_provider";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}

/// What the constructor of a header returns.
pub type Made = RootModuleResult;

/// Makes the door for the constructor of a header. A panic of `door` becomes an error.
pub fn make(door: fn() -> DoorRef) -> Made {
    abi_stable::library::__call_root_module_loader(door)
}

/// A door of these two functions, alive for ever.
pub fn door(
    manifest: extern "C" fn() -> RString,
    run: extern "C" fn(RStr<'_>, Ask, *const ()) -> RString,
) -> DoorRef {
    Door { manifest, run }.leak_into_prefix()
}

/// The header of a plugin; `constructor` must return what [`make`] makes.
pub const fn header(constructor: extern "C" fn() -> Made) -> Header {
    // SAFETY: the constructor's result is one of `make`, which erases a DoorRef and nothing else.
    #[allow(unsafe_code, reason = "abi_stable's constructor")]
    unsafe {
        LibHeader::from_constructor::<DoorRef>(constructor, CheckTypeLayout::Yes)
    }
}

/// Why a library that has the symbol is no plugin that this program can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// What stands at the symbol is no header of this abi_stable.
    Header,
    /// The two sides do not agree on how C functions are called.
    Calls,
    /// The plugin was built without the layout that could be compared.
    NoLayout,
    /// The plugin's door is not this door.
    Layout,
    /// The plugin's own constructor failed.
    Constructor,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "it was built with another abi_stable",
            Self::Calls => "it calls functions in another way",
            Self::NoLayout => "it was built without a layout to compare",
            Self::Layout => "its interface is not the one of this program",
            Self::Constructor => "it could not start",
        })
    }
}

/// Checks what was found at [`SYMBOL`], and goes in.
///
/// # Errors
/// [`Refusal`]. abi_stable's own reasons run over hundreds of lines and help nobody.
pub fn enter(found: Found) -> Result<DoorRef, Refusal> {
    let header = found.upgrade().map_err(|error| match error {
        LibraryError::InvalidCAbi { .. } => Refusal::Calls,
        _ => Refusal::Header,
    })?;
    // A plugin may opt out of the check; then there would be none.
    if header.layout().is_none() {
        return Err(Refusal::NoLayout);
    }
    header.init_root_module::<DoorRef>().map_err(|error| match error {
        LibraryError::RootModule { .. } => Refusal::Constructor,
        _ => Refusal::Layout,
    })
}
