//! Names that people read as the same, and the names that no plugin may have.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// A name that begins with one of these looks like a built-in provider, or makes a message of the plugin look like one
/// of this program or of another one that asks for a password.
const RESERVED_BEGINNINGS: [&str; 15] = [
    "Layer5",
    "Meshery",
    "mesheryctl",
    "error",
    "warning",
    "fatal",
    "panic",
    "sudo",
    "Signed",
    "Saved",
    "Token saved",
    "Trust it",
    "Trust this",
    "Password for",
    "Passphrase for",
];

/// Names that are reserved as a whole.
const RESERVED_NAMES: [&str; 7] =
    ["None", "Local", "Trust", "Password", "Passphrase", "OK", "Done"];

/// What no word of a name may contain, and no words of it may spell: the name would speak for a built-in provider.
const RESERVED_PARTS: [(&str, &str); 3] =
    [("Layer5", "Layer5"), ("LayerFive", "Layer5"), ("Meshery", "Meshery")];

/// Small capitals, which Unicode does not list as confusable with capitals, and the letters that they look like.
const SMALL_CAPITALS: [(char, char); 25] = [
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ꞯ', 'q'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
];

/// The reserved names, each with what names are compared with. It is the same for all plugins, so it is made once.
static NAMES: LazyLock<Vec<Reserved>> = LazyLock::new(|| of_all(&RESERVED_NAMES, skeleton));
static BEGINNINGS: LazyLock<Vec<Reserved>> =
    LazyLock::new(|| of_all(&RESERVED_BEGINNINGS, skeleton));
static PARTS: LazyLock<Vec<Reserved>> = LazyLock::new(|| {
    RESERVED_PARTS.iter().map(|(part, name)| Reserved { name, form: folded(part) }).collect()
});

struct Reserved {
    name: &'static str,
    /// The form that is compared: its skeleton, or the folded part.
    form: String,
}

fn of_all(names: &[&'static str], form: fn(&str) -> String) -> Vec<Reserved> {
    names.iter().map(|name| Reserved { name, form: form(name) }).collect()
}

/// The reserved name that this name or id looks like, as a whole, in its first words, or in a part.
pub fn reserved(name: &str) -> Option<&'static str> {
    let whole = skeleton(name);
    if name.is_ascii() && !may_be_reserved(name, &whole) {
        return None;
    }
    reserved_in_words(name, &whole)
}

fn reserved_in_words(name: &str, whole: &str) -> Option<&'static str> {
    let mut beginning = String::new();
    // `Layer 5 Login` begins with `Layer5` too.
    let beginnings: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .map(|word| {
            beginning.push_str(word);
            skeleton(&beginning)
        })
        .collect();
    let found = NAMES.iter().find(|it| it.form == whole);
    let found = found.or_else(|| BEGINNINGS.iter().find(|it| beginnings.contains(&it.form)));
    found.or_else(|| part(name)).map(|it| it.name)
}

/// Whether a name of ASCII with this skeleton may be reserved: its first words have the beginning of its skeleton, and any of its
/// words a part of it. Most names are not, and a list has thousands.
fn may_be_reserved(name: &str, whole: &str) -> bool {
    let folded = folded_ascii(name);
    NAMES.iter().any(|it| it.form == whole)
        || BEGINNINGS.iter().any(|it| whole.starts_with(&it.form))
        || PARTS.iter().any(|it| folded.contains(&it.form))
}

/// The built-in provider of which a word of the name has the name in it, or some words together are the name. Within a
/// name, `S` is not read as `5`: `Seven Layers` is allowed.
fn part(name: &str) -> Option<&'static Reserved> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words.map(folded).filter(|it| !it.is_empty()).collect();
    let is_part = |part: &&Reserved| {
        let part = &part.form;
        let spells = |first: usize| {
            let joined = (first + 1..=words.len()).map(|end| words[first..end].concat());
            joined.take_while(|it| it.len() <= part.len()).any(|it| it == *part)
        };
        words.iter().any(|it| it.contains(part)) || (0..words.len()).any(spells)
    };
    PARTS.iter().find(is_part)
}

