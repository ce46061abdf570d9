//! Homes that are signed in.

use std::fs;

use mesheryctl_tests::{Cloud, Home, MesheryServer, Refresh, built_library, config_for, token};

use crate::launch::Launch;
use crate::login;

/// A cloud whose tokens end in an hour and are renewed.
pub fn cloud() -> Cloud {
    Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600))
}

/// A home that is signed in at this cloud.
pub fn signed_in(cloud: &Cloud) -> Home {
    let home = Home::new();
    login::timed(&login::with_layer5(&home, cloud), |_| ());
    home
}

/// A server that accepts the token of this cloud.
pub fn server(cloud: &Cloud) -> MesheryServer {
    // A server is sent what lets it act as the person for a while, and not what renews that.
    let sent = token::without_refresh_token(&cloud.token());
    MesheryServer::start().provider("Layer5", cloud.url()).accepts(cloud.token()).accepts(sent)
}

/// A home that is signed in at this cloud, whose context names a server at this address.
pub fn at_server(cloud: &Cloud, endpoint: &str) -> Home {
    let home = signed_in(cloud);
    home.write_config(&config_for(endpoint));
    home
}

/// A home that trusts the mock, a plugin.
pub fn with_mock() -> Home {
    let home = Home::new();
    let folder = home.meshery().join("plugins");
    fs::create_dir_all(&folder).expect("a folder of plugins");
    let file = folder.join("libmock_provider.so");
    fs::copy(built_library("mock-provider"), &file).expect("the mock");
    let inspect = home.mesheryctl().args(["plugin", "inspect", "-o", "json"]).args([&file]);
    let said: serde_json::Value =
        serde_json::from_str(&inspect.run().exited(0).stdout).expect("JSON");
    let hash = said["sha256"].as_str().expect("a hash");
    Launch::ours(&home, &["plugin", "trust", "mock", "--sha256", hash]).run();
    home
}

/// Gives a home so many contexts in its config.yaml, of which `context-0` is the current one.
pub fn write_contexts(home: &Home, count: usize) {
    let context = |number: usize| {
        format!(
            "    context-{number}:\n        endpoint: http://localhost:{}\n        token: default\n        \
             platform: kubernetes\n        channel: stable\n        version: latest\n        \
             provider: Layer5\n",
            9081 + number
        )
    };
    let contexts: String = (0..count).map(context).collect();
    home.write_config(&format!(
        "contexts:\n{contexts}current-context: context-0\ntokens:\n    - name: default\n      \
         location: auth.json\n"
    ));
}
