//! One request on a connection to loopback, after it was checked whose the other end is: what is sent goes to that end and
//! to no other.

use std::future::{Future as _, poll_fn};
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Instant;

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_rustls::TlsConnector;

use super::cause::FailedRequest;
use super::url::{authority, bare_host};
use super::{AGENT, HttpError, MAX_BODY, Outgoing, Reply};

/// The longest head of a response, in bytes. Also what is parsed at a time, so that the deadline is looked at in between.
const MAX_HEAD: usize = 64 * 1024;

/// How many informational responses may precede the response.
const MAX_INFORMATIONAL: usize = 16;

/// Sends the request and receives the response until `until`. `tls` is used if the URL is of https.
///
/// # Errors
/// [`HttpError`] if no complete response was received.
pub fn exchange(
    connection: TcpStream,
    tls: Option<ClientConfig>,
    request: Outgoing<'_>,
    until: Instant,
    failed: &FailedRequest<'_>,
) -> Result<Reply, HttpError> {
    let host = bare_host(request.url).to_owned();
    let message = message(request).map_err(HttpError::other)?;
    connection.set_nonblocking(true).map_err(HttpError::other)?;
    // One step of a task between two looks at the timers. A server that sends informational responses without end keeps a
    // task busy, and by default that goes on for 61 steps.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().event_interval(1).build().map_err(HttpError::other)?;
    runtime.block_on(async {
        let exchange = async {
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
        match tokio::time::timeout_at(until.into(), exchange).await {
            Ok(result) => result,
            Err(_) => Err(failed.timed_out()),
        }
    })
}

/// The request as it is sent.
fn message(request: Outgoing<'_>) -> Result<hyper::Request<String>, hyper::http::Error> {
    let url = request.url;
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut message = hyper::Request::builder().method(request.method).uri(target);
    for (name, value) in request.headers {
        message = message.header(name, value);
    }
    let mut message = message.body(request.body.unwrap_or_default())?;
    let headers = message.headers_mut();
    headers.insert(HOST, authority(url).parse()?);
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
    Ok(message)
}

async fn converse<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    mut message: hyper::Request<String>,
    failed: &FailedRequest<'_>,
) -> Result<Reply, HttpError> {
    let no_response = |error: hyper::Error| failed.no_response_here(&error);
    let mut builder = http1::Builder::new();
    let builder = builder.max_buf_size(MAX_HEAD);
    let (mut requests, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(no_response)?;
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
    let response = response.await?;
    let (head, body) = response.into_parts();
    Ok(Reply::of(head.status, &head.headers, whole(body).await?))
}

/// Is notified when too many informational responses have come.
fn count_informational(message: &mut hyper::Request<String>) -> Arc<Notify> {
    let notify = Arc::new(Notify::new());
    let (too_many, count) = (Arc::clone(&notify), AtomicUsize::new(0));
    hyper::ext::on_informational(message, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == MAX_INFORMATIONAL {
            too_many.notify_one();
        }
    });
    notify
}

/// The body, if it is complete and not too long.
async fn whole(mut body: Incoming) -> Result<Vec<u8>, HttpError> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| HttpError::Dropped)?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        if bytes.len() > MAX_BODY {
            return Err(HttpError::TooLarge);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
