//! Connection errors: each cause has its own message and suggested commands.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::thread;

use mesheryctl_tests::*;

use crate::plugins::lifecycle::install_trusted;

pub const OFFLINE: &str = "Work offline:";
pub const AGAIN: &str = "Try again:";

/// A home with the mock plugin trusted, where the system trusts only an unrelated authority.
pub fn home() -> Home {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    write(&home, "system.pem", Authority::called("Unrelated CA").pem());
    home
}

pub fn write(home: &Home, name: &str, text: &str) -> String {
    let path = home.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A login with a provider that fetches this URL.
pub fn fetch<'h>(home: &'h Home, url: &str) -> Program<'h> {
    let run = home.mesheryctl().args(["system", "login", "-p", "mock", "--set", "steps=fetch:/x"]);
    run.args(["--set", &format!("url={url}")]).env("SSL_CERT_FILE", home.path().join("system.pem"))
}

/// Asserts the exit code, a one-line error, the suggested commands, and that nothing changed.
#[track_caller]
pub fn fails(home: &Home, run: Program<'_>, code: i32, why: &str, next: &[&str]) {
    home.write_auth("old bytes");
    let before = home.snapshot();
    let output = run.run().exited(code);
    let said: Vec<&str> = output.stderr.lines().filter(|line| !line.is_empty()).collect();
    assert!(said[0].contains(why), "{why}: {output}");
    assert!(said[0].ends_with("Nothing was changed."), "{output}");
    assert_eq!(said.len(), 1 + next.len(), "{output}");
    for (line, next) in said[1..].iter().zip(next) {
        assert!(line.contains(next), "{next}: {output}");
    }
    assert_unchanged(&before, &home.snapshot());
}

/// `system check` of a signed-in user with this server in the context.
pub fn check<'h>(home: &'h Home, endpoint: &str) -> Program<'h> {
    home.write_auth("{\"meshery-provider\":\"Layer5\",\"token\":\"T\"}\n");
    home.write_config(&config_for(endpoint));
    home.mesheryctl().args(["system", "check"])
}

pub fn reaches(run: Program<'_>) -> Output {
    let output = run.run().exited(0);
    assert!(output.stderr.contains("Mock: fetch gave 404"), "{output}");
    output
}

/// An https server with this certificate, and its peer.
pub fn https(certificate: Certificate) -> (TlsFront, Cloud) {
    let cloud = Cloud::start();
    (TlsFront::before(&cloud.url(), certificate), cloud)
}

#[test]
fn an_unknown_host_name_is_reported() {
    let home = home();
    let run = fetch(&home, "https://cloud.invalid");
    let why = "Cannot reach Mock: https://cloud.invalid/x cannot be resolved: the name is wrong,";
    fails(&home, run, 5, why, &["Try again:     mesheryctl system login --provider mock", OFFLINE]);
}

#[test]
fn without_a_network_the_login_reports_it_and_none_still_works() {
    let tools = ["/usr/bin/unshare", "/usr/sbin/ip"];
    if !rustix::process::geteuid().is_root()
        || tools.iter().any(|it| !std::path::Path::new(it).exists())
    {
        assert!(std::env::var_os("CI").is_none(), "as root: apt-get install iproute2");
        return;
    }
    let home = home();
    let alone = "exec /usr/bin/unshare -n /bin/sh -c 'ip link set lo up && exec \"$@\"' sh";
    let script = home.script("alone", &format!("{alone} {} \"$@\"", binary().display()));
    let login =
        |args: &[&str]| home.program(&script).args(["system", "login", "-p"]).args(args).run();
    let output = login(&["mock", "--set", "steps=fetch:/x", "--set", "url=https://192.0.2.1"]);
    let why =
        "https://192.0.2.1/x cannot be reached from this computer's network. Nothing was changed.";
    assert!(output.exited(5).stderr.contains(why));
    let output = login(&["mock", "--set", "steps=fetch:/x", "--set", "url=https://cloud.example"]);
    let why = "https://cloud.example/x cannot be resolved: the name is wrong, or this computer is offline.";
    assert!(output.exited(5).stderr.contains(why));
    let _ = login(&["None"]).exited(0);
}

