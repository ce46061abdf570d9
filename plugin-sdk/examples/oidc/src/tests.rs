use mesheryctl_plugin_sdk::failure::FailureKind;
use mesheryctl_plugin_sdk::provider::Action;
use mesheryctl_plugin_sdk::session::{HttpRequest, HttpResponse};

use super::*;

/// An OpenID provider with a device flow, at which a person has entered the code.
struct Issuer;

impl Session for Issuer {
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let answer = match request.url.rsplit('/').next() {
            Some("openid-configuration") => {
                r#"{
                    "issuer": "https://id.example.org",
                    "token_endpoint": "https://id.example.org/token",
                    "authorization_endpoint": "https://id.example.org/auth",
                    "device_authorization_endpoint": "https://id.example.org/device",
                    "response_types_supported": ["code"]
                }"#
            }
            Some("device") => {
                r#"{
                    "device_code": "device-1",
                    "user_code": "WDJB-MJHT",
                    "verification_uri": "https://id.example.org/enter",
                    "expires_in": 600
                }"#
            }
            _ => r#"{"access_token": "access-token-1", "token_type": "Bearer"}"#,
        };
        Ok(HttpResponse::new(200, answer).with_header("Content-Type", "application/json"))
    }

    fn show_code(&mut self, _url: &str, code: &str, _expires_in: u64) -> Result<(), Failure> {
        assert_eq!(code, "WDJB-MJHT");
        Ok(())
    }

    fn now(&mut self) -> Result<u64, Failure> {
        Ok(1_800_000_000)
    }

    fn sleep(&mut self, _milliseconds: u64) -> Result<(), Failure> {
        Ok(())
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        Ok("r".repeat((bytes as usize * 4).div_ceil(3)))
    }
}

fn login(token: &str) -> Result<SignIn, Failure> {
    let settings = Settings::default()
        .with("issuer", "https://id.example.org")
        .with("client_id", "mesheryctl")
        .with("scope", "profile")
        .with("flow", "device")
        .with("token", token);
    Plugin.login(&Request::new(Action::Login, settings), &mut Issuer)
}

#[test]
fn a_code_that_was_entered_on_another_device_signs_in() {
    assert_eq!(login("access").unwrap().token.expose(), "access-token-1");
}

#[test]
fn a_wrong_setting_is_a_failure_that_names_it() {
    let failure = login("both").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Misconfigured);
    assert_eq!(failure.settings, ["token"]);
}
