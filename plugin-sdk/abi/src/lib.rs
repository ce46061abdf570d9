//! The binary interface between a provider plugin and its host: two functions and one callback, which
//! exchange JSON.
//!
//! The layout of this crate is frozen, and a test compares it: abi_stable's layout check would make a newer
//! host reject every older plugin if anything were added. The JSON can evolve. A second generation of the
//! interface would be another crate with another symbol.
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

/// A pointer to what a library has at [`SYMBOL`]: a header, if [`enter`] accepts it.
pub type Found = AbiHeaderRef;

/// Borrowed text that crosses the interface.
pub type Text<'a> = RStr<'a>;

/// Owned text that crosses the interface. The side that allocated it frees it.
pub type OwnedText = RString;

/// The host's callback, in a struct because abi_stable does not support a function pointer as a parameter
/// of another.
#[repr(transparent)]
#[derive(Clone, Copy, StableAbi)]
pub struct Ask {
    /// Sends one session call to the host and returns its answer. `host` is the argument `host` of
    /// [`Door::run`].
    pub carry: extern "C" fn(host: *const (), ask: RStr<'_>) -> RString,
}

/// The functions of a plugin.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = DoorRef)))]
#[sabi(missing_field(panic))]
pub struct Door {
    /// Returns the manifest as JSON, the same bytes as in the library's link section.
    pub manifest: extern "C" fn() -> RString,
    /// Runs one action: takes a request, makes session calls through the callback, and returns an answer,
    /// all JSON.
    #[sabi(last_prefix_field)]
    pub run: extern "C" fn(request: RStr<'_>, ask: Ask, host: *const ()) -> RString,
}

impl RootModule for DoorRef {
    abi_stable::declare_root_module_statics! {DoorRef}
    const BASE_NAME: &'static str = "mesheryctl_provider";
    const NAME: &'static str = "mesheryctl_provider";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}

/// The return value of a header's constructor.
pub type Made = RootModuleResult;

/// Calls `door` for the constructor of a header. A panic of `door` becomes an error.
pub fn make(door: fn() -> DoorRef) -> Made {
    abi_stable::library::__call_root_module_loader(door)
}

/// Creates a [`Door`] of these two functions. It is never freed.
pub fn door(
    manifest: extern "C" fn() -> RString,
    run: extern "C" fn(RStr<'_>, Ask, *const ()) -> RString,
) -> DoorRef {
    Door { manifest, run }.leak_into_prefix()
}

/// Creates the header of a plugin; `constructor` must return the result of [`make`].
pub const fn header(constructor: extern "C" fn() -> Made) -> Header {
    // SAFETY: the constructor's result is that of `make`, which erases the type of a DoorRef and of nothing
    // else.
    #[allow(unsafe_code, reason = "abi_stable's constructor")]
    unsafe {
        LibHeader::from_constructor::<DoorRef>(constructor, CheckTypeLayout::Yes)
    }
}

/// Why this program cannot run a library that has the symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The symbol is not a header of this version of abi_stable.
    Header,
    /// The calling conventions of the two sides differ.
    Calls,
    /// The plugin was built without a layout to compare.
    NoLayout,
    /// The layout of the plugin's [`Door`] differs from this one.
    Layout,
    /// The plugin's own constructor failed.
    Constructor,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "it was built with another version of abi_stable",
            Self::Calls => "it uses another calling convention",
            Self::NoLayout => "it was built without layout information",
            Self::Layout => "its interface differs from that of this program",
            Self::Constructor => "it failed to start",
        })
    }
}

/// Checks what a library has at [`SYMBOL`], and initialises the plugin.
///
/// # Errors
/// [`Refusal`]. It replaces abi_stable's own errors, which have hundreds of lines.
pub fn enter(found: Found) -> Result<DoorRef, Refusal> {
    let header = found.upgrade().map_err(|error| match error {
        LibraryError::InvalidCAbi { .. } => Refusal::Calls,
        _ => Refusal::Header,
    })?;
    // A plugin can be built without the check; abi_stable would then accept any layout.
    if header.layout().is_none() {
        return Err(Refusal::NoLayout);
    }
    header.init_root_module::<DoorRef>().map_err(|error| match error {
        LibraryError::RootModule { .. } => Refusal::Constructor,
        _ => Refusal::Layout,
    })
}