/// The skeleton of a name: equal for names that look alike. It ignores case, spaces, punctuation and marks, and maps
/// confusable letters and digits to one.
pub fn skeleton(name: &str) -> String {
    let folded = folded(name);
    match folded.contains(['0', '5']) {
        true => folded.replace('0', "o").replace('5', "s"),
        false => folded,
    }
}

/// As [`skeleton`], but digits are not letters.
fn folded(name: &str) -> String {
    match name.is_ascii() {
        true => folded_ascii(name),
        false => folded_unicode(name),
    }
}

/// The same as [`folded_unicode`], without its tables: a list of a thousand plugins folds thousands of names.
fn folded_ascii(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars().filter(char::is_ascii_alphanumeric) {
        match c {
            '0' => folded.push('o'),
            '1' | 'I' => folded.push('l'),
            'm' | 'M' => folded.push_str("rn"),
            _ => folded.push(c.to_ascii_lowercase()),
        }
    }
    folded
}

fn folded_unicode(name: &str) -> String {
    // Compatibility letters such as `ᴸ`, and then marks, become plain letters.
    let plain: String = name.nfkd().filter(|c| c.is_alphanumeric()).map(without_style).collect();
    // Before case folding: `I` is confusable with `l`, `i` is not.
    let folded = unified(&plain).to_lowercase();
    // And after case folding: `m` is confusable with `rn`, `M` is not.
    let letters = unified(&folded).replace(|c: char| !c.is_alphanumeric(), "");
    letters.to_lowercase()
}

/// The characters that are confusable (UTS 39) and what each looks like: all in their order, where what each looks like ends in the
/// text, and the text. See build.rs.
static CONFUSABLES: (&[char], &[u16], &str) = include!(concat!(env!("OUT_DIR"), "/confusables.rs"));

/// The text with one character for all that look like it: the skeleton of UTS 39.
fn unified(text: &str) -> String {
    let (characters, ends, prototypes) = CONFUSABLES;
    let mut unified = String::new();
    for c in text.nfd() {
        match characters.binary_search(&c) {
            Ok(at) => {
                let start = at.checked_sub(1).map_or(0, |before| ends[before]);
                unified += &prototypes[start.into()..ends[at].into()];
            }
            Err(_) => unified.push(c),
        }
    }
    unified.nfd().collect()
}

