//! The name of a new plugin: the id in its manifest, and the name of its package.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use mesheryctl_core::manifest::Manifest;

use crate::error::{Code, Error, Result, Suggestion};
use crate::plugin::look_alike;
use crate::text::Label;

/// The strict and reserved words of Rust, `union`, and its own crates: another crate cannot name a crate that is called so, or
/// would mistake it.
const NOT_A_CRATE: [&str; 57] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The id of the plugin, and the name of its package.
    pub id: String,
    /// The name that users see: `Acme Sso` for `acme-sso`.
    pub display: String,
}

impl Name {
    /// # Errors
    /// `plugin_name_invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let display = text.split('-').map(capitalised).collect::<Vec<_>>().join(" ");
        let name = Self { id: text.to_owned(), display };
        match name.fault() {
            None => Ok(name),
            Some(why) => {
                let shown = Label::new(text);
                let message = format!("{shown} cannot be the name of a plugin: {why}.");
                let example = "mesheryctl plugin new acme-sso --kind key";
                Err(Error::new(Code::PluginNameInvalid, message)
                    .nothing_changed()
                    .next(Suggestion::new("Example", example)))
            }
        }
    }

    /// Why it cannot be a name: a clause.
    fn fault(&self) -> Option<String> {
        if NOT_A_CRATE.contains(&self.id.as_str()) {
            return Some("Rust has a word or a library of this name".to_owned());
        }
        if self.id.split('-').any(str::is_empty) {
            return Some(
                "it must be lower case letters and digits, with single hyphens between".to_owned(),
            );
        }
        if let Some(like) = [&self.id, &self.display].iter().find_map(|it| look_alike::reserved(it))
        {
            return Some(format!("it looks like {like}"));
        }
        let mut manifest = Manifest::new(&self.id, &self.display);
        manifest.support = "https://example.org".to_owned();
        let json = serde_json::to_string(&manifest).unwrap_or_default();
        Manifest::parse(&json).err().map(|it| it.to_string())
    }

    /// The file that cargo makes of it.
    pub fn library(&self) -> String {
        format!("{DLL_PREFIX}{}{DLL_SUFFIX}", self.id.replace('-', "_"))
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_id_a_package_and_a_display_name_that_nobody_has() {
        let long = "a".repeat(41);
        let id = "id must be 1 to 64 lower case letters, digits and hyphens, a letter first";
        for (text, fault) in [
            ("acme", None),
            ("acme-sso-2", None),
            ("", Some("it must be lower case letters and digits, with single hyphens between")),
            (
                "acme-",
                Some("it must be lower case letters and digits, with single hyphens between"),
            ),
            ("a--b", Some("it must be lower case letters and digits, with single hyphens between")),
            ("Acme", Some(id)),
            ("acme_sso", Some(id)),
            ("2fa", Some(id)),
            ("../acme", Some(id)),
            ("émile", Some(id)),
            ("match", Some("Rust has a word or a library of this name")),
            ("yield", Some("Rust has a word or a library of this name")),
            ("use", Some("Rust has a word or a library of this name")),
            ("std", Some("Rust has a word or a library of this name")),
            ("layer5", Some("it looks like Layer5")),
            ("acme-meshery", Some("it looks like Meshery")),
            ("n0ne", Some("it looks like None")),
            (
                &long,
                Some(
                    "name must be 1 to 40 letters and digits of one script, with single spaces, hyphens and dots between",
                ),
            ),
        ] {
            let message = Name::parse(text).err().map(|it| it.message().to_owned());
            let found = message.as_deref().and_then(|it| it.split_once(": ")).map(|(_, why)| why);
            assert_eq!(found, fault.map(|it| format!("{it}.")).as_deref(), "{text}");
        }
        let name = Name::parse("acme-sso").unwrap();
        assert_eq!(
            (&*name.display, name.library()),
            ("Acme Sso", format!("{DLL_PREFIX}acme_sso{DLL_SUFFIX}"))
        );
    }
}
