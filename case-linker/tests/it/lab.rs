//! A database of its own, a linker on it, and what a desk would do.

use case_linker::CaseLinker;
use case_linker::desk::{self, Relinked};
use case_linker::stage::Input;
use runtime::kafka::Cluster;
use runtime::pg::outbox;
use runtime::scoped::ScopedStage;
use runtime::testing::{TestDatabase, database};
use runtime::{Outgoing, Program, StageError, Verdict};
use schemas::records::{Enriched, Item};
use sqlx::postgres::PgPool;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::facts::{ORG, at};

pub type Scope = Transaction<'static, Postgres>;

pub struct Lab {
    pub program: Program,
    pub linker: CaseLinker,
}

/// A database with the tables of the project, and a pool of the programs' role.
pub async fn tables() -> (TestDatabase, PgPool) {
    let database = database().await;
    let owner = runtime::pg::pool(&database.owner_url, 1).unwrap();
    schemas::MIGRATOR.run(&owner).await.unwrap();
    owner.close().await;
    let pool = runtime::pg::stage_pool(&database.app_url, 8).unwrap();
    (database, pool)
}

impl Lab {
    pub async fn new() -> Self {
        let (_, pool) = tables().await;
        Self::on(pool)
    }

    pub fn on(pool: PgPool) -> Self {
        let nowhere = Cluster::plain("127.0.0.1:1", "");
        let program = Program::for_test("case-linker", nowhere, pool).unwrap();
        let linker = CaseLinker::new(&program);
        Self { program, linker }
    }

    /// A second process on the same database.
    pub fn twin(&self) -> Self {
        Self::on(self.program.pg.clone())
    }

    pub async fn scope(&self) -> Scope {
        runtime::pg::begin(&self.program.pg, &[ORG]).await.unwrap()
    }

