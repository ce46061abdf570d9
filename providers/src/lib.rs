//! The built-in providers, one file each. Each registers itself with `inventory`.

use mesheryctl_core::provider::Provider;

mod layer5;
mod none;

/// A provider that is compiled in. A plugin registers the same pair of provider and manifest with
/// `export_provider!`.
pub struct BuiltIn {
    /// The implementation.
    pub provider: &'static dyn Provider,
    /// Its `provider.json`.
    pub manifest: &'static str,
    /// Its position in the prompt, because `inventory` has no defined order.
    pub rank: u8,
}

impl std::fmt::Debug for BuiltIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltIn").field("rank", &self.rank).finish_non_exhaustive()
    }
}

inventory::collect!(BuiltIn);

/// Every built-in provider, in the order of the prompt.
pub fn built_ins() -> Vec<&'static BuiltIn> {
    let mut all: Vec<_> = inventory::iter::<BuiltIn>.into_iter().collect();
    all.sort_by_key(|it| it.rank);
    all
}

#[cfg(test)]
mod tests;
