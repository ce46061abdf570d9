//! The tokens that a config names: the entries of `tokens`, and those that contexts of before v0.5 contain.

use std::collections::HashSet;

use super::{Config, Context, DEFAULT_LOCATION, TokenEntry, TokenRef, by_name, filled};

impl Config {
    /// The entries of `tokens`, in the order of the file, then the tokens that are only in contexts. One of those has its
    /// own name, with a number if another token has that name, or the name of its context if it has none.
    pub fn tokens(&self) -> Vec<TokenEntry> {
        self.listed_tokens().into_iter().chain(self.inline_tokens()).collect()
    }

    /// The entry of `tokens` with this name; without an exact match, the one that differs only in case.
    pub fn token_entry(&self, name: &str) -> Option<TokenEntry> {
        by_name(self.listed_tokens().into_iter(), name, |entry| &entry.name)
    }

    /// The contexts that have this token of [`Config::tokens`], and would have none without it.
    pub fn token_users(&self, token: &str) -> Vec<String> {
        let inline = self.inline_tokens();
        let has_it = |it: &TokenRef| match (&it.location, &it.name) {
            (Some(location), _) => {
                inline.iter().any(|it| it.location == *location && it.name == token)
            }
            (None, Some(name)) => self.token_entry(name).is_some_and(|it| it.name == token),
            (None, None) => false,
        };
        let users = self.contexts().filter(|it| it.token.as_ref().is_some_and(has_it));
        users.map(|it| it.name).collect()
    }

    pub(super) fn listed_tokens(&self) -> Vec<TokenEntry> {
        let named = self.shape.tokens().filter_map(|token| {
            let name = filled(token.name.as_deref())?;
            let location = filled(token.location.as_deref());
            let location = location.unwrap_or_else(|| DEFAULT_LOCATION.to_owned());
            Some(TokenEntry { name, location })
        });
        named.collect()
    }

    /// The tokens whose location only a context has, as the entries that `tokens` gets when the context gets another one.
    pub(super) fn inline_tokens(&self) -> Vec<TokenEntry> {
        let listed = self.listed_tokens();
        let mut taken: HashSet<String> = listed.iter().map(|it| it.name.to_lowercase()).collect();
        // A context that names a missing entry must not get a token by an entry of this name.
        taken.extend(self.contexts().filter_map(|it| {
            let token = it.token.filter(|it| it.location.is_none())?;
            token.name.map(|it| it.to_lowercase())
        }));
        let mut locations: HashSet<String> = listed.into_iter().map(|it| it.location).collect();
        let mut inline = Vec::new();
        for context in self.contexts() {
            let Some(TokenRef { name, location: Some(location) }) = context.token else { continue };
            if locations.insert(location.clone()) {
                let name = free(&name.unwrap_or(context.name), &taken);
                taken.insert(name.to_lowercase());
                inline.push(TokenEntry { name, location });
            }
        }
        inline
    }

    fn contexts(&self) -> impl Iterator<Item = Context> {
        self.shape.contexts().map(|(name, it)| Context::new(name, it))
    }
}

/// The name, or with the first number from 2 with which it is not taken.
fn free(name: &str, taken: &HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|it| !taken.contains(&it.to_lowercase())).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tokens(text: &str) -> Vec<(String, String)> {
        let config = Config::parsed(Path::new("/c.yaml"), text.to_owned()).expect(text);
        config.tokens().into_iter().map(|it| (it.name, it.location)).collect()
    }

    #[test]
    fn a_token_that_only_a_context_has_is_listed_once_with_a_name_of_its_own() {
        let inline =
            |name: &str, location: &str| format!("{{token: {{{name}location: {location}}}}}");
        let [old, other] = ["old.json", "other.json"].map(|it| inline("name: old, ", it));
        for (text, expected) in [
            (format!("contexts: {{a: {old}, b: {old}}}"), vec![("old", "old.json")]),
            (
                format!("contexts: {{a: {old}, b: {other}}}"),
                vec![("old", "old.json"), ("old-2", "other.json")],
            ),
            (
                format!("contexts: {{a: {old}}}\ntokens: [{{name: OLD, location: x}}]"),
                vec![("OLD", "x"), ("old-2", "old.json")],
            ),
            (
                format!("contexts: {{a: {old}}}\ntokens: [{{name: x, location: old.json}}]"),
                vec![("x", "old.json")],
            ),
            (format!("contexts: {{a: {old}, b: {{token: Old}}}}"), vec![("old-2", "old.json")]),
            (format!("contexts: {{a: {}}}", inline("", "l")), vec![("a", "l")]),
            ("contexts: {a: {token: {name: old}}}".to_owned(), vec![]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            assert_eq!(tokens(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_token_is_used_by_the_contexts_that_name_it_and_by_the_one_that_contains_it() {
        let text = "contexts:\n  a: {token: {name: old, location: old.json}}\n  b: {token: Work}\n  \
                    c: {token: {name: x, location: w.json}}\n\
                    tokens: [{name: work, location: w.json}]\n";
        let config = Config::parsed(Path::new("/c.yaml"), text.to_owned()).expect(text);
        for (token, users) in [("work", vec!["b"]), ("old", vec!["a"]), ("x", vec![])] {
            assert_eq!(config.token_users(token), users, "{token}");
        }
    }
}
