use super::*;

fn parse(text: &str) -> Result<(String, String), AuthFileError> {
    AuthFile::parse(text.as_bytes()).map(|it| (it.provider, it.token.expose().to_owned()))
}

#[test]
fn the_file_of_none_is_exactly_thirty_nine_bytes() {
    let bytes = AuthFile { provider: "None".into(), token: Token::empty() }.to_bytes();
    assert_eq!(bytes, b"{\"meshery-provider\":\"None\",\"token\":\"\"}\n");
    assert_eq!(bytes.len(), 39);
}

#[test]
fn every_known_form_is_read() {
    for (text, provider, token) in [
        ("{\"meshery-provider\":\"Layer5\",\"token\":\"T\"}\n", "Layer5", "T"),
        ("\u{feff}{\r\n \"token\" : null,\r\n \"meshery-provider\":\"Local\"}", "Local", ""),
        (r#"{"token":"T","meshery-provider":"A B","more":"ignored","n":null}"#, "A B", "T"),
        (r#"{"meshery-provider":"Layer5"}"#, "Layer5", ""),
    ] {
        assert_eq!(parse(text), Ok((provider.into(), token.into())), "{text}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    for (provider, token) in [("None", ""), ("Layer5", "a.b.c"), ("Tata <&> Söhne", "x=/+-_")] {
        let file = AuthFile { provider: provider.into(), token: Token::parse(token).unwrap() };
        assert_eq!(AuthFile::parse(&file.to_bytes()), Ok(file));
    }
}

#[test]
fn what_is_not_a_token_file_is_named_and_not_quoted() {
    use AuthFileError::*;
    for (text, error, words) in [
        ("", Empty, "is empty, as after a logout"),
        (" \r\n", Empty, "is empty, as after a logout"),
        ("<!DOCTYPE html>", Html, "is a web page, not a token file"),
        ("{", NotJson { line: 1, column: 1 }, "is not JSON (line 1, column 1)"),
        ("eyJh.canary.x", NotJson { line: 1, column: 1 }, "is not JSON (line 1, column 1)"),
        ("{\n\"a\" 7}", NotJson { line: 2, column: 5 }, "is not JSON (line 2, column 5)"),
        ("[]", NotAnObject, "is JSON, but not an object"),
        ("\"canary\"", NotAnObject, "is JSON, but not an object"),
        (
            r#"{"meshery-provider":"L","token":7}"#,
            NotAString("token".into()),
            r#"has a member that is not a string: "token""#,
        ),
        (
            r#"{"meshery-provider":"L","token":"","at":{}}"#,
            NotAString("at".into()),
            r#"has a member that is not a string: "at""#,
        ),
        (
            r#"{"token":"canary"}"#,
            NoProvider,
            r#"has no provider name (member "meshery-provider")"#,
        ),
        (
            r#"{"meshery-provider":" ","token":"canary"}"#,
            NoProvider,
            r#"has no provider name (member "meshery-provider")"#,
        ),
        (
            r#"{"meshery-provider":"a;b","token":""}"#,
            ProviderName,
            "has a provider name that is not valid",
        ),
        (
            r#"{"meshery-provider":"L","token":"a canary"}"#,
            Token(TokenError::Character),
            "has a token that contains a character that is not allowed in a token, such as a space",
        ),
    ] {
        let found = parse(text).unwrap_err();
        assert_eq!(found, error, "{text}");
        assert_eq!(found.to_string(), words);
    }
}

#[test]
fn the_name_of_a_member_is_quoted_up_to_forty_characters() {
    let json = format!(r#"{{"{}":7}}"#, "n".repeat(41));
    assert_eq!(parse(&json), Err(AuthFileError::NotAString("n".repeat(40))));
}

#[test]
fn a_file_is_read_up_to_its_largest_length() {
    assert_eq!(MAX_LENGTH, 262_144);
    let file = r#"{"meshery-provider":"L"}"#;
    let largest = format!("{file}{}", " ".repeat(MAX_LENGTH - file.len()));
    assert!(AuthFile::parse(largest.as_bytes()).is_ok());
    let error = AuthFile::parse(format!("{largest} ").as_bytes()).unwrap_err();
    assert_eq!(error, AuthFileError::TooLarge);
    assert_eq!(error.to_string(), "is larger than 256 KiB");
}

#[test]
fn a_provider_name_is_one_that_a_cookie_can_carry() {
    for (name, expected) in [
        ("Layer5", true),
        ("A B", true),
        ("Söhne", true),
        (" a", true),
        ("", false),
        (" ", false),
        ("a\"", false),
        ("a,b", false),
        ("a;b", false),
        ("a\\b", false),
        ("$(id)", false),
        ("`id`", false),
        ("a\n", false),
        ("a\u{7f}", false),
    ] {
        assert_eq!(is_provider_name(name), expected, "{name:?}");
    }
    assert!(is_provider_name(&"ü".repeat(128)));
    assert!(!is_provider_name(&"ü".repeat(129)));
}

#[test]
fn deep_nesting_and_truncated_files_are_errors_and_not_crashes() {
    assert!(parse(&"[".repeat(100_000)).is_err());
    let whole = r#"{"meshery-provider":"Läyer5","token":"abc"}"#.as_bytes();
    for end in 0..whole.len() {
        assert!(AuthFile::parse(&whole[..end]).is_err());
    }
}
