//! Whether PostgreSQL is what the programs need: version, migrations, and a role that row-level
//! security binds.

use sqlx::PgPool;
use sqlx::migrate::Migrator;

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

/// Compares the migrations that were run with those of this version, as their owner.
pub async fn migrations(owner: &PgPool, ours: &Migrator) -> Result<Line, sqlx::Error> {
    let run: Vec<i64> = sqlx::query_scalar!(
        "SELECT version AS \"version!\" FROM _sqlx_migrations ORDER BY version"
    )
    .fetch_all(owner)
    .await?;
    let wanted: Vec<i64> = ours.iter().map(|migration| migration.version).collect();
    let missing: Vec<_> = wanted
        .iter()
        .filter(|version| !run.contains(version))
        .collect();
    let newer = run
        .iter()
        .filter(|version| !wanted.contains(version))
        .count();
    Ok(if !missing.is_empty() {
        let what = format!("{} of this version were not run", missing.len());
        Line::fail(OF, "migrations", what, "earshot migrate")
    } else if newer > 0 {
        let what = format!("{newer} are of a newer version");
        Line::warn(OF, "migrations", what, "run the newer version of earshot")
    } else {
        Line::ok(OF, "migrations", format!("all {} were run", run.len()))
    })
}
