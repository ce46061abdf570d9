//! A proxy on loopback, for https: tunnels to one peer whatever name it is asked for, refuses, or is silent.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::net::listener::Listener;
use crate::peers::tls_front::TlsFront;

/// What it does when it is asked to connect.
#[derive(Debug, Clone, Copy)]
enum ConnectBehavior {
    TunnelsTo(SocketAddr),
    Refuses(u16),
    Drops,
    Silent,
}

/// Remembers what it was asked.
#[derive(Debug)]
pub struct Proxy {
    listening: Listener,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Every name leads there.
    #[must_use]
    pub fn to(front: &TlsFront) -> Self {
        Self::start(ConnectBehavior::TunnelsTo(front.address()))
    }

    /// Answers each CONNECT with this status, such as 403, 407 or 502.
    #[must_use]
    pub fn refusing(status: u16) -> Self {
        Self::start(ConnectBehavior::Refuses(status))
    }

    /// Closes the connection when it is asked.
    #[must_use]
    pub fn dropping() -> Self {
        Self::start(ConnectBehavior::Drops)
    }

    /// Never answers.
    #[must_use]
    pub fn silent() -> Self {
        Self::start(ConnectBehavior::Silent)
    }

    fn start(behavior: ConnectBehavior) -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let record = Arc::clone(&asked);
        let listening = Listener::start(move |stream| drop(serve(stream, behavior, &record)));
        Self { listening, asked }
    }

    /// `127.0.0.1:PORT`
    #[must_use]
    pub fn authority(&self) -> String {
        self.listening.address().to_string()
    }

    /// As a variable names it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.authority())
    }

    /// The heads of all requests so far, request line first.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("what was asked").clone()
    }

    /// How often somebody connected, with or without asking anything.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listening.connections()
    }
}

fn serve(
    mut client: TcpStream,
    behavior: ConnectBehavior,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let connects = head.starts_with("CONNECT ");
    asked.lock().expect("what was asked").push(head);
    match behavior {
        ConnectBehavior::TunnelsTo(peer) if connects => {
            let peer = TcpStream::connect(peer)?;
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            tunnel(&client, &peer);
            Ok(())
        }
        ConnectBehavior::TunnelsTo(_) => answer(&mut client, 405),
        ConnectBehavior::Refuses(status) => answer(&mut client, status),
        ConnectBehavior::Drops => Ok(()),
        ConnectBehavior::Silent => client.read(&mut [0]).map(drop),
    }
}

fn answer(client: &mut TcpStream, status: u16) -> io::Result<()> {
    write!(client, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// Until either side ends.
fn tunnel(client: &TcpStream, peer: &TcpStream) {
    let pump = |mut from: &TcpStream, mut to: &TcpStream| {
        let _ = io::copy(&mut from, &mut to);
        for side in [from, to] {
            let _ = side.shutdown(Shutdown::Both);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| pump(client, peer));
        pump(peer, client);
    });
}
