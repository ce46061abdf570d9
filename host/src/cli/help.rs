//! The texts below the help of commands: examples, exit codes, and the commands that are handed over to the Go program.

use crate::go_commands;

pub fn of_program() -> String {
    format!("{}\n\n{EXAMPLES}", go_commands::help(""))
}

pub fn of_system() -> String {
    format!("{}\n\n{SYSTEM_EXAMPLES}", go_commands::help("system"))
}

pub fn of_provider() -> String {
    format!("{}\n\n{PROVIDER_EXAMPLES}", go_commands::help("system provider"))
}

const EXAMPLES: &str = "\
Examples:
  mesheryctl system login                     choose a provider and sign in
  mesheryctl system login --provider None     work without an account
  mesheryctl system check                     show sign-in status
  mesheryctl system logout                    sign out on this computer";

const SYSTEM_EXAMPLES: &str = "\
Examples:
  mesheryctl system login
  mesheryctl system check --context prod
  mesheryctl system start                 (by the Go mesheryctl)";

const PROVIDER_EXAMPLES: &str = "\
Example:
  mesheryctl system provider list";

pub const PROVIDER_LIST_EXAMPLES: &str = "\
Examples:
  mesheryctl system provider list
  mesheryctl system provider list --output json";

pub const CHECK_EXAMPLES: &str = "\
Examples:
  mesheryctl system check
  mesheryctl system check --verify --output json
  mesheryctl system check --fix

Exit codes: 0 signed in, 3 not signed in or token rejected, otherwise that of the
first line with !!, such as 2 for config.yaml and 7 for a file or folder.";

pub const TOKEN_EXAMPLES: &str = "\
Examples:
  mesheryctl system token list
  mesheryctl system token refresh
  mesheryctl system token view --format header | curl -H @- URL";

pub const VERSION_EXAMPLES: &str = "\
Example:
  mesheryctl version --output json";

pub const COMPLETION_EXAMPLES: &str = "\
Examples:
  source <(mesheryctl completion bash)    (in ~/.bashrc)
  source <(mesheryctl completion zsh)     (in ~/.zshrc, after compinit)
  mesheryctl completion fish | source     (in ~/.config/fish/config.fish)";

pub const PLUGIN_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin list
  mesheryctl plugin inspect acme-sso
  mesheryctl plugin trust acme-sso
  mesheryctl plugin new acme-sso --kind key
  mesheryctl plugin validate target/release/libacme_sso.so";

pub const PLUGIN_LIST_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin list
  mesheryctl plugin list --plugins-dir target/release --output json";

pub const INSPECT_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin inspect acme-sso
  mesheryctl plugin inspect target/release/libacme_sso.so";

pub const UNTRUST_EXAMPLES: &str = "\
Example:
  mesheryctl plugin untrust acme-sso";

pub const LOGIN_EXAMPLES: &str = "\
Examples:
  mesheryctl system login
  mesheryctl system login --provider Layer5 --no-browser
  mesheryctl system login --provider Layer5 --with-token < token.txt
  mesheryctl system login --token-file ~/Downloads/auth.json

Exit codes: 0 signed in, 2 wrong usage, wrong setting or no terminal, 3 token
rejected or expired, 4 denied, 5 unreachable, 6 timed out, 7 not stored,
8 plugin not trusted or not working, 129 SIGHUP, 130 Ctrl-C, 143 SIGTERM,
1 other failure.";

pub const LOGOUT_EXAMPLES: &str = "\
Examples:
  mesheryctl system logout
  mesheryctl system logout --local        (without asking the provider)
  mesheryctl system logout --all          (the token files of all contexts)

Exit codes: 0 signed out here, whatever the provider answered; with --revoke 5
if it did not confirm; 7 if a file cannot be written.";

pub const WHOAMI_EXAMPLES: &str = "\
Examples:
  mesheryctl system whoami
  mesheryctl system whoami --verify --output json
  mesheryctl system whoami --context prod

Exit codes: 0 signed in, 3 not signed in, or the token has expired or was rejected.";

pub const REFRESH_HELP: &str = "\
Example:
  mesheryctl system token refresh --context prod

Commands that use a token renew it by themselves when its end is near.

Exit codes: 0 renewed, 3 not signed in or the provider ended the sign-in,
5 unreachable, 7 not stored, 1 the provider renews no token.";

pub const VIEW_EXAMPLES: &str = "\
Examples:
  mesheryctl system token view
  mesheryctl system token view --format header | curl -H @- URL
  mesheryctl system token view --format jar > meshery.jar

Exit codes: 0 shown, 2 wrong usage or a terminal without --show, 3 not signed in.";

pub const API_EXAMPLES: &str = "\
Examples:
  mesheryctl api /api/user
  mesheryctl api --paginate /api/user/performance/profiles | jq .total_count
  mesheryctl api POST /api/user/performance/profiles --input profile.json
  mesheryctl api /api/perf/profile/result/ID --output-file result.yaml

PATH is a path at the server, or a URL of it. The method is GET, and POST if there
are fields or an input. Fields are a JSON object, or the query of a GET request.

