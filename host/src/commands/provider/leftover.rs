//! What is kept under the id of a provider that cannot be configured: its plugin is gone, not trusted or not allowed. The person can
//! still remove it, the secrets above all.

use serde_json::json;

use crate::cli::{Configure, Global, Output};
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::output::print_json;
use crate::storage::home::Home;
use crate::storage::kept_settings::KeptSettings;
use crate::terminal::Terminal;
use crate::text::{Id, Name};

/// Why a provider cannot be configured.
pub struct Unusable {
    /// The id of the provider, if there is one.
    pub id: Option<String>,
    pub error: Error,
}

/// Removes what `--unset` names from what is kept under the id.
///
/// # Errors
/// Why the provider cannot be configured, with the command that removes what is kept; `setting_unknown` for a key that is not.
pub fn run(
    global: &Global,
    args: &Configure,
    home: &Home,
    unusable: Unusable,
    terminal: &Terminal,
) -> Result<()> {
    let Unusable { id, error } = unusable;
    let Ok(kept) = KeptSettings::load(home) else { return Err(error) };
    let ids = [Some(args.provider.clone()), id].into_iter().flatten();
    let Some((keys, id)) = ids.map(|id| (kept.keys(&id), id)).find(|(keys, _)| !keys.is_empty())
    else {
        return Err(error);
    };
    if args.unset.is_empty() || !args.settings.is_empty() {
        return Err(error.next(Suggestion::new("Remove what is kept", unset(&id, &keys))));
    }
    if let Some(key) = args.unset.iter().find(|key| !keys.contains(key)) {
        let (key, keys) = (Name::new(key), keys.join(", "));
        let message = format!("No setting {key} is kept for {}. Kept: {keys}.", Id::new(&id));
        return Err(Error::new(Code::SettingUnknown, message).nothing_changed());
    }
    KeptSettings::change(home, |kept| args.unset.iter().for_each(|key| kept.remove(&id, key)))?;
    terminal.done(&format!("No longer kept for {}: {}.", Id::new(&id), args.unset.join(", ")));
    match global.output {
        Output::Text => Ok(()),
        Output::Json => print_json(&json!({ "provider": id, "settings": [] })),
    }
}

/// The command that removes these settings.
pub fn unset(id: &str, keys: &[String]) -> Command {
    let configure = Command::from("mesheryctl system provider configure").value(id);
    keys.iter().fold(configure, |it, key| it.literal("--unset").value(key))
}