#[test]
fn a_closed_port_a_silent_server_and_a_dropped_connection_have_different_messages() {
    let home = home();
    let refusing = ClosedPort::start();
    let run = fetch(&home, &refusing.endpoint());
    fails(&home, run, 5, "refused the connection.", &[AGAIN, OFFLINE]);

    let silent = Cloud::start().behaving(CloudBehavior::Silent);
    let run = fetch(&home, &silent.url());
    fails(&home, run, 6, "did not answer within 10 seconds.", &[AGAIN, OFFLINE]);

    let server = MesheryServer::start().with_fault(ServerFault::ListDropped);
    let run = fetch(&home, &server.endpoint()).args(["--set", "steps=fetch:/api/providers"]);
    fails(&home, run, 5, "closed the connection without an answer.", &[AGAIN, OFFLINE]);
}

#[test]
fn a_request_to_this_computer_goes_over_the_connection_whose_other_end_was_checked() {
    let home = home();
    let root = Authority::called("Root");
    let file = write(&home, "root.pem", root.pem());
    let (front, cloud) = https(root.certificate());
    for (url, connections) in [(front.url(), 1), (cloud.url(), 2)] {
        reaches(fetch(&home, &url).args(["--ca-file", &file]));
        assert_eq!((cloud.requests().len(), cloud.connections()), (connections, connections));
    }
}

#[test]
fn an_unknown_certificate_issuer_is_named_with_the_ca_file_option() {
    let home = home();
    let root = Authority::called("Example Corp Root CA");
    let next = [" --ca-file company-ca.pem", OFFLINE];
    for certificate in [root.certificate(), root.certificate_through("Example Corp Issuing CA")] {
        let (front, _cloud) = https(certificate);
        let why =
            "presented a certificate issued by Example Corp Root CA, which this computer does not";
        fails(&home, fetch(&home, &front.url()), 5, why, &next);
    }
    let (front, _cloud) = https(root.faulty(CertificateFault::SelfSigned));
    fails(
        &home,
        fetch(&home, &front.url()),
        5,
        "presented a self-signed certificate, which this computer does not trust",
        &next,
    );
}

#[test]
fn an_issuer_name_cannot_control_the_terminal() {
    let home = home();
    let (front, _cloud) = https(Authority::called("Evil\u{1b}[2J\r\nCA\u{202e}").certificate());
    let output = fetch(&home, &front.url()).run().exited(5);
    assert!(output.stderr.contains("issued by Evil [2J CA, which"), "{output}");
    let system = home.path().join("system.pem");
    let output = check(&home, &front.url()).env("SSL_CERT_FILE", system).run().exited(0);
    assert!(output.stdout.contains("issued by Evil [2J CA, which"), "{output}");
}

#[test]
fn a_ca_file_is_trusted_in_addition_to_the_system_cas() {
    let home = home();
    let (system, own) = (Authority::called("System"), Authority::called("Example Corp Root CA"));
    write(&home, "system.pem", system.pem());
    let one = write(&home, "one.pem", own.pem());
    let both = write(&home, "both.pem", &[Authority::called("Other").pem(), own.pem()].concat());
    for certificate in [own.certificate(), own.certificate_through("Between")] {
        let (front, _cloud) = https(certificate);
        for file in [&one, &both] {
            reaches(fetch(&home, &front.url()).args(["--ca-file", file]));
        }
    }
    let (front, _cloud) = https(system.certificate());
    reaches(fetch(&home, &front.url()).args(["--ca-file", &one]));
}

#[test]
fn ssl_cert_file_and_ssl_cert_dir_set_the_trusted_cas() {
    let home = home();
    let own = Authority::called("Example Corp Root CA");
    let (front, _cloud) = https(own.certificate());
    let file = write(&home, "own.pem", own.pem());
    fs::create_dir(home.path().join("empty")).unwrap();
    fs::create_dir(home.path().join("certs")).unwrap();
    write(&home, "certs/own.pem", own.pem());
    let fetch = || fetch(&home, &front.url());
    reaches(fetch().env("SSL_CERT_FILE", &file));
    let directories = |names: &[&str]| {
        let names = names.iter().map(|it| home.path().join(it).display().to_string());
        fetch().env_remove("SSL_CERT_FILE").env("SSL_CERT_DIR", names.collect::<Vec<_>>().join(":"))
    };
    reaches(directories(&["certs"]));
    reaches(directories(&["certs", "empty"]));
    // An empty variable is the same as an unset one: the system's CAs apply.
    let unset = fetch().env("SSL_CERT_FILE", "").args(["--ca-file", &file]);
    reaches(unset);
}

