//! The verdict on a token, from the response of a Meshery Server.

use mesheryctl_core::auth_file::AuthFile;
use mesheryctl_core::token::Token;
use reqwest::Url;

use super::server_error;
use crate::net::Reply;

/// Whether a token is valid, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The token is valid. This is what is to be saved: what the server returned, with the token that was sent unless
    /// the returned one is of the same account.
    Accepted(AuthFile),
    /// The token is invalid.
    Rejected,
    /// The token is invalid or its provider is down: the server gives the same response for both.
    RejectedOrDown,
    /// Not known, and why.
    Unknown(String),
}

/// The verdict of the server on the token of this provider.
pub fn of_server(reply: &Reply, endpoint: &Url, provider: &str, sent: &Token) -> Verdict {
    match reply.status {
        200 => accepted(&reply.body, provider, sent),
        401 | 403 => Verdict::Rejected,
        302 if redirects_to_login(reply, endpoint) => Verdict::RejectedOrDown,
        status @ 500.. => Verdict::Unknown(server_error(status)),
        status => Verdict::Unknown(format!("answered {status} for the token")),
    }
}

fn redirects_to_login(reply: &Reply, endpoint: &Url) -> bool {
    let target = reply.header("location").and_then(|it| endpoint.join(it).ok());
    target.is_some_and(|url| url.path() == "/auth/login")
}

fn accepted(body: &[u8], name: &str, sent: &Token) -> Verdict {
    match AuthFile::parse(body) {
        Ok(file) if !file.provider.eq_ignore_ascii_case(name) => {
            Verdict::Unknown("answered for another provider".into())
        }
        Ok(file) if file.token.is_empty() => Verdict::Unknown("returned an empty token".into()),
        Ok(file) => adopted(file, sent),
        Err(_) => Verdict::Unknown("returned an invalid token".into()),
    }
}

/// A token that the server returns in place of the one that was sent is adopted only if it is of the same account.
fn adopted(file: AuthFile, sent: &Token) -> Verdict {
    if file.token == *sent {
        return Verdict::Accepted(file);
    }
    match file.token.is_of_account_of(sent) {
        Some(true) => Verdict::Accepted(file),
        Some(false) => Verdict::Unknown("returned a token of another account, not used".into()),
        None => Verdict::Accepted(AuthFile { token: sent.clone(), ..file }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn unknown(why: &str) -> Verdict {
        Verdict::Unknown(why.to_owned())
    }

    #[test]
    fn only_200_with_a_token_accepts_and_only_401_and_403_reject() {
        let endpoint = Url::parse("http://localhost:9081").unwrap();
        let file = r#"{"meshery-provider":"Layer5","token":"T"}"#;
        let accepted = Verdict::Accepted(AuthFile::parse(file.as_bytes()).unwrap());
        let sent = Token::parse("T").unwrap();
        let other = file.replace("Layer5", "Acme");
        let empty = file.replace("\"T\"", "\"\"");
        let spelled = file.replace("Layer5", "LAYER5");
        let parsed = |it: &str| Verdict::Accepted(AuthFile::parse(it.as_bytes()).unwrap());
        for (status, location, body, verdict) in [
            (200, "", file, accepted),
            (200, "", &spelled, parsed(&spelled)),
            (200, "", &other, unknown("answered for another provider")),
            (200, "", &empty, unknown("returned an empty token")),
            (200, "", "<html>", unknown("returned an invalid token")),
            (200, "", "", unknown("returned an invalid token")),
            (401, "", file, Verdict::Rejected),
            (403, "", "", Verdict::Rejected),
            (302, "/auth/login", "", Verdict::RejectedOrDown),
            (302, "/auth/login?source=x", "", Verdict::RejectedOrDown),
            (302, "http://localhost:9081/auth/login", "", Verdict::RejectedOrDown),
            (302, "auth/login", "", Verdict::RejectedOrDown),
            (302, "/auth/logins", "", unknown("answered 302 for the token")),
            (302, "/provider", "", unknown("answered 302 for the token")),
            (302, "", "", unknown("answered 302 for the token")),
            (307, "/auth/login", "", unknown("answered 307 for the token")),
            (400, "", "", unknown("answered 400 for the token")),
            (404, "", file, unknown("answered 404 for the token")),
            (499, "", "", unknown("answered 499 for the token")),
            (500, "", "", unknown("returned a server error (500)")),
            (503, "/auth/login", "", unknown("returned a server error (503)")),
        ] {
            let headers = match location {
                "" => Vec::new(),
                to => vec![("location".to_owned(), to.to_owned())],
            };
            let reply = Reply { status, headers, body: body.into() };
            let seen = of_server(&reply, &endpoint, "Layer5", &sent);
            assert_eq!(seen, verdict, "{status} {location} {body}");
        }
    }
    fn jwt(claims: &str) -> Token {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let text = format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part(claims), part(claims));
        Token::parse(&text).unwrap()
    }

    #[test]
    fn a_returned_token_is_adopted_only_if_it_is_of_the_account_of_the_one_that_was_sent() {
        let ada = r#"{"sub":"1","email":"ada@example.org"}"#;
        let renewed = r#"{"sub":"1","email":"ada@example.org","exp":4100000000}"#;
        let opaque = Token::parse("opaque").unwrap();
        let another = unknown("returned a token of another account, not used");
        for (sent, returned, kept) in [
            (jwt(ada), jwt(ada), Some(jwt(ada))),
            (jwt(ada), jwt(renewed), Some(jwt(renewed))),
            (jwt(ada), jwt(r#"{"sub":"2","email":"eve@example.org"}"#), None),
            (jwt(ada), jwt(r#"{"sub":"2","email":"ada@example.org"}"#), None),
            (jwt(ada), opaque.clone(), Some(jwt(ada))),
            (opaque.clone(), jwt(ada), Some(opaque.clone())),
            (opaque.clone(), Token::parse("other").unwrap(), Some(opaque.clone())),
            (opaque.clone(), opaque.clone(), Some(opaque.clone())),
        ] {
            let file = AuthFile { provider: "Layer5".to_owned(), token: returned.clone() };
            let expected = kept.map_or(another.clone(), |token| {
                Verdict::Accepted(AuthFile { provider: "Layer5".to_owned(), token })
            });
            assert_eq!(adopted(file, &sent), expected, "{:?}", returned.expose());
        }
    }
}
