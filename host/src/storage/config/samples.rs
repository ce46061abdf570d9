//! Sample config.yaml files for unit tests.

/// The file that the Go CLI of 2024 writes on its first run.
pub(super) const GO_DEFAULT: &str = "\
contexts:
    local:
        endpoint: http://localhost:9081
        token: default
        platform: kubernetes
        channel: stable
        version: latest
        provider: Meshery
current-context: local
tokens:
    - name: default
      location: auth.json
";

/// The same file after a change by the Go CLI, whose library viper rewrites it.
pub(super) const REWRITTEN: &str = "\
contexts:
  local:
    channel: stable
    components: []
    endpoint: http://localhost:9081
    platform: docker
    provider: Meshery
    token: default
    version: latest
current-context: local
tokens:
- location: auth.json
  name: default
";

/// An older file, with a capitalised token name.
pub(super) const FIXTURE: &str = "\
contexts:
  local:
    endpoint: http://localhost:9081
    token: Default
    platform: docker
    components:
    - meshery-istio
    channel: stable
    version: v0.6.6
current-context: local
tokens:
- location: auth.json
  name: Default
";

/// A file from before v0.5, with the token entry in the context.
pub(super) const LEGACY: &str = "\
contexts:
  local:
    endpoint: http://localhost:9081
    token:
      name: Default
      location: old/auth.json
    adapters: [meshery-istio]
current-context: local
tokens: {}
";

pub(super) const ONE_LINE: &str = r#"{"contexts":{"local":{"endpoint":"http://localhost:9081","token":"default"}},"current-context":"local","tokens":[{"name":"default","location":"auth.json"}]}"#;

/// Comments in every place, unknown keys, two contexts, every kind of quote.
pub(super) const COMMENTED: &str = "\
# made by hand

contexts: # all of them
  # the first
  local: # on this machine
    endpoint: 'http://localhost:9081'   # dev

    # who
    provider: \"Meshery\"
    # last of local
  # between
  Prod:
    endpoint: https://meshery.example/
    token: prod # a name
# after the contexts
current-context:   local
apiversion: v1
services: {meshery: {ports: [9081]}} # leaked
tokens: # names
  # one
  - location: /etc/meshery/auth.json # where
    name: prod
  # end
# end of file
";

/// A file in a combination of indentation, byte order mark, line ends and order of keys.
pub(super) fn mixed(indent: usize, bits: u8, token: &str, list: &str) -> String {
    let [bom, crlf, unended, list_first] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
    let pad = " ".repeat(indent);
    let contexts = format!(
        "contexts: # all\n{pad}# one\n{pad}a: # A\n{pad}{pad}endpoint: \"http://h\" # e\n\
         {token}{pad}{pad}extra: [1, {{b: c}}]\n{pad}{pad}# last\n{pad}# off\n\
         {pad}b:\n{pad}{pad}token: other\n# mid\n"
    );
    let rest = "current-context: a # cur\nunknown:\n  - 1\n  - x: |\n      text\n\nlast: 'z'\n";
    let mut text = match list_first {
        true => format!("{list}{contexts}{rest}"),
        false => format!("{contexts}{rest}{list}"),
    };
    if unended {
        text.truncate(text.trim_end().len());
    }
    if crlf {
        text = text.replace('\n', "\r\n");
    }
    match bom {
        true => format!("\u{feff}{text}"),
        false => text,
    }
}
