//! The flags of a login as they were typed, so that a suggestion to repeat the login keeps them.

use std::path::Path;

use super::{DEFAULT_TIMEOUT, Global, Login, Output};
use crate::error::Command;

impl Login {
    /// Every flag that was typed and has an effect, except for the provider and its settings: only the
    /// provider's manifest says which settings are secret. The patterns name every field, so that a new flag
    /// cannot be forgotten.
    pub fn flags(&self, global: &Global) -> Command {
        let Self {
            provider: _,
            // The provider is named then.
            choose: _,
            set: _,
            no_browser,
            device,
            callback_port,
            timeout,
            token_file,
            with_token,
            no_server_check,
            no_verify,
        } = self;
        let mut flags = global.flags();
        for (is_set, flag) in [
            (*no_browser, "--no-browser"),
            (*device, "--device"),
            (*no_server_check, "--no-server-check"),
            (*no_verify, "--no-verify"),
        ] {
            if is_set {
                flags = flags.literal(flag);
            }
        }
        if let Some(port) = callback_port {
            flags = flags.literal("--callback-port").value(port.to_string());
        }
        if *timeout != DEFAULT_TIMEOUT {
            flags = flags.literal("--timeout").value(format!("{}s", timeout.as_secs()));
        }
        flags = with_path(flags, "--token-file", token_file.as_deref());
        match with_token {
            true => flags.literal("--with-token < token.txt"),
            false => flags,
        }
    }
}

impl Global {
    /// Every global flag that was typed and has an effect.
    fn flags(&self) -> Command {
        let Self {
            context,
            config,
            output,
            plugins_dir,
            ca_file,
            server_user,
            yes: _,
            verbose,
            typed: _,
        } = self;
        let mut flags = Command::default();
        if let Some(context) = context {
            flags = flags.literal("--context").value(context);
        }
        for (name, path) in
            [("--config", config), ("--plugins-dir", plugins_dir), ("--ca-file", ca_file)]
        {
            flags = with_path(flags, name, path.as_deref());
        }
        if let Some(user) = server_user {
            flags = flags.literal("--server-user").value(user);
        }
        if *output == Output::Json {
            flags = flags.literal("--output json");
        }
        if *verbose {
            flags = flags.literal("--verbose");
        }
        flags
    }
}

fn with_path(flags: Command, name: &'static str, path: Option<&Path>) -> Command {
    match path {
        Some(path) => flags.literal(name).value(path.display().to_string()),
        None => flags,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::{Cli, Command, System};

    /// The flags of a login with these words after `system login`.
    fn flags(words: &[&str]) -> String {
        let typed = ["mesheryctl", "system", "login"].iter().chain(words);
        let cli = Cli::try_parse_from(typed).unwrap();
        let Command::System(system) = &cli.command else { panic!("a command of system") };
        let System::Login(login) = &**system else { panic!("a login") };
        login.flags(&cli.global).to_string()
    }

    #[test]
    fn every_flag_that_was_typed_is_kept_in_a_fixed_order() {
        for (words, expected) in [
            (&[][..], ""),
            (&["--device"], "--device"),
            (&["--no-browser", "-y"], "--no-browser"),
            (&["--timeout", "90s"], "--timeout 90s"),
            (&["--timeout", "1h 30m"], "--timeout 5400s"),
            (&["--timeout", "5m"], ""),
            (&["--no-verify"], "--no-verify"),
            (&["--callback-port", "8765"], "--callback-port 8765"),
            (&["--no-server-check", "-v"], "--verbose --no-server-check"),
            (&["--ca-file", "my ca.pem"], "--ca-file 'my ca.pem'"),
            (&["-c", "a;b", "-o", "json"], "--context 'a;b' --output json"),
            (&["--server-user", "meshery"], "--server-user meshery"),
            (&["--config", "c", "--plugins-dir", "p"], "--config c --plugins-dir p"),
            (&["--token-file", "auth.json"], "--token-file auth.json"),
            (&["--with-token", "--timeout", "9"], "--timeout 9s --with-token < token.txt"),
        ] {
            assert_eq!(flags(words), expected, "{words:?}");
        }
    }

    #[test]
    fn the_provider_and_its_settings_are_left_to_the_provider() {
        assert_eq!(flags(&["-p", "oidc", "--set", "password=canary", "--device"]), "--device");
    }
}
