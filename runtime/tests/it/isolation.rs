//! Row-level security and rights, over every table that the migrations make.

use runtime::pg::{begin, pool};
use runtime::testing::{TestDatabase, migrated, parts};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

async fn superuser(database: &TestDatabase) -> PgConnection {
    let (server, _) = parts().super_url.rsplit_once('/').unwrap();
    PgConnection::connect(&format!("{server}/{}", database.name()))
        .await
        .unwrap()
}

async fn tables(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns
          WHERE table_schema = 'public' AND column_name = 'org'
            AND table_name IN (SELECT tablename FROM pg_tables) ORDER BY 1",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

// A row of each organisation in every table; constraints on values are dropped, and those between
// tables, since the rows mean nothing.
async fn fill(connection: &mut PgConnection, tables: &[String]) {
    let checks: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, conname::text FROM pg_constraint
          WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    for (table, name) in checks {
        let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
        connection.execute(AssertSqlSafe(drop)).await.unwrap();
    }
    for table in tables {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name::text, udt_name::text FROM information_schema.columns
              WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO'
                AND column_default IS NULL AND is_generated = 'NEVER' AND is_identity = 'NO'",
        )
        .bind(table)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        for org in ["a", "b"] {
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            let values: Vec<String> = columns
                .iter()
                .map(|(name, kind)| {
                    if name == "org" {
                        format!("'{org}'")
                    } else {
                        value(kind, org)
                    }
                })
                .collect();
            let insert = format!(
                "INSERT INTO {table} ({}) VALUES ({})",
                names.join(","),
                values.join(",")
            );
            connection.execute(AssertSqlSafe(insert)).await.unwrap();
        }
    }
}

fn value(kind: &str, org: &str) -> String {
    match kind {
        "text" => format!("'{org}'"),
        "uuid" => "gen_random_uuid()".to_owned(),
        "bool" => "false".to_owned(),
        "bytea" => format!("'{org}'::bytea"),
        "jsonb" => "'{}'".to_owned(),
        "date" | "timestamptz" => "'2026-01-01'".to_owned(),
        "int2" | "int4" | "int8" | "float8" | "numeric" => "1".to_owned(),
        kind if kind.starts_with('_') => "'{}'".to_owned(),
        other => panic!("a value of type {other}"),
    }
}

async fn number(pool: &PgPool, orgs: Option<&[&str]>, sql: String) -> i64 {
    let sql = AssertSqlSafe(sql);
    match orgs {
        None => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        Some(orgs) => {
            let mut scope = begin(pool, orgs).await.unwrap();
            sqlx::query_scalar(sql)
                .fetch_one(&mut *scope)
                .await
                .unwrap()
        }
    }
}

#[tokio::test]
async fn no_transaction_sees_or_changes_a_row_of_another_organisation() {
    let database = migrated().await;
    let mut superuser = superuser(&database).await;
    let tables = tables(&mut superuser).await;
    assert!(tables.len() >= 14, "{tables:?}");
    fill(&mut superuser, &tables).await;
    let app = pool(&database.app_url, 2).unwrap();
    for table in &tables {
        let count = |filter: &str| format!("SELECT count(*) FROM {table} {filter}");
        assert_eq!(number(&app, None, count("")).await, 0, "{table}: unset");
        assert_eq!(number(&app, Some(&[]), count("")).await, 0, "{table}: none");
        assert_eq!(
            number(&app, Some(&["a"]), count("WHERE org = 'b'")).await,
            0,
            "{table}"
        );
        assert_eq!(
            number(&app, Some(&["a"]), count("")).await,
            1,
            "{table}: own"
        );
        assert_eq!(
            number(&app, Some(&["a", "b"]), count("")).await,
            2,
            "{table}: both"
        );
        for change in [
            format!("DELETE FROM {table} WHERE org = 'b'"),
            format!("UPDATE {table} SET org = org WHERE org = 'b'"),
        ] {
            let mut scope = begin(&app, &["a"]).await.unwrap();
            match scope.execute(AssertSqlSafe(change)).await {
                Ok(done) => assert_eq!(done.rows_affected(), 0, "{table}"),
                Err(refused) => assert_eq!(code(&refused), "42501", "{table}"),
            }
        }
        let mut scope = begin(&app, &["a"]).await.unwrap();
        let give = format!("INSERT INTO {table} (org) VALUES ('b')");
        let refused = scope.execute(AssertSqlSafe(give)).await.unwrap_err();
        assert!(
            ["42501", "23502"].contains(&code(&refused).as_str()),
            "{table}: {refused}"
        );
        let mut scope = begin(&app, &["a"]).await.unwrap();
        let give = format!("UPDATE {table} SET org = 'b' WHERE org = 'a'");
        let refused = scope.execute(AssertSqlSafe(give)).await.unwrap_err();
        assert_eq!(code(&refused), "42501", "{table}: {refused}");
    }
}

