//! The command line as a suggestion repeats it: without secrets, and with the flags that select context and files apart.

use super::{
    Api, Check, Cli, Command as Subcommand, Global, Login, Logout, Plugin, Provider, System, Token,
    TokenView, Whoami,
};
use clap::ValueEnum as _;

use crate::error::{Command, Typed};

impl Cli {
    /// What a suggestion repeats of this command line.
    pub fn typed(&self) -> Typed {
        let place = self.global.place();
        let bare = Global {
            context: None,
            config: None,
            plugins_dir: None,
            ca_file: None,
            server_user: None,
            ..self.global.clone()
        };
        let command = match &self.command {
            Subcommand::System(System::Login(login)) => login.repeated(&bare),
            Subcommand::System(System::Check(check)) => check.repeated().then(&bare.flags()),
            Subcommand::System(System::Logout(it)) => it.repeated().then(&bare.flags()),
            Subcommand::System(System::Whoami(who)) => who.repeated().then(&bare.flags()),
            Subcommand::System(System::Token(Token::View(view))) => {
                view.repeated().then(&bare.flags())
            }
            Subcommand::Api(api) => api.repeated().then(&bare.flags()),
            other => Command::from(other.words()).then(&bare.flags()),
        };
        Typed { command, place }
    }
}

impl Subcommand {
    fn words(&self) -> &'static str {
        match self {
            Self::System(System::Login(_)) => "mesheryctl system login",
            Self::System(System::Logout(_)) => "mesheryctl system logout",
            Self::System(System::Check(_)) => "mesheryctl system check",
            Self::System(System::Whoami(_)) => "mesheryctl system whoami",
            Self::System(System::Token(Token::Refresh)) => "mesheryctl system token refresh",
            Self::System(System::Token(Token::View(_))) => "mesheryctl system token view",
            Self::System(System::Provider(Provider::List)) => "mesheryctl system provider list",
            Self::Plugin(Plugin::List) => "mesheryctl plugin list",
            Self::Plugin(Plugin::Inspect { .. }) => "mesheryctl plugin inspect",
            Self::Plugin(Plugin::Trust(_)) => "mesheryctl plugin trust",
            Self::Plugin(Plugin::Untrust { .. }) => "mesheryctl plugin untrust",
            Self::Api(_) => "mesheryctl api",
            Self::Version => "mesheryctl version",
            Self::Completion { .. } => "mesheryctl completion",
        }
    }
}

impl Login {
    /// The values of settings are left out, since any of them may be secret.
    fn repeated(&self, global: &Global) -> Command {
        let mut login = Command::from("mesheryctl system login");
        if let Some(provider) = &self.provider {
            login = login.literal("--provider").value(provider);
        }
        let keys = self.set.iter().filter_map(|it| it.split_once('=')).map(|(key, _)| key);
        let login = keys.fold(login, |it, key| it.literal("--set").value(key).glued("=…"));
        login.then(&self.flags(global))
    }
}

impl Check {
    fn repeated(&self) -> Command {
        let Self { verify, fix, token } = self;
        let mut check = Command::from("mesheryctl system check");
        for (is_set, flag) in [(*verify, "--verify"), (*fix, "--fix")] {
            check = if is_set { check.literal(flag) } else { check };
        }
        match token {
            Some(file) => check.literal("--token").value(file.display().to_string()),
            None => check,
        }
    }
}

impl Logout {
    fn repeated(&self) -> Command {
        let Self { local, revoke, all } = self;
        let flags = [(*local, "--local"), (*revoke, "--revoke"), (*all, "--all")];
        let set = flags.into_iter().filter(|(is_set, _)| *is_set);
        set.fold(Command::from("mesheryctl system logout"), |it, (_, flag)| it.literal(flag))
    }
}

impl Whoami {
    fn repeated(&self) -> Command {
        let Self { verify, token } = self;
        let who = Command::from("mesheryctl system whoami");
        let who = if *verify { who.literal("--verify") } else { who };
        match token {
            Some(file) => who.literal("--token").value(file.display().to_string()),
            None => who,
        }
    }
}

