//! How a cloud on loopback behaves: at sign-in, for the profile, and when a token is renewed or revoked.

/// How `/login` answers. The source is the callback URL that the program sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CloudBehavior {
    /// Redirects to the source with `token` and `session_cookie`.
    #[default]
    Layer5,
    /// Drops the query of the source and appends `/api/user/token` to its path. Answers any unknown GET with
    /// 200 and JSON.
    Tata,
    /// Redirects to the root of the source's origin, so that only the cookie identifies the login.
    LosesPath,
    /// Redirects to the source with `error=access_denied`.
    Denies,
    /// Shows a page and never redirects back, as for a user who is already signed in.
    AlreadySignedIn,
    /// Redirects to the source without a token.
    NoToken,
    /// Redirects to the source with an empty token.
    EmptyToken,
    /// Redirects to the source with two different tokens.
    TwoTokens,
    /// Answers 500 with a page.
    Breaks500,
    /// Answers 503 to every request, also for the profile.
    Down503,
    /// Never answers any request.
    Silent,
}

/// A fault of the profile endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileFault {
    /// 401 to every request.
    Refuses,
    Forbids403,
    Breaks500,
    /// 200 with an HTML page.
    Html,
    /// 200 with JSON without an e-mail address.
    NoEmail,
    /// 200 with an e-mail address that contains escape sequences.
    Hostile,
    Silent,
}

/// How `/refresh` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Refresh {
    /// 404, as a provider without it.
    #[default]
    Missing,
    /// A new token that lives for so many seconds. A refresh token is valid once.
    Renews(i64),
    /// As [`Refresh::Renews`], and it accepts the refresh token before the last one too, as providers do that allow for lost
    /// answers.
    RenewsAgain(i64),
    /// 401: the session has ended.
    Ended,
    /// The token of another account.
    OtherAccount,
    /// 200 with an HTML page.
    Html,
    /// 200 with JSON without a token.
    Nothing,
    /// The token that was sent.
    Same,
    /// A token of the same account that was issued a day before.
    Older,
    /// As [`Refresh::Renews`], with the response sent twice.
    Twice(i64),
    /// 200, and a body that never ends, a byte at a time.
    Slow,
    /// 503, and a `Retry-After` of so many seconds.
    Down503(u64),
    Silent,
}

/// How `/revoke` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Revoke {
    /// 404, as a provider without it.
    #[default]
    Missing,
    /// 200, and the token is refused from then on.
    Revokes,
    /// As [`Revoke::Revokes`], and no answer about the profile from then on.
    RevokesAndHangs,
    /// Closes the connection in place of an answer.
    Drops,
    /// 200, and nothing else.
    Pretends,
    Down503,
    Silent,
}
