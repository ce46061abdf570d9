//! The things that `system check` looks at. Scripts find a line by its id, so ids are stable.

/// Declares the ids: for each its variant, the name that scripts read, and what the line is about.
macro_rules! ids {
    ($($variant:ident $name:literal $about:literal,)*) => {
        /// What a line of the report is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Id { $(#[doc = $about] $variant,)* }

        impl Id {
            #[cfg(test)]
            const ALL: &[(&str, &str)] = &[$(($name, $about),)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

ids! {
    Account "account" "the account that an unverified token names",
    Clock "clock" "a token that is valid only in the future",
    Config "config" "`config.yaml` and the context in it",
    Environment "environment" "whether a sign-in here can open a browser",
    Expiry "expiry" "when the token expires",
    Folder "folder" "whether the folder of the token file can be written, and by whom",
    GoProgram "go_program" "the Go `mesheryctl` that its commands are handed over to, if there is one",
    Lock "lock" "another process that holds the lock of the token file",
    Mode "mode" "a file that other users can read",
    Plugins "plugins" "the sandbox of plugins on this system",
    Policy "policy" "the administrator's policy: that it is in force, a fault, and what has no effect ([policy.md](policy.md))",
    Provider "provider" "the verdict of the provider on the token",
    ProviderName "provider_name" "a provider that the server spells otherwise than the token file",
    Server "server" "the Meshery Server of the context, and its verdict on the token",
    Settings "settings" "`providers.json` and `provider-secrets.json`, if they cannot be used",
    TemporaryFiles "temporary_files" "files of killed processes",
    Token "token" "the token in use",
    Variable "variable" "`MESHERY_TOKEN`, which is used instead of the saved token",
    Verified "verified" "when and by whom the token was last verified",
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Id;

    fn page(name: &str) -> String {
        fs::read_to_string(format!("{}/../docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn the_docs_and_the_schema_list_every_id() {
        let rows: Vec<_> = Id::ALL.iter().map(|(id, it)| format!("| `{id}` | {it} |\n")).collect();
        assert!(
            page("scripts.md").contains(&rows.concat()),
            "docs/scripts.md lacks\n{}",
            rows.concat()
        );
        let schema: serde_json::Value = serde_json::from_str(&page("output.schema.json")).unwrap();
        let listed = &schema["$defs"]["line"]["properties"]["id"]["enum"];
        let ids: Vec<_> = Id::ALL.iter().map(|(id, _)| *id).collect();
        assert_eq!(*listed, serde_json::json!(ids));
    }
}
