//! A TCP listener on loopback with one thread for each connection; all end when it is dropped.

use std::io::Read as _;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::machine::timeouts;

#[derive(Debug, Default)]
struct Accepted {
    connections: Mutex<Vec<(TcpStream, JoinHandle<()>)>>,
    count: AtomicUsize,
    /// The connections that [`Listener::connections`] makes.
    own: AtomicUsize,
}

#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    accepted: Arc<Accepted>,
    open: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), serve)
    }

    /// Listens on this address.
    pub(crate) fn at(
        address: SocketAddr,
        serve: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("a port on loopback");
        let address = listener.local_addr().expect("the port");
        let (closed, open) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
        let accepted = Arc::<Accepted>::default();
        let thread = thread::spawn({
            let accepted = Arc::clone(&accepted);
            let serve = Arc::new(serve);
            move || {
                while wait_for_connection(&listener, &closed) {
                    let Ok((stream, _)) = listener.accept() else {
                        continue;
                    };
                    accepted.count.fetch_add(1, Ordering::SeqCst);
                    let twin = stream.try_clone().expect("a second handle of the connection");
                    let serve = Arc::clone(&serve);
                    let ending = stream.try_clone().expect("a third handle of the connection");
                    let thread = thread::spawn(move || {
                        serve(stream);
                        // Other handles are open, so that closing this one would not end the connection.
                        let _ = ending.shutdown(Shutdown::Both);
                    });
                    let mut connections = accepted.connections.lock().expect("the connections");
                    connections.retain(|(_, thread)| !thread.is_finished());
                    connections.push((twin, thread));
                }
            }
        });
        Self { address, accepted, open: Some(open), thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections, with or without a request. Connections are accepted in order, so that after
    /// one that this method makes, all earlier ones are counted.
    pub(crate) fn connections(&self) -> usize {
        self.accepted.own.fetch_add(1, Ordering::SeqCst);
        let mut last = TcpStream::connect(self.address).expect("the server listens");
        last.set_read_timeout(Some(timeouts::WAIT)).expect("a timeout");
        last.shutdown(Shutdown::Write).expect("the end of the request");
        last.read_to_end(&mut Vec::new()).expect("the end of the response");
        self.accepted.count.load(Ordering::SeqCst) - self.accepted.own.load(Ordering::SeqCst)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.open.take());
        let accepting = self.thread.take().map(JoinHandle::join);
        let mut connections = self.accepted.connections.lock().expect("the connections");
        let mut ended_well = accepting.is_none_or(|ended| ended.is_ok());
        for (stream, thread) in connections.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
            ended_well &= thread.join().is_ok();
        }
        if !thread::panicking() {
            assert!(ended_well, "no thread of a stand-in server should have panicked");
        }
    }
}

fn wait_for_connection(listener: &TcpListener, closed: &OwnedFd) -> bool {
    let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(closed, PollFlags::IN)];
    timeouts::ready(&mut fds, None);
    fds[1].revents().is_empty()
}
