//! Proxies, TLS fronts and certificates.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use mesheryctl_tests::*;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Requests `/` over TLS on this stream, trusting this authority.
fn request(stream: TcpStream, authority: &Authority, name: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = name.to_owned().try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut server = StreamOwned::new(connection, stream);
    write!(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")?;
    let mut answer = String::new();
    server.read_to_string(&mut answer)?;
    Ok(answer)
}

fn said_by(certificate: Certificate, authority: &Authority, name: &str) -> String {
    let cloud = Cloud::start();
    let front = TlsFront::before(&cloud.url(), certificate);
    let stream = TcpStream::connect(front.address()).unwrap();
    request(stream, authority, name).unwrap_or_else(|error| error.to_string())
}

#[test]
fn a_tls_front_forwards_to_its_peer() {
    let root = Authority::called("Root");
    for certificate in [root.certificate(), root.certificate_through("Between")] {
        let said = said_by(certificate, &root, "localhost");
        assert!(said.starts_with("HTTP/1.1 404 Not Found\r\n"), "{said}");
    }
    let untrusted = Authority::called("Unrelated CA");
    let said = said_by(root.certificate(), &untrusted, "localhost");
    assert!(said.contains("UnknownIssuer"), "{said}");
}

#[test]
fn each_certificate_fault_has_its_own_error() {
    let root = Authority::called("Root");
    for (fault, why) in [
        (CertificateFault::OtherName, "certificate not valid for name"),
        (CertificateFault::Expired, "expired"),
        (CertificateFault::NotYetValid, "not valid yet"),
        (CertificateFault::SelfSigned, "UnknownIssuer"),
        (CertificateFault::CaCertificate, "CaUsedAsEndEntity"),
    ] {
        let said = said_by(root.faulty(fault), &root, "localhost");
        assert!(said.contains(why), "{fault:?}: {said}");
    }
}

fn connect(proxy: &Proxy) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(proxy.authority()).unwrap();
    stream.set_read_timeout(Some(timeouts::WAIT)).unwrap();
    stream.write_all(b"CONNECT cloud.example:443 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap() == 0 {
            break;
        }
        answer.push(byte[0]);
    }
    (stream, String::from_utf8(answer).unwrap())
}

#[test]
fn a_proxy_tunnels_every_name_and_records_requests() {
    let (root, cloud) = (Authority::called("Root"), Cloud::start());
    let front = TlsFront::before(&cloud.url(), root.certificate());
    let proxy = Proxy::to(&front);
    assert_eq!(proxy.connections(), 0);
    let (stream, answer) = connect(&proxy);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(request(stream, &root, "cloud.example").unwrap().starts_with("HTTP/1.1 404 "));
    assert_eq!(proxy.request_heads(), ["CONNECT cloud.example:443 HTTP/1.1\r\nHost: x\r\n\r\n"]);
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn a_proxy_can_refuse_and_drop_connections() {
    for status in [403, 407, 502] {
        let (_stream, answer) = connect(&Proxy::refusing(status));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    assert_eq!(connect(&Proxy::dropping()).1, "");
}
