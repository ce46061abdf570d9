#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | module | what an author does with it |
//! |---|---|
//! | [`provider`] | implements [`Provider`](provider::Provider), and returns a [`SignIn`](provider::SignIn) |
//! | [`session`] | calls the [`Session`](session::Session): questions, the browser, [HTTP requests](session::HttpRequest), the clock |
//! | [`failure`] | returns a [`Failure`](failure::Failure) |
//! | [`token`], [`secret`] | holds text that no print statement shows |
//! | [`flows`] | calls a whole sign-in: Meshery remote providers, OAuth 2, OpenID Connect |
//! | [`manifest`] | reads `provider.json` in a test |
//! | `testing` | tests the provider: a session that a test scripts, recordings, and every step gone wrong; with the feature `testing` |
//! | [`serde_json`] | makes the body of a request, and reads that of a response |
#![warn(missing_docs)]

#[doc(inline)]
pub use mesheryctl_core::{failure, flows, manifest, provider, secret, session, token};
/// The crate `serde_json`, in the version whose traits this crate uses.
#[doc(no_inline)]
pub use serde_json;

#[doc(hidden)]
pub mod export;
#[cfg(feature = "testing")]
pub mod testing;

/// Loads a library for a test, and returns what it has at the symbol of a plugin. It is never unloaded.
#[cfg(feature = "testing")]
fn found_in(path: &std::path::Path) -> std::io::Result<mesheryctl_plugin_abi::Found> {
    let unusable = |error: libloading::Error| std::io::Error::other(error.to_string());
    // SAFETY: loading runs the constructors of the library. It is the author's own, in a process of their test.
    #[allow(unsafe_code, reason = "libloading's open; argued above")]
    let library = unsafe { libloading::Library::new(path) }.map_err(unusable)?;
    // Unloading a Rust library is unsound, and not needed.
    let library: &'static libloading::Library = Box::leak(Box::new(library));
    // SAFETY: `Found` is the type that the ABI defines for this symbol: the address of a header, which is not used before
    // `enter` has checked it.
    #[allow(unsafe_code, reason = "libloading's symbol; argued above")]
    let found =
        unsafe { library.get::<mesheryctl_plugin_abi::Found>(mesheryctl_plugin_abi::SYMBOL) };
    let missing = "it has no symbol MESHERYCTL_PROVIDER_1: export_provider! was not called";
    found.map(|it| *it).map_err(|_| std::io::Error::other(missing))
}

/// Exports a provider from a shared library: `export_provider!(MyProvider,
/// include_str!("../provider.json"))`.
///
/// The first argument is an expression for a value that can live in a static, such as a unit struct. The
/// second is the manifest, a constant `&str`; the macro puts it into a section of the library, where hosts
/// read it without running code. A field at the top level of the manifest that is unknown or missing does not compile, and the
/// compiler names it. The macro also adds a test, `provider_json_is_valid`, which reads the rest. Call it once, in a crate of the
/// type `cdylib`.
///
/// ```
/// use mesheryctl_plugin_sdk::export_provider;
/// use mesheryctl_plugin_sdk::flows::remote_provider::RemoteProvider;
///
/// export_provider!(
///     RemoteProvider,
///     r#"{
///         "id": "acme", "name": "Acme", "version": "1.0.0", "description": "Signs in at Acme.",
///         "publisher": "Acme Inc.", "support": "https://acme.example/support", "generation": 1,
///         "actions": ["login"], "hosts": ["meshery.acme.example"],
///         "settings": [{ "key": "url", "description": "", "default": "https://meshery.acme.example" }]
///     }"#
/// );
/// # fn main() {}
/// ```
///
/// ```compile_fail
/// use mesheryctl_plugin_sdk::export_provider;
/// use mesheryctl_plugin_sdk::flows::remote_provider::RemoteProvider;
///
/// export_provider!(RemoteProvider, r#"{ "id": "acme", "host": [] }"#);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export_provider {
    ($provider:expr, $manifest:expr $(,)?) => {
        #[cfg(test)]
        #[test]
        fn provider_json_is_valid() {
            $crate::export::assert_valid($manifest);
        }

        const _: () = {
            const MANIFEST: &str = $manifest;
            $crate::export::assert_structure(MANIFEST);

            // In the plugin's own crate, because a linker may drop the section of a dependency.
            #[used]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mshplug"))]
            #[cfg_attr(windows, unsafe(link_section = ".mshplg"))]
            #[cfg_attr(
                not(any(target_vendor = "apple", windows)),
                unsafe(link_section = ".mshplug")
            )]
            static SECTION: [u8; $crate::export::section_length(MANIFEST)] =
                $crate::export::encode_section(MANIFEST);

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
