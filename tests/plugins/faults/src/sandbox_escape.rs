//! Attempts that only the sandbox prevents. The result of each is reported as a failure.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::OnceLock;

use mesheryctl_plugin_sdk::failure::Failure;

use crate::fault::PluginFault;
use crate::system;

/// The result of the attempt while the library was loaded.
static EARLY: OnceLock<Result<(), String>> = OnceLock::new();

/// Reads this file while the library is loaded; `report` returns the result.
pub fn early(path: &str) {
    let _ = EARLY.set(read(path).map_err(|error| error.to_string()));
}

/// Runs the attempt: a failure `denied` if it was prevented, `internal` if it succeeded.
pub fn report(fault: PluginFault, argument: &str) -> Failure {
    let result = match fault {
        PluginFault::ConstructorReads => EARLY.get().cloned().expect("tried"),
        _ => attempt(fault, argument).map_err(|error| error.to_string()),
    };
    match result {
        Ok(()) => Failure::internal(format!("Done: it {}.", fault.title())),
        Err(why) => Failure::denied(format!("Prevented: {why}.")),
    }
}

/// `argument` is the path or address that is attacked.
fn attempt(fault: PluginFault, argument: &str) -> io::Result<()> {
    match fault {
        PluginFault::Reads => read(argument),
        PluginFault::Writes | PluginFault::ReplacesItself => {
            OpenOptions::new().append(true).open(argument)?.write_all(b"more")
        }
        PluginFault::Removes => fs::remove_file(argument),
        PluginFault::ChangesMode => {
            fs::set_permissions(argument, fs::Permissions::from_mode(0o666))
        }
        PluginFault::Looks => fs::symlink_metadata(argument).map(drop),
        PluginFault::ReadsEnvironmentOfParent => {
            read(&format!("/proc/{}/environ", std::os::unix::process::parent_id()))
        }
        PluginFault::Tcp => TcpStream::connect(argument).map(drop),
        PluginFault::Udp => UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", argument).map(drop),
        PluginFault::UnixSocket => UnixStream::connect(argument).map(drop),
        PluginFault::NewProcess => Command::new("/bin/sleep").arg("30").spawn().map(drop),
        PluginFault::Daemon => system::daemon(),
        PluginFault::SignalsParent => system::signal_parent(),
        PluginFault::TracesParent => system::trace_parent(),
        PluginFault::RaisesLimits => system::raise_limits(),
        PluginFault::ChangesTerminal => {
            OpenOptions::new().write(true).open("/dev/tty")?.write_all(b"\x1b[2JPassword: ")
        }
        PluginFault::AllocatesWithoutEnd => {
            // Bounded and never touched, for machines without a sandbox.
            let all: Vec<Vec<u8>> = (0..64).map(|_| Vec::with_capacity(32 * 1024 * 1024)).collect();
            std::hint::black_box(all);
            Ok(())
        }
        _ => Err(io::Error::other("not an escape attempt")),
    }
}

fn read(path: &str) -> io::Result<()> {
    io::copy(&mut File::open(path)?, &mut io::sink()).map(drop)
}
