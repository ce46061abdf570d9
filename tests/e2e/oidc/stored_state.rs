//! The stored state of a sign-in: refresh, userinfo and revocation at a certified provider.

use std::cell::RefCell;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::flows::oauth::StoredTokens;
use mesheryctl_core::flows::oauth::{Client, Metadata, refresh, revocation, userinfo};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{HttpRequest, HttpResponse, Session};
use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::oidc::certified_provider::login;

/// A session that can only fetch and return the time.
#[derive(Default)]
struct Fetching {
    asked: RefCell<Vec<String>>,
}

impl Session for Fetching {
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        self.asked.borrow_mut().push(request.url.clone());
        let mut ask = get(&request.url).method(request.method.as_str());
        for (name, value) in &request.headers {
            ask = ask.header(name, value);
        }
        let answer = ask.body(request.body.clone().unwrap_or_default()).send();
        let response = HttpResponse::new(answer.status, answer.body);
        Ok(answer.headers.iter().fold(response, |it, (name, value)| it.with_header(name, value)))
    }
    fn now(&mut self) -> Result<u64, Failure> {
        Ok(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs())
    }
}

/// Signs in with the program; returns the client and the stored state.
fn signed_in(home: &Home, issuer: &str, sign_in: impl FnOnce(&str)) -> (Client, StoredTokens) {
    let browser = Browser::waiting(home);
    let running = login(home, issuer).spawn();
    sign_in(&browser.opened());
    let _ = running.wait().exited(0);
    let metadata = Metadata::discover(issuer, &mut Fetching::default()).unwrap();
    let kept = Secret::new(crate::oidc::certified_provider::kept(home).to_string());
    let client = Client::new(metadata, "mesheryctl", "openid profile email offline_access");
    let kept = StoredTokens::read(Some(&kept), &client).unwrap();
    (client, kept)
}

fn at_the_certified(home: &Home, provider: &IdentityProvider) -> (Client, StoredTokens) {
    signed_in(home, provider.issuer(), |start| {
        let mut visitor = Visitor::new();
        let hops = visitor.follow(start);
        provider.sign_in(&mut visitor, &hops, "ada");
    })
}

#[test]
fn a_refresh_replaces_the_refresh_token_and_reuse_of_the_old_one_revokes_the_sign_in() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let (client, first) = at_the_certified(&home, &provider);
    let session = &mut Fetching::default();
    let second = refresh::refresh(&client, &first, session).unwrap();
    assert!(second.refresh.is_some() && second.refresh != first.refresh, "it was replaced");
    assert_ne!(second.access, first.access);
    let kept = StoredTokens::read(Some(&second.stored_state()), &client).unwrap();
    let third = refresh::refresh(&client, &kept, session).unwrap();
    // Reuse of the first refresh token revokes every token of this sign-in.
    let again = refresh::refresh(&client, &first, session).unwrap_err();
    assert_eq!(again.kind, FailureKind::Rejected, "{again}");
    let kept = StoredTokens::read(Some(&third.stored_state()), &client).unwrap();
    let after = refresh::refresh(&client, &kept, session).unwrap_err();
    assert_eq!(after.kind, FailureKind::Rejected, "{after}");
}

#[test]
fn a_refresh_keeps_an_unreplaced_refresh_token_and_rejects_tokens_of_another_subject() {
    let home = Home::new();
    let impostor = Impostor::start(ImpostorFault::None);
    let sign_in = |start: &str| drop(Visitor::new().follow(start));
    let (client, kept) = signed_in(&home, &impostor.issuer(), sign_in);
    let session = &mut Fetching::default();
    drop(impostor);

    let impostor = Impostor::start(ImpostorFault::NoRefreshToken);
    let metadata = Metadata::discover(&impostor.issuer(), session).unwrap();
    let elsewhere = Client::new(metadata, client.id, client.scope);
    let text = Secret::new(serde_json::to_string(&kept).unwrap());
    let refused = StoredTokens::read(Some(&text), &elsewhere).unwrap_err();
    assert_eq!(
        refused.kind,
        FailureKind::Rejected,
        "another identity provider gets to see nothing"
    );
    let client = elsewhere;
    let renewed = refresh::refresh(&client, &kept, session).unwrap();
    assert_eq!(renewed.refresh, kept.refresh);
    assert_eq!(impostor.forms("/token").len(), 1);
    let mut eve = kept.clone();
    eve.subject = Some("eve".into());
    let failure = refresh::refresh(&client, &eve, session).unwrap_err();
    assert_eq!(failure.kind, FailureKind::InvalidAnswer);
    let mut without = kept.clone();
    without.refresh = None;
    let none = refresh::refresh(&client, &without, session);
    assert_eq!(none.unwrap_err().kind, FailureKind::Unsupported);

    // A failed request is not repeated.
    for fault in
        [ImpostorFault::ErrorPage, ImpostorFault::CodeRefused, ImpostorFault::HtmlTokenResponse]
    {
        let impostor = Impostor::start(fault);
        let metadata = Metadata::discover(&impostor.issuer(), session).unwrap();
        let there = Client::new(metadata, &client.id, &client.scope);
        refresh::refresh(&there, &kept, session).unwrap_err();
        assert_eq!(impostor.forms("/token").len(), 1, "{fault:?}");
    }
}