Exit codes: 0 done, 2 wrong usage, 3 not signed in, 5 unreachable or broke off,
7 file not written, 9 refused (4xx, redirects), 10 server error (5xx).";

pub const NEW_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin new acme-sso --kind remote
  mesheryctl plugin new acme-sso --kind key --sdk-path ../mesheryctl/plugin-sdk

Prints the commands that build the plugin, install it and sign in with it.

Exit codes: 0 created, 2 a name that no plugin may have, or a folder that is not
empty, 7 not written.";

pub const TRUST_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin trust acme-sso
  mesheryctl plugin trust acme-sso --sha256 3f9c…            (in a script)
  mesheryctl plugin trust acme-sso --allow-host sso.example.org";

pub const TRY_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin try .             (the crate of this folder, as built)
  mesheryctl plugin try libacme_sso.so --set url=https://sso.acme.example
  mesheryctl plugin try . --trace

The plugin runs in its sandbox, once. It is not trusted afterwards, the token is
not stored, and no file of ~/.meshery is read or changed.

Exit codes: those of `system login`.";

pub const VALIDATE_EXAMPLES: &str = "\
Examples:
  mesheryctl plugin validate target/release/libacme_sso.so
  mesheryctl plugin validate . --strict --output json
  mesheryctl plugin validate . --only no-panic --seed 7

docs/validate.md lists the rules. Nothing is trusted and nothing is stored.

Exit codes: 0 no rule of the grade must is broken, with --strict none of should
either; 8 one is, or the file is no plugin; 2 wrong usage; 130 Ctrl-C.";

pub const CONFIGURE_EXAMPLES: &str = "\
Examples:
  mesheryctl system provider configure acme-sso
  mesheryctl system provider configure acme-sso url=https://sso.acme.example
  mesheryctl system provider configure acme-sso api_key=@key.txt
  mesheryctl system provider configure acme-sso --unset api_key

Kept in ~/.meshery/providers.json; secret settings in provider-secrets.json there,
which only you can read. `login --set` and a variable have precedence.

Exit codes: 0 kept or shown, 2 wrong setting, or one that is missing without a
terminal to ask at, 7 not stored, 8 plugin not trusted.";

pub const DEFAULT_EXAMPLES: &str = "\
Examples:
  mesheryctl system provider default acme-sso
  mesheryctl system provider default --unset
  mesheryctl system login --choose            (ask all the same)

It is for `login` alone. The provider of a context in config.yaml, which the Go
mesheryctl uses for deployments, is another thing.";

pub const CONTEXT_EXAMPLES: &str = "\
Examples:
  mesheryctl system context list
  mesheryctl system context switch prod";

pub const CONTEXT_CREATE_EXAMPLES: &str = "\
Examples:
  mesheryctl system context create local
  mesheryctl system context create prod --url https://meshery.example.org --set
  mesheryctl system context create test --platform docker --provider None";

pub const CONTEXT_DELETE_EXAMPLES: &str = "\
Examples:
  mesheryctl system context delete test
  mesheryctl system context delete local --set prod --yes       (in a script)

Token files stay; `system token list` shows their names.";

pub const CONTEXT_LIST_EXAMPLES: &str = "\
Examples:
  mesheryctl system context list
  mesheryctl system context list --output json | jq -r .current";

pub const CONTEXT_VIEW_EXAMPLES: &str = "\
Examples:
  mesheryctl system context view
  mesheryctl system context view prod
  mesheryctl system context view --all --output json";

pub const SWITCH_EXAMPLES: &str = "\
Example:
  mesheryctl system context switch prod

For one command alone, name the context with --context.";

pub const PING_EXAMPLES: &str = "\
Examples:
  mesheryctl system context ping
  mesheryctl system context ping prod --output json

Exit codes: 0 the server accepts the token, 2 no server, 3 not signed in or token
rejected, 5 unreachable, 1 another answer.";

pub const TOKEN_CREATE_EXAMPLES: &str = "\
Examples:
  mesheryctl system token create work --filepath work.json
  mesheryctl system token create work --filepath work.json --set --context prod";

pub const TOKEN_DELETE_EXAMPLES: &str = "\
Examples:
  mesheryctl system token delete work
  mesheryctl system token delete work --yes                     (in a script)

Contexts that use it get the token `default`, after a question.";

pub const TOKEN_LIST_EXAMPLES: &str = "\
Examples:
  mesheryctl system token list
  mesheryctl system token list --output json";

pub const TOKEN_SET_EXAMPLES: &str = "\
Examples:
  mesheryctl system token set work
  mesheryctl system token set work --context prod";

pub const PROVIDER_VIEW_EXAMPLES: &str = "\
Examples:
  mesheryctl system provider view
  mesheryctl system provider view --all";

pub const PROVIDER_SET_EXAMPLES: &str = "\
Examples:
  mesheryctl system provider set Layer5
  mesheryctl system provider set None --force --context prod

It is used by `mesheryctl system start`. `mesheryctl system login` asks for a provider.";

pub const PROVIDER_RESET_EXAMPLES: &str = "\
Example:
  mesheryctl system provider reset --context prod";
