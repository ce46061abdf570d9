//! A Meshery Server on loopback that lists providers and accepts or rejects tokens as real servers do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::net::http_client;
use crate::net::http_server::{HttpServer, Reply, Request};
use crate::peers::meshery_api::{self, ApiFault};
use crate::peers::meshery_redirects::{rejected, to_provider_page};
use crate::peers::server_fault::ServerFault;
use crate::peers::token;

/// The version of the server. Versions differ in spelling, in the name of the local provider, and in paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerVersion {
    /// `/api/server/version` and `/api/config/sync`; otherwise as 2024.
    Y2021,
    /// snake_case, `None`, case-sensitive names.
    #[default]
    Y2024,
    /// camelCase, `Local`; `None` in any case means the same.
    V1,
}

#[derive(Debug, Clone)]
struct Listed {
    key: String,
    name: Option<String>,
    url: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    version: ServerVersion,
    listed: Vec<Listed>,
    accepted: BTreeSet<String>,
    refreshed: BTreeMap<String, String>,
    /// Whether it asks the providers about tokens.
    asks_providers: bool,
    faults: Vec<ServerFault>,
    lists: usize,
    profiles: usize,
    api_fault: Option<ApiFault>,
}

/// Lists at first only the local provider, which every server has.
#[derive(Debug)]
pub struct MesheryServer {
    serving: HttpServer,
    state: Arc<Mutex<State>>,
}

impl MesheryServer {
    #[must_use]
    pub fn start() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let serving = HttpServer::start({
            let state = Arc::clone(&state);
            move |request| state.lock().expect("the server's state").answer(request)
        });
        Self { serving, state }
    }

    /// The endpoint for a context of config.yaml.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.serving.address())
    }

    #[must_use]
    pub fn version(self, version: ServerVersion) -> Self {
        self.change(|state| state.version = version)
    }

    /// Lists a remote provider.
    #[must_use]
    pub fn provider(self, name: &str, url: impl Into<String>) -> Self {
        let listed = Listed { key: name.into(), name: Some(name.into()), url: Some(url.into()) };
        self.change(|state| state.listed.push(listed))
    }

    /// Lists a provider as a server does that could not reach it at its start: without a name.
    #[must_use]
    pub fn nameless_provider(self) -> Self {
        let listed = Listed { key: String::new(), name: None, url: None };
        self.change(|state| state.listed.push(listed))
    }

    /// Accepts this token for each of its remote providers.
    #[must_use]
    pub fn accepts(self, token: impl Into<String>) -> Self {
        self.accept(token);
        self
    }

    /// As `accepts`, while it runs.
    pub fn accept(&self, token: impl Into<String>) {
        self.state.lock().expect("the server's state").accepted.insert(token.into());
    }

    /// Rejects all tokens from now on.
    pub fn revoke_tokens(&self) {
        let mut state = self.state.lock().expect("the server's state");
        state.accepted.clear();
        state.refreshed.clear();
    }

    /// Treats the old token as expired but refreshable: the response contains the new one, which is accepted.
    #[must_use]
    pub fn refreshes(self, old: impl Into<String>, new: impl Into<String>) -> Self {
        let (old, new) = (old.into(), new.into());
        self.change(|state| {
            state.accepted.insert(new.clone());
            state.refreshed.insert(old, new);
        })
    }

    /// Asks the provider about every token, as real servers do that know no key for it: `/introspect`, or `/refresh` if its
    /// time is over. A token that it refreshed is returned for the old one from then on.
    #[must_use]
    pub fn asking_providers(self) -> Self {
        self.change(|state| state.asks_providers = true)
    }

    /// Has so many performance profiles.
    #[must_use]
    pub fn with_profiles(self, count: usize) -> Self {
        self.change(|state| state.profiles = count)
    }

    /// Answers every request to its API so that is about more than the sign-in.
    #[must_use]
    pub fn with_api_fault(self, fault: ApiFault) -> Self {
        self.change(|state| state.api_fault = Some(fault))
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(self, fault: ServerFault) -> Self {
        self.change(|state| state.faults.push(fault))
    }

    /// As `with_fault`, while it runs.
    pub fn set_fault(&self, fault: ServerFault) {
        self.state.lock().expect("the server's state").faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.state.lock().expect("the server's state").faults.clear();
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.serving.requests()
    }

    /// The number of connections, with or without a request.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.serving.connections()
    }

    /// Waits for the first request to this path.
    #[track_caller]
    #[must_use]
    pub fn wait_for_request(&self, path: &str) -> Request {
        self.serving.wait_for(path)
    }

    fn change(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.lock().expect("the server's state"));
        self
    }
}

