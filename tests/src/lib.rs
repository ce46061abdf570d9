//! The harness of the end-to-end tests: runs the real program against stand-ins for everything around it.
//!
//! A whole test:
//!
//! ```no_run
//! use mesheryctl_tests::*;
//!
//! let home = Home::new();
//! let cloud = Cloud::start();
//! let browser = Browser::waiting(&home);
//! let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
//! let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
//! let hops = Visitor::new().follow(&browser.opened()); // start link, cloud, callback, clean page
//! let ended = login.wait().exited(0);
//! assert!(hops.last().unwrap().response.body.contains("Signed in to Layer5"));
//! let saved = format!("{{\"meshery-provider\":\"Layer5\",\"token\":\"{}\"}}\n", cloud.token());
//! assert_eq!(home.auth_text(), saved, "{ended}");
//! ```
//!
//! The modules:
//! - [`machine`]: a [`Home`] is the disk, environment and process table of one test, on this machine or on another
//!   [`MachineKind`]; [`timeouts`] are the longest waits;
//! - [`program`]: a [`Program`] started in a home is [`Running`] without a terminal, or a [`Screen`] with one;
//!   a [`Picture`] is an SVG of such screens;
//! - [`net`]: a URL, an HTTP client that controls every byte ([`get`], [`RawConnection`]), an HTTP server;
//! - [`browsers`]: the [`Browser`] is what the program opens; a [`Visitor`] then makes its requests, or [`Chromium`]
//!   does; a [`HostileSite`] is what else the browser may visit;
//! - [`peers`]: [`MesheryServer`], [`Cloud`], [`IdentityProvider`], [`KeyServer`] and [`Impostor`], with a [`ServerFault`], a
//!   [`CloudBehavior`], a [`ProfileFault`] or an [`ImpostorFault`]; a [`ClosedPort`] and a [`BlackHole`] have no server;
//!   a [`TlsFront`] adds https with a [`Certificate`] of an [`Authority`], valid or with a [`CertificateFault`]; a
//!   [`Proxy`] tunnels to it;
//! - [`plugins`]: plugins and files that attack;
//! - [`faults`]: a [`FailingClock`] makes the program panic, a [`Trace`] holds every system call of a run, a [`Table`]
//!   compares many runs with the docs.
//!
//! Arrows run one way: `machine` and `net` import nothing but timeouts, `program` imports `machine`, the others import
//! those. A test never sleeps; only a failing one waits long. Tests run in parallel in one process, and leave no
//! process, thread or file. Linux only: the harness needs util-linux, coreutils, `/proc` and pidfds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "all of it is test code"
)]

pub mod browsers;
pub mod faults;
pub mod machine;
pub mod net;
pub mod peers;
pub mod plugins;
pub mod program;

pub use browsers::browser::{Browser, Opened};
pub use browsers::chromium::{Chromium, SentRequest};
pub use browsers::hostile_site::HostileSite;
pub use browsers::visitor;
pub use browsers::visitor::{Hop, Visitor};
pub use faults::failing_clock::FailingClock;
pub use faults::table::Table;
pub use faults::trace::{SystemCall, Trace};
pub use faults::{table, trace};
pub use machine::build::{
    built_example, built_library, built_library_by, built_release, cargo, target_directory,
};
pub use machine::home::{Home, config_for};
pub use machine::installed::installed;
pub use machine::kind::MachineKind;
pub use machine::npm::npm_packages;
pub use machine::permissions::set_mode;
pub use machine::policy::Policy;
pub use machine::snapshot::{Snapshot, assert_unchanged};
pub use machine::users::{ANOTHER_USER, as_user, can_be_others, in_own_network};
pub use machine::{permissions, snapshot, timeouts};
pub use net::forwarder::{Forwarder, free_port};
pub use net::http_client::{Localhost, RawConnection, Response, get};
pub use net::url::Url;
pub use net::{http_client, url};
pub use peers::authority::{Authority, Certificate, CertificateFault};
pub use peers::cloud::Cloud;
pub use peers::cloud_behavior::{CloudBehavior, ProfileFault, Refresh, Revoke};
pub use peers::dead_endpoint::{BlackHole, ClosedPort};
pub use peers::identity_provider::{Exchange, IdentityProvider};
pub use peers::impostor::Impostor;
pub use peers::impostor_fault::ImpostorFault;
pub use peers::key_server::KeyServer;
pub use peers::meshery_api::ApiFault;
pub use peers::meshery_server::{MesheryServer, ServerVersion};
pub use peers::proxy::Proxy;
pub use peers::server_fault::ServerFault;
pub use peers::tls_front::TlsFront;
pub use peers::{impostor, token};
pub use plugins::{faulty, hostile_files};
pub use program::keys::Key;
pub use program::launch::{Program, binary};
pub use program::picture::Picture;
pub use program::rendering::{Span, Style};
pub use program::running::{Output, Running};
pub use program::screen::{ExitStatus, Screen};
pub use program::terminal::Mode;
pub use rustix::process::Signal;

/// Its blocks of Rust are doc tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../docs/plugin-guide.md")]
mod guide {}
