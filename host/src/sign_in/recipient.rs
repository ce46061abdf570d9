//! The recipient of a token: whether the context's server may receive it.

use mesheryctl_core::token::Token;

use super::target::Target;
use crate::error::Result;
use crate::net::meshery_server::Server;
use crate::terminal::{Terminal, prompt};
use crate::text::Line;

/// Why the token must not be sent to the server, as a sentence part that follows the server's name; `None` if it may.
///
/// A token may be sent to a server of the person's own config.yaml, and to one that verified it before. A server of another
/// file, which another user may have written, needs the person's yes. That is remembered by the record that the server
/// verified the token.
///
/// # Errors
/// Those of the question.
pub fn withheld(
    target: &Target,
    server: &Server<'_>,
    token: &Token,
    terminal: &Terminal,
) -> Result<Option<String>> {
    let name = server.name();
    let Some(file) = target.foreign_config() else { return Ok(None) };
    let verified_by = target.store.record_of(token).and_then(|it| it.verified_by);
    if verified_by.is_some_and(|it| it == name.to_string()) {
        return Ok(None);
    }
    let file = Line::new(file.display().to_string());
    if terminal.can_prompt() && server.listed().is_ok() {
        let about =
            [format!("{file}, which is not your own config.yaml, names the server {name}.")];
        if prompt::confirm(&about, "Send your token to it?", terminal)? {
            return Ok(None);
        }
    }
    Ok(Some(format!("was not sent the token, because {file} is not your own config.yaml")))
}

#[cfg(test)]
mod tests {
    use mesheryctl_core::auth_file::AuthFile;
    use mesheryctl_core::provider::SignIn;

    use super::*;
    use crate::net::Http;
    use crate::storage::home::Home;
    use crate::storage::token_record::TokenRecord;

    const SERVER: &str = "http://localhost:9081";

    #[test]
    fn without_a_persons_yes_a_foreign_server_gets_only_a_token_that_it_verified() {
        let http = Http::trusting(None, None).unwrap();
        let server = Server::at(SERVER, &http);
        let mut terminal = Terminal::find(false);
        (terminal.stdin, terminal.stderr) = (false, false);
        let token = Token::parse("a-token-of-some-length").unwrap();
        for (is_foreign, verified_by, is_withheld) in [
            (false, None, false),
            (false, Some("https://other.example"), false),
            (true, None, true),
            (true, Some("https://other.example"), true),
            (true, Some("layer5"), true),
            (true, Some(SERVER), false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let home = Home::at(folder.path());
            let given = folder.path().join("given.yaml");
            let target = match is_foreign {
                true => Target::of_foreign_config(home, given),
                false => Target::of_test(home),
            };
            let record = TokenRecord::of("layer5", &SignIn::from_claims(token.clone()));
            let record = verified_by.map(|it| record.verified(1, it));
            let auth = AuthFile { provider: "Layer5".to_owned(), token: token.clone() };
            let _ = target.store.save(&auth, record.as_ref()).unwrap();
            let why = withheld(&target, &server, &token, &terminal).unwrap();
            let said = why.as_ref().is_some_and(|it| it.starts_with("was not sent the token"));
            assert_eq!((why.is_some(), said), (is_withheld, is_withheld), "{verified_by:?}");
        }
    }

    #[test]
    fn without_a_terminal_nothing_is_asked_although_the_server_answers() {
        let http = Http::trusting(None, None).unwrap();
        let server = Server::of_test(&http, Vec::new());
        let mut terminal = Terminal::find(false);
        (terminal.stdin, terminal.stderr) = (false, false);
        let folder = tempfile::tempdir().unwrap();
        let given = folder.path().join("given.yaml");
        let target = Target::of_foreign_config(Home::at(folder.path()), given);
        let token = Token::parse("a-token-of-some-length").unwrap();
        assert!(withheld(&target, &server, &token, &terminal).unwrap().is_some());
    }
}
