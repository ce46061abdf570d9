//! `system logout`: signs out on this computer. It empties the token file, as the Go CLI does.

use serde_json::json;

use crate::cli::{Global, Output};
use crate::error::Result;
use crate::output::print_json;
use crate::process::signals;
use crate::sign_in::target::Target;
use crate::storage::token_store::{self, Cleared, Stored};
use crate::terminal::Terminal;

pub fn run(global: &Global, terminal: &Terminal) -> Result<()> {
    // A signal during the write must not leave a temporary file.
    let _ = signals::watch();
    let target = Target::find(global)?;
    let stored = target.store.read();
    let Cleared { was_signed_in, warning } = target.store.clear()?;
    if was_signed_in {
        terminal
            .done(&format!("Signed out. Cleared the token in {}.", target.shown_file(terminal)));
        if matches!(stored, Stored::Token(auth) if !auth.token.is_empty()) {
            terminal.say(
                "  The token itself stays valid until it expires or you revoke it at the provider.",
            );
        }
    } else {
        terminal.say("Already signed out.");
    }
    if let Some(warning) = warning {
        terminal.say(&warning);
    }
    if token_store::token_of_environment().is_some() {
        terminal.say("MESHERY_TOKEN is set: it takes precedence over the stored token.");
    }
    let file = target.store.file().display().to_string();
    match global.output {
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({ "signed_out": was_signed_in, "token_file": file })),
    }
}