#[test]
fn a_revoked_token_is_rejected_by_the_provider() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let (client, kept) = at_the_certified(&home, &provider);
    let session = &mut Fetching::default();
    let whose = |session: &mut Fetching| {
        userinfo::account(&client, &kept.access, kept.subject.as_deref(), session)
    };
    assert_eq!(whose(session).unwrap(), "ada@example.org");
    let eve = userinfo::account(&client, &kept.access, Some("eve"), session).unwrap_err();
    assert_eq!(eve.kind, FailureKind::InvalidAnswer);
    revocation::revoke(&client, &kept, session).unwrap();
    assert_eq!(whose(session).unwrap_err().kind, FailureKind::Rejected);
    let dead = refresh::refresh(&client, &kept, session).unwrap_err();
    assert_eq!(dead.kind, FailureKind::Rejected);
    // Revocation of a revoked token succeeds.
    revocation::revoke(&client, &kept, session).unwrap();
    let paths: Vec<_> = provider.exchanges().into_iter().map(|it| (it.path, it.status)).collect();
    let revoked = paths.iter().filter(|it| **it == ("/token/revocation".to_owned(), 200)).count();
    assert_eq!(revoked, 4, "{paths:?}");

    let mut client = client;
    client.metadata.userinfo_endpoint = None;
    let unsupported = userinfo::account(&client, &kept.access, None, session).unwrap_err();
    assert_eq!(unsupported.kind, FailureKind::Unsupported);
}

#[test]
fn a_failed_revocation_is_an_error() {
    let home = Home::new();
    let impostor = Impostor::start(ImpostorFault::None);
    let sign_in = |start: &str| drop(Visitor::new().follow(start));
    let (client, kept) = signed_in(&home, &impostor.issuer(), sign_in);
    let session = &mut Fetching::default();
    revocation::revoke(&client, &kept, session).unwrap();
    let hints: Vec<_> = impostor.forms("/revoke").iter().map(|form| form[1].1.clone()).collect();
    assert_eq!(hints, ["refresh_token", "access_token"]);
    for (fault, kind) in [
        (ImpostorFault::ErrorPage, FailureKind::Unreachable),
        (ImpostorFault::CodeRefused, FailureKind::InvalidAnswer),
    ] {
        let impostor = Impostor::start(fault);
        let metadata = Metadata::discover(&impostor.issuer(), session).unwrap();
        let client = Client::new(metadata, &client.id, &client.scope);
        assert_eq!(
            revocation::revoke(&client, &kept, session).unwrap_err().kind,
            kind,
            "{fault:?}"
        );
    }
}

/// A client of an identity provider whose endpoint at this path has this answer.
fn client_at(
    path: &'static str,
    status: u16,
    answer: Value,
    fault: ImpostorFault,
) -> (Client, StoredTokens, Impostor) {
    let impostor = Impostor::start(fault).answering(path, status, answer);
    let metadata = Metadata::discover(&impostor.issuer(), &mut Fetching::default()).unwrap();
    let mut kept = StoredTokens::new(&metadata.issuer, Secret::new("access"));
    kept.refresh = Some(Secret::new("offline"));
    let client = Client::new(metadata, "mesheryctl", "openid offline_access");
    (client, kept, impostor)
}

#[test]
fn a_refresh_token_that_is_not_accepted_is_reported_in_the_words_of_the_identity_provider() {
    for (status, error, why, kind) in [
        (
            400,
            "invalid_grant",
            "Maximum allowed refresh token reuse exceeded",
            FailureKind::Rejected,
        ),
        (400, "invalid_grant", "Invalid refresh token", FailureKind::Rejected),
        (400, "invalid_grant", "Session not active", FailureKind::Rejected),
        (400, "invalid_grant", "Offline user session not found", FailureKind::Rejected),
        (400, "invalid_grant", "User disabled", FailureKind::Rejected),
        (403, "access_denied", "Realm not enabled", FailureKind::Denied),
        (401, "invalid_client", "Invalid client credentials", FailureKind::Misconfigured),
        (401, "unauthorized_client", "Invalid client secret", FailureKind::Misconfigured),
    ] {
        let answer = json!({"error": error, "error_description": why});
        let (client, kept, impostor) = client_at("/token", status, answer, ImpostorFault::None);
        let failure = refresh::refresh(&client, &kept, &mut Fetching::default()).unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.message.contains(why), "{failure}");
        assert_eq!(impostor.forms("/token").len(), 1, "{failure}");
    }
}

#[test]
fn an_offline_grant_is_revoked_by_its_refresh_token_first_and_a_dead_token_counts_as_revoked() {
    let answer = json!({"error": "invalid_token", "error_description": "Invalid token"});
    let (client, kept, impostor) = client_at("/revoke", 200, answer, ImpostorFault::None);
    revocation::revoke(&client, &kept, &mut Fetching::default()).unwrap();
    let form = |token: &str, hint: &str| {
        let pairs = [("token", token), ("token_type_hint", hint), ("client_id", "mesheryctl")];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    };
    let expected = [form("offline", "refresh_token"), form("access", "access_token")];
    assert_eq!(impostor.forms("/revoke"), expected);
}

#[test]
fn without_a_revocation_endpoint_logout_reports_that_the_token_could_not_be_revoked() {
    let (client, kept, impostor) = client_at("/x", 404, json!({}), ImpostorFault::LikeDex);
    let failure = revocation::revoke(&client, &kept, &mut Fetching::default()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
    let words =
        "The token could not be revoked: this identity provider has no revocation endpoint.";
    assert_eq!(failure.message, words);
    assert_eq!(impostor.forms("/revoke").len(), 0);
}
