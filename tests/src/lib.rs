//! The harness of the end-to-end tests: drives the real program through its doors, with stand-ins for all the rest.
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
//! The words:
//! - a [`Home`] is the disk, the environment and the process table of one test, on the machine there is or
//!   on another kind of [`MachineKind`];
//! - a [`Program`] started in it is [`Running`] without a terminal or a [`Screen`] with one; a
//!   [`FailingClock`] makes it panic, a [`Trace`] is every system call it made;
//! - [`MesheryServer`], [`Cloud`], [`ClosedPort`] and [`BlackHole`] are its peers; [`ServerFault`], [`CloudBehavior`] and
//!   [`ProfileFault`] are how they misbehave;
//! - an [`IdentityProvider`] is a certified one, an [`Impostor`] one that tells a [`ImpostorFault`];
//! - a [`TlsFront`] before any of them makes it an https one, with a [`Certificate`] that an [`Authority`] made
//!   for the test, sound or with a [`CertificateFault`]; a [`Proxy`] tunnels to it under any name, or refuses;
//! - the [`Browser`] is what the program opens; the [`Visitor`] is who then goes there, and [`Chromium`] a
//!   real browser in its place; a [`HostileSite`] is a hostile site in it;
//! - with [`http::get`] and [`RawConnection`] a test attacks; [`hostile`] files and [`faulty`] plugins attack by
//!   themselves;
//! - a [`Table`] is what the docs say of many runs.
//!
//! [`patience`] says how long anything is waited for: a test never sleeps, and only a failing one waits long.
//! All of it may run many times in parallel in one process, and leaves no process, thread or file. Linux
//! only: it stands on util-linux, coreutils, `/proc` and pidfds.

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
pub use machine::build::{built_library, built_library_by};
pub use machine::home::{Home, config_for};
pub use machine::kind::MachineKind;
pub use machine::npm::npm_packages;
pub use machine::permissions::set_mode;
pub use machine::snapshot::{Snapshot, assert_unchanged};
pub use machine::{permissions, snapshot, timeouts};
pub use net::http_client::{Localhost, RawConnection, Response, get};
pub use net::url::Url;
pub use net::{http_client, url};
pub use peers::authority::{Authority, Certificate, CertificateFault};
pub use peers::cloud::{Cloud, CloudBehavior, ProfileFault};
pub use peers::dead_endpoint::{BlackHole, ClosedPort};
pub use peers::identity_provider::{Exchange, IdentityProvider};
pub use peers::impostor::{Impostor, ImpostorFault};
pub use peers::meshery_server::{MesheryServer, ServerVersion};
pub use peers::proxy::Proxy;
pub use peers::server_fault::ServerFault;
pub use peers::tls_front::TlsFront;
pub use peers::{impostor, token};
pub use plugins::{faulty, hostile_files};
pub use program::keys::Key;
pub use program::launch::{Program, binary};
pub use program::rendering::Style;
pub use program::running::{Output, Running};
pub use program::screen::{ExitStatus, Screen};
pub use program::terminal::Mode;
pub use rustix::process::Signal;
