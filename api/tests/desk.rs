//! The built desk: its files, its first page at every path, and what a browser is told about it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request;
use common::{Answer, Desk, desk};

/// A built desk of a few files; goes with the value.
struct Built(PathBuf);

impl Built {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("earshot-desk-{}", uuid::Uuid::new_v4()));
        let immutable = dir.join("_app/immutable");
        std::fs::create_dir_all(&immutable).unwrap();
        std::fs::write(dir.join("favicon.svg"), "<svg/>").unwrap();
        std::fs::write(immutable.join("start.js"), "export {}").unwrap();
        std::fs::write(immutable.join("start.js.br"), "brotli").unwrap();
        std::fs::write(immutable.join("start.js.gz"), "gzip").unwrap();
        Self(dir)
    }

    fn page(&self, script: &str) {
        let html = format!("<!doctype html><script>{script}</script>");
        std::fs::write(self.0.join("index.html"), html).unwrap();
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn get(desk: &Desk, path: &str, encodings: &str) -> Answer {
    let request = Request::get(path).header("accept-encoding", encodings);
    desk.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_desk_is_served_and_guarded() {
    let built = Built::new();
    let mut desk = desk().await;
    desk.app = desk.app.serving_desk(built.0.clone());
    let none = get(&desk, "/", "").await;
    let said = String::from_utf8(none.bytes).unwrap();
    assert!(
        none.status == 404 && said.contains("npm run build"),
        "{said}"
    );
    assert_eq!(get(&desk, "/t/abc", "").await.status, 404);
    built.page("alert(1)");
    for path in ["/", "/index.html", "/t/cC4zMC45", "/welcome", "/hooks"] {
        let page = get(&desk, path, "br").await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(page.header("cache-control"), Some("no-cache"));
        assert!(page.bytes.ends_with(b"alert(1)</script>"));
    }
    let page = get(&desk, "/", "").await;
    insta::assert_snapshot!(page.header("content-security-policy").unwrap(), @"default-src 'self'; script-src 'self' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    assert!(
        page.header("permissions-policy")
            .unwrap()
            .contains("camera=()")
    );
}

#[tokio::test]
async fn files_come_as_they_were_built_and_nothing_else_does() {
    let built = Built::new();
    let mut desk = desk().await;
    desk.app = desk.app.serving_desk(built.0.clone());
    built.page("alert(1)");
    let path = "/_app/immutable/start.js";
    for (accepted, encoding, bytes) in [
        ("gzip, br", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("", None, "export {}"),
    ] {
        let file = get(&desk, path, accepted).await;
        assert_eq!(
            (file.status.as_u16(), file.header("content-encoding")),
            (200, encoding)
        );
        assert_eq!(file.bytes, bytes.as_bytes());
        assert_eq!(
            file.header("cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert!(
            file.header("content-type")
                .unwrap()
                .starts_with("text/javascript")
        );
    }
    let icon = get(&desk, "/favicon.svg", "").await;
    assert_eq!(icon.header("cache-control"), Some("no-cache"));
    for path in [
        "/_app/immutable/gone.js",
        "/../Cargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd.txt",
    ] {
        let missing = get(&desk, path, "").await;
        assert_eq!(
            (missing.status.as_u16(), missing.problem().as_str()),
            (404, "not-found"),
            "{path}"
        );
    }
    assert_eq!(get(&desk, "/api/nowhere", "").await.status, 401);
    let post = Request::post("/t/abc").body(Body::empty()).unwrap();
    assert_eq!(desk.send(post).await.problem(), "method-not-allowed");
}

#[tokio::test]
async fn a_desk_built_anew_brings_its_own_policy() {
    let built = Built::new();
    let mut desk = desk().await;
    desk.app = desk.app.serving_desk(built.0.clone());
    built.page("alert(1)");
    let policy = async || {
        let page = get(&desk, "/", "").await;
        page.header("content-security-policy").unwrap().to_owned()
    };
    let first = policy().await;
    assert_eq!(policy().await, first);
    built.page("alert(2)");
    let later = std::fs::File::options()
        .append(true)
        .open(built.0.join("index.html"))
        .unwrap();
    let past = std::time::SystemTime::now() + std::time::Duration::from_secs(2);
    later.set_modified(past).unwrap();
    assert_ne!(policy().await, first);
}
