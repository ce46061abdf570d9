//! The SDK for provider plugins of `mesheryctl`: the types of a sign-in, and the macro [`export_provider!`].
//!
//! A provider plugin is a shared library (a crate of the type `cdylib`) with three parts: a manifest
//! `provider.json`, an implementation of [`Provider`](provider::Provider), and one call of the macro. The
//! host runs it in a process of its own and does all I/O for it, through the [`Session`](session::Session)
//! that each action receives.
//!
//! ```
//! use mesheryctl_plugin_sdk::export_provider;
//! use mesheryctl_plugin_sdk::failure::Failure;
//! use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
//! use mesheryctl_plugin_sdk::session::Session;
//! use mesheryctl_plugin_sdk::token::Token;
//!
//! struct Acme;
//!
//! impl Provider for Acme {
//!     fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
//!         let text = session.ask("Your Acme token", true)?;
//!         Ok(SignIn::with_token(Token::parse(text.expose())?))
//!     }
//! }
//!
//! // A plugin uses include_str!("../provider.json") here.
//! export_provider!(
//!     Acme,
//!     r#"{
//!         "id": "acme",
//!         "name": "Acme",
//!         "version": "1.0.0",
//!         "description": "Signs in with a token of Acme.",
//!         "publisher": "Acme Inc.",
//!         "support": "https://acme.example/support",
//!         "generation": 1,
//!         "actions": ["login"]
//!     }"#
//! );
//! # fn main() {}
//! ```
//!
//! The directory `examples` of this crate has two complete plugins: `hello`, which needs no network, and
//! `oidc`, which signs in at any OpenID provider with the flows of the feature `oauth`. The plugin guide in
//! `docs` of the repository describes the manifest, and how to build, install and test a plugin.
//!
//! # Features
//!
//! `oauth`: sign-in by OAuth 2 and OpenID Connect, in `flows::oauth`. Off by default, to keep other plugins
//! small.
#![warn(missing_docs)]

pub use mesheryctl_core::{failure, flows, manifest, provider, secret, session, token};

#[doc(hidden)]
pub mod export;

/// Exports a provider from a shared library: `export_provider!(MyProvider,
/// include_str!("../provider.json"))`.
///
/// The first argument is an expression for a value that can live in a static, such as a unit struct. The
/// second is the manifest, a constant `&str`; the macro puts it into a section of the library, where hosts
/// read it without running code. It also adds a test, `provider_json_is_valid`, which fails for a misspelt
/// field. Call it once, in a crate of the type `cdylib`. The crate's documentation
/// has an example.
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
