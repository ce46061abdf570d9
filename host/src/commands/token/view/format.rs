//! The formats of a token for other programs.

use mesheryctl_core::token::Token;
use reqwest::Url;
use serde_json::json;

use crate::cli::TokenFormat;
use crate::clock::{rfc3339, unix_now};
use crate::error::{Code, Error, Result, Suggestion};
use crate::net::url;
use crate::sign_in::cookies::cookies;
use crate::sign_in::not_signed_in::ended;
use crate::sign_in::remedy;
use crate::sign_in::token_in_use::TokenInUse;
use crate::text::Name;

/// How long a cookie of a token is valid whose end is not known, in seconds: a program that reads a jar drops a cookie without a
/// time in the future.
const UNKNOWN_END: u64 = 3600;

/// What is printed of a token: never its refresh token.
pub struct Printed<'a> {
    /// The value of the header `Cookie`.
    cookies: String,
    token: Token,
    provider: &'a str,
    ends_at: Option<u64>,
    /// The endpoint of the context.
    endpoint: Option<&'a str>,
}

impl<'a> Printed<'a> {
    /// # Errors
    /// `not_signed_in` for the empty token of a provider without accounts, and one that has ended; `invalid_token_file` if the token cannot
    /// be told from its refresh token, or the provider's name cannot be sent in a cookie.
    pub fn of(used: &'a TokenInUse, endpoint: Option<&'a str>) -> Result<Self> {
        let name = Name::new(&used.auth.provider);
        if used.auth.token.is_empty() {
            let message = format!("{name} uses no token.");
            return Err(Error::new(Code::NotSignedIn, message).next(remedy::sign_in()));
        }
        let (cookies, token) = cookies(used)?;
        // Its end may be unknown because the clocks differ, and other programs would not know either.
        let stated = used.auth.token.claims().ends_at();
        if used.ends_at().is_none() && stated.is_some_and(|at| at <= unix_now()) {
            return Err(ended(used, false, None));
        }
        let provider = used.auth.provider.as_str();
        Ok(Self { cookies, token, provider, ends_at: used.ends_at(), endpoint })
    }

    /// The text for standard output, with a line feed at its end.
    ///
    /// # Errors
    /// `server_missing` for a cookie jar without a server.
    pub fn text(&self, format: TokenFormat) -> Result<String> {
        Ok(match format {
            TokenFormat::Raw => format!("{}\n", self.token.expose()),
            TokenFormat::Header => self.header(),
            TokenFormat::Jar => self.jar()?,
            TokenFormat::Env => self.env(),
            TokenFormat::Json => format!("{:#}\n", self.json()),
            TokenFormat::Exec => format!("{}\n", self.exec()),
        })
    }

    /// The two cookies that Meshery Server reads, in the order of the Go CLI.
    fn header(&self) -> String {
        format!("Cookie: {}\n", self.cookies)
    }

    /// A cookie jar in Netscape's format, which curl, wget and Python read: host, whether it is for subdomains, path, whether only
    /// over TLS, end, name, value.
    fn jar(&self) -> Result<String> {
        let endpoint = self.endpoint.and_then(url::base_url).ok_or_else(no_server)?;
        let is_secure = if endpoint.scheme() == "https" { "TRUE" } else { "FALSE" };
        let end = self.ends_at.unwrap_or_else(|| unix_now() + UNKNOWN_END);
        let mut jar = String::from("# Netscape HTTP Cookie File\n");
        for host in hosts(&endpoint) {
            for (name, value) in
                [("token", self.token.expose()), ("meshery-provider", self.provider)]
            {
                jar += &format!("{host}\tFALSE\t/\t{is_secure}\t{end}\t{name}\t{value}\n");
            }
        }
        Ok(jar)
    }

    /// The variables that this program reads, for a shell.
    fn env(&self) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let (token, provider) = (quoted(self.token.expose()), quoted(self.provider));
        format!("export MESHERY_TOKEN={token}\nexport MESHERY_PROVIDER={provider}\n")
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "token": self.token.expose(),
            "provider": self.provider,
            "expires_at": self.ends_at.and_then(rfc3339),
            "expires_on": self.ends_at,
            "endpoint": self.endpoint,
        })
    }

    /// `ExecCredential` of client-go, which calls the program again once the time is over.
    fn exec(&self) -> serde_json::Value {
        let mut status = json!({ "token": self.token.expose() });
        if let Some(end) = self.ends_at.and_then(rfc3339) {
            status["expirationTimestamp"] = end.into();
        }
        json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": status,
        })
    }
}

/// The host as the programs write it that read a jar: Python appends `.local` to a name without a dot.
fn hosts(endpoint: &Url) -> Vec<String> {
    let host = url::bare_host(endpoint).to_owned();
    match (host.contains(':'), host.contains('.')) {
        (true, _) => vec![format!("[{host}].local"), host],
        (false, true) => vec![host],
        (false, false) => vec![format!("{host}.local"), host],
    }
}

fn no_server() -> Error {
    let message = "A cookie jar is for the server of the token's own context, and there is none.";
    Error::new(Code::ServerMissing, message)
        .next(Suggestion::new("As a header", "mesheryctl system token view --format header"))
}
