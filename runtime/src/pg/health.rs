//! Whether PostgreSQL is what the programs need: version, migrations, and a role that row-level
//! security binds.

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

use super::migrations::{self, Plan};
use crate::health::Line;

const OF: &str = "postgresql";
/// Oldest version that the statements run on, as `server_version_num`.
const VERSION_MIN: i32 = 150_000;
const ROLE: &str =
    "connect as a role like earshot_app: no superuser, no BYPASSRLS, owner of no table";

/// Looks as the role of the programs (`database.url`).
pub async fn look(pool: &PgPool) -> Result<Vec<Line>, sqlx::Error> {
    let seen = sqlx::query!(
        "SELECT current_setting('server_version') AS \"version!\",
                current_setting('server_version_num')::int4 AS \"number!\",
                r.rolname AS \"role!\", r.rolsuper OR r.rolbypassrls AS \"unbound!\",
                (SELECT count(*) FROM pg_class c
                  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                    AND pg_has_role(c.relowner, 'USAGE')) AS \"owned!\",
                (SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                    AND a.attname = 'org' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
                ) AS \"open!\"
           FROM pg_roles r WHERE r.rolname = current_user"
    )
    .fetch_one(pool)
    .await?;
    let mut lines = Vec::new();
    lines.push(if seen.number >= VERSION_MIN {
        Line::ok(OF, "version", seen.version)
    } else {
        Line::fail(OF, "version", seen.version, "PostgreSQL 15 or newer")
    });
    lines.push(if seen.unbound {
        let what = format!(
            "{} sees every organisation: row-level security does not bind it",
            seen.role
        );
        Line::fail(OF, "role", what, ROLE)
    } else if seen.owned > 0 {
        let what = format!("{} owns {} tables", seen.role, seen.owned);
        Line::warn(OF, "role", what, ROLE)
    } else {
        Line::ok(
            OF,
            "role",
            format!("{} is bound by row-level security", seen.role),
        )
    });
    if seen.open > 0 {
        let what = format!("{} tables of organisations are not bound by it", seen.open);
        lines.push(Line::fail(
            OF,
            "row-level security",
            what,
            "earshot migrate",
        ));
    }
    Ok(lines)
}

/// Compares the migrations that were run with those of this version, as their owner. A database of
/// the version after this one is used by both until the newer one is everywhere.
pub async fn migrations(owner: &PgPool, ours: &Migrator) -> Result<Line, MigrateError> {
    Ok(line(&migrations::plan(owner, ours).await?))
}

fn line(plan: &Plan) -> Line {
    const CHECK: &str = "migrations";
    if !plan.changed.is_empty() {
        let what = plan.refusal().unwrap_or_default();
        return Line::fail(OF, CHECK, what, "run the version that made the database");
    }
    let pending: Vec<i64> = plan.pending.iter().map(|(number, _)| *number).collect();
    if !pending.is_empty() {
        let numbers = migrations::numbers(&pending);
        let what = format!("{} of this version were not run: {numbers}", pending.len());
        return Line::fail(OF, CHECK, what, "earshot migrate");
    }
    if !plan.newer.is_empty() {
        let numbers = migrations::numbers(&plan.newer);
        let what = format!("{} are of a newer version: {numbers}", plan.newer.len());
        return Line::warn(OF, CHECK, what, "run the newer version of earshot");
    }
    Line::ok(OF, CHECK, format!("all {} were run", plan.run))
}

#[cfg(test)]
mod tests {
    use crate::health::State::{Fail, Ok, Warn};

    use super::*;

    #[test]
    fn an_older_database_fails_and_a_newer_one_is_named() {
        let plan = |pending: &[i64], newer: &[i64], changed: &[i64]| Plan {
            run: 3,
            pending: pending.iter().map(|n| (*n, String::new())).collect(),
            newer: newer.to_vec(),
            changed: changed.to_vec(),
        };
        for (plan, state) in [
            (plan(&[], &[], &[]), Ok),
            (plan(&[], &[22], &[]), Warn),
            (plan(&[21], &[], &[]), Fail),
            (plan(&[21], &[22], &[]), Fail),
            (plan(&[], &[], &[5]), Fail),
        ] {
            assert_eq!(line(&plan).state, state, "{plan:?}");
        }
    }
}
