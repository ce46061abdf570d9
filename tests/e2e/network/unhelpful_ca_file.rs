//! A `--ca-file` that does not contain the authority of the server.

use mesheryctl_tests::*;

use crate::network::connection_errors::{OFFLINE, fails, fetch, home, https, write};

#[test]
fn a_ca_file_that_does_not_help_is_not_suggested_again() {
    let home = home();
    let root = Authority::called("Example Corp Root CA");
    let file = write(&home, "other.pem", Authority::called("Other CA").pem());
    let both = [Authority::called("First CA").pem(), Authority::called("Second CA").pem()].concat();
    let both = write(&home, "both.pem", &both);
    for (certificate, what) in [
        (root.certificate(), "issued by Example Corp Root CA"),
        (root.certificate_through("Example Corp Issuing CA"), "issued by Example Corp Root CA"),
        (root.faulty(CertificateFault::SelfSigned), "self-signed certificate"),
    ] {
        let (front, _cloud) = https(certificate);
        for (file, contains) in [(&file, "Other CA"), (&both, "First CA and 1 more")] {
            let why = format!("{what}, which is not in --ca-file {file}: it contains {contains}.");
            let inspect = format!("Inspect the file:  openssl x509 -noout -subject -in {file}");
            let run = fetch(&home, &front.url()).args(["--ca-file", file]);
            fails(&home, run, 5, &why, &[&inspect, OFFLINE]);
        }
    }
}
