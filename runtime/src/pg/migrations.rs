//! How far the migrations of a database are from those of this version. Reads only.

use sqlx::error::DatabaseError;
use sqlx::migrate::{AppliedMigration, Migrate as _, MigrateError, Migration, Migrator};
use sqlx::{Error, PgPool};

/// Where sqlx keeps which ones were run.
const TABLE: &str = "_sqlx_migrations";
/// SQLSTATE of a table that is not there: no migration was run yet.
const NO_TABLE: &str = "42P01";

/// What would be run, and what cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// How many of this version were run.
    pub run: usize,
    /// Number and name of each that was not run, in order.
    pub pending: Vec<(i64, String)>,
    /// Numbers that only a newer version knows.
    pub newer: Vec<i64>,
    /// Numbers that were run with another text than this version's.
    pub changed: Vec<i64>,
}

/// Compares what was run with what this version has.
pub fn compare<'a>(
    run: &[AppliedMigration],
    ours: impl IntoIterator<Item = &'a Migration>,
) -> Plan {
    let mut plan = Plan::default();
    let mut known = Vec::new();
    for migration in ours {
        known.push(migration.version);
        let was = run.iter().find(|run| run.version == migration.version);
        match was {
            None => plan
                .pending
                .push((migration.version, migration.description.to_string())),
            Some(was) if was.checksum != migration.checksum => plan.changed.push(was.version),
            Some(_) => plan.run += 1,
        }
    }
    let newer = run.iter().map(|run| run.version);
    plan.newer = newer.filter(|version| !known.contains(version)).collect();
    plan
}

impl Plan {
    /// Why `earshot migrate` would do nothing to this database, if that is so.
    pub fn refusal(&self) -> Option<String> {
        if !self.newer.is_empty() {
            let numbers = numbers(&self.newer);
            return Some(format!(
                "the database is newer than this version of earshot: it has migrations {numbers}, \
                 which this one does not know; run the newer version"
            ));
        }
        (!self.changed.is_empty()).then(|| {
            let numbers = numbers(&self.changed);
            format!(
                "migrations {numbers} were run with another text than this version's: the database \
                 is of another build; compare it with the release that made it"
            )
        })
    }
}

/// The number as the file of the migration begins.
pub fn number(version: i64) -> String {
    format!("{version:04}")
}

/// Some numbers, in a sentence.
pub fn numbers(versions: &[i64]) -> String {
    let all: Vec<String> = versions.iter().copied().map(number).collect();
    all.join(", ")
}

/// Compares, as the owner of the database.
pub async fn plan(owner: &PgPool, ours: &Migrator) -> Result<Plan, MigrateError> {
    let mut connection = owner.acquire().await?;
    let run = match connection.list_applied_migrations(TABLE).await {
        Err(MigrateError::Execute(error)) if no_table(&error) => Vec::new(),
        run => run?,
    };
    Ok(compare(&run, ours.iter()))
}

fn no_table(error: &Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == NO_TABLE)
}

#[cfg(test)]
mod tests {
    use sqlx::SqlSafeStr as _;
    use sqlx::migrate::MigrationType;

    use super::*;

    fn ours(version: i64, text: &'static str) -> Migration {
        let kind = MigrationType::Simple;
        Migration::new(
            version,
            format!("step {version}").into(),
            kind,
            text.into_sql_str(),
            false,
        )
    }

    fn run(version: i64, text: &'static str) -> AppliedMigration {
        let checksum = ours(version, text).checksum;
        AppliedMigration { version, checksum }
    }

    // What was run; how many are as ours; pending, newer, changed.
    type Case = (Vec<AppliedMigration>, usize, Vec<i64>, Vec<i64>, Vec<i64>);

    #[test]
    fn what_is_pending_newer_and_changed() {
        let have = [ours(1, "a"), ours(2, "b"), ours(4, "d")];
        let cases: Vec<Case> = vec![
            (vec![], 0, vec![1, 2, 4], vec![], vec![]),
            (vec![run(1, "a")], 1, vec![2, 4], vec![], vec![]),
            (
                vec![run(1, "a"), run(2, "b"), run(4, "d")],
                3,
                vec![],
                vec![],
                vec![],
            ),
            (
                vec![run(1, "a"), run(2, "b"), run(4, "d"), run(5, "e")],
                3,
                vec![],
                vec![5],
                vec![],
            ),
            (
                vec![run(1, "a"), run(2, "other")],
                1,
                vec![4],
                vec![],
                vec![2],
            ),
            (vec![run(3, "c")], 0, vec![1, 2, 4], vec![3], vec![]),
        ];
        for (was, count, pending, newer, changed) in cases {
            let plan = compare(&was, &have);
            let numbers: Vec<i64> = plan.pending.iter().map(|(number, _)| *number).collect();
            assert_eq!(
                (plan.run, &numbers, &plan.newer, &plan.changed),
                (count, &pending, &newer, &changed),
                "{was:?}"
            );
            let refused = !newer.is_empty() || !changed.is_empty();
            assert_eq!(plan.refusal().is_some(), refused, "{was:?}");
        }
        let plan = compare(&[run(22, "x"), run(23, "y")], &have);
        assert_eq!(plan.pending[0], (1, "step 1".to_owned()));
        let why = plan.refusal().unwrap();
        assert!(why.contains("newer") && why.contains("0022, 0023"), "{why}");
    }
}
