//! Tests of the verdicts that are combined, and of why a server is not asked.

use mesheryctl_core::auth_file::AuthFile;

use super::*;

const SERVER: &str = "http://localhost:9081";

fn server(verdict: Verdict) -> Option<ServerVerdict> {
    Some(ServerVerdict { server: SERVER.to_owned(), provider: None, verdict })
}

#[test]
fn the_server_decides_else_the_provider_and_only_a_brought_token_is_rejected_by_it() {
    use Origin::{Brought, Login};
    use Verdict::{Rejected, RejectedOrDown};
    let file = AuthFile { provider: "Acme".to_owned(), token: Token::empty() };
    let accepted = || server(Verdict::Accepted(file.clone()));
    let down = || server(Verdict::Unknown("is not answering".to_owned()));
    let account = || Some(ProviderVerdict::Account("ada".to_owned()));
    let denied = || Some(ProviderVerdict::Denied("It said no".to_owned()));
    let forbidden = || Some(ProviderVerdict::Forbidden("It said 403".to_owned()));
    let silent = || Some(ProviderVerdict::Unknown("It was silent".to_owned()));
    let by = |it: &str, account: Option<&str>| Verification::Accepted {
        by: match it {
            SERVER => Verifier::Server(it.to_owned()),
            _ => Verifier::Provider(it.to_owned()),
        },
        account: account.map(str::to_owned),
    };
    let rejected_by_server = Verification::Rejected { by: Verifier::Server(SERVER.to_owned()) };
    let rejected = Verification::Rejected { by: Verifier::Provider("acme".to_owned()) };
    let unknown = |reason: &str| Verification::Unknown { reason: reason.to_owned() };
    let nobody = Verification::NotAsked(NotAsked::Nobody);
    let (unasked, unsure) = (
        "http://localhost:9081 is not answering",
        "http://localhost:9081 could not verify the token with the provider",
    );
    for (server, provider, origin, expected) in [
        (accepted(), None, Login, by(SERVER, None)),
        (accepted(), account(), Brought, by(SERVER, Some("ada"))),
        (accepted(), denied(), Brought, by(SERVER, None)),
        (server(Rejected), account(), Login, rejected_by_server.clone()),
        (server(RejectedOrDown), denied(), Login, rejected_by_server.clone()),
        (server(RejectedOrDown), forbidden(), Brought, rejected_by_server),
        (server(RejectedOrDown), account(), Login, by("acme", Some("ada"))),
        (server(RejectedOrDown), silent(), Brought, unknown(&format!("{unsure}. It was silent"))),
        (server(RejectedOrDown), None, Brought, unknown(unsure)),
        (down(), account(), Brought, by("acme", Some("ada"))),
        (down(), denied(), Brought, rejected.clone()),
        (down(), denied(), Login, unknown(&format!("{unasked}. It said no"))),
        (down(), forbidden(), Brought, unknown(&format!("{unasked}. It said 403"))),
        (down(), None, Login, unknown(unasked)),
        (None, account(), Login, by("acme", Some("ada"))),
        (None, denied(), Brought, rejected),
        (None, denied(), Login, unknown("It said no")),
        (None, forbidden(), Brought, unknown("It said 403")),
        (None, silent(), Login, unknown("It was silent")),
        (None, None, Login, nobody.clone()),
        (None, None, Brought, nobody),
    ] {
        let verdicts = format!("{server:?} {provider:?} {origin:?}");
        let found = Findings::of(server, provider, "acme", origin);
        assert_eq!(found.verification, expected, "{verdicts}");
    }
}

#[test]
fn a_provider_without_a_usable_url_is_looked_for_by_its_exact_name() {
    let (unusable, unlisted) = (
        "lists it with a URL that is neither https nor on this computer",
        "does not list this provider",
    );
    for (name, listed, why) in [
        ("Acme", &["Layer5", "Acme"][..], unusable),
        ("Acme", &["Layer5", "acme"], unlisted),
        ("Acme", &["Acme Cloud"], unlisted),
        ("Acme", &[], unlisted),
    ] {
        assert_eq!(why_unasked(name, listed.iter().copied()), why, "{name} {listed:?}");
    }
}

#[test]
fn the_provider_is_asked_as_often_as_is_wanted_and_always_about_a_no_that_may_be_an_outage() {
    use AskProvider::{Always, ToConfirm, WithoutVerdict};
    let file = AuthFile { provider: "Acme".to_owned(), token: Token::empty() };
    let unknown = Verdict::Unknown(String::new());
    for (server, always, without_verdict, to_confirm) in [
        (Some(Verdict::Accepted(file)), true, false, false),
        (Some(Verdict::Rejected), true, false, false),
        (Some(Verdict::RejectedOrDown), true, true, true),
        (Some(unknown), true, true, false),
        (None, true, true, false),
    ] {
        for (asks, expected) in
            [(Always, always), (WithoutVerdict, without_verdict), (ToConfirm, to_confirm)]
        {
            assert_eq!(asks.after(server.as_ref()), expected, "{asks:?} {server:?}");
        }
    }
}

#[test]
fn only_a_clear_no_of_the_provider_denies_a_token() {
    use ProviderVerdict::{Account, Denied, Forbidden, Unknown};
    let failure = |kind| Err(Failure::new(kind, "It said so."));
    let said = || "It said so".to_owned();
    for (answer, status, expected) in [
        (Ok("ada".to_owned()), Some(200), Some(Account("ada".to_owned()))),
        (failure(FailureKind::Unsupported), None, None),
        (failure(FailureKind::Unsupported), Some(403), None),
        (failure(FailureKind::Denied), Some(401), Some(Denied(said()))),
        (failure(FailureKind::Rejected), Some(403), Some(Denied(said()))),
        (failure(FailureKind::InvalidAnswer), Some(403), Some(Forbidden(said()))),
        (failure(FailureKind::InvalidAnswer), Some(404), Some(Unknown(said()))),
        (failure(FailureKind::Unreachable), None, Some(Unknown(said()))),
    ] {
        assert_eq!(provider_verdict(answer, status), expected, "{status:?}");
    }
}

#[test]
fn a_clear_no_of_either_is_a_rejection() {
    let file = AuthFile { provider: "Acme".to_owned(), token: Token::empty() };
    let denied = Some(ProviderVerdict::Denied(String::new()));
    for (server, provider, is_rejected) in [
        (server(Verdict::Accepted(file.clone())), denied.clone(), true),
        (server(Verdict::Accepted(file)), None, false),
        (server(Verdict::Rejected), None, true),
        (None, denied, true),
        (None, Some(ProviderVerdict::Forbidden(String::new())), false),
        (None, None, false),
    ] {
        let found = Findings::of(server, provider, "acme", Origin::Login);
        assert_eq!(found.is_rejected(), is_rejected, "{found:?}");
    }
}

#[test]
fn for_scripts_only_an_accepted_token_is_verified_and_names_who_did_so() {
    let by = Verifier::Provider("acme".to_owned());
    for (verification, expected) in [
        (Verification::Accepted { by: by.clone(), account: None }, (Some(true), Some("acme"))),
        (Verification::Rejected { by }, (Some(false), None)),
        (Verification::Unknown { reason: String::new() }, (Some(false), None)),
        (Verification::NotAsked(NotAsked::Declined), (None, None)),
    ] {
        assert_eq!(verification.for_scripts(), expected, "{verification:?}");
    }
}
