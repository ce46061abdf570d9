//! What the name of a value says of it: readable, the address of something, or a secret.

/// What a recording keeps of a value with this name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// All of it but for secrets that are known.
    Text,
    /// It too, but its URLs as those of any other text.
    Sentence,
    /// It too, but if it is a URL the host and path alone: a provider compares its issuer.
    Issuer,
    /// Its form only.
    Nothing,
}

/// Values that decide the course of a sign-in and prove nothing, and names of persons and accounts. `sub` is one of them: a
/// provider compares it with that of an earlier token, which is not in the recording.
const TEXTS: [&str; 43] = [
    "alg",
    "aud",
    "authtime",
    "azp",
    "clientid",
    "codechallengemethod",
    "createdat",
    "cty",
    "email",
    "enc",
    "error",
    "exp",
    "expiresat",
    "expiresin",
    "expireson",
    "extexpiresin",
    "granttype",
    "grantedscopes",
    "httpstatus",
    "iat",
    "idtokenexpiresin",
    "interval",
    "issuedat",
    "issuedtokentype",
    "name",
    "nbf",
    "notbefore",
    "preferredusername",
    "prompt",
    "refreshexpiresin",
    "refreshtokenexpiresin",
    "requestedtokentype",
    "responsemode",
    "responsetype",
    "retryafter",
    "scope",
    "scopes",
    "status",
    "sub",
    "subjecttokentype",
    "tokentype",
    "typ",
    "updatedat",
];

/// Parts of a name that a secret has.
const SECRET_PARTS: [&str; 17] = [
    "token",
    "secret",
    "pass",
    "pwd",
    "assertion",
    "verifier",
    "cookie",
    "credential",
    "jwt",
    "signature",
    "hmac",
    "session",
    "ticket",
    "saml",
    "bearer",
    "authorization",
    "apikey",
];

const SECRET_ENDS: [&str; 5] = ["key", "otp", "pin", "sig", "sid"];

const SECRET_NAMES: [&str; 13] = [
    "access",
    "auth",
    "authcode",
    "backupcode",
    "code",
    "devicecode",
    "nonce",
    "recoverycode",
    "refresh",
    "state",
    "usercode",
    "verificationcode",
    "xauth",
];

/// The name as it is compared: `expires_in`, `expires-in` and `expiresIn` are one.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

pub fn kept(name: &str) -> Kept {
    let name = plain(name);
    if TEXTS.contains(&name.as_str()) || name.ends_with("supported") {
        Kept::Text
    } else if name == "errordescription" {
        Kept::Sentence
    } else if name == "iss" || name == "issuer" {
        Kept::Issuer
    } else {
        Kept::Nothing
    }
}

/// Whether a member of JSON, a field of a form, a parameter or a header with this name holds a secret in any case.
pub fn is_secret(name: &str) -> bool {
    let kept = kept(name);
    let name = plain(name);
    kept == Kept::Nothing
        && (SECRET_PARTS.iter().any(|it| name.contains(it))
            || SECRET_ENDS.iter().any(|it| name.ends_with(it))
            || SECRET_NAMES.contains(&name.as_str()))
}

/// Whether the value of a header is readable.
pub fn is_readable_header(name: &str) -> bool {
    let names = [
        "accept",
        "accept-encoding",
        "accept-language",
        "age",
        "allow",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "date",
        "expires",
        "last-modified",
        "pragma",
        "retry-after",
        "transfer-encoding",
        "user-agent",
        "vary",
    ];
    names.contains(&name)
}

/// Whether a text has the look of a secret, and not that of a word: it is searched for in other texts.
pub fn looks_secret(text: &str) -> bool {
    let has = |is: fn(&char) -> bool| text.chars().any(|it| is(&it));
    let is_mixed = has(char::is_ascii_digit) || has(char::is_ascii_uppercase);
    let length = text.chars().count();
    !has(|it| it.is_whitespace())
        && (length >= 24 || length >= 6 && (is_mixed || has(|it| *it == '@')))
}

/// Whether a part of a path, or a name, can be a secret: it is long and not made of words.
pub fn looks_generated(text: &str) -> bool {
    let has = |is: fn(&char) -> bool| text.chars().any(|it| is(&it));
    let is_mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic)
        || has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    match text.chars().count() {
        0..12 => false,
        12..16 => is_mixed,
        16..32 => is_mixed || has(char::is_ascii_digit) || !has(char::is_ascii_lowercase),
        _ => true,
    }
}
