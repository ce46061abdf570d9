//! A forwarder of one port, as `ssh -L` makes on the computer of a person.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;

use crate::net::listener::Listener;

/// The loopback address of the other computer.
pub(crate) const FORWARDED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Below the ports that systems give to programs that choose none.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// Listens on a port of 127.0.0.2, which stands for the other computer, and connects to the same port of 127.0.0.1. A
/// browser there is a `Visitor` over `Localhost::Forwarding`.
#[derive(Debug)]
pub struct Forwarder {
    listener: Listener,
}

impl Forwarder {
    #[must_use]
    pub fn start(port: u16) -> Self {
        let listener = Listener::at((FORWARDED, port).into(), move |browser| {
            // As over SSH, the browser sees an end and no refusal if nothing listens here.
            if let Ok(here) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                forward(&browser, &here);
            }
        });
        Self { listener }
    }

    /// The number of connections that were forwarded.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }
}

fn forward(browser: &TcpStream, here: &TcpStream) {
    thread::scope(|scope| {
        scope.spawn(|| copy(browser, here));
        copy(here, browser);
        let _ = browser.shutdown(Shutdown::Both);
    });
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// A port that is free on every loopback address, and that no other test of this process is given.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    let first = (std::process::id() % u32::from(count)) as u16;
    let mut ports = (0..count)
        .map(|_| PORTS.start + (first + NEXT.fetch_add(1, Ordering::SeqCst) % count) % count);
    let is_free = |port: &u16| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
            && TcpListener::bind((FORWARDED, *port)).is_ok()
            && TcpListener::bind((Ipv6Addr::LOCALHOST, *port)).is_ok()
    };
    ports.find(is_free).expect("a free port")
}
