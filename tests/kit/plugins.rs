//! The mock provider, and libraries as such. The other examples are tested in their own `src/tests.rs`.

use std::path::Path;

use mesheryctl_plugin_sdk::manifest::Manifest;
use mesheryctl_plugin_sdk::provider::Provider;
use mesheryctl_plugin_sdk::session::{HttpResponse, Query};
use mesheryctl_plugin_sdk::testing::{Library, Script, every_step};

use super::{library, login};

#[test]
fn the_mock_is_sound_at_every_step_that_it_can_make() {
    let steps = "tell:Hi,ask:Name,secret:Key,choose:a|b,callback,visit:/login,fetch:/me,goto:http://localhost:9081/x,\
        show_code,now,sleep:5,random:16,cancelled";
    let mock = library("mock-provider");
    let request = login(&mock, &[("url", "http://localhost:9081/"), ("steps", steps)]);
    let script = Script::new()
        .expects_ask("Name", "Ada")
        .expects_secret("Key", "hunter2")
        .expects_choice("Which", "b")
        .expects_visit("http://localhost:9081/login", |_| {
            Query::new(vec![("token".into(), "0123456789abcdef".into())])
        })
        .expects_fetch("GET http://localhost:9081/me", |_| HttpResponse::new(200, ""))
        .expects_fetch("GET http://localhost:9081/x", |_| HttpResponse::new(404, ""))
        .expects_code("http://localhost:9081", "WDJB-MJHT");
    let mut session = script.session();
    let sign_in = mock.login(&request, &mut session).unwrap();
    assert_eq!(sign_in.token.expose(), "0123456789abcdef");
    assert_eq!(session.told()[..3], ["Hi", "ask gave Ada", "secret gave 7 characters"]);
    session.finish();
    every_step(&mock, &request, &script).assert_sound();
}

#[test]
fn a_library_reports_its_manifest_and_what_is_none_is_refused() {
    let manifest = Manifest::parse_strictly(&library("remote-provider").manifest()).unwrap();
    assert_eq!(manifest.id, "remote");
    let error = Library::open("/dev/null").unwrap_err();
    assert!(!error.to_string().is_empty());
    let error = Library::open(mesheryctl_tests::built_library("no-symbol-provider")).unwrap_err();
    assert!(error.to_string().contains("MESHERYCTL_PROVIDER_1"), "{error}");
}

#[test]
fn a_package_is_built_and_loaded_and_one_without_a_library_is_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let hello = Library::build(root.join("plugin-sdk/examples/hello")).unwrap();
    assert_eq!(Manifest::parse_strictly(&hello.manifest()).unwrap().id, "hello");
    for (package, why) in
        [("core", "The package makes no cdylib."), ("no-such-folder", "manifest path")]
    {
        let error = Library::build(root.join(package)).unwrap_err().to_string();
        assert!(error.contains(why), "{package}: {error}");
    }
}
