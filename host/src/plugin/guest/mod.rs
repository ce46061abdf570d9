//! The guest: the code in a worker process. It loads one library and runs one action after the other until the host closes the
//! connection; of a login there is one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use mesheryctl_core::failure::Failure;
use mesheryctl_core::messages;
use mesheryctl_plugin_abi::{Ask, DoorRef, OwnedText, Text, enter};

use super::isolation::Isolation;
use super::library::parts::Parts;
use super::library::section::needed;
use super::protocol::REPORT_ALL;
use super::protocol::frame::{self, Kind};
use crate::platform::{LoadError, library, sandbox};

/// The stack of the thread that runs the action, in bytes: that of a main thread.
const STACK: usize = 8 * 1024 * 1024;

/// The connection to the host. A static, so that the plugin's callback needs no pointer of the host.
static HOST: OnceLock<Mutex<HostConnection>> = OnceLock::new();

struct HostConnection {
    to_host: File,
    from_host: BufReader<File>,
    sent: u64,
}

/// The entry point of a worker process with these arguments.
pub fn main(arguments: &[String]) -> ExitCode {
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "mesheryctl worker: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> io::Result<()> {
    let [host, expected, rest @ ..] = arguments else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let host = host.parse().map_err(|_| io::ErrorKind::InvalidInput)?;
    let reports_all = rest.iter().any(|it| it == REPORT_ALL);
    let (connection, library) = sandbox::take_descriptors()?;
    let mut connection = HostConnection {
        from_host: BufReader::new(connection.try_clone()?),
        to_host: connection,
        sent: 0,
    };
    let needed = needed_by(&library);
    if let Err(why) = enter_sandbox(host, expected, reports_all, &needed) {
        return frame::write(&mut connection.to_host, Kind::Uncontained, 0, &one_line(&why));
    }
    match load(&library) {
        Ok(plugin) => serve(plugin, connection),
        Err(why) => frame::write(&mut connection.to_host, Kind::Failed, 0, &one_line(&why)),
    }
}

/// The libraries that this one is linked with. For one that cannot be read, the loader says why later.
fn needed_by(library: &File) -> Vec<String> {
    let length = library.metadata().map_or(0, |it| it.len());
    Parts::parse(library, length, |parts| needed(parts)).unwrap_or_default()
}

/// Enters the sandbox; fails unless it is exactly the isolation that the person was shown.
fn enter_sandbox(
    host: i32,
    expected: &str,
    reports_all: bool,
    needed: &[String],
) -> Result<(), String> {
    let entered = Isolation::enter(host, reports_all, needed).map_err(|error| error.to_string())?;
    let entered = entered.to_string();
    match entered == expected {
        true => Ok(()),
        false => Err(format!("expected {expected}, got {entered}")),
    }
}

fn serve(plugin: DoorRef, mut connection: HostConnection) -> io::Result<()> {
    let manifest = serde_json::Value::String((plugin.manifest())().into_string()).to_string();
    connection.send(Kind::Ready, &manifest)?;
    let mut request = connection.receive(Kind::Run)?;
    let connection = HOST.get_or_init(|| Mutex::new(connection));
    let connection = || connection.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let answer = act(plugin, request)?;
        connection().send(Kind::Done, &one_line(&answer))?;
        // A login has one action, after which the host kills this process. `plugin validate` runs several.
        request = match connection().receive(Kind::Run) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            next => next?,
        };
    }
}

/// Runs the action on a thread of its own. On the main thread, glibc reads `/proc/self/maps` to find the stack, as
/// Go's runtime requires it to with every signal blocked; the sandbox raises SIGSYS for that, and a blocked SIGSYS
/// kills the process. The thread inherits the sandbox, which was entered before.
fn act(plugin: DoorRef, request: String) -> io::Result<OwnedText> {
    let run =
        move || (plugin.run())(request.as_str().into(), Ask { carry: call_host }, ptr::null());
    let thread = thread::Builder::new().name("action".into()).stack_size(STACK).spawn(run)?;
    thread.join().map_err(|_| io::Error::other("the thread of the action ended"))
}

