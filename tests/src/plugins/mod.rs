//! Plugins that attack: by what they do, or as files.

pub mod faulty;
pub mod hostile_files;
