//! The trusted certificate authorities: the system's, and those of `--ca-file`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};

use super::certificate_error::CertificateError;
use super::issuer;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::text::{Label, Line};

const FILE_VARIABLE: &str = "SSL_CERT_FILE";
const DIRECTORY_VARIABLE: &str = "SSL_CERT_DIR";
/// Where certificates are read if a variable is set to an empty value, which counts as unset.
const DEFAULT_DIRECTORY: &str = "/etc/ssl/certs";
/// In bytes. The bundle of a system has about 250 KB.
const MAX_FILE: u64 = 10 * 1024 * 1024;

/// The certificates of `--ca-file`, at least one.
///
/// # Errors
/// `ca_file_unusable`, which names the file.
pub fn of_file(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bytes = bytes(path).map_err(|error| unusable(path, &format!("cannot be read: {error}")))?;
    let found: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|error| unusable(path, &format!("is not valid PEM: {error}")))?;
    if found.is_empty() {
        return Err(unusable(path, "contains no certificate in PEM format"));
    }
    let mut store = RootCertStore::empty();
    for certificate in &found {
        store.add(certificate.clone()).map_err(|error| {
            unusable(path, &format!("contains an invalid certificate: {error}"))
        })?;
    }
    Ok(found)
}

/// The name of the first certificate, and the number of the others.
pub fn names(certificates: &[CertificateDer<'_>]) -> String {
    let subject = |it: &CertificateDer<'_>| {
        webpki::anchor_from_trusted_cert(it).ok().and_then(|it| issuer::name(&it.subject))
    };
    let first = certificates.first().and_then(subject);
    let first = Label::new(first.as_deref().unwrap_or("an unnamed authority"));
    match certificates.len() {
        0 | 1 => first.to_string(),
        all => format!("{first} and {} more", all - 1),
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_FILE {
        true => Err(io::Error::other("it is larger than 10 MiB")),
        false => Ok(bytes),
    }
}

fn unusable(path: &Path, why: &str) -> Error {
    let file = path.display().to_string();
    let message = format!("--ca-file {} {why}.", Line::new(&file));
    Error::new(Code::CaFileUnusable, message).nothing_changed().next(Suggestion::new(
        "Inspect the file",
        Command::from("openssl x509 -noout -subject -in").value(file),
    ))
}

/// The system's authorities and `own`. It is slow, because it may read a directory of files.
///
/// # Errors
/// [`CertificateError::NoAuthorities`] if there are none, or if a variable names a place without any.
pub fn all(
    own: &[CertificateDer<'static>],
) -> std::result::Result<RootCertStore, CertificateError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(of_system()?);
    store.add_parsable_certificates(own.iter().cloned());
    if store.is_empty() {
        let why = "this system has no trusted certificates; install ca-certificates";
        return Err(CertificateError::NoAuthorities(None, why.into()));
    }
    Ok(store)
}

fn of_system() -> std::result::Result<Vec<CertificateDer<'static>>, CertificateError> {
    match (named(FILE_VARIABLE), named(DIRECTORY_VARIABLE)) {
        (None, None) if is_set(FILE_VARIABLE) || is_set(DIRECTORY_VARIABLE) => {
            Ok(load_certs_from_paths(None, Some(Path::new(DEFAULT_DIRECTORY))).certs)
        }
        (None, None) => Ok(load_native_certs().certs),
        (file, directories) => of_variables(file.as_deref(), directories.as_deref()),
    }
}

fn of_variables(
    file: Option<&OsStr>,
    directories: Option<&OsStr>,
) -> std::result::Result<Vec<CertificateDer<'static>>, CertificateError> {
    let mut found = Vec::new();
    if let Some(file) = file {
        let of_file = load_certs_from_paths(Some(Path::new(file)), None);
        if of_file.certs.is_empty() {
            return Err(no_authorities_in(FILE_VARIABLE, file, &of_file));
        }
        found.extend(of_file.certs);
    }
    for directory in directories.iter().flat_map(env::split_paths) {
        let of_directory = load_certs_from_paths(None, Some(&directory));
        if of_directory.certs.is_empty() && found.is_empty() {
            return Err(no_authorities_in(
                DIRECTORY_VARIABLE,
                directory.as_os_str(),
                &of_directory,
            ));
        }
        found.extend(of_directory.certs);
    }
    Ok(found)
}

fn no_authorities_in(
    variable: &'static str,
    value: &OsStr,
    found: &CertificateResult,
) -> CertificateError {
    let path = Line::new(value.to_string_lossy());
    let why = match found.errors.first().map(|it| &it.kind) {
        Some(rustls_native_certs::ErrorKind::Io { inner, .. }) => {
            format!("cannot be read: {inner}")
        }
        _ => "contains no certificate".to_owned(),
    };
    CertificateError::NoAuthorities(Some(variable), format!("{variable} names {path}, which {why}"))
}

fn named(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|it| !it.is_empty())
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some()
}
