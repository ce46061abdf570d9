//! The probe: a TCP connect to the server before the first request, so that a dead server costs little time.

use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use reqwest::Url;

use crate::net::url;
use crate::net::{HttpError, Proxy};

/// Short, because the prompt waits for it.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(300);

const MAX_ADDRESSES: usize = 8;

/// Why the server cannot be reached, found by a name look-up and a TCP connect with a short timeout. Nothing
/// is tried if a proxy is used, because then the proxy connects.
pub(super) fn unreachable(endpoint: &Url) -> Option<String> {
    if !matches!(Proxy::of(endpoint), Ok(None)) {
        return None;
    }
    let endpoint = endpoint.clone();
    let (sender, result) = mpsc::channel();
    // A name look-up can be slow and cannot be interrupted, so the thread is abandoned at the timeout.
    let probe = move || {
        let _ = sender.send(match url::addresses(&endpoint) {
            Ok(all) => {
                (!is_any_reachable(all, CONNECT_TIMEOUT)).then_some("is not answering".into())
            }
            Err(_) => Some(HttpError::UnknownHost.to_string()),
        });
    };
    match thread::Builder::new().spawn(probe) {
        Ok(_) => result.recv_timeout(CONNECT_TIMEOUT).unwrap_or(Some("is not answering".into())),
        // Without a thread nothing is known; the request has its own timeout.
        Err(_) => None,
    }
}

/// Whether one of the addresses accepts a connection within this time. All are tried at once, so that one
/// that never responds, such as an IPv6 address in a network without IPv6, takes no time from the others.
fn is_any_reachable(addresses: Vec<SocketAddr>, within: Duration) -> bool {
    let (connected, first) = mpsc::channel();
    // A name with more addresses than these would start as many threads.
    for address in addresses.into_iter().take(MAX_ADDRESSES) {
        let connected = connected.clone();
        let connect = move || {
            if TcpStream::connect_timeout(&address, within).is_ok() {
                let _ = connected.send(());
            }
        };
        if thread::Builder::new().spawn(connect).is_err() {
            // Not known; the request has its own timeout.
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

    /// An address that never responds to a connect while the sockets that fill its queue are open.
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
    fn a_server_is_reachable_if_one_of_its_addresses_accepts_a_connection() {
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
            assert_eq!(
                is_any_reachable(addresses.clone(), CONNECT_TIMEOUT),
                is_there,
                "{addresses:?}"
            );
        }
    }
}
