//! The name of this computer.

/// The host name, as the system has it. It is text from outside: whoever configures the network may choose it.
pub fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
