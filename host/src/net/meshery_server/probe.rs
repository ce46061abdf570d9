//! The probe: whether a server is there at all, asked before anything is sent to it.

use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use reqwest::Url;

use crate::net::url;
use crate::net::{HttpError, Proxy};

/// It stands between the person and the prompt.
const CONNECT: Duration = Duration::from_millis(300);

/// Why the server cannot be there, found by a bare TCP connect, look-up included, so that a dead server
/// costs little. Not where a proxy stands between: there only the proxy can tell.
pub(super) fn absence(endpoint: &Url) -> Option<String> {
    if !matches!(Proxy::of(endpoint), Ok(None)) {
        return None;
    }
    let endpoint = endpoint.clone();
    let (found, there) = mpsc::channel();
    // A name server can take long, and nothing can interrupt it: the thread is left behind.
    let look = move || {
        let _ = found.send(match url::addresses(&endpoint) {
            Ok(all) => (!any_connects(all, CONNECT)).then_some("is not answering".into()),
            Err(_) => Some(HttpError::UnknownHost.to_string()),
        });
    };
    match thread::Builder::new().spawn(look) {
        Ok(_) => there.recv_timeout(CONNECT).unwrap_or(Some("is not answering".into())),
        // No thread to be had: the question itself is bounded too.
        Err(_) => None,
    }
}

/// Whether one of the addresses takes a connection in this time. All are tried at once: an address that
/// never answers, such as an IPv6 address in a network without IPv6, takes no time from the others.
fn any_connects(addresses: Vec<SocketAddr>, within: Duration) -> bool {
    let (connected, first) = mpsc::channel();
    for address in addresses {
        let connected = connected.clone();
        let connect = move || {
            if TcpStream::connect_timeout(&address, within).is_ok() {
                let _ = connected.send(());
            }
        };
        if thread::Builder::new().spawn(connect).is_err() {
            // Not known; the question itself is bounded too.
            return true;
        }
    }
    drop(connected);
    first.recv_timeout(within).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// An address that never answers a connect, as long as the sockets that fill its queue live.
    fn dead() -> (SocketAddr, Vec<TcpStream>, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let queue = std::iter::from_fn(|| {
            TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok()
        });
        (address, queue.collect(), listener)
    }

    #[test]
    fn one_live_address_among_dead_ones_is_enough() {
        let (dead, _queue, _listener) = dead();
        let live = TcpListener::bind("127.0.0.1:0").unwrap();
        let live = live.local_addr().map(|it| (it, live)).unwrap();
        let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (addresses, is_there) in [
            (vec![live.0], true),
            (vec![dead, live.0], true),
            (vec![refusing, dead, live.0], true),
            (vec![live.0, dead], true),
            (vec![dead, dead], false),
            (vec![refusing, dead], false),
            (vec![refusing], false),
            (vec![], false),
        ] {
            assert_eq!(any_connects(addresses.clone(), CONNECT), is_there, "{addresses:?}");
        }
    }
}
