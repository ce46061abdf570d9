//! The form in which a URL from outside is printed: whole, so that it can be copied, and in no row of the screen like a line
//! of the program.

/// The URL for a first row with `room` columns; the terminal folds it into rows of `columns`.
///
/// A person must be able to copy the URL, so it is neither cut nor broken, and the terminal itself continues it in the first
/// column. A server or plugin that chooses the path could let a row begin with `error:run.this`. So the first letter or
/// digit of each further row is percent-encoded (`%65rror:run.this`): the URL still means the same (RFC 3986, section 6.2.2.2;
/// the URL standard decodes hosts too). The first row begins with the scheme and the host.
pub(super) fn form(url: &str, room: usize, columns: usize) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|_| url.len() > room) else {
        return url.to_owned();
    };
    let mut row = Row { left: room, columns, is_plain: true, text: String::new() };
    row.add(scheme);
    row.add("://");
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let mut digits_of_encoded = 0_u8;
    for (at, c) in rest.char_indices() {
        // A port and an IPv6 address have no encoded form.
        let is_host = at < path;
        let can_encode = match is_host {
            true => c.is_ascii_alphabetic() && !rest.starts_with('['),
            false => c.is_ascii_alphanumeric() && digits_of_encoded == 0,
        };
        digits_of_encoded = if c == '%' { 2 } else { digits_of_encoded.saturating_sub(1) };
        row.put(c, can_encode);
    }
    row.text
}

/// A row of the screen that is being filled.
struct Row {
    left: usize,
    columns: usize,
    /// Whether it may go on with a letter or digit: it is the first row, or has an encoded character.
    is_plain: bool,
    text: String,
}

impl Row {
    fn put(&mut self, c: char, can_encode: bool) {
        if self.left == 0 {
            (self.left, self.is_plain) = (self.columns, false);
        }
        if c == '%' {
            self.is_plain = true;
        }
        if self.is_plain || !can_encode {
            return self.take(c);
        }
        self.is_plain = true;
        self.add(&format!("%{:02X}", u32::from(c)));
    }

    /// Adds text as it is.
    fn add(&mut self, text: &str) {
        text.chars().for_each(|c| self.take(c));
    }

    fn take(&mut self, c: char) {
        if self.left == 0 {
            (self.left, self.is_plain) = (self.columns, false);
        }
        self.text.push(c);
        self.left = self.left.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::form;

    /// The rows in which a terminal shows the text after an indentation.
    fn rows(text: &str, indent: usize, columns: usize) -> Vec<String> {
        let all: Vec<char> = format!("{}{text}", " ".repeat(indent)).chars().collect();
        all.chunks(columns).map(|it| it.iter().collect()).collect()
    }

    #[test]
    fn the_first_letter_or_digit_of_a_further_row_is_encoded() {
        for (url, printed) in [
            ("https://a.example/ok", "https://a.example/ok"),
            ("https://a.example/xxerror:b", "https://a.example/xx%65rror:b"),
            ("https://a.example/xx7", "https://a.example/xx%37"),
            ("https://a.example/x//error:b", "https://a.example/x//%65rror:b"),
            ("https://a.example/xx!!error", "https://a.example/xx!!%65rror"),
            ("https://a.example/xx%65rror", "https://a.example/xx%65rror"),
            ("https://a.example/x%6error:b", "https://a.example/x%6e%72ror:b"),
            ("https://a.example/x%error:b", "https://a.example/x%er%72or:b"),
            ("https://a.example?xx=error:b", "https://a.example?xx=%65rror:b"),
            ("https://xxxxxxxxxxxxerror:80/b", "https://xxxxxxxxxxxx%65rror:80/b"),
            ("https://xxxxxxxxxxxx:80/error", "https://xxxxxxxxxxxx:80/%65rror"),
            ("http://[::1]:8080000000000/e", "http://[::1]:8080000000000/%65"),
        ] {
            assert_eq!(form(url, 20, 40), printed, "{url}");
        }
    }

    #[test]
    fn no_further_row_begins_with_a_word_of_the_url_and_the_url_means_the_same() {
        for unit in ["error:", "%6error:", "%error:", "/e/", "&error=%20", "%65", "[sudo]", "!!x"] {
            for (indent, columns) in [(0, 40), (2, 40), (5, 80), (7, 33)] {
                let url = format!("https://a.example/{}", unit.repeat(99));
                let printed = form(&url, columns - indent, columns);
                for row in rows(&printed, indent, columns).iter().skip(1) {
                    let word =
                        row.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '%');
                    let digits = word.chars().take_while(char::is_ascii_alphanumeric).count();
                    assert!(digits <= 2, "{row}");
                }
                assert_eq!(decoded(&printed), decoded(&url));
            }
        }
    }

    /// The path with each encoded character in its plain form.
    fn decoded(url: &str) -> Vec<u8> {
        let path = Url::parse(url).unwrap().path().to_owned();
        let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
        while let Some((&first, after)) = rest.split_first() {
            let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
            let byte = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
            let encoded = byte.filter(|_| first == b'%');
            bytes.push(encoded.unwrap_or(first));
            rest = if encoded.is_some() { &after[2..] } else { after };
        }
        bytes
    }
}
