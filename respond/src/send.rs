//! One intent taken to X, and what became of it written.

use runtime::{StageError, chaos};
use sqlx::{Postgres, Transaction};
use x_client::Client;
use x_client::ids::UserId;

use crate::attempt::{self, Picture};
use crate::decide::{Attempt, Failure, Found, Next, Outcome, after_call, looks_first};
use crate::intent::Act;
use crate::looks::Look;
use crate::pg::queue::Step;
use crate::pg::rows::Reply;
use crate::pg::{media, queue};
use crate::publish::{placed, stepped};
use crate::sender::Sender;

impl Sender {
    pub(crate) async fn send(&self, reply: Reply) -> Result<(), StageError> {
        let mut scope = self.scope().await?;
        let act = self.act(&mut scope, &reply).await?;
        scope.commit().await?;
        let (Some(act), Some(client)) = (act, self.0.clients.of(&reply.org, &reply.account)) else {
            let mistake = Failure {
                kind: "mistake".to_owned(),
                title: "It cannot be sent so".to_owned(),
                ..Failure::default()
            };
            return self.end(&reply, Next::Failed(mistake), false).await;
        };
        let attempt = attempt_of(&reply, &act);
        if looks_first(attempt) {
            match self.look(&client, &reply, &act, true).await {
                Ok(Found::Posted(x_id)) => {
                    return self.end(&reply, Next::Posted(Some(x_id)), false).await;
                }
                Ok(Found::Nothing) => {}
                // Without a look there is no further call.
                Err(Look::Store(error)) => return Err(error),
                Err(Look::X(outcome)) => {
                    let outcome = match outcome {
                        Outcome::Wait(until) => Outcome::Wait(until),
                        _ => Outcome::NotSent,
                    };
                    let next = after_call(attempt, outcome, self.now());
                    return self.end(&reply, next, false).await;
                }
            }
        }
        let outcome = self.attempt(&client, &reply, &act).await?;
        let doubtful = outcome == Outcome::Unknown;
        let next = after_call(attempt, outcome, self.now());
        self.end(&reply, next, doubtful).await
    }

    pub(crate) async fn attempt(
        &self,
        client: &Client,
        reply: &Reply,
        act: &Act,
    ) -> Result<Outcome, StageError> {
        let Ok(account) = UserId::new(reply.account.clone()) else {
            return Ok(Outcome::NotSent);
        };
        let picture = match &reply.media_sha256 {
            None => None,
            Some(sha256) => match self.picture(client, reply, sha256).await? {
                Ok(picture) => Some(picture),
                Err(outcome) => return Ok(outcome),
            },
        };
        Ok(attempt::call(client, &account, act, picture).await)
    }

    // The picture at X: what is there already, or an upload of now.
    pub(crate) async fn picture(
        &self,
        client: &Client,
        reply: &Reply,
        sha256: &[u8],
    ) -> Result<Result<Picture, Outcome>, StageError> {
        let private = reply.kind == "message";
        let purpose = if private { "dm" } else { "post" };
        let now = self.now();
        let mut scope = self.scope().await?;
        let known = media::at_x(&mut scope, (reply, purpose), now).await?;
        let media_type = media::media_type(&mut scope, &reply.org, sha256).await?;
        scope.commit().await?;
        if let Some(picture) = known.and_then(|id| Picture::of(private, &id)) {
            return Ok(Ok(picture));
        }
        let (Some(media_type), Ok(bytes)) = (media_type, self.0.media.get(sha256).await) else {
            return Ok(Err(Outcome::Refused(Failure {
                kind: "media-missing".to_owned(),
                title: "The picture is not there any more".to_owned(),
                ..Failure::default()
            })));
        };
        let image = (media_type.as_str(), bytes, reply.alt_text.as_str());
        match attempt::upload(client, private, image, now).await {
            Err(outcome) => Ok(Err(outcome)),
            Ok((picture, until)) => {
                let mut scope = self.scope().await?;
                media::uploaded(&mut scope, (reply, purpose), picture.id(), until).await?;
                scope.commit().await?;
                chaos::point("respond-after-upload");
                Ok(Ok(picture))
            }
        }
    }

    pub(crate) async fn end(
        &self,
        reply: &Reply,
        next: Next,
        doubtful: bool,
    ) -> Result<(), StageError> {
        let mut scope = self.scope().await?;
        self.write(&mut scope, (reply, doubtful), next, true)
            .await?;
        scope.commit().await?;
        chaos::point("respond-after-end");
        Ok(())
    }

    pub(crate) async fn write(
        &self,
        scope: &mut Transaction<'static, Postgres>,
        (reply, doubtful): (&Reply, bool),
        next: Next,
        looked: bool,
    ) -> Result<(), StageError> {
        let now = self.now();
        let mut step = Step {
            doubtful,
            looked: looked && reply.state == "unknown",
            ..Step::default()
        };
        let x_id;
        match next {
            Next::Posted(id) => {
                x_id = id;
                step.state = "posted";
                step.x_id = x_id.as_deref();
            }
            Next::Failed(failure) => {
                step.state = "failed";
                step.failure = serde_json::to_value(failure).ok();
            }
            Next::Queued(at, wait) => {
                step.state = "queued";
                step.at = Some(at);
                step.wait_reason = Some(wait.as_str());
            }
            Next::Unknown(at) => {
                step.state = "unknown";
                step.at = Some(at);
                step.doubtful = true;
            }
        }
        let waits = (step.wait_reason == Some("rate-limit"))
            .then_some(step.at)
            .flatten();
        if let Some(now_is) = queue::step(scope, reply, step, now).await? {
            stepped(scope, &self.0.program.encoder, &now_is, now).await?;
            self.0.meters.stepped(&now_is.org, &now_is.state);
        }
        if let Some(until) = waits {
            let whose = (reply.org.as_str(), reply.account.as_str());
            let kinds = [reply.kind.clone()];
            let told = queue::wait(scope, (whose.0, whose.1, &kinds), until, "rate-limit").await?;
            placed(scope, &told).await?;
        }
        Ok(())
    }
}

pub(crate) fn attempt_of(reply: &Reply, act: &Act) -> Attempt {
    Attempt {
        idempotent: act.idempotent(),
        attempts: reply.attempts(),
        doubtful: reply.doubtful_since.is_some(),
    }
}
