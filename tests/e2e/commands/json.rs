//! JSON output: every result and error conforms to the schema in the docs.

use boon::{Compiler, SchemaIndex, Schemas};
use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::lifecycle::{install, install_trusted, sha256};

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn of_the_docs() -> Self {
        let text = include_str!("../../../docs/output.schema.json");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource("output.schema.json", serde_json::from_str(text).unwrap()).unwrap();
        let index = compiler.compile("output.schema.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    /// Asserts exactly one object on standard output that conforms to the schema, and the exit code in it.
    fn check(&self, output: &Output) -> Value {
        let json: Value = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output}"));
        if let Err(error) = self.schemas.validate(&json, self.index) {
            panic!("{error:#}: {output}");
        }
        let exit = json["error"]["exit"].as_i64().unwrap_or(0);
        assert_eq!(output.code.map(i64::from), Some(exit), "{output}");
        json
    }
}

#[test]
fn every_json_result_conforms_to_the_schema() {
    let schema = Schema::of_the_docs();
    let cloud =
        Cloud::start().issuing(token::jwt(&token::claims("a@b.example", Some(4_000_000_000))));
    let server = MesheryServer::start().provider("Layer5", cloud.url()).accepts(cloud.token());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    let file = install(&home, "mock-provider");
    let hash = sha256(&home, &file);
    let run = |args: &[&str]| home.mesheryctl().args(args).args(["-o", "json"]);
    let path = file.to_str().unwrap();
    for args in [
        &["version"][..],
        &["system", "provider", "list"],
        &["plugin", "list"],
        &["plugin", "inspect", path],
        &["plugin", "validate", path],
        &["plugin", "try", path],
        &["plugin", "trust", "mock", "--sha256", &hash, "--allow-host", "a.example"],
        &["plugin", "list"],
        &["system", "login", "-p", "mock"],
        &["system", "login", "-p", "None"],
        &["system", "check"],
        &["system", "logout"],
        &["system", "logout"],
        &["system", "logout", "--all"],
        &["system", "provider", "configure", "mock", "account=Ada"],
        &["system", "provider", "configure", "mock"],
        &["system", "provider", "configure", "none"],
        &["plugin", "inspect", path],
        &["system", "provider", "default"],
        &["system", "provider", "default", "mock"],
        &["system", "provider", "list"],
        &["plugin", "untrust", "mock"],
        &["system", "context", "create", "a"],
        &["system", "context", "list"],
        &["system", "context", "view"],
        &["system", "context", "view", "--all"],
        &["system", "context", "switch", "a"],
        &["system", "context", "switch", "local"],
        &["system", "token", "create", "b", "--set"],
        &["system", "token", "list"],
        &["system", "token", "set", "default"],
        &["system", "token", "delete", "b"],
        &["system", "provider", "set", "Layer5"],
        &["system", "provider", "view"],
        &["system", "provider", "reset"],
        &["system", "context", "delete", "a"],
    ] {
        schema.check(&run(args).run().exited(0));
    }
    let browser = Browser::waiting(&home);
    let login =
        run(&["system", "login", "-p", "Layer5"]).env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    Visitor::new().follow(&browser.opened());
    let signed_in = schema.check(&login.wait());
    assert_eq!(signed_in["expires_at"], "2096-10-02T07:06:40Z");
    assert_eq!(signed_in["server"]["verdict"], "accepted");
    let checked = schema.check(&run(&["system", "check"]).run());
    assert_eq!(
        (&checked["provider"], &checked["account"]),
        (&"Layer5".into(), &"a@b.example".into())
    );
}

#[test]
fn every_json_error_conforms_to_the_schema_and_contains_its_exit_code() {
    let schema = Schema::of_the_docs();
    let home = Home::new();
    install(&home, "hello-provider");
    install_trusted(&home, "mock-provider", "mock");
    let run = |args: &[&str]| home.mesheryctl().args(args).args(["-o", "json"]).run();
    for (args, exit) in [
        (&["system", "login"][..], 2),
        (&["system", "login", "--bogus"], 2),
        (&["system", "login", "-p", "Lyer5"], 2),
        (&["system", "login", "-c", "nowhere"], 2),
        (&["system", "login", "--token-file", "nowhere"], 2),
        (&["system", "login", "-p", "mock", "--set", "error=denied"], 4),
        (&["system", "login", "-p", "mock", "--set", "error=unreachable"], 5),
        (&["system", "login", "-p", "mock", "--set", "steps=sleep:60000", "--timeout", "1s"], 6),
        (&["system", "login", "-p", "mock", "--set", "steps=abort"], 8),
        (&["system", "login", "-p", "hello"], 8),
        (&["system", "check"], 3),
        (&["plugin", "trust", "nobody"], 2),
        (&["system", "provider", "configure", "hello"], 8),
        (&["system", "provider", "configure", "mock", "nothing=x"], 2),
        (&["plugin", "inspect", "/etc/passwd"], 8),
        (&["plugin", "try", "/etc/passwd"], 8),
        (&["plugin", "try", "nowhere"], 2),
        (&["plugin", "validate", "/etc/passwd"], 8),
        (&["plugin", "validate", "/etc/passwd", "--only", "no-panick"], 2),
        (&["login"], 2),
    ] {
        let json = schema.check(&run(args));
        assert_eq!(json["error"]["exit"], exit, "{args:?}: {json:#}");
    }
    home.write_config("contexts: {a: {}}\ncurrent-context: gone\n");
    let json = schema.check(&run(&["system", "logout", "--all"]));
    assert_eq!(json["sessions"].as_array().map(Vec::len), Some(2), "{json:#}");
}

#[test]
fn an_error_that_cannot_be_written_to_stdout_is_written_to_stderr() {
    let home = Home::new();
    let script = format!("{} system check -o json > /dev/full", binary().display());
    let output = home.program("/bin/sh").args(["-c", &script]).run().exited(3);
    assert!(output.stderr.contains("Authentication token not found"), "{output}");
}

#[test]
fn the_json_option_applies_to_a_usage_error_also_among_short_options() {
    let home = Home::new();
    for option in [&["-vo", "json"][..], &["-yojson"], &["-vo=json"]] {
        let args = ["system", "login", "--bogus"];
        let output = home.mesheryctl().args(args).args(option).run().exited(2);
        let _ = Schema::of_the_docs().check(&output);
        assert_eq!(output.stderr, "");
    }
}
