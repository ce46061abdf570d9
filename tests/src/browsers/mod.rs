//! Browsers: the stand-in that the program opens, one of requests alone, and a real one; and a hostile site to visit.

pub mod browser;
pub mod chromium;
pub mod hostile_site;
pub mod visitor;
pub(crate) mod webdriver;
