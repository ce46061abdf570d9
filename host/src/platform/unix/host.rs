//! The name of this computer.

/// The host name, as the system has it. It is text from outside: a DHCP server can set it.
pub fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
