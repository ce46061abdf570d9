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
