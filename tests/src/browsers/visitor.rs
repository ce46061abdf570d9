//! A visitor: a browser reduced to its requests: navigation headers, cookies shared across ports, redirects.

use crate::net::http_client::{Localhost, RequestBuilder, Response};
use crate::net::url::{Url, encode};

/// One step of a navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub url: Url,
    pub response: Response,
}

/// A cookie as a browser stores it: for a host, on every port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    pub host: String,
    pub path: String,
    pub name: String,
    pub value: String,
    pub http_only: bool,
    /// In lower case: `strict`, `lax`, `none`.
    pub same_site: Option<String>,
}

/// What causes a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Navigation,
    Frame,
    Script,
}

/// A browser with its cookie jar.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub cookies: Vec<Cookie>,
    localhost: Localhost,
    cause: Cause,
    /// The host of the page that causes the request, if a page does.
    sent_by: Option<String>,
    enforces_same_site: bool,
}

const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";

impl Visitor {
    #[must_use]
    pub fn new() -> Self {
        Self {
            cookies: Vec::new(),
            localhost: Localhost::V4,
            cause: Cause::Navigation,
            sent_by: None,
            enforces_same_site: false,
        }
    }

    /// Resolves `localhost` to this address.
    #[must_use]
    pub fn over(mut self, localhost: Localhost) -> Self {
        self.localhost = localhost;
        self
    }

    /// Withholds cookies as their SameSite attribute says.
    #[must_use]
    pub fn enforcing_same_site(mut self) -> Self {
        self.enforces_same_site = true;
        self
    }

    /// A page of this origin navigates: by a link or a script.
    #[must_use]
    pub fn sent_by(mut self, origin: &str) -> Self {
        self.sent_by = Some(Url::parse(origin).host);
        self
    }

    /// A page of this origin loads the URL in an iframe.
    #[must_use]
    pub fn in_iframe_of(self, origin: &str) -> Self {
        Self { cause: Cause::Frame, ..self.sent_by(origin) }
    }

    /// A script of a page of this origin fetches the URL.
    #[must_use]
    pub fn by_script_of(self, origin: &str) -> Self {
        Self { cause: Cause::Script, ..self.sent_by(origin) }
    }

    /// Opens this URL and follows its redirects. Returns every hop.
    #[track_caller]
    pub fn follow(&mut self, url: &str) -> Vec<Hop> {
        let mut hops = vec![self.visit(url)];
        while let Some(next) = hops.last().and_then(next) {
            assert!(hops.len() < 20, "the redirects should end: {hops:#?}");
            hops.push(self.visit(&next.to_string()));
        }
        hops
    }

    /// Submits the first form of a page with its hidden fields and these, and follows redirects.
    #[track_caller]
    pub fn submit(&mut self, page: &Hop, fields: &[(&str, &str)]) -> Vec<Hop> {
        let hop = self.submit_once(page, fields);
        match next(&hop) {
            Some(there) => [vec![hop], self.follow(&there.to_string())].concat(),
            None => vec![hop],
        }
    }

