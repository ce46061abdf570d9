//! The token at work: requests to the Meshery Server, and the token for other programs.

mod answers;
mod downloads;
mod recipes;
mod requests;
mod token_view;

use mesheryctl_tests::*;

use crate::sessions::whoami::sign_in;

/// A server that asks this cloud about its tokens.
pub fn server_for(cloud: &Cloud) -> MesheryServer {
    MesheryServer::start().provider("Layer5", cloud.url()).asking_providers()
}

/// A home that is signed in at this cloud, whose context names this server.
pub fn at_server(cloud: &Cloud, server: &MesheryServer) -> Home {
    let home = Home::new();
    sign_in(&home, cloud);
    home.write_config(&config_for(&server.endpoint()));
    home
}

fn api<'h>(home: &'h Home, args: &[&str]) -> Program<'h> {
    home.mesheryctl().args(["api"]).args(args)
}

/// How many requests for this path the server received.
fn received(server: &MesheryServer, path: &str) -> usize {
    server.requests().iter().filter(|it| it.path == path).count()
}