/// The plain letter of a small capital. Of Cherokee the capital, which is the form that looks like Latin.
fn without_style(c: char) -> char {
    let small = SMALL_CAPITALS.iter().find(|(small, _)| *small == c).map(|(_, plain)| *plain);
    let is_cherokee = ('\u{ab70}'..='\u{abbf}').contains(&c);
    small.or_else(|| c.to_uppercase().next().filter(|_| is_cherokee)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use unicode_security::confusable_detection;

    use super::*;

    #[test]
    fn an_ascii_name_is_folded_as_the_tables_of_unicode_fold_it() {
        let all = || (0..128u8).map(char::from);
        for (a, b) in all().flat_map(|a| all().map(move |b| (a, b))) {
            let name = format!("{a}x{b}{a}");
            assert_eq!(folded_ascii(&name), folded_unicode(&name), "{name:?}");
        }
    }

    #[test]
    fn a_name_that_the_quick_check_lets_pass_is_not_reserved() {
        let reserved = RESERVED_NAMES.into_iter().chain(RESERVED_BEGINNINGS);
        let words: Vec<&str> =
            reserved.chain(["5", "Iayer", "rneshery", "x", "N0", "ne"]).collect();
        for (first, second) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))) {
            for between in ["", " ", "-", " x ", "1"] {
                let name = format!("{first}{between}{second}");
                let whole = skeleton(&name);
                let found = reserved_in_words(&name, &whole);
                assert!(found.is_none() || may_be_reserved(&name, &whole), "{name}: {found:?}");
            }
        }
    }

    #[test]
    fn a_text_of_letters_is_unified_as_uts_39_says() {
        let letters: Vec<char> = ('\0'..=char::MAX).filter(|c| c.is_alphanumeric()).collect();
        for letters in letters.chunks(7) {
            let text: String = letters.iter().collect();
            for text in [&text, &text.to_lowercase(), &text.nfkd().to_string()] {
                let skeleton: String = confusable_detection::skeleton(text).collect();
                assert_eq!(unified(text), skeleton, "{text}");
            }
        }
    }

    #[test]
    fn a_name_that_is_or_begins_like_a_name_of_this_program_is_reserved() {
        for (name, like) in [
            ("Meshery", Some("Meshery")),
            ("meshery", Some("Meshery")),
            ("MESHERY CLOUD", Some("Meshery")),
            ("Meshery Login", Some("Meshery")),
            ("mesheryctl", Some("mesheryctl")),
            ("Layer5 Cloud", Some("Layer5")),
            ("Layer5 Cioud", Some("Layer5")),
            ("Layer5.io", Some("Layer5")),
            ("Layer5 SSO", Some("Layer5")),
            ("Layer 5 Login", Some("Layer5")),
            ("L-a-y-e-r 5", Some("Layer5")),
            ("layer5-sso", Some("Layer5")),
            ("ʟᴀʏᴇʀ5", Some("Layer5")),
            ("ꮮꭺꭹꭼꮢ5", Some("Layer5")),
            ("ᴸayer5", Some("Layer5")),
            ("ɴᴏɴᴇ", Some("None")),
            ("Loca1", Some("Local")),
            ("Error", Some("error")),
            ("Error: run this", Some("error")),
            ("Warning", Some("warning")),
            ("Acme", None),
            ("Acme Layer5", Some("Layer5")),
            ("Layer5Cloud", Some("Layer5")),
            ("MesheryCloud", Some("Meshery")),
            ("Meshery5", Some("Meshery")),
            ("LayerFive", Some("Layer5")),
            ("Layer Five Login", Some("Layer5")),
            ("Official Layer5", Some("Layer5")),
            ("Official Iáyer 5", Some("Layer5")),
            ("TheLayer5", Some("Layer5")),
            ("The Meshery", Some("Meshery")),
            ("The Mesh ery", Some("Meshery")),
            ("acme-meshery-sso", Some("Meshery")),
            ("Signed in to Layer5", Some("Signed")),
            ("Signed in to Acme", Some("Signed")),
            ("Sudo", Some("sudo")),
            ("Fatal", Some("fatal")),
            ("Fatal error", Some("fatal")),
            ("Trust", Some("Trust")),
            ("Trust it", Some("Trust it")),
            ("Trust it now", Some("Trust it")),
            ("Password for ada", Some("Password for")),
            ("Trust Bank", None),
            ("Trustly", None),
            ("Password Boss", None),
            ("Seven Layers", None),
            ("Multi Layer 5G", None),
            ("Player 5", None),
            ("Five Layer Cake", None),
            ("Mesh Every", None),
            ("Designed", None),
            ("Donegal", None),
            ("Errol", None),
            ("Layersoft", None),
            ("Local Bank", None),
            ("None of Us", None),
            ("Mesh", None),
            ("Сбер", None),
            ("日本語", None),
            ("7", None),
        ] {
            assert_eq!(reserved(name), like, "{name}");
        }
    }

    #[test]
    fn names_that_look_alike_have_the_same_skeleton() {
        for (a, b) in [
            ("Layer5", "layer 5"),
            ("Layer5", "LAYERS"),
            ("Layer5", "Iayer5"),
            ("Layer5", "Layer-5."),
            ("Local", "Loca1"),
            ("None", "N0ne"),
            ("Coco", "Сосо"),
            ("Acme SSO", "acme-sso"),
            ("Meshery", "meshery"),
            ("ACME", "acme"),
            ("Acrne", "ACME"),
            ("Layer5", "Láyer5"),
            ("None", "Nọne"),
            ("layer5", "layer-5"),
            ("Acme", "ᴀᴄᴍᴇ"),
            ("Acme", "Ａｃｍｅ"),
        ] {
            assert!(skeleton(a) == skeleton(b), "{a} {b}");
        }
        for (a, b) in
            [("Layer5", "Layer6"), ("None", "Nine"), ("Acme", "Acne"), ("Meshery", "Mesh")]
        {
            assert!(skeleton(a) != skeleton(b), "{a} {b}");
        }
    }
}
