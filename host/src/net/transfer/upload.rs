//! The body of a request while it is sent: bytes, or what a thread reads from a reader.

use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

use super::Body;
use crate::net::HttpError;

/// What is read at a time, in bytes. One part is sent, one waits, and one is being read.
const PART: usize = 64 * 1024;

/// An empty part is the end. Without it, the thread that reads has panicked.
type Part = io::Result<Bytes>;

/// The body, as hyper takes it.
pub struct Upload {
    source: Source,
    /// What is still to be sent, in bytes, if that is known.
    left: Option<u64>,
    progress: Arc<Progress>,
}

enum Source {
    Bytes(Bytes),
    /// Not read from yet. A lock, because a body must be `Sync`; it is never held.
    Reader(Mutex<Box<dyn Read + Send>>),
    Parts(mpsc::Receiver<Part>),
}

impl Upload {
    pub fn of(body: Body, began: Instant) -> Self {
        let (source, left) = match body {
            Body::None => (Source::Bytes(Bytes::new()), Some(0)),
            Body::Bytes(bytes) => {
                let length = bytes.len() as u64;
                (Source::Bytes(bytes.into()), Some(length))
            }
            Body::Reader { reader, length } => (Source::Reader(Mutex::new(reader)), length),
        };
        Self { source, left, progress: Arc::new(Progress::since(began)) }
    }

    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Part>> {
        match &mut self.source {
            Source::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
            }
            Source::Reader(reader) => {
                let reader = reader.get_mut().unwrap_or_else(PoisonError::into_inner);
                let reader = std::mem::replace(reader, Box::new(io::empty()));
                match start(reader, self.left) {
                    Ok(parts) => {
                        self.source = Source::Parts(parts);
                        self.poll_part(context)
                    }
                    Err(error) => {
                        let part = Poll::Ready(Some(Err(error)));
                        self.progress.note(&part);
                        part
                    }
                }
            }
            Source::Parts(parts) => {
                let part = parts.poll_recv(context).map(|part| match part {
                    Some(Ok(bytes)) if bytes.is_empty() => None,
                    Some(part) => Some(part),
                    None => Some(Err(io::Error::other("its reader stopped"))),
                });
                self.progress.note(&part);
                part
            }
        }
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.progress.has_ended() {
            // The end of the body would be a lie, and an error would close the connection before the response is read.
            return Poll::Pending;
        }
        let part = this.poll_part(context);
        if let (Poll::Ready(Some(Ok(part))), Some(left)) = (&part, &mut this.left) {
            *left = left.saturating_sub(part.len() as u64);
        }
        part.map_ok(Frame::data)
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

/// Starts the thread that reads.
fn start(reader: Box<dyn Read + Send>, length: Option<u64>) -> io::Result<mpsc::Receiver<Part>> {
    let (sender, parts) = mpsc::channel(1);
    thread::Builder::new().name("upload".into()).spawn(move || read(reader, length, &sender))?;
    Ok(parts)
}

/// Reads until the end, an error, or until nothing more is wanted.
fn read(mut reader: Box<dyn Read + Send>, mut left: Option<u64>, parts: &mpsc::Sender<Part>) {
    while left != Some(0) {
        let part = next(&mut *reader, left);
        let length = part.as_ref().map_or(0, Bytes::len);
        left = left.map(|it| it.saturating_sub(length as u64));
        if parts.blocking_send(part).is_err() || length == 0 {
            return;
        }
    }
}

/// The next part, which is empty at the end.
fn next(reader: &mut dyn Read, left: Option<u64>) -> Part {
    let most = left.and_then(|it| usize::try_from(it).ok()).map_or(PART, |it| it.min(PART));
    let mut bytes = vec![0; most];
    loop {
        match (reader.read(&mut bytes), left) {
            (Ok(0), Some(left)) => {
                let why = format!("it ended {left} bytes before its length");
                return Err(io::Error::new(ErrorKind::UnexpectedEof, why));
            }
            (Ok(length), _) => {
                bytes.truncate(length);
                return Ok(bytes.into());
            }
            (Err(error), _) if error.kind() == ErrorKind::Interrupted => {}
            (Err(error), _) => return Err(error),
        }
    }
}

/// How far the body is sent, as the receiver of the response sees it.
pub struct Progress(Mutex<State>);

struct State {
    /// When the last part was taken from the reader, or the request began.
    last: Instant,
    waits_for_input: bool,
    failure: Option<String>,
    has_ended: bool,
}

impl Progress {
    fn since(began: Instant) -> Self {
        let state = State { last: began, waits_for_input: false, failure: None, has_ended: false };
        Self(Mutex::new(state))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was taken from the reader.
    pub fn note(&self, part: &Poll<Option<Part>>) {
        let mut state = self.state();
        state.waits_for_input = part.is_pending();
        state.last = Instant::now();
        if let Poll::Ready(Some(Err(error))) = part {
            state.failure = Some(error.to_string());
        }
    }

    fn has_ended(&self) -> bool {
        self.state().has_ended
    }

    /// The response has come: nothing more is sent.
    pub fn end(&self) {
        self.state().has_ended = true;
    }

    /// The time at which the server has been waited for that long.
    pub fn deadline(&self, timeout: Duration) -> Instant {
        let state = self.state();
        let from = if state.waits_for_input { Instant::now() } else { state.last };
        from + timeout
    }

    /// Why the input could not be read.
    pub fn failure(&self) -> Option<HttpError> {
        self.state().failure.clone().map(HttpError::Input)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_timeout_goes_on_while_bytes_are_sent() {
        let (began, minute) = (Instant::now() - Duration::from_secs(3600), Duration::from_secs(60));
        let mut upload = Upload::of(Body::Bytes(b"ab".to_vec()), began);
        let part = upload.poll_part(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(part, Poll::Ready(Some(Ok(bytes))) if bytes == "ab"));
        assert_eq!(upload.progress().deadline(minute), began + minute);
    }

    #[test]
    fn a_reader_that_panics_is_an_error_and_no_end() {
        struct Panicking;
        impl Read for Panicking {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("as the test wants")
            }
        }
        let body = Body::Reader { reader: Box::new(Panicking), length: None };
        let mut upload = Upload::of(body, Instant::now());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let part = runtime.block_on(poll_fn(|context| upload.poll_part(context)));
        assert_eq!(part.unwrap().unwrap_err().to_string(), "its reader stopped");
    }

    #[test]
    fn a_timeout_begins_with_the_request_and_again_with_each_part_and_not_while_the_input_is_awaited()
     {
        let (hour, minute) = (Duration::from_secs(3600), Duration::from_secs(60));
        let began = Instant::now() - hour;
        let progress = Progress::since(began);
        assert_eq!(progress.deadline(minute), began + minute);
        let waited = Instant::now();
        progress.note(&Poll::Pending);
        assert!(progress.deadline(minute) >= waited + minute);
        assert!(progress.state().waits_for_input);
        progress.note(&Poll::Ready(Some(Ok(Bytes::new()))));
        assert!(progress.deadline(minute) >= waited + minute);
        // From now on the server is waited for.
        assert_eq!(progress.deadline(minute), progress.deadline(minute));
        assert_eq!(progress.failure(), None);
        progress.note(&Poll::Ready(Some(Err(io::Error::other("why")))));
        assert_eq!(progress.failure(), Some(HttpError::Input("why".into())));
    }
}
