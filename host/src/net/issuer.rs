//! The name of an issuer, read from the DER of a certificate.

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const UNIT: &[u8] = &[0x55, 0x04, 0x0b];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];

/// The common name, else the organisation or its unit. `name` is the content of an X.501 `Name`.
pub fn name(name: &[u8]) -> Option<String> {
    let parts = parts(name);
    let part = |kind: &[u8]| parts.iter().find(|(oid, _)| *oid == kind);
    let (_, text) = part(COMMON_NAME).or_else(|| part(ORGANISATION)).or_else(|| part(UNIT))?;
    Some(text.clone()).filter(|it| !it.trim().is_empty())
}

/// The OID and text of every attribute, up to the first malformed one.
fn parts(mut name: &[u8]) -> Vec<(&[u8], String)> {
    let mut parts = Vec::new();
    while let Some((SET, mut set, rest)) = element(name) {
        name = rest;
        while let Some((SEQUENCE, pair, more)) = element(set) {
            set = more;
            if let Some((OID, oid, value)) = element(pair)
                && let Some((kind, bytes, _)) = element(value)
            {
                parts.push((oid, text(kind, bytes)));
            }
        }
    }
    parts
}

/// A BMPString has two bytes for each character; other types are read as UTF-8.
fn text(kind: u8, bytes: &[u8]) -> String {
    match kind {
        0x1e => {
            let units: Vec<u16> =
                bytes.as_chunks().0.iter().map(|it| u16::from_be_bytes(*it)).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Splits off the first DER element: its tag, its content, and the rest.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), rest.get(2..)?),
        _ => return None,
    };
    Some((tag, rest.get(..length)?, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, content.len() as u8], content].concat()
    }

    fn part(oid: &[u8], tag: u8, text: &[u8]) -> Vec<u8> {
        tlv(SET, &tlv(SEQUENCE, &[tlv(OID, oid), tlv(tag, text)].concat()))
    }

    #[test]
    fn the_name_is_the_common_name_else_the_organisation() {
        let organisation = part(ORGANISATION, 0x13, b"Example Corp");
        let both = [organisation.clone(), part(COMMON_NAME, 0x0c, "Wurzel ä".as_bytes())].concat();
        assert_eq!(name(&both).as_deref(), Some("Wurzel ä"));
        assert_eq!(name(&organisation).as_deref(), Some("Example Corp"));
        assert_eq!(name(&part(COMMON_NAME, 0x1e, b"\0C\0A")).as_deref(), Some("CA"));
    }

    #[test]
    fn truncated_or_malformed_der_has_no_name() {
        let whole = part(COMMON_NAME, 0x0c, b"Root");
        for length in 0..whole.len() {
            assert_eq!(name(&whole[..length]), None, "{length}");
        }
        for wrong in [&[0x31, 0x84, 1][..], &[0x31, 0x82, 0xff], &[0x31, 0x81], &[0x30, 0]] {
            assert_eq!(name(wrong), None);
        }
    }
}
