//! A session after its login: who is signed in, renewal, and the end at the provider.

mod kill_points;
mod logout;
mod oidc;
mod renewal;
mod whoami;
