//! Plugins with a fault: one error line with plugin, phase and cause, and nothing left behind.

use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mesheryctl_tests::faulty::{PluginFault, install_faulty};
use mesheryctl_tests::table::Table;
use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install_trusted, trust};

/// The exit code, and a part of the error line.
struct Expected(i32, &'static str);

/// The error of a plugin that still runs at the timeout of two seconds.
const STILL: &str = "Timed out after 2 seconds. The plugin Faulty was still";

fn expected(fault: PluginFault) -> Expected {
    use PluginFault::*;
    let nonsense = "was stopped while signing in: it sent an invalid message.";
    let answer = "returned an invalid answer while signing in.";
    match fault {
        Panic => Expected(
            8,
            "Faulty: The provider panicked while signing in: this was asked for (faults/src/crash.rs:",
        ),
        PanicWithoutWords => {
            Expected(8, "Faulty: The provider panicked while signing in (faults/src/crash.rs:")
        }
        Abort => Expected(8, "stopped unexpectedly while signing in (signal 6)"),
        Segfault => Expected(8, "stopped unexpectedly while signing in (signal 11)"),
        StackOverflow => Expected(
            8,
            "while signing in (signal 6; last message: fatal runtime error: stack overflow",
        ),
        ExitZero | HalfAFrame => Expected(8, "stopped unexpectedly while signing in (exit code 0)"),
        ExitFortyTwo => Expected(8, "stopped unexpectedly while signing in (exit code 42)"),
        StopsItself | EndlessLoop | Sleep | ThreadStorm | HalfAFrameAndSilence
        | EndlessStandardError | DrippingFrame | LargeAsksAhead => Expected(6, STILL),
        Silence => Expected(
            8,
            "was stopped while signing in: it made no session call for 30 seconds (a plugin waits with Session::sleep).",
        ),
        GarbageOnStandardOutput | FloodOnStandardError | AnswersAfterTheEnd => {
            Expected(4, "Faulty: This was the end.")
        }
        GarbageOnStandardError => Expected(
            8,
            "stopped unexpectedly while signing in (exit code 3; last message: [2J ]0;title Password:)",
        ),
        GarbageOnTheWire | HugeFrame | WrongNumber | RepeatedNumber | ForgedAnswer => {
            Expected(8, nonsense)
        }
        WrongAnswerType | NoJson | DeepAnswer => Expected(8, answer),
        AsksWithoutEnd | AsksAhead => {
            Expected(8, "was stopped while signing in: it sent more than 10000 requests.")
        }
        TellsWithoutEnd => Expected(8, "Faulty may not print more than 100 lines."),
        UnknownAsk => Expected(1, "Faulty: This session call is not supported here."),
        DeepAsk | NoAsk => Expected(1, "Faulty: The session call is malformed."),
        ClosesTheWire => {
            Expected(8, "stopped unexpectedly while signing in (it closed the connection)")
        }
        FakesSuccess => Expected(4, "Faulty: [2J ✔ Signed in to Layer5 as root error: Password:"),
        AnotherManifest => Expected(
            8,
            "was stopped while loading: it reports another manifest than its file contains.",
        ),
        ConstructorExits => Expected(8, "stopped unexpectedly while loading (exit code 7)"),
        ConstructorAborts => Expected(8, "stopped unexpectedly while loading (signal 6)"),
        ConstructorHangs => {
            Expected(8, "was stopped while loading: it took longer than 10 seconds.")
        }
        ConstructorForgesReady => Expected(8, nonsense),
        Asks => unreachable!("it has a table of its own, in `broker`"),
        AllocatesWithoutEnd => Expected(
            8,
            "while signing in (signal 6; last message: memory allocation of 33554432 bytes failed)",
        ),
        _ => Expected(4, "Faulty: Prevented: "),
    }
}

/// Runs one fault; returns its row of the table.
fn run_one(fault: PluginFault, expected: &Expected) -> [String; 4] {
    let home = Home::new();
    home.write_auth("old bytes");
    let peer = Peer::start();
    let file = install_faulty(&home, fault, &peer.argument(&home, fault));
    trust(&home, &file, "faulty");
    let timeout: &[&str] = if expected.0 == 6 { &["--timeout", "2s"] } else { &[] };
    let row = refused(&home, "faulty", timeout, fault.title(), expected);
    peer.assert_no_connection(fault);
    row
}

/// Servers that a plugin without a sandbox could reach.
struct Peer {
    tcp: TcpListener,
    udp: UdpSocket,
    unix: UnixListener,
    socket: tempfile::TempDir,
}

impl Peer {
    fn start() -> Self {
        let socket = tempfile::tempdir().unwrap();
        let peer = Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            unix: UnixListener::bind(socket.path().join("agent")).unwrap(),
            socket,
        };
        peer.tcp.set_nonblocking(true).unwrap();
        peer.udp.set_nonblocking(true).unwrap();
        peer.unix.set_nonblocking(true).unwrap();
        peer
    }

    /// The path or address that this fault attacks.
    fn argument(&self, home: &Home, fault: PluginFault) -> String {
        use PluginFault::*;
        match fault {
            ReplacesItself => home.meshery().join("plugins/libfaulty.so").display().to_string(),
            Tcp => self.tcp.local_addr().unwrap().to_string(),
            Udp => self.udp.local_addr().unwrap().to_string(),
            UnixSocket => self.socket.path().join("agent").display().to_string(),
            _ => home.auth_json().display().to_string(),
        }
    }

    fn assert_no_connection(&self, fault: PluginFault) {
        assert!(self.tcp.accept().is_err(), "{fault:?} connected by TCP");
        assert!(self.udp.recv_from(&mut [0]).is_err(), "{fault:?} sent by UDP");
        assert!(self.unix.accept().is_err(), "{fault:?} connected to a Unix socket");
    }
}

