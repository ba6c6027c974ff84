//! What the API does: intents written, commands of a person.

use chrono::{DateTime, Utc};
use respond::decide::Command;
use respond::intent::{Act, New, Private, Public};
use respond::options::{private_text, public_text};
use respond::{Reply, desk};
use runtime::Program;
use uuid::Uuid;
use x_client::calls::Recipient;
use x_client::ids::{PostId, UserId};

use super::{ACCOUNTS, ORG, PEOPLE, account, person};

/// Intents of one transaction.
const AT_ONCE: usize = 100;
const STATES: [&str; 6] = [
    "queued",
    "sending",
    "posted",
    "failed",
    "unknown",
    "cancelled",
];

/// The text of an intent, told by its number.
pub fn text(n: usize) -> String {
    format!("Answer no. {n}: it is on its way.")
}

/// Writes so many intents, every third private; who wrote is the number of each.
pub async fn write(program: &Program, targets: &[String], count: usize) -> anyhow::Result<()> {
    let now = program.clock.now();
    for from in (0..count).step_by(AT_ONCE) {
        let mut scope = runtime::pg::begin(&program.pg, &[ORG]).await?;
        for n in from..count.min(from + AT_ONCE) {
            let new = intent(n, targets, now)?;
            desk::create(&mut scope, &program.encoder, ORG, &new, now).await?;
        }
        scope.commit().await?;
    }
    Ok(())
}

fn intent(n: usize, targets: &[String], now: DateTime<Utc>) -> anyhow::Result<New> {
    let (brand, whom) = (account(n % ACCOUNTS), n % PEOPLE);
    let private = n.is_multiple_of(3);
    let (act, lane) = if private {
        let act = Act::Private(Private {
            text: Some(private_text(&text(n))?),
            to: Recipient::User(UserId::new(person(whom))?),
        });
        (act, format!("{}-{brand}", person(whom)))
    } else {
        let act = Act::Public(Public {
            text: public_text(&text(n), &[])?,
            target: PostId::new(targets[whom].clone())?,
            exclude: Vec::new(),
            summoned: true,
        });
        (act, format!("{}-{brand}", targets[whom]))
    };
    Ok(New {
        reply_id: Uuid::now_v7(),
        account: brand,
        thread_key: format!("p.{}.{lane}", person(whom)),
        lane,
        item_id: Uuid::new_v4(),
        person_id: person(whom),
        customer_id: None,
        case_id: None,
        act,
        media: None,
        closes: Vec::new(),
        by: n.to_string(),
        not_before: now,
    })
}

/// Every intent.
pub async fn all(program: &Program) -> anyhow::Result<Vec<Reply>> {
    let states = STATES.map(str::to_owned);
    let mut scope = runtime::pg::begin(&program.pg, &[ORG]).await?;
    Ok(desk::page(&mut scope, ORG, (&states, None), (None, None), i64::MAX).await?)
}

/// A person's word.
pub async fn command(
    program: &Program,
    id: Uuid,
    (command, x_id): (Command, Option<&str>),
) -> anyhow::Result<()> {
    let now = program.clock.now();
    let mut scope = runtime::pg::begin(&program.pg, &[ORG]).await?;
    let step = (command, "a person", x_id);
    let done = desk::command(&mut scope, &program.encoder, (ORG, id), step, now).await?;
    done.map_err(|refused| anyhow::anyhow!("{command:?}: {refused:?}"))?;
    Ok(scope.commit().await?)
}
