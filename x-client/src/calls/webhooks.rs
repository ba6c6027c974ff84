//! The life of a webhook, and having X deliver again.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::posts::Deleted;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http::Call;
use crate::ids::WebhookId;

/// Characters of a webhook's URL.
const URL_CHARS_MAX: usize = 200;
/// Form of a replay's times: minutes, UTC.
const REPLAY_TIME: &str = "%Y%m%d%H%M";

/// A registered webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where X delivers.
    pub url: String,
    /// Whether the last challenge was answered; X delivers nothing while not.
    #[serde(default)]
    pub valid: bool,
    /// Since when.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// A replay that X began. Its end is delivered to the webhook (`replay_job_status`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReplayJob {
    /// Its id.
    pub job_id: String,
    /// When, as X writes it.
    #[serde(default)]
    pub created_at: Option<String>,
}

#[derive(Deserialize)]
struct Valid {
    #[serde(default)]
    valid: bool,
}

impl Client {
    /// Registers a webhook. X challenges it before it answers; refuses a URL with a port.
    pub async fn create_webhook(&self, url: &str) -> Result<Webhook, Error> {
        let endpoint = Endpoint::WebhooksCreate;
        if url.chars().count() > URL_CHARS_MAX {
            return Err(Error::invalid(
                endpoint,
                format!("the URL is longer than {URL_CHARS_MAX}"),
            ));
        }
        self.call(Call::plain(endpoint).json(&json!({ "url": url })))
            .await?
            .data()
    }

    /// The app's webhooks.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, Error> {
        self.call(Call::plain(Endpoint::WebhooksList)).await?.list()
    }

    /// Removes a webhook. Whether X says that it is deleted.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<bool, Error> {
        let call = Call::new(Endpoint::WebhooksDelete, format!("/2/webhooks/{id}"));
        let deleted: Deleted = self.call(call).await?.data()?;
        Ok(deleted.deleted)
    }

    /// Has X challenge a webhook now; whether it is valid then. Brings an invalid one back.
    pub async fn validate_webhook(&self, id: &WebhookId) -> Result<bool, Error> {
        let call = Call::new(Endpoint::WebhooksValidate, format!("/2/webhooks/{id}"));
        let valid: Valid = self.call(call).await?.data()?;
        Ok(valid.valid)
    }

    /// Has X deliver again what it delivered, or tried to, from `from` to before `to`: both within 24
    /// hours, in whole minutes; `from` at least 31 and `to` at least 10 minutes ago. One at a time.
    pub async fn replay(
        &self,
        webhook: &WebhookId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<ReplayJob, Error> {
        let endpoint = Endpoint::WebhooksReplay;
        if from >= to {
            return Err(Error::invalid(endpoint, "the replay ends before it begins"));
        }
        let time = |at: DateTime<Utc>| at.format(REPLAY_TIME).to_string();
        let body = json!({ "webhook_id": webhook, "from_date": time(from), "to_date": time(to) });
        let answer = self.call(Call::plain(endpoint).json(&body)).await?;
        replay_job(&answer.whole()?).ok_or_else(|| answer.nothing())
    }
}

/// X documents three forms of the answer: bare, within `data`, and within `replay_event`.
fn replay_job(answer: &serde_json::Value) -> Option<ReplayJob> {
    let data = answer.get("data").unwrap_or(answer);
    let job = data.get("replay_event").unwrap_or(data);
    ReplayJob::deserialize(job).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_documented_answers_of_a_replay_are_read() {
        let job = json!({ "job_id": "7", "created_at": "2026-08-22T10:00:00.000Z" });
        for answer in [
            job.clone(),
            json!({ "data": job }),
            json!({ "for_user_id": "1", "replay_event": job }),
            json!({ "data": { "for_user_id": "1", "replay_event": job } }),
        ] {
            assert_eq!(replay_job(&answer).unwrap().job_id, "7", "{answer}");
        }
        assert_eq!(replay_job(&json!({ "errors": [] })), None);
    }
}
