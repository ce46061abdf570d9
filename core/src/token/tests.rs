use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::*;

fn jwt(claims: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    format!("{header}.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

fn claims(account: Option<&str>, expires_at: Option<u64>, refreshable: bool) -> Claims {
    Claims { account: account.map(str::to_owned), expires_at, refreshable, ..Claims::default() }
}

#[test]
fn a_token_cannot_be_printed() {
    let token = token("canary");
    assert_eq!(format!("{token:?} {:?}", Some(&token)), "Token(REDACTED) Some(Token(REDACTED))");
}

#[test]
fn only_the_empty_token_is_empty() {
    assert!(Token::empty().is_empty() && token("").is_empty() && !token("a").is_empty());
    assert_eq!(Token::empty(), token(""));
}

#[test]
fn a_jwt_states_its_account_and_expiry() {
    for (json, expected) in [
        (
            r#"{"email":"you@example.org","exp":1900000000}"#,
            claims(Some("you@example.org"), Some(1_900_000_000), false),
        ),
        (r#"{"exp":7}"#, claims(None, Some(7), false)),
        (r#"{"email":7,"exp":"7"}"#, Claims::default()),
        (r#"{"exp":-1}"#, Claims::default()),
        (r#"{"exp":1.5}"#, Claims::default()),
        (r#"{"nbf":8,"iat":7}"#, Claims { valid_from: Some(8), ..Claims::default() }),
        (r#"{"nbf":0,"iat":7}"#, Claims { valid_from: Some(7), ..Claims::default() }),
        (r#"{"iat":0,"exp":7}"#, claims(None, Some(7), false)),
        (r#"{"exp":18446744073709551615}"#, Claims::default()),
        (r#"{"iat":7}"#, Claims { valid_from: Some(7), ..Claims::default() }),
        ("[7]", Claims::default()),
        ("{", Claims::default()),
    ] {
        assert_eq!(token(&jwt(json)).claims(), expected, "{json}");
    }
}

#[test]
fn two_tokens_are_of_one_account_by_issuer_and_subject_and_without_a_subject_by_email() {
    let ada = r#"{"iss":"i","sub":"1","email":"ada@example.org"}"#;
    for (one, claims, expected) in [
        (ada, ada, Some(true)),
        (ada, r#"{"iss":"i","sub":"1","email":"ada@example.org","exp":7}"#, Some(true)),
        (ada, r#"{"iss":"i","sub":"1"}"#, Some(true)),
        (ada, r#"{"sub":"1"}"#, Some(true)),
        (ada, r#"{"email":"ada@example.org"}"#, Some(true)),
        (ada, r#"{"iss":"i","sub":"2","email":"ada@example.org"}"#, Some(false)),
        (ada, r#"{"iss":"i","sub":"1","email":"new@example.org"}"#, Some(true)),
        (ada, r#"{"iss":"j","sub":"1","email":"ada@example.org"}"#, Some(false)),
        (ada, r#"{"email":"Ada@example.org"}"#, Some(true)),
        (ada, r#"{"email":"eve@example.org"}"#, Some(false)),
        (ada, r#"{"iss":"i"}"#, None),
        (ada, r#"{"iss":"j"}"#, None),
        (ada, r#"{"sub":1,"email":null}"#, None),
        (ada, "{}", None),
        (r#"{"sub":"1"}"#, r#"{"email":"ada@example.org"}"#, None),
        ("{}", "{}", None),
    ] {
        let [one, other] = [one, claims].map(|it| token(&jwt(it)));
        assert_eq!(one.is_of_account_of(&other), expected, "{claims}");
        assert_eq!(other.is_of_account_of(&one), expected, "{claims}");
        let inside = format!(r#"{{"access_token":"{}"}}"#, other.expose());
        let inside = token(&STANDARD_NO_PAD.encode(inside));
        assert_eq!(inside.is_of_account_of(&one), expected, "{claims}");
    }
    assert_eq!(token("opaque").is_of_account_of(&token("opaque")), None);
    assert_eq!(token(&jwt(ada)).is_of_account_of(&Token::empty()), None);
}

#[test]
fn two_tokens_are_the_same_however_they_are_encoded() {
    let encoded = |json: &str| token(&STANDARD_NO_PAD.encode(json));
    let one = encoded(r#"{"access_token":"a","refresh_token":"r"}"#);
    for (other, is) in [
        (encoded(r#"{"refresh_token":"r", "access_token":"a", "token_type":"bearer"}"#), true),
        (encoded(r#"{"access_token":"a","refresh_token":"s"}"#), false),
        (encoded(r#"{"access_token":"b","refresh_token":"r"}"#), false),
        (token("a"), false),
    ] {
        assert_eq!((one.is_same_as(&other), other.is_same_as(&one)), (is, is));
    }
    assert!(token("a").is_same_as(&encoded(r#"{"access_token":"a"}"#)));
}

#[test]
fn a_missing_refresh_token_is_that_of_the_older_token() {
    let encoded = |json: &str| token(&STANDARD_NO_PAD.encode(json));
    let json = |token: &Token| -> serde_json::Value {
        serde_json::from_slice(&STANDARD_NO_PAD.decode(token.expose()).unwrap()).unwrap()
    };
    let old = encoded(r#"{"access_token":"a","refresh_token":"r"}"#);
    let kept = token("b").with_refresh_token_of(&old);
    let expected =
        serde_json::json!({"access_token":"b","refresh_token":"r","token_type":"bearer"});
    assert_eq!(json(&kept), expected);
    let kept = encoded(r#"{"access_token":"b","expiry":"x"}"#).with_refresh_token_of(&old);
    let expected = serde_json::json!({"access_token":"b","refresh_token":"r","expiry":"x"});
    assert_eq!(json(&kept), expected);
    let new = encoded(r#"{"access_token":"b","refresh_token":"s"}"#);
    assert_eq!(new.clone().with_refresh_token_of(&old), new);
    assert_eq!(token("b").with_refresh_token_of(&token("a")), token("b"));
}

#[test]
fn a_token_for_other_programs_has_no_refresh_token_and_the_same_form() {
    let encoded = |json: &str| token(&STANDARD_NO_PAD.encode(json));
    for (json, expected) in [
        (r#"{"access_token":"a","refresh_token":"r"}"#, r#"{"access_token":"a"}"#),
        (r#"{"access_token":"a","refresh_token":7}"#, r#"{"access_token":"a"}"#),
        (r#"{"access_token":"a"}"#, r#"{"access_token":"a"}"#),
    ] {
        assert_eq!(encoded(json).without_refresh_token(), Some(encoded(expected)), "{json}");
    }
    assert_eq!(token("a.b.c").without_refresh_token(), Some(token("a.b.c")));
}

#[test]
fn a_token_with_a_refresh_token_has_no_expiry() {
    let inner = jwt(r#"{"email":"a@b.example","exp":7}"#);
    for (refresh, expected) in [
        (
            r#","refresh_token":"r","expiry":"2020-01-01T00:00:00Z""#,
            Claims { refresh_due: Some(7), ..claims(Some("a@b.example"), None, true) },
        ),
        (r#","refresh_token":"""#, claims(Some("a@b.example"), Some(7), false)),
        (r#","refresh_token":7"#, claims(Some("a@b.example"), Some(7), false)),
        ("", claims(Some("a@b.example"), Some(7), false)),
    ] {
        let json = format!(r#"{{"access_token":"{inner}"{refresh}}}"#);
        let token = token(&STANDARD_NO_PAD.encode(&json));
        assert_eq!(token.claims(), expected, "{json}");
        assert_eq!(token.bearer().expose(), inner, "{json}");
    }
}

#[test]
fn a_token_with_a_refresh_token_is_due_at_the_earlier_of_its_two_times() {
    for (exp, expiry, due) in [
        (Some(7), None, Some(7)),
        (None, Some("1970-01-01T00:00:09Z"), Some(9)),
        (Some(7), Some("1970-01-01T00:00:09Z"), Some(7)),
        (Some(9), Some("1970-01-01T00:00:07Z"), Some(7)),
        // Go writes this for a token that does not expire.
        (None, Some("0001-01-01T00:00:00Z"), None),
        (None, Some("soon"), None),
        (None, None, None),
    ] {
        let exp = exp.map_or(String::new(), |at| format!(r#""exp":{at}"#));
        let expiry = expiry.map_or(String::new(), |at| format!(r#","expiry":"{at}""#));
        let inner = jwt(&format!("{{{exp}}}"));
        let json = format!(r#"{{"access_token":"{inner}","refresh_token":"r"{expiry}}}"#);
        let claims = token(&STANDARD_NO_PAD.encode(&json)).claims();
        assert_eq!((claims.refresh_due, claims.ends_at()), (due, due), "{json}");
        assert_eq!(claims.expires_at, None, "{json}");
    }
}

#[test]
fn base64_is_read_in_both_alphabets_with_and_without_padding() {
    // In base64 these contain `+` or `-`, and `/` or `_`.
    for padding in ["", " ", "  "] {
        let json = format!(r#"{{"access_token":"~~~???ÿÿ","x":"{padding}"}}"#);
        for text in [
            STANDARD.encode(&json),
            STANDARD_NO_PAD.encode(&json),
            URL_SAFE.encode(&json),
            URL_SAFE_NO_PAD.encode(&json),
        ] {
            // The access token is not one that a header can carry, so the whole token is sent.
            assert_eq!(token(&text).bearer().expose(), text);
            assert_eq!(token(&text).claims(), Claims::default());
            let ascii = json.replace('ÿ', "y");
            assert_eq!(token(&STANDARD.encode(ascii)).bearer().expose(), "~~~???yy");
        }
    }
}

#[test]
fn an_opaque_token_has_no_claims_and_is_its_own_bearer_token() {
    for text in ["", "opaque", "a.b.c", "e30", "a.b.c.d", "....", "bnVsbA", "abc="] {
        assert_eq!(token(text).claims(), Claims::default(), "{text}");
        assert_eq!(token(text).bearer().expose(), text);
    }
    // A fourth part: not a JWT, whatever the second says.
    let four = format!("{}.x", jwt(r#"{"exp":7}"#));
    assert_eq!(token(&four).claims(), Claims::default());
}

#[test]
fn every_beginning_of_a_known_form_is_truncated_and_the_whole_is_not() {
    let raw = jwt(r#"{"exp":7}"#);
    let oauth = STANDARD_NO_PAD.encode(format!(r#"{{"access_token":"{raw}"}}"#));
    let signature = raw.rfind('.').unwrap() + 1;
    for (whole, last_truncated) in [(&raw, signature), (&oauth, oauth.len() - 1)] {
        assert!(!token(whole).is_truncated());
        for end in 3..=last_truncated {
            assert!(token(&whole[..end]).is_truncated(), "{}", &whole[..end]);
        }
    }
}

#[test]
fn a_token_of_another_form_is_not_truncated() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let object = URL_SAFE_NO_PAD.encode(r#"{"a":1}"#);
    for (text, why) in [
        ("", "empty"),
        ("opaque", "opaque"),
        ("a.b", "two opaque parts"),
        ("ey", "too short to tell"),
        ("e30.e30", "empty objects"),
        (&object, "an object without a claim of a header, complete"),
        (&format!("{object}.{object}"), "two objects"),
        (
            &format!("{object}.aSd3.c2ln"),
            "payload, time and signature, as some web frameworks sign",
        ),
        (&format!("{object}.{object}."), "an empty signature, but no header of a JWT"),
        ("eyJhIjox:aSd3:c2ln", "a character that base64 does not have"),
        ("eyJhIjox.aSd3", "not an object, and a second part"),
        (&format!("{header}.{object}.a.b.c"), "five parts: an encrypted token"),
    ] {
        assert!(!token(text).is_truncated(), "{text}: {why}");
    }
    for (text, why) in [
        (header.clone(), "a header alone"),
        (format!("{header}."), "no payload"),
        (format!("{header}.{object}"), "no signature"),
        (format!("{header}.{object}."), "an empty signature"),
        (format!("{header}.{}.x", &object[..5]), "part of a payload"),
        ("eyJhIjox+/-_=".into(), "part of an object, with every character of base64"),
    ] {
        assert!(token(&text).is_truncated(), "{text}: {why}");
    }
}

#[test]
fn a_text_that_a_cookie_cannot_carry_is_not_a_token() {
    let longest = "x".repeat(MAX_LENGTH);
    let too_long = "x".repeat(MAX_LENGTH + 1);
    assert_eq!(MAX_LENGTH, 65_536);
    for (text, expected) in [
        ("a b", Err(TokenError::Character)),
        ("a\n", Err(TokenError::Character)),
        ("a;b", Err(TokenError::Character)),
        ("$(id)", Err(TokenError::Variable)),
        ("a${IFS}b", Err(TokenError::Variable)),
        ("`id`", Err(TokenError::Character)),
        ("a,b", Err(TokenError::Character)),
        ("\"a\"", Err(TokenError::Character)),
        ("a\\b", Err(TokenError::Character)),
        ("ä", Err(TokenError::Character)),
        ("a\0", Err(TokenError::Character)),
        ("a\u{7f}", Err(TokenError::Character)),
        (" <!DOCTYPE html>", Err(TokenError::Html)),
        ("<", Err(TokenError::Html)),
        ("a<", Ok(())),
        ("!#%&'()*+-./0:=?@A[]^_a{|}~", Ok(())),
        (&longest, Ok(())),
        (&too_long, Err(TokenError::TooLong)),
    ] {
        assert_eq!(Token::parse(text).map(drop), expected, "{text:.40?}");
    }
}

#[test]
fn each_error_states_its_reason_as_a_predicate() {
    for (error, text) in [
        (TokenError::TooLong, "is longer than 64 KiB"),
        (TokenError::Html, "looks like a web page"),
        (TokenError::Variable, "looks like a variable that was not replaced by its value"),
        (
            TokenError::Character,
            "contains a character that is not allowed in a token, such as a space",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_token_is_serialised_as_its_text_and_checked_when_it_is_read() {
    assert_eq!(serde_json::to_string(&token("abc")).unwrap(), r#""abc""#);
    assert_eq!(serde_json::from_str::<Token>(r#""abc""#).unwrap(), token("abc"));
    let error = serde_json::from_str::<Token>(r#""a canary""#).unwrap_err().to_string();
    assert!(error.starts_with("the token contains a character"), "{error}");
    assert!(!error.contains("canary"));
}

#[test]
fn the_issuer_is_that_of_the_jwt_or_of_the_access_token_inside() {
    let access = jwt(r#"{"iss":"https://hydra.layer5.io/","sub":"a"}"#);
    let inside = STANDARD_NO_PAD.encode(format!(r#"{{"access_token":"{access}"}}"#));
    for (text, issuer) in [
        (access.as_str(), Some("https://hydra.layer5.io/")),
        (inside.as_str(), Some("https://hydra.layer5.io/")),
        (&jwt(r#"{"iss":7}"#), None),
        (&jwt("{}"), None),
        ("opaque", None),
    ] {
        assert_eq!(token(text).issuer().as_deref(), issuer, "{text}");
    }
}
