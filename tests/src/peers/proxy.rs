//! An HTTPS proxy on loopback: tunnels every name to one peer, refuses, or does not answer.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::net::listener::Listener;
use crate::peers::tls_front::TlsFront;

/// How it answers CONNECT.
#[derive(Debug, Clone, Copy)]
enum ConnectBehavior {
    TunnelsTo(SocketAddr),
    Refuses(u16),
    Drops,
    Silent,
}

/// Records its requests.
#[derive(Debug)]
pub struct Proxy {
    listening: Listener,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Tunnels every name to this peer.
    #[must_use]
    pub fn to(front: &TlsFront) -> Self {
        Self::start(ConnectBehavior::TunnelsTo(front.address()))
    }

    /// Answers each CONNECT with this status, such as 403, 407 or 502.
    #[must_use]
    pub fn refusing(status: u16) -> Self {
        Self::start(ConnectBehavior::Refuses(status))
    }

    /// Closes the connection after the request.
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
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let record = Arc::clone(&heads);
        let listening = Listener::start(move |stream| drop(serve(stream, behavior, &record)));
        Self { listening, heads }
    }

    /// `127.0.0.1:PORT`
    #[must_use]
    pub fn authority(&self) -> String {
        self.listening.address().to_string()
    }

    /// Its URL for a proxy variable.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.authority())
    }

    /// The heads of all requests so far, with the request line.
    #[must_use]
    pub fn request_heads(&self) -> Vec<String> {
        self.heads.lock().expect("the requests").clone()
    }

    /// The number of connections, with or without a request.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listening.connections()
    }
}

fn serve(
    mut client: TcpStream,
    behavior: ConnectBehavior,
    heads: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let connects = head.starts_with("CONNECT ");
    heads.lock().expect("the requests").push(head);
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

/// Copies in both directions until either side closes.
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
