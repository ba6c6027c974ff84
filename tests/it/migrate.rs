//! What `earshot migrate` would do is said before, and a newer database is left alone.

use sqlx::{PgPool, raw_sql};

use crate::installed::Installed;

const PLAN: [&str; 2] = ["migrate", "--plan"];
/// The oldest one is always there.
const FIRST: &str = "0001 pipeline\n";
const NEWER: &str =
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (9999, 'of tomorrow', true, '', 0)";

async fn tables(pool: &PgPool) -> i64 {
    let count = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    sqlx::query_scalar(count).fetch_one(pool).await.unwrap()
}

#[test]
fn migrate_says_what_it_would_do_and_leaves_a_newer_database_alone() {
    let installed = Installed::new();
    let tokio = tokio::runtime::Runtime::new().unwrap();
    let pool = {
        let _inside = tokio.enter();
        runtime::pg::pool(&installed.parts.super_url, 1).unwrap()
    };
    let said = installed.does(&PLAN);
    assert!(said.starts_with(FIRST), "{said}");
    let count = schemas::MIGRATOR.iter().count();
    assert!(said.ends_with(&format!("would run {count}\n")), "{said}");
    assert_eq!(said.lines().count(), count + 1, "{said}");
    assert_eq!(tokio.block_on(tables(&pool)), 0, "nothing was changed");

    installed.does(&["migrate"]);
    assert_eq!(installed.does(&PLAN), "nothing to do\n");

    let last = schemas::MIGRATOR.iter().last().unwrap();
    let forget = format!(
        "DELETE FROM _sqlx_migrations WHERE version = {}",
        last.version
    );
    tokio
        .block_on(raw_sql(sqlx::AssertSqlSafe(forget)).execute(&pool))
        .unwrap();
    let name = format!("{:04} {}\n", last.version, last.description);
    assert_eq!(
        installed.does(&PLAN),
        format!("{name}`earshot migrate` would run 1\n")
    );

    tokio.block_on(raw_sql(NEWER).execute(&pool)).unwrap();
    for args in [&PLAN[..], &PLAN[..1]] {
        let output = installed.run(args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains("newer than this version") && told.contains("9999"),
            "{told}"
        );
        assert_eq!(output.stdout, b"");
    }
}
