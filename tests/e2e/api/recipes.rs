//! The recipes of docs/api.md.

use std::fs;
use std::path::Path;

use mesheryctl_tests::*;

use crate::api::{at_server, received, server_for};

/// The blocks of this language in a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    page.split(&start).skip(1).map(|it| it.split("```").next().unwrap().to_owned()).collect()
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api.md")).unwrap()
}

#[test]
fn every_recipe_for_a_shell_works() {
    let recipes = blocks(&page(), "sh");
    assert_eq!(recipes.len(), 5);
    for recipe in recipes {
        let cloud = Cloud::start().issuing_for(3600);
        let server = server_for(&cloud).with_profiles(60);
        let home = at_server(&cloud, &server);
        let recipe = recipe.replace("http://localhost:9081", &server.endpoint());
        let output = home.shell(&recipe).run().exited(0);
        let said = &output.stdout;
        let is_right =
            said.contains("you@example.org") || said.contains("Profile 59") || said == "Layer5\n";
        assert!(is_right, "{recipe}: {output}");
        let jar = home.path().join("meshery.jar");
        assert!(!jar.exists(), "{recipe}");
    }
}

#[test]
fn the_line_of_the_readme_reads_the_results_of_a_performance_profile() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let line = readme.lines().find(|it| it.starts_with("mesheryctl api ")).unwrap();
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    let output = home.shell(&line.replace("/ID/", "/profile-1/")).run().exited(0);
    assert_eq!(output.stdout.matches("\"ActualQPS\": 99.5").count(), 2, "{line}: {output}");
}

#[test]
fn the_job_of_github_actions_needs_the_secret_alone() {
    let jobs = blocks(&page(), "yaml");
    let [job] = jobs.as_slice() else { panic!("{jobs:?}") };
    let run = job.lines().find_map(|it| it.strip_prefix("- run: ")).unwrap();
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud).with_profiles(60);
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    assert!(job.contains("MESHERY_TOKEN: ${{ secrets.MESHERY_TOKEN }}"), "{job}");
    assert!(job.contains("MESHERY_PROVIDER: Layer5"), "{job}");
    let job = home.shell(run).env("MESHERY_TOKEN", cloud.token());
    let _ = job.env("MESHERY_PROVIDER", "Layer5").env("CI", "true").run().exited(0);
    let profiles = fs::read_to_string(home.path().join("profiles.json")).unwrap();
    assert!(profiles.contains("Profile 59"), "{profiles}");
    assert_eq!(received(&server, "/api/user/performance/profiles"), 1);
    assert_eq!(home.auth_bytes(), None);
}

#[test]
fn a_token_for_curl_is_in_no_argument_list() {
    let cloud = Cloud::start().issuing_for(3600);
    let server = server_for(&cloud);
    let home = at_server(&cloud, &server);
    if !Trace::is_available() {
        return;
    }
    let url = format!("{}/api/user", server.endpoint());
    let script = format!("mesheryctl system token view --format header | curl -sS -H @- {url}");
    let run = Trace::of(home.shell(&script), &["-s", "100000", "-e", "trace=execve"]).run();
    assert!(run.exited(0).stdout.contains("you@example.org"));
    let trace = Trace::read(&home);
    let started: Vec<_> = trace.calls.iter().filter(|it| it.name == "execve").collect();
    assert!(started.iter().any(|it| it.args.contains("curl")), "{started:?}");
    let token = token::access_token(&cloud.token());
    assert!(started.iter().all(|it| !it.args.contains(&token)), "{started:?}");
}