fn code(error: &sqlx::Error) -> String {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.map_or_else(|| error.to_string(), std::borrow::Cow::into_owned)
}

#[tokio::test]
async fn every_table_with_an_organisation_forces_row_level_security() {
    let database = migrated().await;
    let mut superuser = superuser(&database).await;
    for table in tables(&mut superuser).await {
        let forced: bool = sqlx::query_scalar(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = $1
                AND relnamespace = 'public'::regnamespace",
        )
        .bind(&table)
        .fetch_one(&mut superuser)
        .await
        .unwrap();
        assert!(
            forced,
            "{table}: a migration must enable, force and give it a policy"
        );
    }
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
            AND NOT coalesce(reloptions::text[] @> '{security_invoker=true}', false)",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert_eq!(open, [""; 0], "views must be security_invoker");
}

#[tokio::test]
async fn the_programs_role_can_do_only_what_it_must() {
    let database = migrated().await;
    let app = pool(&database.app_url, 1).unwrap();
    for refused in [
        "CREATE TABLE mine (id int)",
        "DROP TABLE items",
        "TRUNCATE items",
        "ALTER TABLE items DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE items NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own_orgs ON items",
        "SET ROLE earshot_owner",
        "SELECT * FROM _sqlx_migrations",
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "CREATE ROLE other",
        "COPY items TO '/tmp/items'",
    ] {
        let error = app.execute(refused).await.unwrap_err();
        assert_eq!(code(&error), "42501", "{refused}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setting_does_not_leak_from_one_transaction_to_another() {
    let database = migrated().await;
    let app = pool(&database.app_url, 2).unwrap();
    let seen = "SELECT array_to_string(current_orgs(), ',')";
    let tasks = (0..8_usize).map(|task| {
        let app = app.clone();
        tokio::spawn(async move {
            for round in 0..60 {
                let org = format!("org-{task}");
                let mut scope = begin(&app, &[&org]).await.unwrap();
                let read: Option<String> = sqlx::query_scalar(seen)
                    .fetch_one(&mut *scope)
                    .await
                    .unwrap();
                assert_eq!(read.as_deref(), Some(org.as_str()));
                // Committed, rolled back, dropped, broken in the middle.
                match (round + task) % 4 {
                    0 => scope.commit().await.unwrap(),
                    1 => scope.rollback().await.unwrap(),
                    2 => drop(scope),
                    _ => {
                        scope.execute("SELECT 1 / 0").await.unwrap_err();
                        drop(scope);
                    }
                }
                let outside: Option<String> =
                    sqlx::query_scalar(seen).fetch_one(&app).await.unwrap();
                assert_eq!(outside.unwrap_or_default(), "", "outside any transaction");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    begin(&app, &["a,b"]).await.unwrap_err();
}

/// Columns of the item row, each under the comment that names its writer.
#[tokio::test]
async fn each_column_of_an_item_has_a_writer_named() {
    let database = migrated().await;
    let sql = include_str!("../../../schemas/migrations/0001_pipeline.sql");
    let (_, table) = sql.split_once("CREATE TABLE items (").unwrap();
    let (table, _) = table.split_once("\n);").unwrap();
    let mut writer: Option<&str> = None;
    let mut named: Vec<&str> = Vec::new();
    for line in table.lines().map(str::trim) {
        match line.strip_prefix("-- ") {
            Some(comment) => writer = Some(comment),
            None if writer.is_some() => named.extend(line.split_whitespace().next()),
            None => assert_eq!(line, "", "no writer is named"),
        }
    }
    for group in [
        "content:",
        "thread:",
        "link:",
        "work:",
        "raised under the person lock",
    ] {
        assert!(table.contains(&format!("-- {group}")), "{group}");
    }
    let mut owner = PgConnection::connect(&database.owner_url).await.unwrap();
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'items'",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    for column in columns {
        assert!(
            named.contains(&column.as_str()),
            "{column}: name its writer in a comment group"
        );
    }
}
