//! The link section in which a plugin library carries its manifest, so that hosts read it without running
//! code.
//!
//! Format: the eight bytes `MSHPLUG\x01`, the length of the JSON as little-endian u32, the JSON as UTF-8.
//! Bytes after it are padding.

/// The name of the link section, in each object format.
pub mod section_names {
    /// ELF.
    pub const ELF: &str = ".mshplug";
    /// Mach-O, in the segment `__DATA`.
    pub const MACH_O: &str = "__mshplug";
    /// PE, which truncates names to eight characters.
    pub const PE: &str = ".mshplg";
}

/// The largest section that a host reads, in bytes.
pub const MAX_SECTION_LENGTH: usize = 64 * 1024;

const MAGIC: &[u8; 8] = b"MSHPLUG\x01";
const HEADER_LENGTH: usize = MAGIC.len() + 4;

/// The length of the section for this manifest, in bytes.
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::section_length;
///
/// assert_eq!(section_length("{}"), 8 + 4 + 2);
/// ```
pub const fn section_length(json: &str) -> usize {
    HEADER_LENGTH + json.len()
}

/// The section for this manifest; `N` must be its [`section_length`].
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::{encode_section, decode_section, section_length};
///
/// const JSON: &str = r#"{"id": "acme-sso"}"#;
/// static SECTION: [u8; section_length(JSON)] = encode_section(JSON);
/// assert_eq!(decode_section(&SECTION), Some(JSON));
/// ```
pub const fn encode_section<const N: usize>(json: &str) -> [u8; N] {
    let (json, length) = (json.as_bytes(), (json.len() as u32).to_le_bytes());
    let mut section = [0; N];
    let mut at = 0;
    while at < N {
        section[at] = if at < MAGIC.len() {
            MAGIC[at]
        } else if at < HEADER_LENGTH {
            length[at - MAGIC.len()]
        } else {
            json[at - HEADER_LENGTH]
        };
        at += 1;
    }
    section
}

/// The manifest in a section, or `None` if the section is not of this format.
///
/// ```
/// use mesheryctl_plugin_sdk::manifest::decode_section;
///
/// assert_eq!(decode_section(b"MSHPLUG\x01\x02\0\0\0{}"), Some("{}"));
/// assert_eq!(decode_section(b"{}"), None);
/// ```
pub fn decode_section(section: &[u8]) -> Option<&str> {
    let rest = section.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let json = rest.get(..u32::from_le_bytes(*length) as usize)?;
    std::str::from_utf8(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"id": "ü"}"#;
    const SECTION: [u8; section_length(JSON)] = encode_section(JSON);

    #[test]
    fn a_section_has_its_frozen_bytes() {
        assert_eq!(SECTION, *b"MSHPLUG\x01\x0c\0\0\0{\"id\": \"\xc3\xbc\"}");
        // A constant is evaluated by the compiler; this one at run time.
        let long = "x".repeat(300);
        let section: [u8; 312] = encode_section(&long);
        assert_eq!((section_length(&long), &section[8..12]), (312, &[44, 1, 0, 0][..]));
        assert_eq!(decode_section(&section), Some(long.as_str()));
    }

    #[test]
    fn a_section_is_decoded_with_padding_and_refused_if_truncated_or_altered() {
        assert_eq!(decode_section(&SECTION), Some(JSON));
        assert_eq!(decode_section(&[&SECTION[..], &[0; 7]].concat()), Some(JSON));
        for end in 0..SECTION.len() {
            assert_eq!(decode_section(&SECTION[..end]), None, "{end}");
        }
        for at in 0..8 {
            let mut altered = SECTION;
            altered[at] ^= 1;
            assert_eq!(decode_section(&altered), None, "{at}");
        }
        assert_eq!(decode_section(b"MSHPLUG\x01\x01\0\0\0\xff"), None, "not UTF-8");
    }

    #[test]
    fn limits_are_those_that_the_documentation_states() {
        assert_eq!(MAX_SECTION_LENGTH, 65_536);
    }
}
