//! [`Seed`]: what makes a validation repeatable: the same seed gives the same random bytes, tokens and secrets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The number of `--seed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u32);

impl Seed {
    /// A seed from the system's generator.
    pub fn random() -> Self {
        let mut bytes = [0; 4];
        // Without a generator it is 0, which is as good.
        let _ = getrandom::fill(&mut bytes);
        Self(u32::from_le_bytes(bytes))
    }

    /// The bytes number `counter`, as base64url.
    pub fn bytes(self, counter: u32, length: usize) -> String {
        let block = |index: u32| {
            let input = [self.0, counter, index].map(u32::to_le_bytes).concat();
            Sha256::digest(input).to_vec()
        };
        let mut bytes: Vec<u8> = (0..).flat_map(block).take(length).collect();
        bytes.truncate(length);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A secret that occurs nowhere else.
    pub fn secret(self, what: &str) -> String {
        let digest = Sha256::digest(format!("{}/{what}", self.0));
        let text: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{what}-{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_the_same_bytes_and_another_gives_others() {
        assert_eq!(Seed(7).bytes(1, 40), Seed(7).bytes(1, 40));
        assert_eq!(Seed(7).bytes(0, 48).len(), 64);
        assert_eq!(Seed(7).secret("code"), Seed(7).secret("code"));
        let all = [Seed(7).bytes(0, 8), Seed(7).bytes(1, 8), Seed(8).bytes(0, 8)];
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2], "{all:?}");
        assert!(Seed(7).secret("code") != Seed(8).secret("code"));
    }
}
