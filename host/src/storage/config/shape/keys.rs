//! Mappings whose keys are read in any case, as viper of the Go CLI reads them.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::SyntaxError;
use crate::storage::config::quoted;

/// A mapping with keys in any case.
pub(super) trait Mapping<'de>: Default {
    /// Reads the value of a key. `lower` is the key in lower case.
    fn read<A: MapAccess<'de>>(
        &mut self,
        key: String,
        lower: &str,
        map: &mut A,
    ) -> Result<(), A::Error>;

    /// Where a key stands for the second time, in another case.
    fn twice(&mut self) -> &mut Option<SyntaxError>;
}

/// Reads a mapping.
///
/// # Errors
/// Those of the values, and for what is no mapping.
pub(super) fn mapping<'de, T: Mapping<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_map(MappingVisitor(PhantomData))
}

pub(super) struct MappingVisitor<T>(pub(super) PhantomData<T>);

impl<'de, T: Mapping<'de>> Visitor<'de> for MappingVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lines of the form `key: value`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let (mut mapping, mut known, mut twice) = (T::default(), HashSet::new(), None);
        while let Some(Spanned { value: key, referenced: at, .. }) =
            map.next_key::<Spanned<String>>()?
        {
            let lower = key.to_lowercase();
            if !known.insert(lower.clone()) && twice.is_none() {
                let what = format!("the key {} is there in another case too", quoted(&key));
                twice = Some(SyntaxError { line: at.line(), column: at.column(), what });
            }
            mapping.read(key, &lower, &mut map)?;
        }
        *mapping.twice() = twice;
        Ok(mapping)
    }
}
