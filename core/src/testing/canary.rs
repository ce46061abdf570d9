//! A canary: what stands in a recording for a secret, in the form of the secret where a program may check that.

/// A shorter text has no form that is kept.
const SHORTEST_FORM: usize = 16;

/// The canary of this number for this text.
pub fn canary(text: &str, number: usize) -> String {
    let plain = format!("canary-{number:09}");
    let all = |is: fn(char) -> bool| text.chars().all(is);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_long = text.len() >= SHORTEST_FORM;
    if digits > 0 && (text.parse::<f64>().is_ok() || digits == text.len()) {
        with_digits(text, number, digits)
    } else if is_long && digits > 0 && all(|c| c.is_ascii_hexdigit() || c == '-') {
        with_hex(text, number)
    } else if text.contains('@') && !text.contains(char::is_whitespace) {
        format!("{plain}@example.org")
    } else if is_long && all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        format!("{plain:A<width$}", width = text.len())
    } else if is_long && all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c)) {
        let end = text.len() - text.trim_end_matches('=').len();
        format!("{:A<width$}{:=<end$}", plain.replace('-', ""), "", width = text.len() - end)
    } else {
        plain
    }
}

/// Another number with as many digits.
fn with_digits(text: &str, number: usize, digits: usize) -> String {
    let mut new = format!("{number:0>digits$}").into_bytes();
    new = new.split_off(new.len() - digits);
    if digits > 1 {
        new[0] = b'1';
    } else if new[0] == b'0' {
        new[0] = b'7';
    }
    let is_same = text.bytes().filter(u8::is_ascii_digit).eq(new.iter().copied());
    if let Some(last) = new.last_mut().filter(|_| is_same) {
        *last = if *last == b'9' { b'1' } else { *last + 1 };
    }
    let mut new = new.into_iter().map(char::from);
    text.chars().map(|c| if c.is_ascii_digit() { new.next().unwrap_or('1') } else { c }).collect()
}

/// Hexadecimal digits in the places of the others, as in a UUID.
fn with_hex(text: &str, number: usize) -> String {
    let count = text.chars().filter(char::is_ascii_hexdigit).count();
    let width = count.saturating_sub(4).max(1);
    let hex = format!("cafe{number:0>width$}");
    let mut hex = hex.chars();
    let is_upper = text.chars().any(|c| c.is_ascii_uppercase());
    let new = text.chars().map(|c| if c == '-' { '-' } else { hex.next().unwrap_or('0') });
    let new: String = new.collect();
    if is_upper { new.to_ascii_uppercase() } else { new }
}

/// How the canaries begin that can be told from other texts.
const BEGINS: [&str; 4] = ["canary-0", "canary0", "cafe0000", "CAFE0000"];

/// Where the first canary in the text begins.
pub fn place_in(text: &str) -> Option<usize> {
    BEGINS.iter().filter_map(|it| text.find(it)).min()
}

/// Whether the text is a canary, or a text with one in it, in the place of this other text.
pub fn stands_for(recorded: &str, text: &str) -> bool {
    let Some(at) = place_in(recorded) else {
        return recorded == text;
    };
    let Some(rest) = text.strip_prefix(&recorded[..at]) else { return false };
    let is_of_canary = |c: char| c.is_ascii_alphanumeric() || "-@.%".contains(c);
    let after = recorded[at..].trim_start_matches(is_of_canary);
    let end = after.chars().next();
    // What stands before the end of the canary may be any text, which does not go beyond its part of a path.
    let ends = rest.char_indices().map(|it| it.0).chain([rest.len()]);
    ends.filter(|it| !rest[..*it].contains('/')).any(|it| match end {
        None => it == rest.len(),
        Some(_) => stands_for(after, &rest[it..]),
    })
}
