//! Systems without a sandbox for plugins: no plugin runs here, and the host says so.

use std::io;
use std::path::PathBuf;

/// Whether plugins can run on this system.
pub const CAN_RUN_PLUGINS: bool = false;

/// Whether a variable names the display wherever there is one.
pub const DISPLAYS_ARE_NAMED: bool = false;

/// The file of this program.
///
/// # Errors
/// When the system does not tell.
pub fn this_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Always false: no protection from other processes of the user is known here.
pub fn keep_memory_private() -> bool {
    false
}

pub mod library {
    //! The library of a plugin, which no process of this system loads.

    use std::fs::File;
    use std::io;

    use mesheryctl_plugin_abi::Found;

    use crate::platform::LoadError;

    /// # Errors
    /// Always: there is no memory here that can be sealed.
    pub fn sealed_memory(_bytes: &[u8]) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    /// Always: no plugin is loaded without a sandbox.
    pub fn load(_library: &File) -> Result<Found, LoadError> {
        Err(LoadError::Refused("plugins do not run on this system".into()))
    }
}

pub mod sandbox {
    //! The sandbox of a worker, which does not exist here.

    use std::fs::File;
    use std::io;

    use crate::platform::Layers;

    /// No layer at all.
    pub fn offered() -> Layers {
        Layers { landlock: None, seccomp: false }
    }

    /// # Errors
    /// Always: then no plugin is loaded.
    pub fn enter(_host: i32) -> io::Result<Layers> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    /// Always: no worker is started on this system.
    pub fn take_descriptors() -> io::Result<(File, File)> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
