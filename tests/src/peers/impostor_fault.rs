//! The faults that an OpenID provider on loopback can have.

/// One fault of the impostor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpostorFault {
    /// No fault.
    None,
    MaximalLifetime,
    HugeLifetime,

    // In its metadata.
    OtherIssuer,
    IssuerWithOtherPath,
    NoMetadata,
    HtmlMetadata,
    NoTokenEndpoint,
    OnlyPlainPkce,
    NoPkceMetadata,
    EndpointOnOtherHost,
    EndpointOverHttp,
    NoDeviceFlow,
    /// Only authentication methods with a secret, and no revocation endpoint, as Dex has.
    LikeDex,

    // In the redirect back to the program.
    WrongIss,
    NoIss,
    NoIssAndNotAnnounced,
    Denial,
    DenialOfOtherIssuer,
    ServerError,
    NoCode,

    // In the response to a code.
    CodeRefused,
    HtmlTokenResponse,
    JsonAsPlainText,
    EmptyTokenResponse,
    ErrorPage,
    ErrorPage400,
    RedirectedTokenRequest,
    LifetimeAsString,
    NegativeLifetime,
    TwoAccessTokens,
    EndlessResponse,
    UnknownTokenType,
    /// The type of a token that is not an access token (RFC 8693), as an exchanged ID token has it.
    NotAnAccessToken,
    NoAccessToken,
    ControlCharacter,

    // In the ID token.
    OtherNonce,
    NoNonce,
    OtherAudience,
    SeveralAudiences,
    OtherAuthorizedParty,
    IdTokenOfOtherIssuer,
    Expired,
    IssuedInTheFuture,
    Unsigned,
    NoIdToken,
    NoRefreshToken,
    MalformedIdToken,
    OtherSubject,

    // In the device authorization response.
    VerificationOnOtherHost,
    NoDeviceCode,
    LongUserCode,
    UserCodeWithEscape,

    // In the response to a revocation.
    /// 503, for an access token only.
    AccessTokenNotRevoked,
}
