//! Fuzzes the parser of tokens: an accepted token can be sent in a header, and its claims are the same in every
//! variant of base64.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use mesheryctl_core::messages;
use mesheryctl_core::provider::SignIn;
use mesheryctl_core::token::{Claims, MAX_LENGTH, Token};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let whole = taken(text);
    as_payload(text);
    if let Some(claims) = whole {
        assert!(claims.expires_at.is_none() || !claims.refreshable);
    }
});

/// Checks the text as a token, and returns its claims.
fn taken(text: &str) -> Option<Claims> {
    let token = match Token::parse(text) {
        Ok(token) => token,
        Err(why) => {
            assert!(!why.to_string().contains(char::is_control));
            return None;
        }
    };
    assert!(text.len() <= MAX_LENGTH && token.expose() == text);
    assert!(text.bytes().all(|it| it.is_ascii_graphic() && !b"\",;\\".contains(&it)));
    let bearer = token.bearer();
    assert!(Token::parse(bearer.expose()).is_ok(), "a bearer that is no token");
    assert_eq!(format!("{token:?} {bearer:?}"), "Token(REDACTED) REDACTED");
    let claims = token.claims();
    if let Some(alone) = token.without_refresh_token() {
        assert!(!alone.claims().refreshable && alone.is_same_as(&alone));
        let is_whole = bearer.expose() == token.expose();
        assert!(is_whole || alone.bearer() == bearer, "another access token");
        let again = alone.with_refresh_token_of(&token);
        assert!(again.claims().refreshable == claims.refreshable);
    }
    let sign_in = SignIn::from_claims(token).stored_state(bearer);
    let read: SignIn = messages::decode(&messages::encode(Ok(sign_in.clone()))).unwrap();
    assert!(read == sign_in);
    Some(claims)
}

/// Checks the encoded text as a whole token, and as the payload of a JWT.
fn as_payload(json: &str) {
    let spellings =
        [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD].map(|it| it.encode(json));
    for frame in [("", ""), ("e30.", ".c2ln")] {
        let mut claims = spellings.iter().map(|it| taken(&format!("{}{it}{}", frame.0, frame.1)));
        let first = claims.next().unwrap();
        assert!(claims.all(|it| it == first), "the spellings of base64 disagree");
    }
}
