//! Two stages as small as can be, which show every effect.

use runtime::pure::{Judged, PureStage};
use runtime::scoped::ScopedStage;
use runtime::{Encoder, Program, RawRecord, StageError, Verdict};
use schemas::records::{Enriched, Interaction, Received};
use schemas::topics::{ENRICHED_POSTS, INTERACTIONS, RAW_POSTS, Topic};
use schemas::wire::{Codec, WireError};
use schemas::{Kind, ids};
use sqlx::{PgConnection, PgPool};

use super::bed;

pub struct Echo(pub Encoder);

impl Echo {
    pub fn of(program: &Program) -> Self {
        Self(program.encoder.clone())
    }
}

impl PureStage for Echo {
    const NAME: &'static str = "echo";

    fn topics(&self) -> Vec<&'static Topic> {
        vec![&RAW_POSTS]
    }

    fn process(&mut self, record: &RawRecord, codec: &Codec) -> Result<Judged, WireError> {
        let received: Received = codec.decode(record.value.as_deref().unwrap_or_default())?;
        let org = received.org.clone();
        let Some(x_id) = &received.x_id else {
            let (reason, detail) = ("no-id", "x_id is null".to_owned());
            let verdict = Verdict::Dead { reason, detail };
            return Ok(Judged { org, verdict });
        };
        if x_id == "skip" {
            let verdict = Verdict::Skip("not-wanted");
            return Ok(Judged { org, verdict });
        }
        let mut enriched = bed::enriched(&org, x_id);
        enriched.account = "9".repeat(received.own_accounts.len() * 1_000);
        let key = record.key.clone().unwrap_or_default();
        let out = self.0.encode(&ENRICHED_POSTS, &org, x_id, key, &enriched)?;
        let verdict = Verdict::Emit(vec![out]);
        Ok(Judged { org, verdict })
    }
}

/// Adds a row for each record. Nothing makes the rows unique: a second delivery would show.
pub struct Fold(pub Encoder);

impl Fold {
    pub fn of(program: &Program) -> Self {
        Self(program.encoder.clone())
    }
}

pub async fn prepare(owner: &PgPool) {
    for sql in [
        "CREATE TABLE folded (org text NOT NULL, x_id text NOT NULL)",
        "ALTER TABLE folded ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own_orgs ON folded FOR INSERT WITH CHECK (org = ANY (current_orgs()))",
        "CREATE POLICY all_orgs ON folded FOR SELECT USING (true)",
    ] {
        sqlx::query(sql).execute(owner).await.unwrap();
    }
}

impl ScopedStage for Fold {
    const NAME: &'static str = "fold";
    type In = Enriched;

    fn topics(&self) -> Vec<&'static Topic> {
        vec![&ENRICHED_POSTS]
    }

    fn decode(&self, record: &RawRecord, codec: &Codec) -> Result<Enriched, WireError> {
        codec.decode(record.value.as_deref().unwrap_or_default())
    }

    fn org<'a>(&self, fact: &'a Enriched) -> &'a str {
        &fact.org
    }

    async fn process(
        &mut self,
        scope: &mut PgConnection,
        batch: &[&Enriched],
    ) -> Result<Vec<Verdict>, StageError> {
        let mut verdicts = Vec::new();
        for fact in batch {
            // PostgreSQL refuses a NUL in a text.
            let x_id = fact.x_id.replace("nul", "\0");
            sqlx::query("INSERT INTO folded VALUES ($1, $2)")
                .bind(&fact.org)
                .bind(x_id)
                .execute(&mut *scope)
                .await?;
            let record = Interaction {
                org: fact.org.clone(),
                interaction_id: ids::interaction(&fact.org, fact.item_id),
                item_id: ids::item(&fact.org, Kind::Post, &fact.x_id),
                person_id: fact.x_id.clone(),
                reason: "x".repeat(usize::try_from(fact.revision).unwrap()),
                ..Interaction::default()
            };
            let key = fact.x_id.clone().into_bytes();
            let out = self
                .0
                .encode(&INTERACTIONS, &fact.org, &fact.x_id, key, &record)?;
            verdicts.push(Verdict::Emit(vec![out]));
        }
        Ok(verdicts)
    }
}

pub const DOUBLES: &str =
    "SELECT count(*) FROM (SELECT FROM folded GROUP BY org, x_id HAVING count(*) > 1) AS doubled";
pub const ROWS: &str = "SELECT count(*) FROM folded";
pub const OUTBOX: &str = "SELECT count(*) FROM outbox";
