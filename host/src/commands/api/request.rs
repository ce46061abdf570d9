//! [`Request`]: what the command line asks for.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Method, Url};

use super::{address, fields, pages};
use crate::cli::Api;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::transfer::Body;
use crate::text::{Label, Line};

/// Headers that this program sets.
const OWN_HEADERS: [&str; 4] = ["cookie", "host", "content-length", "transfer-encoding"];

/// A request to the server of the context.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub timeout: Duration,
    body: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    None,
    /// A JSON object of the fields.
    Json(String),
    File(PathBuf),
    /// Standard input, which can be read once.
    Input,
}

impl Request {
    /// The request of this command line at this server. As gh does, it is a GET, and a POST if there is a body; fields are the
    /// body, and parameters of the query beside `--input` or if the method is GET.
    ///
    /// # Errors
    /// `usage`, `unreadable`.
    pub fn read(args: &Api, server: &Url) -> Result<Self> {
        let (method, path) = match args.request.as_slice() {
            [path] => (args.method.as_deref(), path),
            [method, path] => match &args.method {
                Some(_) => return Err(usage("The method is given twice.")),
                None => (Some(method.as_str()), path),
            },
            _ => return Err(usage("The path is missing.")),
        };
        let from_input = args.field.iter().filter(|it| it.ends_with("=@-")).count();
        if from_input + usize::from(args.input.as_deref() == Some(Path::new("-"))) > 1 {
            return Err(usage("Standard input can be read only once."));
        }
        let fields = fields::read(&args.raw_field, &args.field)?;
        let has_body = args.input.is_some() || !fields.is_empty();
        let method = match method {
            Some(method) => named(method)?,
            None if has_body => Method::POST,
            None => Method::GET,
        };
        let is_query = args.input.is_some() || method == Method::GET || method == Method::HEAD;
        let query = if is_query { fields::query(&fields) } else { Vec::new() };
        let body = match &args.input {
            Some(path) if path == Path::new("-") => Content::Input,
            Some(path) => Content::File(path.clone()),
            None if is_query || fields.is_empty() => Content::None,
            None => Content::Json(fields::object(&fields)?.to_string()),
        };
        if args.paginate && method != Method::GET {
            return Err(usage("Only the pages of a GET request can be joined."));
        }
        let url = address::of(path, server, &query)?;
        let headers = headers(&args.header, &body)?;
        Ok(Self { method, url, headers, timeout: args.timeout, body })
    }

    /// The same request for this page of a list.
    pub fn page(&self, number: u64) -> Self {
        let mut url = self.url.clone();
        let named: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
        let has_size = pages::SIZES.iter().any(|it| named.iter().any(|name| name == it));
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| name != "page")
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let mut query = url.query_pairs_mut();
        query.clear().extend_pairs(kept).append_pair("page", &number.to_string());
        if !has_size {
            query.extend_pairs(pages::SIZES.map(|name| (name, pages::PAGE_SIZE)));
        }
        drop(query);
        Self { url, ..self.clone() }
    }

    /// The method and the path, as they are named in a message.
    pub fn name(&self) -> Line {
        Line::new(format!("{} {}", self.method, self.url.path()))
    }

    /// Opens the body.
    ///
    /// # Errors
    /// `unreadable` for a file.
    pub fn body(&self) -> Result<Body> {
        Ok(match &self.body {
            Content::None => Body::None,
            Content::Json(text) => Body::Bytes(text.clone().into_bytes()),
            Content::Input => Body::Reader { reader: Box::new(io::stdin()), length: None },
            Content::File(path) => {
                let opened = File::open(path).and_then(|it| Ok((it.metadata()?, it)));
                let (data, file) = opened.map_err(|error| unreadable(path, &error))?;
                let length = data.is_file().then_some(data.len());
                Body::Reader { reader: Box::new(file), length }
            }
        })
    }

    /// Whether it may be sent again after its token was refused: it changes nothing, or the same again, and can be read again.
    pub fn can_be_repeated(&self) -> bool {
        let is_idempotent =
            [Method::GET, Method::HEAD, Method::PUT, Method::DELETE].contains(&self.method);
        let is_readable_again = match &self.body {
            Content::None | Content::Json(_) => true,
            Content::File(path) => path.is_file(),
            Content::Input => false,
        };
        is_idempotent && is_readable_again && !address::starts_a_load_test(&self.url)
    }

    /// Whether the person asked for a page, so that HTML is no sign of a sign-in that is missing.
    pub fn wants_html(&self) -> bool {
        let accepts = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("accept") && value.to_ascii_lowercase().contains("html")
        };
        self.headers.iter().any(accepts)
    }
}

fn named(method: &str) -> Result<Method> {
    let is_name = !method.is_empty() && method.bytes().all(|it| it.is_ascii_alphabetic());
    let known = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
    known
        .ok()
        .filter(|_| is_name)
        .ok_or_else(|| usage(&format!("{} is not a method.", Label::new(method).delimited())))
}

