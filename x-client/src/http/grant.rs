//! Asking X's token endpoints.

use secrecy::{ExposeSecret as _, SecretString};

use super::auth::not_sent;
use super::{Body, Call, Seen, Verdict};
use crate::auth::OAuth2App;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::{AuthLoss, Error, Failure};
use crate::oauth1::encode;
use crate::oauth2::Granted;
use crate::problem::OAuthRefusal;

impl Client {
    /// Asks X for the next pair of a user's tokens.
    pub(super) async fn renew(
        &self,
        wanted_by: Endpoint,
        app: &OAuth2App,
        refresh: &SecretString,
    ) -> Result<Granted, Error> {
        let form = format!(
            "grant_type=refresh_token&refresh_token={}&client_id={}",
            encode(refresh.expose_secret()),
            encode(&app.client_id),
        );
        let id = SecretString::from(app.client_id.clone());
        let basic = app.secret.clone().map(|secret| (id, secret));
        self.grant(
            Endpoint::RefreshToken,
            wanted_by,
            SecretString::from(form),
            basic,
        )
        .await
    }

    /// Asks a token endpoint. Whatever goes wrong, the call that needs the token was not sent.
    pub(super) async fn grant(
        &self,
        endpoint: Endpoint,
        wanted_by: Endpoint,
        text: SecretString,
        basic: Option<(SecretString, SecretString)>,
    ) -> Result<Granted, Error> {
        self.take(endpoint)?;
        let mut call = Call::plain(endpoint);
        call.body = Body::Form { text, basic };
        let seen = self.once(&call, None).await;
        let verdict = self.judge(&call, &seen);
        let refused_by_oauth = match &seen {
            Seen::Answer { body, .. } => {
                serde_json::from_slice::<OAuthRefusal>(body).unwrap_or_default()
            }
            Seen::Failed(_) => OAuthRefusal::default(),
        };
        match (verdict, seen) {
            (Verdict::Done, Seen::Answer { status, body, .. }) => serde_json::from_slice(&body)
                .map_err(|_| not_sent(wanted_by, &Failure::Unreadable(status))),
            (Verdict::Refused(refusal) | Verdict::Unauthorised(refusal), _) => {
                let loss = if endpoint == Endpoint::RefreshToken {
                    AuthLoss::RefreshRefused(why(&refused_by_oauth, refusal.status))
                } else {
                    AuthLoss::Refused(refusal)
                };
                Err(Error::AuthLost {
                    endpoint: wanted_by,
                    loss,
                })
            }
            (Verdict::Limited(until, kind), _) => Err(Error::RateLimited {
                endpoint,
                until,
                kind,
                known: false,
            }),
            (Verdict::Failed(failure), _) | (Verdict::Done, Seen::Failed(failure)) => {
                Err(not_sent(wanted_by, &failure))
            }
        }
    }
}

fn why(refusal: &OAuthRefusal, status: u16) -> String {
    match (refusal.error.as_str(), refusal.error_description.as_str()) {
        ("", _) => status.to_string(),
        (error, "") => error.to_owned(),
        (error, description) => format!("{error}: {description}"),
    }
}
