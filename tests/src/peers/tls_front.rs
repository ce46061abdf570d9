//! A TLS front: terminates TLS before any other stand-in, which makes it an https server.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::net::listener::Listener;
use crate::peers::authority::Certificate;

/// Forwards requests without a body to a plain peer, and its responses back. The peer must close after its
/// response, as the stand-ins do by default.
#[derive(Debug)]
pub struct TlsFront {
    listening: Listener,
}

impl TlsFront {
    /// Starts a front of the stand-in at this `http` URL.
    #[must_use]
    pub fn before(peer: &str, certificate: Certificate) -> Self {
        let peer = peer.trim_start_matches("http://").parse().expect("the address of a stand-in");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(certificate.chain, certificate.key)
            .expect("a certificate that fits its key");
        let config = Arc::new(config);
        // A client that rejects the certificate disconnects.
        let serve = move |stream| drop(serve(stream, Arc::clone(&config), peer));
        Self { listening: Listener::start(serve) }
    }

    /// `https://localhost:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address().port())
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, peer: SocketAddr) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut client = StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let mut peer = TcpStream::connect(peer)?;
    peer.write_all(&request)?;
    io::copy(&mut peer, &mut client)?;
    client.conn.send_close_notify();
    client.flush()
}
