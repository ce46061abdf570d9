//! A visitor: what a browser does with a URL: headers of a navigation, cookies shared across ports, redirects followed.

use crate::net::http_client::{Localhost, RequestBuilder, Response};
use crate::net::url::{Url, encode};

/// One step of a navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub url: Url,
    pub response: Response,
}

/// A cookie as a browser keeps it: for a host, whatever the port.
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

/// What the page in front of the visitor does to make the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Navigation,
    Frame,
    Script,
}

/// A browser with its cookie jar.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub cookies: Vec<Cookie>,
    localhost: Localhost,
    means: Means,
    /// The host of the page that sends the visitor; by itself none.
    sent_by: Option<String>,
    honours_same_site: bool,
}

const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";

impl Visitor {
    #[must_use]
    pub fn new() -> Self {
        Self {
            cookies: Vec::new(),
            localhost: Localhost::V4,
            means: Means::Navigation,
            sent_by: None,
            honours_same_site: false,
        }
    }

    /// Takes `localhost` for this address.
    #[must_use]
    pub fn over(mut self, localhost: Localhost) -> Self {
        self.localhost = localhost;
        self
    }

    /// Keeps cookies back as their SameSite says, when another site sends the visitor.
    #[must_use]
    pub fn enforcing_same_site(mut self) -> Self {
        self.honours_same_site = true;
        self
    }

    /// Sent by a page of this origin (a link, or a script that navigates).
    #[must_use]
    pub fn sent_by(mut self, origin: &str) -> Self {
        self.sent_by = Some(Url::parse(origin).host);
        self
    }

    /// A page of this origin loads it in an iframe.
    #[must_use]
    pub fn in_iframe_of(self, origin: &str) -> Self {
        Self { means: Means::Frame, ..self.sent_by(origin) }
    }

    /// A script of a page of this origin fetches it.
    #[must_use]
    pub fn by_script_of(self, origin: &str) -> Self {
        Self { means: Means::Script, ..self.sent_by(origin) }
    }

    /// Goes where this URL leads, to the first answer that is no redirect. Returns every hop.
    #[track_caller]
    pub fn follow(&mut self, url: &str) -> Vec<Hop> {
        let mut hops = vec![self.visit(url)];
        while let Some(next) = hops.last().and_then(next) {
            assert!(hops.len() < 20, "the redirects should end: {hops:#?}");
            hops.push(self.visit(&next.to_string()));
        }
        hops
    }

    /// Sends the first form of a page, what it holds already and these fields, and goes where that leads.
    #[track_caller]
    pub fn submit(&mut self, page: &Hop, fields: &[(&str, &str)]) -> Vec<Hop> {
        let hop = self.submit_once(page, fields);
        match next(&hop) {
            Some(there) => [vec![hop], self.follow(&there.to_string())].concat(),
            None => vec![hop],
        }
    }

    /// The same, its redirect not followed.
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
        let ask = self.ask(&url).method("POST").body(body.join("&"));
        let answer = ask.header("Content-Type", "application/x-www-form-urlencoded").send();
        self.keep(&url, &answer);
        Hop { url, response: answer }
    }

    /// One request, its redirect not followed.
    #[track_caller]
    pub fn visit(&mut self, url: &str) -> Hop {
        let url = Url::parse(url);
        let answer = self.ask(&url).send();
        self.keep(&url, &answer);
        Hop { url, response: answer }
    }

    /// The request as this visitor makes it, to be changed before it is sent.
    #[must_use]
    pub fn ask(&self, url: &Url) -> RequestBuilder {
        let (mode, destination) = match self.means {
            Means::Navigation => ("navigate", "document"),
            Means::Frame => ("navigate", "iframe"),
            Means::Script => ("no-cors", "empty"),
        };
        let site = match &self.sent_by {
            None => "none",
            Some(host) if *host == url.host => "same-site",
            Some(_) => "cross-site",
        };
        let mut ask = RequestBuilder::of(url.clone())
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
            ask = ask.header("Cookie", &pairs.collect::<Vec<_>>().join("; "));
        }
        ask
    }

    fn sends(&self, cookie: &Cookie, url: &Url) -> bool {
        let foreign = self.sent_by.as_ref().is_some_and(|host| *host != url.host);
        let kept_back = match cookie.same_site.as_deref() {
            Some("none") => false,
            Some("strict") => foreign,
            // Lax, which is also what browsers take for granted.
            _ => foreign && self.means != Means::Navigation,
        };
        let there = cookie.host == url.host && covers(&cookie.path, url.path());
        there && !(self.honours_same_site && kept_back)
    }

    fn keep(&mut self, url: &Url, answer: &Response) {
        for header in answer.all("set-cookie") {
            let Some((cookie, is_gone)) = parse(header, url) else {
                continue;
            };
            self.cookies.retain(|kept| {
                (&kept.host, &kept.path, &kept.name) != (&cookie.host, &cookie.path, &cookie.name)
            });
            if !is_gone {
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

/// Where the first form of a page goes, and its hidden fields.
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

/// The cookie of a Set-Cookie header, and whether that only removes it.
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
    let mut is_gone = false;
    for part in parts {
        let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
        match attribute.to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "httponly" => cookie.http_only = true,
            "samesite" => cookie.same_site = Some(value.to_ascii_lowercase()),
            "max-age" => is_gone = value.parse().is_ok_and(|seconds: i64| seconds <= 0),
            "expires" => is_gone |= value.contains("1970"),
            _ => {}
        }
    }
    Some((cookie, is_gone))
}
