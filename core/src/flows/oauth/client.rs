//! The client: who signs in at which identity provider, and how it speaks to its endpoints.

use form_urlencoded::Serializer;

use super::Metadata;
use super::message::{self, Trouble};
use super::tokens::{TokenAnswer, Tokens};
use crate::failure::Failure;
use crate::session::{Fetch, Fetched, Session};

/// A program without a secret that is registered at an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The identity provider.
    pub metadata: Metadata,
    /// What it knows this program by.
    pub id: String,
    /// What is asked for, with spaces between, such as `openid email offline_access`.
    pub scope: String,
}

impl Client {
    pub(super) fn asks_for(&self, wanted: &str) -> bool {
        self.scope.split(' ').any(|it| it == wanted)
    }

    /// Asks the token endpoint once. `nonce` is what an ID token must repeat, if one was sent.
    pub(super) fn exchange(
        &self,
        grant: &[(&str, &str)],
        nonce: Option<&str>,
        session: &mut dyn Session,
    ) -> Result<Tokens, Refusal> {
        let answer = self.post(&self.metadata.token_endpoint, grant, session)?;
        let answer: TokenAnswer = message::read(&answer, "token").map_err(Refusal::Answered)?;
        Ok(Tokens::of(answer, self, nonce, session.now()?)?)
    }

    /// A form, with who we are beside the fields. No secret: a shipped one is none (RFC 8252, 8.5).
    pub(super) fn post(
        &self,
        endpoint: &str,
        fields: &[(&str, &str)],
        session: &mut dyn Session,
    ) -> Result<Fetched, Failure> {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("client_id", &self.id);
        session.fetch(&Fetch {
            method: "POST".into(),
            url: endpoint.to_owned(),
            headers: vec![
                ("Accept".into(), "application/json".into()),
                ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
            ],
            body: Some(form.finish()),
        })
    }
}

/// Why the token endpoint gave no tokens: what stood in the way, or what it answered.
#[derive(Debug)]
pub(super) enum Refusal {
    Failed(Failure),
    Answered(Trouble),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(failure) => failure,
            Refusal::Answered(trouble) => trouble.into(),
        }
    }
}