    /// Submits the form without following a redirect.
    #[track_caller]
    pub fn submit_once(&mut self, page: &Hop, fields: &[(&str, &str)]) -> Hop {
        let (action, mut filled) = form(&page.response.body)
            .unwrap_or_else(|| panic!("{} should show a form: {page:#?}", page.url));
        filled.extend(fields.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let body: Vec<String> = filled
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let url = page.url.join(&action);
        let request = self.request(&url).method("POST").body(body.join("&"));
        let answer = request.header("Content-Type", "application/x-www-form-urlencoded").send();
        self.keep(&url, &answer);
        Hop { url, response: answer }
    }

    /// Requests this URL without following a redirect.
    #[track_caller]
    pub fn visit(&mut self, url: &str) -> Hop {
        let url = Url::parse(url);
        let answer = self.request(&url).send();
        self.keep(&url, &answer);
        Hop { url, response: answer }
    }

    /// The request that this visitor would send, which the test may change first.
    #[must_use]
    pub fn request(&self, url: &Url) -> RequestBuilder {
        let (mode, destination) = match self.cause {
            Cause::Navigation => ("navigate", "document"),
            Cause::Frame => ("navigate", "iframe"),
            Cause::Script => ("no-cors", "empty"),
        };
        let site = match &self.sent_by {
            None => "none",
            Some(host) if *host == url.host => "same-site",
            Some(_) => "cross-site",
        };
        let mut request = RequestBuilder::of(url.clone())
            .over(self.localhost)
            .header("User-Agent", AGENT)
            .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("Accept-Language", "en")
            .header("Sec-Fetch-Site", site)
            .header("Sec-Fetch-Mode", mode)
            .header("Sec-Fetch-Dest", destination);
        let cookies: Vec<_> =
            self.cookies.iter().filter(|cookie| self.sends(cookie, url)).collect();
        if !cookies.is_empty() {
            let pairs = cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value));
            request = request.header("Cookie", &pairs.collect::<Vec<_>>().join("; "));
        }
        request
    }

    fn sends(&self, cookie: &Cookie, url: &Url) -> bool {
        let cross_site = self.sent_by.as_ref().is_some_and(|host| *host != url.host);
        let withheld = match cookie.same_site.as_deref() {
            Some("none") => false,
            Some("strict") => cross_site,
            // Lax, also the default of browsers.
            _ => cross_site && self.cause != Cause::Navigation,
        };
        let there = cookie.host == url.host && covers(&cookie.path, url.path());
        there && !(self.enforces_same_site && withheld)
    }

    fn keep(&mut self, url: &Url, answer: &Response) {
        for header in answer.all("set-cookie") {
            let Some((cookie, is_removed)) = parse(header, url) else {
                continue;
            };
            self.cookies.retain(|kept| {
                (&kept.host, &kept.path, &kept.name) != (&cookie.host, &cookie.path, &cookie.name)
            });
            if !is_removed {
                self.cookies.push(cookie);
            }
        }
    }
}

impl Default for Visitor {
    fn default() -> Self {
        Self::new()
    }
}

fn next(hop: &Hop) -> Option<Url> {
    let redirects = matches!(hop.response.status, 301 | 302 | 303 | 307 | 308);
    redirects.then(|| hop.response.header("location").map(|location| hop.url.join(location)))?
}

/// The action of the first form of a page, and its hidden fields.
fn form(page: &str) -> Option<(String, Vec<(String, String)>)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let (_, form) = page.split_once("<form")?;
    let form = form.split("</form>").next()?;
    let action = attribute(form.split('>').next()?, "action")?;
    let inputs = form.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let hidden = inputs.filter(|tag| tag.contains("type=\"hidden\""));
    let pair = |tag| Some((attribute(tag, "name")?, attribute(tag, "value")?));
    Some((action, hidden.filter_map(pair).collect()))
}

/// RFC 6265, 5.1.4.
fn covers(cookie_path: &str, path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| cookie_path.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
}

/// The cookie of a Set-Cookie header, and whether the header removes it.
fn parse(header: &str, url: &Url) -> Option<(Cookie, bool)> {
    let mut parts = header.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let folder = url.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut cookie = Cookie {
        host: url.host.clone(),
        path: if folder.is_empty() { "/".into() } else { folder.into() },
        name: name.to_owned(),
        value: value.to_owned(),
        http_only: false,
        same_site: None,
    };
    let mut is_removed = false;
    for part in parts {
        let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
        match attribute.to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "httponly" => cookie.http_only = true,
            "samesite" => cookie.same_site = Some(value.to_ascii_lowercase()),
            "max-age" => is_removed = value.parse().is_ok_and(|seconds: i64| seconds <= 0),
            "expires" => is_removed |= value.contains("1970"),
            _ => {}
        }
    }
    Some((cookie, is_removed))
}
