//! Random bytes that are the same in each run.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// SplitMix64: a generator of one number, good enough for tests and never for a real sign-in.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// This many bytes, as base64url without padding.
    pub fn text(&mut self, bytes: u32) -> String {
        let bytes: Vec<u8> = (0..bytes).map(|_| self.next() as u8).collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}
