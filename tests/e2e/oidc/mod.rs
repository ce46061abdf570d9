//! OpenID Connect: at a certified provider, and at an impostor with faults.

pub(crate) mod certified_provider;
mod impostor;
mod impostor_device;
mod outage;
mod real_browser;
mod rejections;
mod stored_state;
