//! The error codes: one list with the exit codes; tests compare docs/output.schema.json with it, and generate
//! docs/errors.md from it.

/// The exit codes. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Failure = 1,
    Usage = 2,
    NotSignedIn = 3,
    Denied = 4,
    Unreachable = 5,
    TimedOut = 6,
    NotStored = 7,
    Plugin = 8,
    RequestRefused = 9,
    ServerFailed = 10,
    NotExecutable = 126,
    NotFound = 127,
    Hangup = 129,
    Interrupted = 130,
    Terminated = 143,
}

/// Declares the codes: for each its variant, the name that scripts read, the exit code, and the meaning.
macro_rules! codes {
    ($($variant:ident $name:literal $exit:ident $meaning:literal,)*) => {
        /// What failed, for scripts. Codes are stable; messages are not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub fn exit(self) -> Exit {
                match self { $(Self::$variant => Exit::$exit,)* }
            }

            #[cfg(test)]
            fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    CaFileUnusable "ca_file_unusable" Usage "`--ca-file` names a file without usable certificates.",
    CallbackPortUnusable "callback_port_unusable" Usage "The port of `--callback-port` or `MESHERYCTL_CALLBACK_PORT` is in use or is not a port from 1024 to 65535.",
    CannotAsk "cannot_ask" Failure "The terminal cannot be used to ask a question.",
    CommandMisplaced "command_misplaced" Usage "The command is a subcommand of another one.",
    ConfigEditFailed "config_edit_failed" NotStored "config.yaml cannot be edited safely.",
    ConfigInvalid "config_invalid" Usage "config.yaml cannot be parsed.",
    ConfigNotFound "config_not_found" Usage "`--config` names a file that does not exist.",
    ConfigUnreadable "config_unreadable" Failure "config.yaml cannot be read.",
    ContextInUse "context_in_use" Usage "Another process made the context that is to be deleted the current one.",
    ContextUnknown "context_unknown" Usage "config.yaml does not have the context that was named, or no context is the current one.",
    CurrentContextUnknown "current_context_unknown" Usage "`current-context` names a context that config.yaml does not have.",
    Denied "denied" Denied "The person, or a policy of the provider, denied the sign-in.",
    Expired "expired" NotSignedIn "The token that was given has expired.",
    GoProgramLoop "go_program_loop" Failure "What was run as the Go `mesheryctl` ran this program again, more than ten times.",
    GoProgramMissing "go_program_missing" Usage "The command is one of the Go `mesheryctl`, which is not found.",
    GoProgramNotExecutable "go_program_not_executable" NotExecutable "The Go `mesheryctl` that was found cannot be executed.",
    GoProgramNotFound "go_program_not_found" NotFound "`MESHERYCTL_GO` names no program.",
    HangUp "cancelled" Hangup "The terminal was closed.",
    HostInvalid "host_invalid" Usage "The value of `--allow-host` is not a host name.",
    InternalError "internal_error" Failure "A bug in mesheryctl.",
    Interrupted "cancelled" Interrupted "Ctrl-C, or a question that was cancelled.",
    InvalidAnswer "invalid_answer" Failure "The provider sent an invalid answer.",
    InvalidToken "invalid_token" Usage "The text that was given is not a token.",
    InvalidTokenFile "invalid_token_file" Usage "The file is not an auth.json.",
    KeptSettingsInvalid "kept_settings_invalid" Usage "providers.json or provider-secrets.json cannot be used.",
    NameTaken "name_taken" Usage "config.yaml has a context or token of this name already.",
    NeedsPipe "needs_pipe" Usage "`--with-token` or `--set KEY=-` needs standard input to be a pipe or a file, or `token view --format` standard output.",
    NeedsTerminal "needs_terminal" Usage "A question must be asked, but there is no terminal.",
    NoHome "no_home" Failure "The home directory is unknown.",
    NoVerdict "no_verdict" Failure "The Meshery Server did not say whether the token is valid.",
    NoToken "no_token" Usage "The file names a provider but has no token.",
    NoneWithToken "none_with_token" Usage "A token was given for a provider that does not use one.",
    NotSignedIn "not_signed_in" NotSignedIn "The token in use is missing, invalid, expired or rejected.",
    NotStored "not_stored" NotStored "A file could not be written; the previous file is unchanged.",
    NotWritten "not_written" Failure "Standard output could not be written.",
    NothingToChoose "nothing_to_choose" Failure "A question had no choices.",
    PluginChanged "plugin_changed" Plugin "The plugin's file changed since it was trusted.",
    PluginDiffers "plugin_differs" Plugin "The plugin's hash is not the one that was given.",
    PluginNotAllowed "plugin_not_allowed" Plugin "The administrator's policy does not allow the plugin.",
    PluginNotConforming "plugin_not_conforming" Plugin "`plugin validate` found that the plugin breaks a rule.",
    PluginUnknown "plugin_unknown" Usage "No usable plugin has this id.",
    PluginUntrusted "plugin_untrusted" Plugin "The plugin is not trusted.",
    PluginUnusable "plugin_unusable" Plugin "The file cannot be used as a plugin.",
    PluginWithoutSandbox "plugin_without_sandbox" Plugin "The plugin was trusted to run in a sandbox, and this system has no sandbox.",
    PluginsUnreadable "plugins_unreadable" Plugin "The plugin directory cannot be read.",
    PolicyInvalid "policy_invalid" Usage "The administrator's policy cannot be read whole, so nothing that it governs is done.",
    ProviderAmbiguous "provider_ambiguous" Usage "More than one provider has this name.",
    ProviderBroken "provider_broken" Plugin "The provider crashed or broke its protocol.",
    ProviderDiffers "provider_differs" Usage "The token file belongs to another provider than the one named.",
    ProviderMissing "provider_missing" Usage "A bare token was given without its provider.",
    ProviderUnknown "provider_unknown" Usage "No provider has this name.",
    ProviderUnknownToServer "provider_unknown_to_server" Usage "The Meshery Server does not list the provider of this token.",
    Refused "refused" Plugin "The host refused a call of the provider, such as a connection to a host that its manifest does not list.",
    Rejected "rejected" NotSignedIn "The Meshery Server or the provider rejected the token; sign in again.",
    RequestRefused "request_refused" RequestRefused "The Meshery Server refused the request (4xx), or redirected it.",
    ServerFailed "server_failed" ServerFailed "The Meshery Server failed (5xx).",
    ServerMissing "server_missing" Usage "The command needs a Meshery Server, and no context names one.",
    ServerUserUnknown "server_user_unknown" Usage "`--server-user` names a user that this computer does not have.",
    SetByPolicy "set_by_policy" Usage "The administrator's policy fixed what was to be changed.",
    SettingInvalid "setting_invalid" Usage "A setting has an invalid value, or one that the identity provider does not accept.",
    SettingMissing "setting_missing" Usage "The provider needs a setting that was not given.",
    SettingUnknown "setting_unknown" Usage "The provider has no such setting.",
    Terminated "cancelled" Terminated "SIGTERM.",
    TimedOut "timed_out" TimedOut "The sign-in took longer than `--timeout`.",
    TokenWithheld "token_withheld" Usage "The server of a config file that is not the person's own was not sent the token.",
    TokenInUse "token_in_use" Usage "A context uses the token that is to be deleted.",
    TokenUnknown "token_unknown" Usage "config.yaml names no token of this name.",
    TrustInvalid "trust_invalid" Plugin "trust.json cannot be used, so no plugin is trusted.",
    Unreachable "unreachable" Unreachable "The provider could not be reached.",
    Unreadable "unreadable" Usage "A file that was named cannot be read.",
    Unsupported "unsupported" Failure "The provider needs something that this system or version does not have.",
    Usage "usage" Usage "The command line could not be parsed.",
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    /// If this variable is set, the test writes the page instead of comparing it.
    const RENEW: &str = "RENEW_DOCS";

    #[test]
    fn the_schema_lists_every_code_and_exit_code() {
        let path = format!("{ROOT}docs/output.schema.json");
        let schema: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let listed = find(&schema, "code").unwrap()["enum"].clone();
        let names: BTreeSet<&str> = Code::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(listed, serde_json::json!(names));
        let exits: BTreeSet<u8> = Code::ALL.iter().map(|it| it.exit() as u8).collect();
        assert_eq!(find(&schema, "exit").unwrap()["enum"], serde_json::json!(exits));
    }

    #[test]
    fn the_page_of_errors_lists_every_code() {
        let path = format!("{ROOT}docs/errors.md");
        let mut page = String::from(
            "# Errors\n\nWith `--output json` a command that fails prints `{\"error\": {…}}` with one of these codes. \
             The list is generated from `host/src/error/code.rs` (`RENEW_DOCS=1 cargo test -p mesheryctl --lib page_of_errors`).\n\n\
             | code | exit | meaning |\n|---|---|---|\n",
        );
        let mut codes = Code::ALL.to_vec();
        codes.sort_by_key(|it| (it.name(), it.exit() as u8));
        for code in codes {
            page +=
                &format!("| `{}` | {} | {} |\n", code.name(), code.exit() as u8, code.meaning());
        }
        if std::env::var_os(RENEW).is_some() {
            fs::write(&path, &page).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), page);
    }

    fn find<'a>(schema: &'a serde_json::Value, property: &str) -> Option<&'a serde_json::Value> {
        match schema {
            serde_json::Value::Object(members) => members
                .get("properties")
                .and_then(|it| it.get("error"))
                .and_then(|it| it["properties"].get(property))
                .or_else(|| members.values().find_map(|it| find(it, property))),
            serde_json::Value::Array(items) => items.iter().find_map(|it| find(it, property)),
            _ => None,
        }
    }
}
