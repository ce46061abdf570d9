//! A session after its login: who is signed in, renewal, and the end at the provider.

mod concurrency;
mod kill_points;
mod logout;
mod long;
mod oidc;
mod plugin;
pub(crate) mod renewal;
pub(crate) mod whoami;