    /// One batch as the driver does it: again while transient, commit, then what follows.
    pub async fn take(&mut self, facts: &[Enriched]) -> Vec<Verdict> {
        loop {
            match self.attempt(facts).await {
                Ok((scope, verdicts)) => {
                    scope.commit().await.unwrap();
                    self.settle().await;
                    return verdicts;
                }
                Err(StageError::Transient(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    pub async fn settle(&mut self) {
        loop {
            match self.linker.between(&self.program).await {
                Ok(()) => return,
                Err(StageError::Transient(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    /// One batch, not committed.
    pub async fn attempt(
        &mut self,
        facts: &[Enriched],
    ) -> Result<(Scope, Vec<Verdict>), StageError> {
        let mut orgs: Vec<&str> = facts.iter().map(|fact| fact.org.as_str()).collect();
        orgs.sort_unstable();
        orgs.dedup();
        let mut scope = runtime::pg::begin(&self.program.pg, &orgs).await?;
        let batch: Vec<Input> = facts
            .iter()
            .cloned()
            .map(Box::new)
            .map(Input::Fact)
            .collect();
        let batch: Vec<&Input> = batch.iter().collect();
        let verdicts = self.linker.process(&mut scope, &batch).await?;
        assert_eq!(verdicts.len(), facts.len());
        let out: Vec<Outgoing> = verdicts.iter().flat_map(emitted).cloned().collect();
        outbox::push(&mut scope, &out).await?;
        Ok((scope, verdicts))
    }

    /// Attaches a person to a customer, or detaches; gives what the link function changed.
    pub async fn attach(&self, person: &str, customer: Option<Uuid>) -> Relinked {
        loop {
            match self.try_attach(person, customer).await {
                Ok(done) => return done,
                Err(StageError::Transient(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    async fn try_attach(
        &self,
        person: &str,
        customer: Option<Uuid>,
    ) -> Result<Relinked, StageError> {
        let mut scope = self.scope().await;
        let customers: Vec<Uuid> = customer.into_iter().collect();
        let locked = desk::lock(&mut scope, ORG, &[person], &customers).await?;
        sqlx::query(
            "INSERT INTO social_accounts (org, x_id, customer_id, basis, changed_by, changed_at, revision)
             VALUES ($1, $2, $3, CASE WHEN $3 IS NOT NULL THEN 'told-us' END, 'ana', $4, 1)
             ON CONFLICT (org, x_id) DO UPDATE SET customer_id = EXCLUDED.customer_id,
                 basis = EXCLUDED.basis, revision = social_accounts.revision + 1",
        )
        .bind(ORG)
        .bind(person)
        .bind(customer)
        .bind(at(0))
        .execute(&mut *scope)
        .await?;
        let done = desk::relink(&mut scope, &self.program.encoder, &locked, at(900)).await?;
        scope.commit().await?;
        Ok(done)
    }

    pub async fn customer(&self) -> Uuid {
        let id = Uuid::now_v7();
        let mut scope = self.scope().await;
        sqlx::query(
            "INSERT INTO customers (org, customer_id, name, created_by, created_at, updated_at)
             VALUES ($1, $2, 'Bo Lind', 'ana', $3, $3)",
        )
        .bind(ORG)
        .bind(id)
        .bind(at(0))
        .execute(&mut *scope)
        .await
        .unwrap();
        scope.commit().await.unwrap();
        id
    }

    /// Opens a case for a person or a customer, and links what it reaches.
    pub async fn open_case(&self, person: Option<&str>, customer: Option<Uuid>, no: i64) -> Uuid {
        let mut scope = self.scope().await;
        let people: Vec<&str> = person.into_iter().collect();
        let customers: Vec<Uuid> = customer.into_iter().collect();
        let locked = desk::lock(&mut scope, ORG, &people, &customers)
            .await
            .unwrap();
        let case = insert_case(&mut scope, person, customer, no).await;
        desk::relink(&mut scope, &self.program.encoder, &locked, at(900))
            .await
            .unwrap();
        scope.commit().await.unwrap();
        case
    }

    pub async fn close_case(&self, case: Uuid) {
        let mut scope = self.scope().await;
        sqlx::query("UPDATE cases SET status = 'closed' WHERE case_id = $1")
            .bind(case)
            .execute(&mut *scope)
            .await
            .unwrap();
        scope.commit().await.unwrap();
    }

    /// A column of an item, as text; none if the item is not there.
    pub async fn column(&self, item: Uuid, column: &str) -> Option<String> {
        let mut scope = self.scope().await;
        let row: Option<Option<String>> =
            sqlx::query_scalar("SELECT to_jsonb(i) ->> $2 FROM items i WHERE item_id = $1")
                .bind(item)
                .bind(column)
                .fetch_optional(&mut *scope)
                .await
                .unwrap();
        row.flatten()
    }

    pub async fn case_of(&self, x_id: &str) -> Option<Uuid> {
        let text = self.column(crate::facts::post_id(x_id), "case_id").await;
        text.map(|text| text.parse().unwrap())
    }

    pub async fn thread_of(&self, x_id: &str) -> String {
        let item = crate::facts::post_id(x_id);
        self.column(item, "thread_id").await.unwrap()
    }

    /// Every row of the pipeline's tables but for what tells when and how often it was written.
    pub async fn dump(&self, org: &str) -> String {
        let mut scope = runtime::pg::begin(&self.program.pg, &[org]).await.unwrap();
        dump(&mut scope, &["revision", "recorded_at", "linked_at"]).await
    }

    /// Removes every row of the pipeline's tables.
    pub async fn clear(&mut self) {
        let mut scope = self.scope().await;
        for table in [
            "DELETE FROM items",
            "DELETE FROM item_aliases",
            "DELETE FROM persons",
            "DELETE FROM outbox",
        ] {
            sqlx::query(table).execute(&mut *scope).await.unwrap();
        }
        scope.commit().await.unwrap();
        self.linker = CaseLinker::new(&self.program);
    }
}

pub async fn dump(scope: &mut PgConnection, without: &[&str]) -> String {
    let without: Vec<String> = without.iter().map(|c| (*c).to_owned()).collect();
    sqlx::query_scalar(
        "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\"), '') FROM (
             SELECT 'person ' || (to_jsonb(p) - $1)::text FROM persons p
             UNION ALL SELECT 'item ' || (to_jsonb(i) - $1)::text FROM items i
             UNION ALL SELECT 'alias ' || to_jsonb(a)::text FROM item_aliases a
             UNION ALL SELECT 'interaction ' || (to_jsonb(n) - $1)::text FROM interactions n) AS rows (line)",
    )
    .bind(without)
    .fetch_one(scope)
    .await
    .unwrap()
}

pub async fn insert_case(
    scope: &mut PgConnection,
    person: Option<&str>,
    customer: Option<Uuid>,
    no: i64,
) -> Uuid {
    let case = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO cases (org, case_id, case_no, status, person_id, customer_id, origin,
             priority, follow_up, opened_by, opened_at, revision)
         VALUES ($1, $2, $3, 'open', $4, $5, 'Social', 'low', true, 'ana', $6, 1)",
    )
    .bind(ORG)
    .bind(case)
    .bind(no)
    .bind(person)
    .bind(customer)
    .bind(at(no))
    .execute(scope)
    .await
    .unwrap();
    case
}

pub fn emitted(verdict: &Verdict) -> &[Outgoing] {
    match verdict {
        Verdict::Emit(records) => records,
        _ => &[],
    }
}

/// What a batch published, as items.
pub fn published(lab: &Lab, verdicts: &[Verdict]) -> Vec<Item> {
    let codec = lab.program.encoder.codec();
    let records = verdicts.iter().flat_map(emitted);
    records
        .map(|record| codec.decode(record.value.as_deref().unwrap()).unwrap())
        .collect()
}

/// Numbers that look random and are the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
