//! The browsers that the variable `BROWSER` names.

use std::env;

/// Browsers that run in the terminal, which the prompt needs.
const TEXT_BROWSERS: [&str; 7] =
    ["lynx", "w3m", "links", "links2", "elinks", "www-browser", "browsh"];

/// The commands in `BROWSER`, each with the URL in the place of `%s` or at the end.
pub fn named_browsers(url: &str) -> Vec<Vec<String>> {
    let named = env::var("BROWSER").unwrap_or_default();
    named.split(':').filter(|it| !is_text_browser(it)).map(|command| words(command, url)).collect()
}

fn words(command: &str, url: &str) -> Vec<String> {
    let mut words: Vec<String> =
        command.split_whitespace().map(|word| word.replace("%s", url)).collect();
    if !command.contains("%s") {
        words.push(url.to_owned());
    }
    words
}

/// Whether the command starts a browser that cannot be used; an empty entry counts as one.
pub(super) fn is_text_browser(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    name.is_empty() || TEXT_BROWSERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_named_browser_gets_the_url_in_place_of_its_placeholder_or_last() {
        assert_eq!(words("firefox --new-tab %s", "U"), ["firefox", "--new-tab", "U"]);
        assert_eq!(words("/opt/b", "U"), ["/opt/b", "U"]);
    }
}
