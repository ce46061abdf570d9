//! Hyperlinks (OSC 8): which terminals are known to show them, and a URL as one.

/// Values of `TERM_PROGRAM` and `TERM`.
const PROGRAMS: [&str; 8] =
    ["iterm.app", "wezterm", "vscode", "ghostty", "hyper", "terminology", "zed", "tabby"];
const TERMS: [&str; 7] =
    ["xterm-kitty", "xterm-ghostty", "alacritty", "alacritty-direct", "wezterm", "foot", "contour"];

/// VTE 0.50.0 crashed on a hyperlink.
const VTE_WITH_A_CRASH: u32 = 5000;

/// Whether the terminal that these variables describe shows hyperlinks. An unknown one does not: it could print the
/// sequence. `FORCE_HYPERLINK` decides, if it is set.
pub(super) fn is_supported(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let has = |name: &str| variable(name).is_some_and(|it| !it.is_empty());
    let is_in = |name: &str, known: &[&str]| {
        variable(name).is_some_and(|it| known.contains(&&*it.to_ascii_lowercase()))
    };
    if let Some(forced) = variable("FORCE_HYPERLINK").filter(|it| !it.is_empty()) {
        return forced != "0";
    }
    // A multiplexer inherits the variables of the terminal around it.
    let term = variable("TERM").unwrap_or_default();
    if has("TMUX") || has("STY") || term.starts_with("tmux") || term.starts_with("screen") {
        return false;
    }
    let vte = variable("VTE_VERSION").and_then(|it| it.parse::<u32>().ok());
    vte.is_some_and(|it| it > VTE_WITH_A_CRASH)
        || is_in("TERM_PROGRAM", &PROGRAMS)
        || is_in("TERM", &TERMS)
        || is_in("COLORTERM", &["xfce4-terminal"])
        || ["WT_SESSION", "KONSOLE_VERSION", "DOMTERM"].iter().any(|it| has(it))
}

/// The URL as a hyperlink with this text.
pub(super) fn linked(url: &str, text: &str) -> String {
    format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperlinks_are_shown_by_known_terminals_only() {
        for (variables, expected) in [
            (&[("TERM", "xterm-256color")][..], false),
            (&[("TERM", "linux")], false),
            (&[], false),
            (&[("TERM", "xterm-kitty")], true),
            (&[("TERM", "foot")], true),
            (&[("TERM_PROGRAM", "iTerm.app")], true),
            (&[("TERM_PROGRAM", "WezTerm")], true),
            (&[("TERM_PROGRAM", "Apple_Terminal")], false),
            (&[("VTE_VERSION", "7600")], true),
            (&[("VTE_VERSION", "5000")], false),
            (&[("VTE_VERSION", "4205")], false),
            (&[("VTE_VERSION", "new")], false),
            (&[("WT_SESSION", "6f2")], true),
            (&[("KONSOLE_VERSION", "230800")], true),
            (&[("KONSOLE_VERSION", "")], false),
            (&[("COLORTERM", "xfce4-terminal")], true),
            (&[("COLORTERM", "truecolor")], false),
            (&[("VTE_VERSION", "7600"), ("TERM", "tmux-256color")], false),
            (&[("VTE_VERSION", "7600"), ("TMUX", "/tmp/tmux-0/default,1,0")], false),
            (&[("WT_SESSION", "6f2"), ("TERM", "screen.xterm-256color")], false),
            (&[("KONSOLE_VERSION", "230800"), ("STY", "1.pts-0")], false),
            (&[("TERM", "xterm-kitty"), ("FORCE_HYPERLINK", "0")], false),
            (&[("TERM", "xterm"), ("FORCE_HYPERLINK", "1")], true),
            (&[("TERM", "xterm-kitty"), ("FORCE_HYPERLINK", "")], true),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(is_supported(&variable), expected, "{variables:?}");
        }
    }
}
