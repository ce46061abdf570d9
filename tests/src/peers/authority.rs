//! A certificate authority made for one test, and the certificates that it issues, valid and faulty.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFault {
    /// Issued for `other.example`.
    OtherName,
    /// Expired in 2002.
    Expired,
    /// Not valid before 2098.
    NotYetValid,
    /// Signed by its own key.
    SelfSigned,
    /// A CA certificate, which a server must not use.
    CaCertificate,
}

/// A certificate authority that no program trusts by default.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate chain with its key, as a server uses it.
#[derive(Debug)]
pub struct Certificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Creates a root certificate with this common name.
    #[must_use]
    pub fn called(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = of_authority(name);
        let root = params.self_signed(&key).expect("a root certificate");
        Self { issuer: Issuer::new(params, key), pem: root.pem() }
    }

    /// The root certificate as PEM, for `--ca-file` and similar options.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Issues a valid certificate for `localhost`, 127.0.0.1, ::1 and `cloud.example`.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        self.sign(&usual())
    }

    /// Issues a valid certificate for this name alone.
    #[must_use]
    pub fn certificate_for(&self, name: &str) -> Certificate {
        self.sign(&of(&[name]))
    }

    /// Issues a valid certificate through an intermediate authority of this name, which is in the chain.
    #[must_use]
    pub fn certificate_through(&self, intermediate: &str) -> Certificate {
        let key = KeyPair::generate().expect("a key");
        let params = of_authority(intermediate);
        let intermediate_certificate =
            params.signed_by(&key, &self.issuer).expect("an intermediate certificate");
        let mut certificate =
            Self { issuer: Issuer::new(params, key), pem: String::new() }.certificate();
        certificate.chain.push(intermediate_certificate.der().clone());
        certificate
    }

    /// Issues a certificate with this fault.
    #[must_use]
    pub fn faulty(&self, fault: CertificateFault) -> Certificate {
        let mut params = usual();
        match fault {
            CertificateFault::OtherName => params = of(&["other.example"]),
            CertificateFault::Expired => {
                (params.not_before, params.not_after) =
                    (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 2, 3));
            }
            CertificateFault::NotYetValid => {
                (params.not_before, params.not_after) =
                    (date_time_ymd(2098, 7, 6), date_time_ymd(2099, 1, 1));
            }
            CertificateFault::CaCertificate => {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }
            CertificateFault::SelfSigned => {
                let key = KeyPair::generate().expect("a key");
                let own = params.self_signed(&key).expect("a certificate");
                return Certificate { chain: vec![own.der().clone()], key: key.into() };
            }
        }
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer).expect("a certificate");
        Certificate { chain: vec![signed.der().clone()], key: key.into() }
    }
}

fn usual() -> CertificateParams {
    of(&["localhost", "127.0.0.1", "::1", "cloud.example"])
}

fn of(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    CertificateParams::new(names).expect("names of a certificate")
}

fn of_authority(name: &str) -> CertificateParams {
    let mut params = of(&[]);
    params.distinguished_name.push(DnType::OrganizationName, "Example Corp");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}
