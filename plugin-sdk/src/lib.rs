//! What the author of a provider plugin depends on: the words of a sign-in, and `export_provider!`.
//!
//! A whole plugin is in `examples/hello`: a `provider.json`, an `impl Provider`, and one line.
#![warn(missing_docs)]

pub use mesheryctl_core::{failure, flows, manifest, provider, secret, session, token};

#[doc(hidden)]
pub mod export;

/// Makes a shared library of a provider: `export_provider!(MyProvider, include_str!("../provider.json"))`.
///
/// The first argument is an expression for a value that lives in a static, such as a unit struct. The
/// second is the manifest, a constant `&str`; it is put into a section of the library, where hosts read
/// it without running anything. Use it once, in a crate of the type `cdylib`.
#[macro_export]
macro_rules! export_provider {
    ($provider:expr, $manifest:expr $(,)?) => {
        const _: () = {
            const MANIFEST: &str = $manifest;

            // Written here and not in the SDK, because a linker may drop a dependency's section.
            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mshplug"))]
            #[cfg_attr(windows, unsafe(link_section = ".mshplg"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows)),
                unsafe(link_section = ".mshplug")
            )]
            static SECTION: [u8; $crate::export::section_length(MANIFEST)] =
                $crate::export::section(MANIFEST);

            extern "C" fn manifest() -> $crate::export::OwnedText {
                $crate::export::manifest(&SECTION)
            }

            extern "C" fn run(
                request: $crate::export::Text<'_>,
                ask: $crate::export::Ask,
                host: *const (),
            ) -> $crate::export::OwnedText {
                $crate::export::run(&$provider, request, ask, host)
            }

            fn door() -> $crate::export::DoorRef {
                $crate::export::door(manifest, run)
            }

            extern "C" fn make() -> $crate::export::Made {
                $crate::export::make(door)
            }

            #[unsafe(no_mangle)]
            static MESHERYCTL_PROVIDER_1: $crate::export::Header = $crate::export::header(make);
        };
    };
}
