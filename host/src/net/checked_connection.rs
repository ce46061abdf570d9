//! One request on a connection to loopback, after it was checked whose the other end is: what is sent goes to that end and
//! to no other.

mod persistent_read;

use std::future::{Future as _, poll_fn};
use std::net::TcpStream;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Instant;

use hyper::StatusCode;
use hyper::client::conn::http1;
use hyper::header::HeaderMap;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_rustls::TlsConnector;

use self::persistent_read::PersistentRead;
use super::cause::FailedRequest;
use super::transfer::Transfer;
use super::transfer::incoming::{Driver, Incoming, Limit, Stream};
use super::transfer::upload::Upload;
use super::url::bare_host;
use super::{HttpError, MAX_HEAD};

/// How many informational responses may precede the response.
const MAX_INFORMATIONAL: usize = 16;

/// A request that `began` before the connection was made. `tls` is used if its URL is of https.
///
/// # Errors
/// [`HttpError`] if no head of a response was received.
pub fn open(
    connection: TcpStream,
    tls: Option<ClientConfig>,
    transfer: Transfer<'_>,
    began: Instant,
    limit: Limit,
    failed: &FailedRequest<'_>,
) -> Result<Incoming, HttpError> {
    let (host, times) = (bare_host(transfer.url).to_owned(), (transfer.timeout, limit));
    let target = match transfer.url.query() {
        Some(query) => format!("{}?{query}", transfer.url.path()),
        None => transfer.url.path().to_owned(),
    };
    let message = transfer.message(&target, began).map_err(HttpError::other)?;
    let progress = message.body().progress();
    connection.set_nonblocking(true).map_err(HttpError::other)?;
    // Small parts of a body are sent at once.
    connection.set_nodelay(true).map_err(HttpError::other)?;
    let response = async {
        let stream = tokio::net::TcpStream::from_std(connection).map_err(HttpError::other)?;
        match tls {
            None => converse(stream, message, failed).await,
            Some(config) => {
                let name = ServerName::try_from(host).map_err(HttpError::other)?;
                let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
                let stream = stream.map_err(|error| failed.no_response_here(&error))?;
                converse(stream, message, failed).await
            }
        }
    };
    Driver::new()?.receive(response, &progress, times, failed)
}

async fn converse<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    mut message: hyper::Request<Upload>,
    failed: &FailedRequest<'_>,
) -> Result<(StatusCode, HeaderMap, Stream), HttpError> {
    let no_response = |error: hyper::Error| failed.no_response_here(&error);
    let mut builder = http1::Builder::new();
    // Also what is parsed at a time, so that the deadline is looked at in between.
    let builder = builder.max_buf_size(MAX_HEAD);
    let stream = TokioIo::new(PersistentRead::of(stream));
    let (mut requests, connection) = builder.handshake(stream).await.map_err(no_response)?;
    // Its error comes with the response too.
    tokio::spawn(connection);
    let too_many = count_informational(&mut message);
    let mut too_many = pin!(too_many.notified());
    let mut response = pin!(requests.send_request(message));
    let response = poll_fn(|context| match too_many.as_mut().poll(context) {
        Poll::Ready(()) => {
            let why = format!("it sent more than {MAX_INFORMATIONAL} informational responses");
            Poll::Ready(Err(HttpError::Other(why)))
        }
        Poll::Pending => response.as_mut().poll(context).map_err(no_response),
    });
    let (head, body) = response.await?.into_parts();
    Ok((head.status, head.headers, Stream::Checked(body)))
}

/// Is notified when too many informational responses have come.
fn count_informational(message: &mut hyper::Request<Upload>) -> Arc<Notify> {
    let notify = Arc::new(Notify::new());
    let (too_many, count) = (Arc::clone(&notify), AtomicUsize::new(0));
    hyper::ext::on_informational(message, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == MAX_INFORMATIONAL {
            too_many.notify_one();
        }
    });
    notify
}

#[cfg(test)]
mod tests;
