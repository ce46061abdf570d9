//! Errors of the context's server in `system check`: each cause has its own message and what to type next.

use mesheryctl_tests::*;

use crate::network::connection_errors::{check, write};

#[test]
fn check_reports_why_the_contexts_server_does_not_answer_and_the_fix() {
    let root = Authority::called("Example Corp Root CA");
    let server = MesheryServer::start().with_fault(ServerFault::List500);
    let front = TlsFront::before(&server.endpoint(), root.certificate());
    for signed_in in [true, false] {
        let home = Home::new();
        let untrusted = write(&home, "unrelated.pem", Authority::called("Unrelated CA").pem());
        let own = write(&home, "own.pem", root.pem());
        if signed_in {
            home.write_auth("{\"meshery-provider\":\"Layer5\",\"token\":\"T\"}\n");
        }
        let check = |endpoint: &str, add: &[&str]| {
            home.write_config(&config_for(endpoint));
            let run = home.mesheryctl().args(["system", "check"]).args(add);
            let run = run.env("SSL_CERT_FILE", &untrusted).env("HTTPS_PROXY", "http://127.0.0.1:1");
            run.run().exited(if signed_in { 0 } else { 3 }).stdout
        };
        let lead = match signed_in {
            true => "- Not verified:",
            false => "- The Meshery Server",
        };
        let url = front.url();
        let said = check(&url, &[]);
        assert!(
            said.contains(&format!(
                "{lead} {url} presented a certificate issued by Example Corp Root CA, which this computer does not trust. \
                 If you trust it: mesheryctl system check --ca-file company-ca.pem\n"
            )),
            "{said}"
        );
        let said = check(&url, &["--ca-file", &own]);
        let line = format!("{lead} {url} returned a server error (500). Try it by hand: ");
        assert!(said.contains(&line), "{said}");
        let said = check("https://meshery.example", &[]);
        let line = format!(
            "{lead} https://meshery.example is behind the proxy 127.0.0.1:1 (HTTPS_PROXY), which is not answering. \
             Bypass the proxy: NO_PROXY=meshery.example mesheryctl system check\n"
        );
        assert!(said.contains(&line), "{said}");
    }
}

#[test]
fn a_context_server_with_an_unknown_name_and_one_that_is_down_have_different_messages() {
    let home = Home::new();
    let output = check(&home, "https://meshery.invalid").run().exited(0);
    let line = "https://meshery.invalid cannot be resolved: the name is wrong";
    assert!(output.stdout.contains(line), "{output}");
}

#[test]
fn a_silent_server_and_a_silent_proxy_have_different_messages() {
    let home = Home::new();
    let server = MesheryServer::start().with_fault(ServerFault::ListSilent);
    let said = check(&home, &server.endpoint()).run().exited(0).stdout;
    let line = format!("{} did not answer within 1 second. Try it by hand: ", server.endpoint());
    assert!(said.contains(&line), "{said}");
    let silent = Proxy::silent();
    let run = check(&home, "https://meshery.example").env("all_proxy", silent.url());
    let said = run.run().exited(0).stdout;
    let line = format!(
        "https://meshery.example did not answer within 1 second through the proxy {} (all_proxy). \
         Bypass the proxy: NO_PROXY=meshery.example mesheryctl system check\n",
        silent.authority()
    );
    assert!(said.contains(&line), "{said}");
}

#[test]
fn a_server_that_sends_informational_responses_without_end_is_given_up() {
    let home = Home::new();
    let root = Authority::called("Root");
    let own = write(&home, "own.pem", root.pem());
    let server = MesheryServer::start().with_fault(ServerFault::ListInformational);
    let front = TlsFront::before(&server.endpoint(), root.certificate());
    let proxy = Proxy::to(&front);
    let too_many = "could not be contacted (it sent more than 16 informational responses)";
    for (endpoint, why) in [
        (server.endpoint(), too_many),
        (front.url(), too_many),
        ("https://cloud.example".to_owned(), "did not answer within 1 second"),
    ] {
        let run = check(&home, &endpoint).args(["--ca-file", &own]).env("HTTPS_PROXY", proxy.url());
        let said = run.run().exited(0).stdout;
        assert!(said.contains(&format!("- Not verified: {endpoint} {why}")), "{said}");
    }
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_provider_outage_and_a_server_outage_have_different_messages() {
    let home = Home::new();
    let refusing = ClosedPort::start();
    let down = Cloud::start().behaving(CloudBehavior::Down503);
    let profile = format!("{}/api/identity/users/profile", refusing.endpoint());
    for (url, why) in [
        (down.url(), "The provider answered 503 instead of a profile".to_owned()),
        (refusing.endpoint(), format!("Cannot reach Layer5: {profile} refused the connection")),
    ] {
        let server = MesheryServer::start().provider("Layer5", &url);
        let server = server.with_fault(ServerFault::TokenRedirectLogin);
        let run = check(&home, &server.endpoint()).env("MESHERYCTL_LAYER5_URL", url);
        let said = run.run().exited(0).stdout;
        let line = format!(
            "could not verify the token with the provider\n- Not verified by Layer5: {why}\n"
        );
        assert!(said.contains(&line), "{said}");
    }
    let server =
        MesheryServer::start().provider("Layer5", down.url()).with_fault(ServerFault::Token503);
    let said = check(&home, &server.endpoint()).run().exited(0).stdout;
    let line = format!("{} returned a server error (503)\n", server.endpoint());
    assert!(said.contains(&line), "{said}");
}
