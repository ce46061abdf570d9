//! [`Secret`]: text that no print statement shows and that is overwritten in memory when dropped.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Text that must not be shown. It has no `Display`, and its `Debug` prints `REDACTED`.
///
/// It serialises as a plain string, because the messages between a provider and its host carry it.
///
/// ```
/// use mesheryctl_plugin_sdk::secret::Secret;
///
/// let secret = Secret::new("hunter2");
/// assert_eq!(format!("{secret:?}"), "REDACTED");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text, for the code that sends or stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_be_printed() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "REDACTED");
        assert_eq!(format!("{:?}", Some(Secret::new("canary"))), "Some(REDACTED)");
    }

    #[test]
    fn a_secret_is_serialised_as_its_text() {
        for text in ["", "canary", "ü\n"] {
            let json = serde_json::to_string(&Secret::new(text)).unwrap();
            assert_eq!(json, serde_json::to_string(text).unwrap());
            let secret: Secret = serde_json::from_str(&json).unwrap();
            assert_eq!((secret.expose(), secret.is_empty()), (text, text.is_empty()));
        }
    }
}
