//! TLS with ring, the system's trust store being read at the first handshake and not before.
//!
//! What the verifier refuses is named here, where the served chain is at hand.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::authorities;
use super::certificate_error::CertificateError;

/// `own` are believed beside the system's authorities.
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

/// WebPKI's verifier, made when the first certificate is to be verified. It adds no rule and waives none.
#[derive(Debug)]
struct LateVerifier {
    crypto: Arc<CryptoProvider>,
    own: Vec<CertificateDer<'static>>,
    inner: OnceLock<Result<Arc<WebPkiServerVerifier>, CertificateError>>,
}

impl LateVerifier {
    fn inner(&self) -> Result<&Arc<WebPkiServerVerifier>, Error> {
        self.inner.get_or_init(|| self.make()).as_ref().map_err(|why| why.clone().into())
    }

    fn make(&self) -> Result<Arc<WebPkiServerVerifier>, CertificateError> {
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

    /// Asked before any certificate is seen, so it must not read the trust store.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