/// Asserts one error line, the exit code, and nothing left behind; returns the row of the table.
fn refused(
    home: &Home,
    id: &str,
    args: &[&str],
    title: &str,
    Expected(exit, says): &Expected,
) -> [String; 4] {
    let before = home.snapshot();
    let output = home.mesheryctl().args(["system", "login", "-p", id]).args(args).run();
    let context = format!("{title}: {output}");
    assert_eq!(output.code, Some(*exit), "{context}");
    assert!(!output.stderr.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{context}");
    let is_denial = |it: &&str| it.starts_with("The sandbox denied Faulty: ");
    let is_ours =
        |it: &&str| !it.starts_with("  ") && !it.starts_with("Faulty: ") && !is_denial(it);
    let denied =
        output.stderr.lines().find(is_denial).map(|it| format!("{it} ")).unwrap_or_default();
    let lines: Vec<&str> = output.stderr.lines().filter(is_ours).collect();
    let [line] = lines[..] else { panic!("it should be one line, but {context}") };
    let line = line.strip_prefix("error: ").unwrap_or_else(|| panic!("{context}"));
    assert!(line.contains(if id == "faulty" { "Faulty" } else { "The plugin " }), "{context}");
    assert!(line.contains(says), "{says:?} is what it should say, but {context}");
    assert!(line.contains("Nothing was"), "{context}");
    assert_unchanged(&before, &home.snapshot());
    home.assert_no_process_is_left();
    assert_eq!(home.temporary_files(), [""; 0].map(PathBuf::from), "{context}");
    [title.into(), format!("{denied}{line}"), exit.to_string(), "nothing".into()]
}

/// Runs all faults, several at a time, since some hang until a timeout.
fn run_all(faults: &[PluginFault]) -> Vec<[String; 4]> {
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // A failed case prints its panic; the others still run.
                    if let Ok(row) = catch_unwind(|| run_one(*fault, &expected(*fault))) {
                        rows.lock().unwrap().push((*fault as usize, row));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    assert_eq!(rows.len(), faults.len(), "each that is missing said why");
    rows.sort_by_key(|(order, _)| *order);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn check_table(name: &'static str, rows: &[[String; 4]]) {
    let mut table = Table::new(name, ["the plugin", "what one sees", "exit code", "left"]);
    for row in rows {
        table.row(row.each_ref().map(String::as_str));
    }
    table.check();
}

#[test]
fn each_plugin_fault_is_one_error_line_and_leaves_nothing_behind() {
    let mut faults: Vec<_> = PluginFault::ALL
        .iter()
        .copied()
        .filter(|it| !it.needs_sandbox() && *it != PluginFault::Asks)
        .collect();
    // The slowest first.
    faults.sort_by_key(|it| !matches!(it, PluginFault::Silence | PluginFault::ConstructorHangs));
    let mut rows = run_all(&faults);
    rows.extend(OTHER_LIBRARIES.map(|it| run_other_library(&it)));
    check_table("plugin faults", &rows);
}

#[test]
fn each_sandbox_escape_is_prevented_and_leaves_nothing_behind() {
    let faults: Vec<_> = PluginFault::ALL.iter().copied().filter(|it| it.needs_sandbox()).collect();
    check_table("sandbox escapes", &run_all(&faults));
}

/// Libraries that are built differently, which no selected fault can do: title, package, id, and the
/// error.
const OTHER_LIBRARIES: [[&str; 4]; 3] = [
    [
        "lacks the symbol of a plugin",
        "no-symbol-provider",
        "no-symbol",
        "The plugin No Symbol is not a provider plugin: it does not export the plugin symbol.",
    ],
    [
        "has another interface",
        "other-layout-provider",
        "other-layout",
        "The plugin Other Layout cannot be used: its interface differs from that of this program.",
    ],
    [
        "has no layout of its interface to compare",
        "no-layout-provider",
        "no-layout",
        "The plugin No Layout cannot be used: it was built without layout information.",
    ],
];

fn run_other_library([title, package, id, why]: &[&'static str; 4]) -> [String; 4] {
    let home = Home::new();
    home.write_auth("old bytes");
    let _ = install_trusted(&home, package, id);
    refused(&home, id, &[], title, &Expected(8, why))
}

#[test]
fn without_proc_a_plugin_is_not_blamed_and_everything_else_works() {
    if !MachineKind::is_available() {
        return;
    }
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let run = |arguments: &str, code: i32| {
        let script =
            format!("mount -t tmpfs none /proc && exec {} system {arguments}", binary().display());
        let script = home.script("without-proc", &script);
        home.program("/usr/bin/unshare").args(["-m"]).args([script]).run().exited(code)
    };
    let login = run("login -p mock --no-server-check", 8);
    let why = "The plugin Mock could not be started (/proc is not mounted). Nothing was changed.";
    assert!(login.stderr.contains(why), "{login}");
    let _ = run("login -p None", 0);
    let check = run("check", 0);
    let line = "- Plugins cannot be started, as /proc is not mounted\n";
    assert!(check.stdout.contains(line), "{check}");
}
