//! A provider for any OpenID provider: the authorization code flow with PKCE in a browser, or the device
//! flow.

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::flows::oauth::{
    Client, Metadata, StoredTokens, Tokens, authorization_code, device_code, refresh, revocation,
    userinfo,
};
use mesheryctl_plugin_sdk::provider::{Provider, Request, Settings, SignIn};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

struct Plugin;

impl Provider for Plugin {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        // Before the first request, so that nobody signs in for tokens that a wrong setting makes useless.
        let (flow, which) = (Flow::of(&request.settings)?, Which::of(&request.settings)?);
        let client = client(&request.settings, session)?;
        let tokens = match flow.uses_browser(request, &client.metadata) {
            true => authorization_code::sign_in(&client, session)?,
            false => device_code::sign_in(&client, session)?,
        };
        sign_in_with(which, &tokens)
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let which = Which::of(&request.settings)?;
        let client = client(&request.settings, session)?;
        let tokens = refresh::refresh(
            &client,
            &StoredTokens::read(request.stored_state.as_ref(), &client)?,
            session,
        )?;
        sign_in_with(which, &tokens)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        let client = client(&request.settings, session)?;
        revocation::revoke(
            &client,
            &StoredTokens::read(request.stored_state.as_ref(), &client)?,
            session,
        )
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        if request.stored_state.is_none() {
            // The access token is not known, and Meshery's token may be the ID token.
            return Err(Failure::unsupported("Verifying a token of another sign-in"));
        }
        let client = client(&request.settings, session)?;
        let stored = StoredTokens::read(request.stored_state.as_ref(), &client)?;
        userinfo::account(&client, &stored.access, stored.subject.as_deref(), session)
    }
}

fn client(settings: &Settings, session: &mut dyn Session) -> Result<Client, Failure> {
    let metadata = Metadata::discover(settings.require("issuer")?, session)?;
    Ok(Client::new(metadata, settings.require("client_id")?, settings.require("scope")?))
}

/// The setting `flow`: where to sign in.
enum Flow {
    Auto,
    Browser,
    Device,
}

impl Flow {
    fn of(settings: &Settings) -> Result<Self, Failure> {
        Ok(match settings.one_of("flow", &["auto", "browser", "device"])? {
            "browser" => Self::Browser,
            "device" => Self::Device,
            _ => Self::Auto,
        })
    }

    /// Whether to sign in with a browser. Without a browser on this computer the device flow is easier; if the
    /// OpenID provider does not support it, the person can still paste the URL at which their browser ends.
    fn uses_browser(self, request: &Request, metadata: &Metadata) -> bool {
        match self {
            Self::Auto => request.browser || metadata.device_authorization_endpoint.is_none(),
            Self::Browser => true,
            Self::Device => false,
        }
    }
}

/// The setting `token`: which token to use for Meshery.
enum Which {
    Access,
    Id,
}

impl Which {
    fn of(settings: &Settings) -> Result<Self, Failure> {
        Ok(match settings.one_of("token", &["access", "id"])? {
            "id" => Self::Id,
            _ => Self::Access,
        })
    }
}

fn sign_in_with(which: Which, tokens: &Tokens) -> Result<SignIn, Failure> {
    let token = match (which, &tokens.id) {
        (Which::Access, _) => &tokens.access,
        (Which::Id, Some(id)) => &id.text,
        (Which::Id, None) => {
            let message = "The OpenID provider issued no ID token: scope must contain openid.";
            return Err(Failure::misconfigured(message, &["scope"]));
        }
    };
    let token = Token::parse(token.expose())?;
    let mut sign_in = SignIn::with_token(token).stored_state(tokens.stored_state());
    sign_in.expires_at = tokens.expires_at;
    // Without one the host asks with `whoami`.
    sign_in.account = tokens.id.as_ref().and_then(|it| it.account.clone());
    Ok(sign_in)
}

export_provider!(Plugin, include_str!("../provider.json"));

#[cfg(test)]
mod tests;
