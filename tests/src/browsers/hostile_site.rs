//! A stranger: another web server on this computer, whose pages attack whoever visits them.

use crate::browsers::chromium::CROSS_SITE_HOST;
use crate::net::http_server::{HttpServer, Reply, Request};

/// Serves one page at `/`; `/redirect?to=URL` sends the visitor on, `/toss?cookie=C` hands out a cookie.
#[derive(Debug)]
pub struct HostileSite {
    serving: HttpServer,
}

impl HostileSite {
    /// This HTML is its page.
    #[must_use]
    pub fn showing(html: &str) -> Self {
        let page = format!("<!DOCTYPE html><title>Win a prize</title><body>{html}");
        let serving = HttpServer::start(move |request| answer(request, &page));
        Self { serving }
    }

    /// Its address, on another site than the callback's, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{CROSS_SITE_HOST}:{}", self.serving.address().port())
    }

    /// Its address as another program of this computer: for cookies the same host as the callback's.
    #[must_use]
    pub fn local_url(&self) -> String {
        format!("http://localhost:{}", self.serving.address().port())
    }

    /// Every request so far.
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
