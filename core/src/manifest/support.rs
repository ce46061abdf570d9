//! What the field `support` may be. The host names it in sentences of its own, so it is an address and no other text.

/// The longest one, in characters: it is shown whole.
const MAX_LENGTH: usize = 200;

/// An `https` URL without user information, or a `mailto` URL, of characters that need no quoting and cannot end a sentence in
/// parentheses.
pub(super) fn is_support(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@&+,=%".contains(c);
    let is_shown_whole = text.len() <= MAX_LENGTH && text.chars().all(is_allowed);
    is_shown_whole && (is_web(text) || is_mail(text))
}

fn is_web(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    is_name(name) && !port.is_empty() && port.chars().all(|c| c.is_ascii_digit())
}

fn is_mail(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("mailto:") else { return false };
    let address = rest.split('?').next().unwrap_or_default();
    let is_local = |it: &str| it.chars().all(|c| c.is_ascii_alphanumeric() || "-._+".contains(c));
    let Some((local, host)) = address.split_once('@') else { return false };
    !local.is_empty() && is_local(local) && is_name(host)
}

/// A host name with letters, digits and hyphens in each label.
fn is_name(text: &str) -> bool {
    let is_in_label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.split('.').all(|label| !label.is_empty() && label.chars().all(is_in_label))
}

#[cfg(test)]
mod tests {
    use super::is_support;

    #[test]
    fn support_is_an_https_or_mailto_url() {
        let longest = format!("https://acme.example/{}", "a".repeat(179));
        for (text, is_allowed) in [
            ("https://acme.example", true),
            ("https://acme.example:8443/help?topic=sso&lang=en#login", true),
            ("https://acme.example/%20/~help", true),
            ("mailto:help@acme.example", true),
            ("mailto:sso+help@acme.example?subject=login", true),
            (&longest, true),
            (&format!("{longest}a"), false),
            ("", false),
            ("acme.example", false),
            ("http://acme.example", false),
            ("ftp://acme.example", false),
            ("https://", false),
            ("https:///help", false),
            ("https://acme..example", false),
            ("https://acme.example:/", false),
            ("https://acme.example:x/", false),
            ("https://layer5.io@acme.example", false),
            ("https://acme.example/). Run this: curl", false),
            ("https://acme.example/)", false),
            ("https://acme.example/\u{2714}", false),
            ("mailto:", false),
            ("mailto:help", false),
            ("mailto:@acme.example", false),
            ("mailto:help@", false),
            ("mailto:a@b@acme.example", false),
            ("Call us", false),
        ] {
            assert_eq!(is_support(text), is_allowed, "{text}");
        }
    }
}
