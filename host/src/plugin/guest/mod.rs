//! The guest: this program as a worker. It loads one library, runs one action of it, and is gone.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};

use mesheryctl_core::failure::Failure;
use mesheryctl_core::messages;
use mesheryctl_plugin_abi::{Ask, DoorRef, OwnedText, Text, enter};

use super::isolation::Isolation;
use super::protocol::frame::{self, Kind};
use crate::platform::{LoadError, library, sandbox};

/// There is one wire in a worker, and the plugin's callback finds it here: no pointer crosses the door.
static WIRE: OnceLock<Mutex<Wire>> = OnceLock::new();

struct Wire {
    to_host: File,
    from_host: BufReader<File>,
    number: u64,
}

/// The whole life of a worker.
pub fn main(host: Option<&str>, promised: Option<&str>) -> ExitCode {
    match live(host, promised) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "mesheryctl worker: {error}");
            ExitCode::FAILURE
        }
    }
}

fn live(host: Option<&str>, promised: Option<&str>) -> io::Result<()> {
    let host = host.and_then(|it| it.parse().ok()).ok_or(io::ErrorKind::InvalidInput)?;
    let promised = promised.ok_or(io::ErrorKind::InvalidInput)?;
    let (wire, library) = sandbox::take_descriptors()?;
    let mut wire = Wire { from_host: BufReader::new(wire.try_clone()?), to_host: wire, number: 0 };
    if let Err(why) = contain(host, promised) {
        return frame::write(&mut wire.to_host, Kind::Uncontained, 0, &one_line(&why));
    }
    match load(&library) {
        Ok(door) => serve(door, wire),
        Err(why) => frame::write(&mut wire.to_host, Kind::Failed, 0, &one_line(&why)),
    }
}

/// In just what was promised, or not at all.
fn contain(host: i32, promised: &str) -> Result<(), String> {
    let entered = Isolation::enter(host).map_err(|error| error.to_string())?.to_string();
    match entered == promised {
        true => Ok(()),
        false => Err(format!("expected {promised}, got {entered}")),
    }
}

fn serve(door: DoorRef, mut wire: Wire) -> io::Result<()> {
    let manifest = serde_json::Value::String((door.manifest())().into_string()).to_string();
    wire.send(Kind::Ready, &manifest)?;
    let request = wire.receive(Kind::Run)?;
    let wire = WIRE.get_or_init(|| Mutex::new(wire));
    let answer = (door.run())(request.as_str().into(), Ask { carry }, ptr::null());
    let mut wire = wire.lock().unwrap_or_else(PoisonError::into_inner);
    wire.send(Kind::Done, &one_line(&answer))
}

/// The plugin's way to the host. It may come from any thread of the plugin.
extern "C" fn carry(_host: *const (), ask: Text<'_>) -> OwnedText {
    // Unwinding across the door would end the process without a word.
    catch_unwind(|| exchange(ask.as_str())).unwrap_or_else(|_| lost()).into()
}

fn exchange(ask: &str) -> String {
    let Some(wire) = WIRE.get() else { return lost() };
    let mut wire = wire.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = wire.send(Kind::Ask, &one_line(ask)).and_then(|()| wire.receive(Kind::Answer));
    answer.unwrap_or_else(|_| lost())
}

fn lost() -> String {
    messages::encode::<()>(Err(Failure::internal("The connection to mesheryctl was lost.")))
}

impl Wire {
    fn send(&mut self, kind: Kind, text: &str) -> io::Result<()> {
        frame::write(&mut self.to_host, kind, self.number, text)?;
        self.number += 1;
        Ok(())
    }

    fn receive(&mut self, wanted: Kind) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.from_host).take(frame::LONGEST as u64).read_until(b'\n', &mut line)?;
        let line = line.strip_suffix(b"\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        match frame::parse(line) {
            Some(frame) if frame.kind == wanted => Ok(frame.text.to_owned()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// JSON may be laid out over lines; between its tokens a space is as good.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// Maps the library; its constructors run now. It is never unloaded.
fn load(library: &File) -> Result<DoorRef, String> {
    let found = library::load(library).map_err(|error| match error {
        LoadError::Refused(why) => format!("cannot be loaded: {}", said_by_the_loader(&why)),
        LoadError::NoSymbol => {
            "is not a provider plugin: it does not export the plugin symbol".to_owned()
        }
    })?;
    enter(found).map_err(|why| format!("cannot be used: {why}"))
}

/// The loader names the path that it was given, which means nothing to a person; or the library that it
/// did not find, which does.
fn said_by_the_loader(text: &str) -> String {
    match text.split_once(": ") {
        Some((library, rest)) if rest.starts_with("cannot open shared object file") => {
            format!("it needs {library}; a plugin must link its dependencies statically")
        }
        Some((_, rest)) => rest.to_owned(),
        None => text.to_owned(),
    }
}
