//! A transfer by a client of reqwest: to a host that is not loopback, or through a proxy.

use std::time::Instant;

use hyper::header::HOST;
use reqwest::{Body, ClientBuilder, Request};

use super::Transfer;
use super::incoming::{Driver, Incoming, Limit, Stream};
use crate::net::cause::FailedRequest;
use crate::net::{HttpError, resolver};

/// Sends the request, and returns the response as soon as its head has come.
pub fn open(
    client: ClientBuilder,
    transfer: Transfer<'_>,
    failed: &FailedRequest<'_>,
) -> Result<Incoming, HttpError> {
    // A connection that is kept would need the runtime of this request.
    let client = client.pool_max_idle_per_host(0).build().map_err(HttpError::other)?;
    let (url, times) = (transfer.url, (transfer.timeout, Limit::Idle(transfer.idle)));
    let message = transfer.message(url.as_str(), Instant::now()).map_err(HttpError::other)?;
    let progress = message.body().progress();
    let mut request = Request::try_from(message.map(Body::wrap)).map_err(HttpError::other)?;
    // Set by reqwest, for the proxy too.
    request.headers_mut().remove(HOST);
    let response = async {
        let response =
            client.execute(request).await.map_err(|error| match resolver::is_refusal(&error) {
                true => HttpError::ForbiddenAddress,
                false => failed.no_response(&error),
            })?;
        Ok((response.status(), response.headers().clone(), Stream::Client(response)))
    };
    Driver::new()?.receive(response, &progress, times, failed)
}
