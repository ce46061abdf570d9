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
/// file, which somebody else may have written, needs the person's yes. That is remembered by the record that the server
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