fn headers(typed: &[String], body: &Content) -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    for header in typed {
        // A value may be secret, so it is not repeated.
        let Some((name, value)) = header.split_once(':') else {
            return Err(usage("A header is not of the form NAME: VALUE."));
        };
        let (name, value) = (name.trim(), value.trim());
        let refused =
            |why: &str| usage(&format!("The header {} {why}.", Label::new(name).delimited()));
        let is_token = |it: u8| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it);
        if name.is_empty() || !name.bytes().all(is_token) || value.chars().any(char::is_control) {
            return Err(refused("contains a character that no header has"));
        }
        if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(refused("is set by mesheryctl"));
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if *body != Content::None && !has_type {
        headers.push(("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()));
    }
    Ok(headers)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let path = path.display().to_string();
    let message = format!("Cannot read {}: {error}.", Label::new(&path).delimited());
    let show = Command::from("ls -l").value(&path);
    Error::new(Code::Unreadable, message).next(Suggestion::new("Show it", show))
}

fn usage(message: &str) -> Error {
    let help = Suggestion::new("Help", "mesheryctl api --help");
    Error::new(Code::Usage, message).next(help)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command as Subcommand};

    fn request(args: &[&str]) -> Result<Request> {
        let words = ["mesheryctl", "api"].iter().chain(args);
        let Subcommand::Api(api) = Cli::try_parse_from(words).unwrap().command else { panic!() };
        Request::read(&api, &Url::parse("http://localhost:9081").unwrap())
    }

    #[test]
    fn the_method_and_the_place_of_the_fields_are_those_of_gh() {
        for (args, expected) in [
            (&["/x"][..], "GET /x -"),
            (&["x", "-f", "a=1"], "POST /x {\"a\":\"1\"}"),
            (&["x", "-F", "a=1"], "POST /x {\"a\":1}"),
            (&["GET", "x", "-F", "a=1"], "GET /x?a=1 -"),
            (&["-X", "get", "x", "-f", "a=1"], "GET /x?a=1 -"),
            (&["PATCH", "x", "-f", "a=1"], "PATCH /x {\"a\":\"1\"}"),
            (&["delete", "x"], "DELETE /x -"),
            (&["x", "--input", "-", "-f", "a=1"], "POST /x?a=1 input"),
            (&["PUT", "x", "--input", "f.json"], "PUT /x f.json"),
            (&["x?b=2", "-X", "GET", "-f", "a=1"], "GET /x?b=2&a=1 -"),
        ] {
            let request = request(args).unwrap();
            let query = request.url.query().map(|it| format!("?{it}")).unwrap_or_default();
            let body = match &request.body {
                Content::None => "-".to_owned(),
                Content::Json(text) => text.clone(),
                Content::File(path) => path.display().to_string(),
                Content::Input => "input".to_owned(),
            };
            let said = format!("{} {}{query} {body}", request.method, request.url.path());
            assert_eq!(said, expected, "{args:?}");
            let is_json = request.headers.iter().any(|(name, _)| name == "Content-Type");
            assert_eq!(is_json, body != "-", "{args:?}");
        }
    }

    #[test]
    fn a_command_line_that_is_no_request_is_refused() {
        for args in [
            &["GET", "x", "-X", "GET"][..],
            &["G T", "x"],
            &["x", "-H", "no-colon"],
            &["x", "-H", "Cookie: token=x"],
            &["x", "-H", "Host: evil.example"],
            &["x", "-H", "A: b\r\nHost: evil"],
            &["x", "-H", "A B: c"],
            &["POST", "x", "--paginate"],
            &["x", "--paginate", "-f", "a=1"],
            &["x", "--input", "-", "-F", "a=@-"],
            &["x", "-F", "a=@-", "-F", "b=@-"],
        ] {
            assert_eq!(request(args).unwrap_err().code, Code::Usage, "{args:?}");
        }
        assert!(request(&["x", "--input", "/no/such"]).unwrap().body().is_err());
    }

    #[test]
    fn a_page_is_asked_for_by_every_spelling_of_its_size() {
        for (path, expected) in [
            ("x", "page=3&pagesize=100&pageSize=100&page_size=100"),
            ("x?search=a&page=7", "search=a&page=3&pagesize=100&pageSize=100&page_size=100"),
            ("x?pagesize=5", "pagesize=5&page=3"),
        ] {
            let page = request(&[path, "--paginate"]).unwrap().page(3);
            assert_eq!(page.url.query(), Some(expected), "{path}");
        }
    }

    #[test]
    fn only_a_request_without_another_effect_may_be_repeated() {
        for (args, is) in [
            (&["x"][..], true),
            (&["PUT", "x", "-f", "a=1"], true),
            (&["DELETE", "x"], true),
            (&["POST", "x"], false),
            (&["PATCH", "x"], false),
            (&["PUT", "x", "--input", "-"], false),
            (&["PUT", "x", "--input", "Cargo.toml"], true),
            (&["PUT", "x", "--input", "/dev/null"], false),
            (&["api/perf/profile"], false),
            (&["api/user/performance/profiles/1/run"], false),
        ] {
            assert_eq!(request(args).unwrap().can_be_repeated(), is, "{args:?}");
        }
    }
}
