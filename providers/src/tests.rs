use mesheryctl_core::manifest::Manifest;
use mesheryctl_core::provider::{Action, Provider, Request, Settings};
use mesheryctl_core::session::{HttpResponse, Query};
use mesheryctl_core::testing::{Script, every_step};
use mesheryctl_core::token::Token;

/// A linker that dropped a provider would leave no other trace.
#[test]
fn the_built_ins_are_exactly_layer5_and_none() {
    let ids: Vec<_> = super::built_ins()
        .iter()
        .map(|it| Manifest::parse_built_in(it.manifest).unwrap().id)
        .collect();
    assert_eq!(ids, ["layer5", "none"]);
}

/// The built-in provider, and a request with the default values of its settings.
fn built_in(id: &str, action: Action) -> (&'static dyn Provider, Request) {
    let all = super::built_ins().into_iter();
    let mut all = all.map(|it| (it.provider, Manifest::parse_built_in(it.manifest).unwrap()));
    let (provider, manifest) = all.find(|(_, manifest)| manifest.id == id).unwrap();
    let settings = manifest.settings.into_iter().fold(Settings::default(), |all, setting| {
        all.with(setting.key, setting.default.unwrap_or_default())
    });
    (provider, Request::new(action, settings))
}

#[test]
fn none_asks_nothing_and_is_sound() {
    let (none, request) = built_in("none", Action::Login);
    let script = Script::new().allows_empty_token();
    assert!(script.run(|it| none.login(&request, it)).unwrap().token.is_empty());
    every_step(none, &request, &script).assert_sound();
}

#[test]
fn layer5_signs_in_at_its_cloud_and_is_sound_at_every_step() {
    let (layer5, request) = built_in("layer5", Action::Login);
    let script = Script::new().expects_visit("https://cloud.layer5.io/login", |_| {
        Query::new(vec![("token".into(), "0123456789abcdef".into())])
    });
    let sign_in = script.run(|it| layer5.login(&request, it)).unwrap();
    assert_eq!(sign_in.token.expose(), "0123456789abcdef");
    every_step(layer5, &request, &script).assert_sound();
}

#[test]
fn layer5_revokes_and_asks_for_the_account_and_is_sound_at_every_step() {
    let profile = "GET https://cloud.layer5.io/api/identity/users/profile";
    let me = |_: &_| HttpResponse::new(200, r#"{"email": "ada@example.org"}"#);
    let whoami = Script::new().expects_fetch(profile, me);
    let logout = Script::new()
        .expects_fetch(profile, me)
        .expects_fetch("POST https://cloud.layer5.io/revoke", |_| HttpResponse::new(200, ""))
        .expects_fetch(profile, |_| HttpResponse::new(401, ""));
    for (action, script) in [(Action::Whoami, whoami), (Action::Logout, logout)] {
        let (layer5, request) = built_in("layer5", action);
        let request = request.token(Token::parse("0123456789abcdef").unwrap());
        every_step(layer5, &request, &script).assert_sound();
    }
}
