//! A hostile web server on this computer, whose pages attack the browser that visits them.

use crate::browsers::chromium::CROSS_SITE_HOST;
use crate::net::http_server::{HttpServer, Reply, Request};

/// Serves one page at `/`; `/redirect?to=URL` redirects, `/toss?cookie=C` sets a cookie.
#[derive(Debug)]
pub struct HostileSite {
    serving: HttpServer,
}

impl HostileSite {
    /// Serves this HTML as its page.
    #[must_use]
    pub fn showing(html: &str) -> Self {
        let page = format!("<!DOCTYPE html><title>Win a prize</title><body>{html}");
        let serving = HttpServer::start(move |request| answer(request, &page));
        Self { serving }
    }

    /// Its URL, cross-site to the callback, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{CROSS_SITE_HOST}:{}", self.serving.address().port())
    }

    /// Its URL as another program on `localhost`: it shares cookies with the callback.
    #[must_use]
    pub fn local_url(&self) -> String {
        format!("http://localhost:{}", self.serving.address().port())
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.serving.requests()
    }
}

fn answer(request: &Request, page: &str) -> Reply {
    match (request.path.as_str(), request.param("to"), request.param("cookie")) {
        ("/", ..) => Reply::new(200, "text/html; charset=utf-8", page),
        ("/redirect", Some(to), _) => Reply::redirect(to),
        ("/toss", _, Some(cookie)) => Reply::html(200, "A cookie").with("Set-Cookie", cookie),
        _ => Reply::html(404, "Not Found"),
    }
}
