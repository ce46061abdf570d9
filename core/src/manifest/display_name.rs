//! Which display names a manifest may have: no name may look like another provider's name.

use unicode_script::{Script, UnicodeScript};

/// The longest display name, in characters.
const MAX_LENGTH: usize = 40;

/// Letters of one script, ASCII digits, space, `-` and `.`. A second script is refused because its letters
/// can look like those of the first, as the Cyrillic `а` in `Lаyer5` does (Unicode Technical Standard 39). Dots in a row
/// would look like a cut text.
pub(super) fn is_display_name(name: &str) -> bool {
    let letters = || name.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, ' ' | '-' | '.'));
    let first = letters().next().map(script);
    name == name.trim()
        && !["  ", "..", "--"].iter().any(|it| name.contains(it))
        && !name.split(' ').any(|word| word == ".")
        && name.chars().any(|c| c.is_ascii_digit() || c.is_alphabetic())
        && name.chars().count() <= MAX_LENGTH
        && letters().all(|c| is_letter(c) && Some(script(c)) == first)
}

/// A visible letter that belongs to a script: no circled letter (script Common), no invisible Hangul filler.
fn is_letter(c: char) -> bool {
    let is_filler = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    c.is_alphabetic() && !is_filler && !matches!(script(c), Script::Common | Script::Inherited)
}

/// Without the table for most letters.
fn script(c: char) -> Script {
    if c.is_ascii_alphabetic() { Script::Latin } else { c.script() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_has_letters_of_one_script_and_no_hidden_or_misleading_character() {
        let longest = "é".repeat(40);
        let too_long = "é".repeat(41);
        for (name, is_allowed, why) in [
            ("Tata Consulting", true, "Latin"),
            ("Сбер", true, "Cyrillic"),
            ("日本語", true, "Han"),
            ("A-1 b.v.", true, "digits, hyphen, dots"),
            ("7", true, "a digit alone"),
            (&longest, true, "40 characters"),
            (&too_long, false, "41 characters"),
            ("Сбер ID", false, "Cyrillic and Latin"),
            ("日本語 ログイン", false, "Han and Katakana"),
            ("Lаyer5", false, "a Cyrillic letter among Latin ones"),
            ("", false, "empty"),
            ("-", false, "no letter or digit"),
            ("…", false, "punctuation"),
            (" Acme", false, "a space first"),
            ("Acme ", false, "a space last"),
            ("Acme  SSO", false, "two spaces, which look like one"),
            ("Mr. X of .NET-Co.", true, "dots beside letters"),
            ("A..", false, "dots in a row"),
            ("A . . .", false, "dots between spaces"),
            ("A--B", false, "hyphens in a row"),
            ("Acme_SSO", false, "an underscore"),
            ("Acme\u{1b}[2J", false, "a control character"),
            ("Acme\u{a0}SSO", false, "another kind of space"),
            ("\u{3164}", false, "a Hangul filler"),
            ("한\u{3164}", false, "a Hangul filler behind a Hangul letter"),
            ("한\u{115f}글", false, "a Hangul choseong filler"),
            ("한\u{1160}글", false, "a Hangul jungseong filler"),
            ("한\u{ffa0}글", false, "a halfwidth Hangul filler"),
            ("Layer⁵", false, "a superscript digit"),
            ("Ⓛayer5", false, "a circled letter"),
            ("ⓁⒶ", false, "circled letters alone"),
            ("e\u{301}", false, "a combining mark"),
        ] {
            assert_eq!(is_display_name(name), is_allowed, "{name:?}: {why}");
        }
    }
}
