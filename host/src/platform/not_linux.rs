//! Systems without a sandbox for plugins, on which no plugin runs, and without the users of sockets.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Whether plugins can run on this system.
pub const CAN_RUN_PLUGINS: bool = false;

/// Whether every display is named by an environment variable.
pub const DISPLAYS_ARE_NAMED: bool = false;

/// The policy of the administrator. `/etc` is a link there.
pub const POLICY_FILE: &str = "/private/etc/mesheryctl/policy.yaml";

/// The path of this executable.
///
/// # Errors
/// When the system does not provide it.
pub fn this_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Runs a program in place of this process where the system can, and else waits for its end and returns its exit code. The
/// program has these arguments, and the environment of this process with one variable set.
///
/// # Errors
/// Why it cannot be run.
pub fn run_instead(
    program: &Path,
    arguments: &[OsString],
    variable: (&str, &str),
) -> io::Result<ExitCode> {
    let mut command = Command::new(program);
    command.args(arguments).env(variable.0, variable.1);
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut command));
    #[cfg(not(unix))]
    command.status().map(|it| {
        let code = it.code().and_then(|code| u8::try_from(code).ok());
        ExitCode::from(code.unwrap_or(1))
    })
}

/// Always zero: the line of parents is not read here.
pub fn ancestors_called(_name: &str) -> usize {
    0
}

/// Always false: no protection from other processes of the user is implemented here.
pub fn keep_memory_private() -> bool {
    false
}

pub mod library {
    //! The library of a plugin, which is never loaded on this system.

    use std::fs::File;
    use std::io;

    use mesheryctl_plugin_abi::Found;

    use crate::platform::LoadError;

    /// # Errors
    /// Always: this system has no sealed memory.
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

    /// No layer.
    pub fn offered() -> Layers {
        Layers { landlock: None, seccomp: false }
    }

    /// # Errors
    /// Always: this system has no sandbox.
    pub fn enter(_host: i32, _reports_all: bool, _needed: &[String]) -> io::Result<Layers> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// # Errors
    /// Always: no worker is started on this system.
    pub fn take_descriptors() -> io::Result<(File, File)> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub mod sockets {
    //! The users of TCP sockets, which this system does not tell.

    use std::io;
    use std::net::TcpStream;

    use crate::platform::OtherUser;

    /// A table that does not exist here.
    #[derive(Debug)]
    pub enum SocketTable {}

    impl SocketTable {
        /// Always `None`: this system does not tell.
        ///
        /// # Errors
        /// Never.
        pub fn open() -> io::Result<Option<Self>> {
            Ok(None)
        }

        /// Never called.
        pub fn client(&self, _connection: &TcpStream) -> Option<OtherUser> {
            match *self {}
        }

        /// Never called.
        pub fn server(&self, _connection: &TcpStream, _also: Option<u32>) -> Option<OtherUser> {
            match *self {}
        }
    }
}