impl Api {
    /// The values of headers and fields are left out, since any of them may be secret.
    fn repeated(&self) -> Command {
        let mut api = Command::from("mesheryctl api");
        api = self.request.iter().fold(api, |it, word| match word.split_once('?') {
            Some((path, _)) => it.value(path).glued("'?…'"),
            None => it.value(word),
        });
        if let Some(method) = &self.method {
            api = api.literal("--method").value(method);
        }
        let fields = [("--raw-field", &self.raw_field), ("--field", &self.field)];
        for (flag, fields) in fields {
            let keys = fields.iter().filter_map(|it| it.split_once('=')).map(|(key, _)| key);
            api = keys.fold(api, |it, key| it.literal(flag).value(key).glued("=…"));
        }
        let names = self.header.iter().filter_map(|it| it.split_once(':')).map(|(name, _)| name);
        api = names.fold(api, |it, name| it.literal("--header").value(name).glued("': …'"));
        for (is_set, flag) in [(self.include, "--include"), (self.paginate, "--paginate")] {
            api = if is_set { api.literal(flag) } else { api };
        }
        let files = [
            ("--input", &self.input),
            ("--output-file", &self.output_file),
            ("--token", &self.token),
        ];
        files.into_iter().fold(api, |it, (flag, file)| match file {
            Some(file) => it.literal(flag).value(file.display().to_string()),
            None => it,
        })
    }
}

impl TokenView {
    fn repeated(&self) -> Command {
        let Self { name, all, format, show, token } = self;
        let mut view = Command::from("mesheryctl system token view");
        if let Some(name) = name {
            view = view.value(name);
        }
        if let Some(format) = format.and_then(|it| it.to_possible_value()) {
            view = view.literal("--format").value(format.get_name());
        }
        for (is_set, flag) in [(*all, "--all"), (*show, "--show")] {
            view = if is_set { view.literal(flag) } else { view };
        }
        match token {
            Some(file) => view.literal("--token").value(file.display().to_string()),
            None => view,
        }
    }
}

impl Global {
    /// The flags that select the context and files.
    fn place(&self) -> Vec<(&'static str, String)> {
        let path = |it: &Option<std::path::PathBuf>| it.as_ref().map(|it| it.display().to_string());
        let flags = [
            ("--context", self.context.clone()),
            ("--config", path(&self.config)),
            ("--plugins-dir", path(&self.plugins_dir)),
            ("--ca-file", path(&self.ca_file)),
            ("--server-user", self.server_user.clone()),
        ];
        flags.into_iter().filter_map(|(flag, value)| Some((flag, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::Cli;
    use crate::error::Command;

    #[test]
    fn a_suggestion_repeats_the_command_line_without_secrets() {
        for (words, expected) in [
            (&["system", "login"][..], "mesheryctl system login"),
            (
                &["system", "login", "-p", "a b", "--with-token", "-c", "prod"],
                "mesheryctl system login --provider 'a b' --with-token < token.txt --context prod",
            ),
            (
                &["system", "login", "-p", "oidc", "--set", "password=canary"],
                "mesheryctl system login --provider oidc --set password=…",
            ),
            (
                &["--config", "c", "system", "check", "--verify", "-o", "json"],
                "mesheryctl system check --verify --output json --config c",
            ),
            (&["system", "check", "--token", "t.json"], "mesheryctl system check --token t.json"),
            (
                &["system", "provider", "list", "--ca-file", "ca"],
                "mesheryctl system provider list --ca-file ca",
            ),
            (&["system", "logout"], "mesheryctl system logout"),
        ] {
            let cli = Cli::try_parse_from([&["mesheryctl"], words].concat()).unwrap();
            assert_eq!(Command::again().repeating(&cli.typed()).to_string(), expected);
        }
    }
}