#[test]
fn a_variable_without_a_valid_ca_is_reported_and_does_not_affect_plain_http() {
    let home = home();
    let (front, cloud) = https(Authority::called("Root").certificate());
    write(&home, "empty.pem", "no certificate\n");
    fs::create_dir(home.path().join("empty")).unwrap();
    for (variable, value, why) in [
        ("SSL_CERT_FILE", "nowhere.pem", "which cannot be read: No such file"),
        ("SSL_CERT_FILE", "empty.pem", "which contains no certificate"),
        ("SSL_CERT_DIR", "nowhere", "which cannot be read: No such file"),
        ("SSL_CERT_DIR", "empty", "which contains no certificate"),
    ] {
        let run = |url: &str| {
            let run = fetch(&home, url).env_remove("SSL_CERT_FILE");
            run.env(variable, home.path().join(value))
        };
        let path = home.path().join(value).display().to_string();
        let why = format!("could not be verified: {variable} names {path}, {why}");
        let next = format!("Unset it:      unset {variable}");
        fails(&home, run(&front.url()), 5, &why, &[&next, OFFLINE]);
        reaches(run(&cloud.url()));
    }
}

#[test]
fn an_invalid_ca_file_exits_2_before_any_question() {
    let home = home();
    let (front, cloud) = https(Authority::called("Root").certificate());
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text, why) in [
        ("empty.pem", Some(""), "contains no certificate in PEM format"),
        ("text.pem", Some("hello\n"), "contains no certificate in PEM format"),
        ("damaged.pem", Some(damaged), "contains an invalid certificate"),
        ("cut.pem", Some("-----BEGIN CERTIFICATE-----\nAAAA\n"), "is not valid PEM"),
        ("nowhere.pem", None, "cannot be read: No such file"),
        ("", None, "cannot be read"),
    ] {
        let path = home.path().join(name);
        if let Some(text) = text {
            write(&home, name, text);
        }
        let path = path.to_str().unwrap();
        let why = format!("--ca-file {path} {why}");
        let run = fetch(&home, &front.url()).args(["--ca-file", path]);
        fails(&home, run, 2, &why, &["Inspect the file:  openssl x509"]);
        for command in ["check", "login"] {
            let run = home.mesheryctl().args(["system", command, "--ca-file", path, "-o", "json"]);
            let output = run.run().exited(2);
            assert!(output.stdout.contains("\"code\": \"ca_file_unusable\""), "{output}");
        }
    }
    assert_eq!(cloud.connections(), 0);
}

#[test]
fn a_wrong_host_name_and_a_ca_certificate_have_different_messages() {
    let home = home();
    let root = Authority::called("Root");
    let file = write(&home, "root.pem", root.pem());
    for (fault, why) in [
        (
            CertificateFault::OtherName,
            "presented a certificate for other.example, not for this host.",
        ),
        (
            CertificateFault::CaCertificate,
            "presented a CA certificate instead of a server certificate.",
        ),
    ] {
        let (front, _cloud) = https(root.faulty(fault));
        let run = fetch(&home, &front.url()).args(["--ca-file", &file]);
        fails(&home, run, 5, why, &[AGAIN, OFFLINE]);
    }
}

fn today() -> String {
    let said = Command::new("/usr/bin/env").args(["date", "-u", "+%F"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

#[test]
fn an_expired_certificate_is_reported_with_the_computers_clock() {
    let home = home();
    let root = Authority::called("Root");
    let file = write(&home, "root.pem", root.pem());
    for (fault, when) in [
        (CertificateFault::Expired, "that expired on 2002-02-03"),
        (CertificateFault::NotYetValid, "that is not valid until 2098-07-06"),
    ] {
        let (front, _cloud) = https(root.faulty(fault));
        let run = fetch(&home, &front.url()).args(["--ca-file", &file]);
        let why = format!(
            "presented a certificate {when}; the clock of this computer shows {}.",
            today()
        );
        fails(&home, run, 5, &why, &["Check the clock:  date -u", OFFLINE]);
    }
}

#[test]
fn plain_http_behind_an_https_url_is_reported() {
    let home = home();
    let patient = Cloud::start();
    let brisk = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = brisk.local_addr().unwrap();
    let answering = thread::spawn(move || {
        // A connection that only finds out whether a server answers sends nothing.
        let mut stream = loop {
            let (mut stream, _) = brisk.accept().unwrap();
            if stream.read(&mut [0; 1024]).unwrap() > 0 {
                break stream;
            }
        };
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").unwrap();
    });
    let run = fetch(&home, &format!("https://{address}"));
    let why = "uses plain http on this port, not https.";
    fails(&home, run, 5, why, &[AGAIN, OFFLINE]);
    answering.join().unwrap();
    let url = patient.url().replace("http:", "https:");
    let said = check(&home, &url).run().exited(0).stdout;
    assert!(said.contains(&format!("{url} uses plain http on this port, not https. ")), "{said}");
}