/// The callback of the plugin: sends one session call to the host. Any thread of the plugin may call it.
extern "C" fn call_host(_host: *const (), ask: Text<'_>) -> OwnedText {
    // Unwinding out of an `extern "C"` function would abort the process without a message.
    catch_unwind(|| exchange(ask.as_str())).unwrap_or_else(|_| connection_lost()).into()
}

fn exchange(ask: &str) -> String {
    let Some(connection) = HOST.get() else { return connection_lost() };
    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    let answer =
        connection.send(Kind::Ask, &one_line(ask)).and_then(|()| connection.receive(Kind::Answer));
    answer.unwrap_or_else(|_| connection_lost())
}

fn connection_lost() -> String {
    messages::encode::<()>(Err(Failure::internal("The connection to mesheryctl was lost.")))
}

impl HostConnection {
    fn send(&mut self, kind: Kind, text: &str) -> io::Result<()> {
        frame::write(&mut self.to_host, kind, self.sent, text)?;
        self.sent += 1;
        Ok(())
    }

    fn receive(&mut self, wanted: Kind) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.from_host).take(frame::MAX_LENGTH as u64).read_until(b'\n', &mut line)?;
        let line = line.strip_suffix(b"\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        match frame::parse(line) {
            Some(frame) if frame.kind == wanted => Ok(frame.text.to_owned()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Replaces line breaks, which end a frame. In JSON they occur only between tokens, where a space is equivalent.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// Maps the library, which runs its constructors. It is never unloaded.
fn load(library: &File) -> Result<DoorRef, String> {
    let found = library::load(library).map_err(|error| match error {
        LoadError::Refused(why) => format!("cannot be loaded: {}", loader_message(&why)),
        LoadError::NoSymbol => {
            "is not a provider plugin: it does not export the plugin symbol".to_owned()
        }
    })?;
    enter(found).map_err(|why| format!("cannot be used: {why}"))
}

/// Removes the path from a message of the system's loader: it is a descriptor. Keeps the name of a missing library
/// and of a missing version of one.
fn loader_message(text: &str) -> String {
    if let Some((library, version)) = missing_version(text) {
        return match version.strip_prefix("GLIBC_") {
            Some(version) => format!(
                "it needs glibc {version}, which is newer than that of this system; it must be built on an older system"
            ),
            None => format!(
                "it needs the version {version} of {library}, which this system does not have"
            ),
        };
    }
    match text.split_once(": ") {
        Some((library, rest)) if rest.starts_with("cannot open shared object file") => {
            format!("it needs {library}; a plugin must link its dependencies statically")
        }
        Some((_, rest)) => rest.to_owned(),
        None => text.to_owned(),
    }
}

/// The library and the version in "PATH: version `VERSION' not found (required by …)".
fn missing_version(text: &str) -> Option<(&str, &str)> {
    let (path, rest) = text.split_once(": version `")?;
    let (version, rest) = rest.split_once('\'')?;
    rest.starts_with(" not found").then(|| (path.rsplit('/').next().unwrap_or(path), version))
}

#[cfg(test)]
mod tests {
    use super::loader_message;

    #[test]
    fn a_message_of_the_loader_names_what_is_missing_and_no_descriptor() {
        for (text, expected) in [
            (
                "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.99' not found (required by /proc/self/fd/4)",
                "it needs glibc 2.99, which is newer than that of this system; it must be built on an older system",
            ),
            (
                "/lib/libgcc_s.so.1: version `GCC_99.0' not found (required by /proc/self/fd/4)",
                "it needs the version GCC_99.0 of libgcc_s.so.1, which this system does not have",
            ),
            (
                "libother.so.7: cannot open shared object file: No such file or directory",
                "it needs libother.so.7; a plugin must link its dependencies statically",
            ),
            ("/proc/self/fd/4: undefined symbol: x", "undefined symbol: x"),
            ("words", "words"),
        ] {
            assert_eq!(loader_message(text), expected);
        }
    }
}
