//! The configuration of TLS: ring, and a verifier that reads the system's trust store at the first handshake.
//!
//! The verifier describes what it refuses, because only it has the chain that the server sent.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::authorities;
use super::certificate_error::CertificateError;

/// Trusts `own` in addition to the system's authorities.
pub fn config(own: &[CertificateDer<'static>]) -> Result<ClientConfig, Error> {
    let crypto = Arc::new(ring::default_provider());
    let verifier = Arc::new(LateVerifier {
        crypto: Arc::clone(&crypto),
        own: own.to_vec(),
        inner: OnceLock::new(),
    });
    let mut config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The verifier of webpki, built when the first certificate is verified. It changes none of its rules.
#[derive(Debug)]
struct LateVerifier {
    crypto: Arc<CryptoProvider>,
    own: Vec<CertificateDer<'static>>,
    inner: OnceLock<Result<Arc<WebPkiServerVerifier>, CertificateError>>,
}

impl LateVerifier {
    fn inner(&self) -> Result<&Arc<WebPkiServerVerifier>, Error> {
        self.inner.get_or_init(|| self.build_verifier()).as_ref().map_err(|why| why.clone().into())
    }

    fn build_verifier(&self) -> Result<Arc<WebPkiServerVerifier>, CertificateError> {
        let authorities = Arc::new(authorities::all(&self.own)?);
        WebPkiServerVerifier::builder_with_provider(authorities, Arc::clone(&self.crypto))
            .build()
            .map_err(|error| CertificateError::Other(error.to_string()))
    }
}

impl ServerCertVerifier for LateVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.inner()?.verify_server_cert(certificate, intermediates, name, ocsp, now);
        verified.map_err(|error| CertificateError::of(&error, certificate, intermediates).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner()?.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner()?.verify_tls13_signature(message, certificate, signature)
    }

    /// Called before a certificate is received, so it must not read the trust store.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