/// The provider that a request names.
enum Named {
    Local,
    Remote(Listed),
    /// No such provider, or no provider in the request.
    Unknown,
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let old = self.version == ServerVersion::Y2021;
        match request.path.as_str() {
            "/api/providers" => self.list(),
            "/api/token" => {
                match self.faults.iter().find_map(|fault| fault.token_reply(request)) {
                    Some(reply) => reply,
                    None => self.authenticated(request, |name, token| {
                        // Encoded as by Go, with the content type that Go detects.
                        let answer = json!({"meshery-provider": name, "token": token});
                        Reply::text(200, format!("{answer}\n"))
                    }),
                }
            }
            "/api/user" | "/api/identity/users/profile" => {
                self.authenticated(request, |name, _| Reply::json(200, user(name).to_string()))
            }
            "/api/system/sync" if !old => self.authenticated(request, |_, _| settings()),
            "/api/config/sync" if old => self.authenticated(request, |_, _| settings()),
            "/api/system/version" if !old => version(),
            "/api/server/version" if old => version(),
            path if path.starts_with("/api/") => self.api(request),
            "/" | "/provider" | "/auth/login" | "/user/login" => Reply::html(200, "Meshery"),
            _ => Reply::text(404, "404 page not found\n"),
        }
    }

    /// Everything behind the sign-in.
    fn api(&mut self, request: &Request) -> Reply {
        let reply = match self.api_fault {
            Some(fault) => Some(fault.reply(request)),
            None => meshery_api::answer(request, self.profiles),
        };
        let Some(reply) = reply else { return Reply::text(404, "404 page not found\n") };
        let get = Request { method: "GET".to_owned(), ..request.clone() };
        self.authenticated(&get, |_, _| reply.clone())
    }

    /// A JSON object whose order changes between requests, like that of Go's maps.
    fn list(&mut self) -> Reply {
        if let Some(reply) = self.faults.iter().find_map(ServerFault::list_reply) {
            return reply;
        }
        let mut members = vec![format!("{:?}: {}", self.local_name(), self.local())];
        for listed in &self.listed {
            members.push(format!("{}: {}", json!(listed.key), self.described(listed)));
        }
        let count = members.len();
        members.rotate_left(self.lists % count);
        self.lists += 1;
        Reply::text(200, format!("{{{}}}\n", members.join(", ")))
    }

    fn local_name(&self) -> &'static str {
        if self.version == ServerVersion::V1 { "Local" } else { "None" }
    }

    fn local(&self) -> Value {
        match self.version {
            ServerVersion::V1 => json!({
                "providerType": "local", "providerName": "Local",
                "providerDescription": ["Ephemeral sessions"], "capabilities": [],
            }),
            _ => json!({
                "provider_type": "local", "provider_name": "None",
                "provider_description": ["Ephemeral sessions"], "capabilities": null,
            }),
        }
    }

    fn described(&self, listed: &Listed) -> Value {
        let Some(name) = &listed.name else {
            return json!({"provider_type": "", "package_version": "", "capabilities": null});
        };
        match self.version {
            ServerVersion::V1 => json!({
                "providerType": "remote", "packageVersion": "v1.0.1", "packageUrl": "",
                "providerName": name, "providerDescription": ["Persistent sessions"],
                "providerUrl": listed.url, "extensions": {"navigator": []},
                "capabilities": [{"feature": "users-profile", "endpoint": "/api/identity/users/profile"}],
                "restrictedAccess": {"isMesheryUiRestricted": false, "allowedComponents": {}},
            }),
            _ => json!({
                "provider_type": "remote", "package_version": "v0.1.0", "package_url": "",
                "provider_name": name, "provider_description": ["Persistent sessions"],
                "provider_url": listed.url, "extensions": {}, "capabilities": [],
            }),
        }
    }

    /// The check of every protected path: first the provider, then the token, from cookies.
    fn authenticated(&mut self, request: &Request, answer: impl Fn(&str, &str) -> Reply) -> Reply {
        if request.method != "GET" {
            return Reply::text(405, "Method Not Allowed\n");
        }
        let listed = match self.named_provider(request) {
            Named::Unknown => return to_provider_page(request),
            Named::Local => return answer(self.local_name(), ""),
            Named::Remote(listed) => listed,
        };
        let name = listed.name.clone().unwrap_or_default();
        if let Some(token) = request.cookie("token").filter(|_| self.asks_providers) {
            self.ask(listed.url.as_deref().unwrap_or_default(), token);
        }
        match request.cookie("token") {
            None | Some("") if self.version == ServerVersion::Y2021 => {
                Reply::redirect("/user/login")
            }
            None | Some("") => self.to_remote_login(request, &listed),
            // The real handler panics, and the connection is closed.
            Some(token) if token::lacks_kid(token) => Reply::Dropped,
            Some(token) => match self.refreshed.get(token) {
                Some(new) => answer(&name, new),
                None if self.accepted.contains(token) => answer(&name, token),
                None => rejected(request),
            },
        }
    }

    /// Learns from the provider at this URL whether the token is valid.
    fn ask(&mut self, url: &str, sent: &str) {
        if self.refreshed.contains_key(sent) {
            return;
        }
        let post = |path: &str, token: &str| -> Value {
            let post = http_client::get(&format!("{url}{path}")).method("POST");
            let response = post.body(json!({ "token": token }).to_string()).send();
            serde_json::from_str(&response.body).unwrap_or_default()
        };
        match token::has_ended(sent) {
            true => {
                if let Some(new) = post("/refresh", sent)["token"].as_str() {
                    self.accepted.insert(new.to_owned());
                    self.refreshed.insert(sent.to_owned(), new.to_owned());
                }
            }
            false if post("/introspect", &token::access_token(sent))["active"] == true => {
                self.accepted.insert(sent.to_owned());
            }
            false => {
                self.accepted.remove(sent);
            }
        }
    }

    fn named_provider(&self, request: &Request) -> Named {
        let named = request.cookie("meshery-provider");
        let named = named.or_else(|| request.header("meshery-provider"));
        let named = named.or_else(|| request.param("provider")).unwrap_or_default();
        let none = self.version == ServerVersion::V1 && named.eq_ignore_ascii_case("None");
        if named == self.local_name() || none {
            return Named::Local;
        }
        let listed = self.listed.iter().find(|listed| listed.name.as_deref() == Some(named));
        listed.cloned().map_or(Named::Unknown, Named::Remote)
    }

    fn to_remote_login(&self, request: &Request, listed: &Listed) -> Reply {
        let host = request.header("host").unwrap_or_default();
        let source = URL_SAFE_NO_PAD.encode(format!("http://{host}/api/user/token"));
        let url = listed.url.as_deref().unwrap_or_default();
        let version = "provider_version=v0.3.14&meshery_version=edge-latest";
        Reply::redirect(&format!("{url}/login?source={source}&{version}"))
    }
}

fn user(provider: &str) -> Value {
    match provider {
        "None" | "Local" => json!({
            "user_id": "meshery", "first_name": "Meshery", "last_name": "Meshery",
        }),
        _ => json!({
            "user_id": "user-1", "first_name": "Test", "last_name": "User",
            "email": "you@example.org", "provider": provider,
        }),
    }
}

fn version() -> Reply {
    let version = json!({"build": "v0.8.0", "commitsha": "0000000", "release_channel": "stable"});
    Reply::json(200, version.to_string())
}

fn settings() -> Reply {
    let settings = json!({"meshAdapters": [], "k8sConfig": [], "grafana": {}, "prometheus": {}});
    Reply::json(200, settings.to_string())
}
