//! The desk in the browser: the files of `web/build`, every other path its first page. With what
//! keeps a browser from doing for others what it does for us.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use crate::App;
use crate::http::kinds;
use crate::http::problem::Problem;

/// First parts of paths that are not the desk's.
const API: &[&str] = &["api", "social", "registry", "problems", "openapi.json"];
/// Files below it have their hash in the name.
const IMMUTABLE: &str = "/_app/immutable/";
const NOT_BUILT: &str = "The desk is not built.\n\n\
    Build it in the directory web of the project: npm ci && npm run build (make demo does it too).\n\
    Then load this page again. Another directory is named by the key desk.dir.\n\
    The API is there already: /openapi.json\n";

/// The built desk in a directory. It may be built anew meanwhile.
pub struct Desk {
    dir: PathBuf,
    page: Mutex<Option<Page>>,
}

/// The first page as it was when the file was written.
#[derive(Clone)]
struct Page {
    written: SystemTime,
    html: Bytes,
    policy: HeaderValue,
}

impl Desk {
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            page: Mutex::new(None),
        }
    }

    fn known(&self, written: SystemTime) -> Option<Page> {
        let page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        page.clone().filter(|page| page.written == written)
    }

    async fn page(&self) -> Option<Page> {
        let path = self.dir.join("index.html");
        let written = tokio::fs::metadata(&path).await.ok()?.modified().ok()?;
        if let Some(page) = self.known(written) {
            return Some(page);
        }
        let html = tokio::fs::read_to_string(&path).await.ok()?;
        let page = Page {
            written,
            policy: HeaderValue::try_from(policy(&html)).ok()?,
            html: html.into(),
        };
        let mut known = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(page.clone());
        Some(page)
    }

    async fn file(&self, request: Request) -> Option<Response> {
        let files = ServeDir::new(&self.dir)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip();
        let Ok(answer) = files.oneshot(request).await;
        (answer.status() != StatusCode::NOT_FOUND).then(|| answer.map(Body::new))
    }
}

/// Whether a path is the desk's.
pub fn is_desk(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    !API.contains(&first.unwrap_or_default())
}

/// A file of the desk, or its first page, which knows what to show at a path.
pub async fn serve(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let missing = || Problem::not_found("page").into_response();
    if !is_desk(&path) {
        return missing();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(&kinds::METHOD, "The desk is only read.").into_response();
    }
    let Some(desk) = app.desk() else {
        return missing();
    };
    let Some(page) = desk.page().await else {
        return if path == "/" { not_built() } else { missing() };
    };
    let named = Path::new(&path).extension().is_some();
    let mut answer = if named && path != "/index.html" {
        let Some(mut answer) = desk.file(request).await else {
            return missing();
        };
        let keep = if path.starts_with(IMMUTABLE) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
        answer
    } else {
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-cache"),
        ];
        (headers, page.html).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, page.policy);
    guard(headers, app.base_url());
    answer
}

fn not_built() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (HeaderName::from_static("x-finished"), "1"),
    ];
    (StatusCode::NOT_FOUND, headers, NOT_BUILT).into_response()
}

fn guard(headers: &mut HeaderMap, base_url: Option<&str>) {
    let fixed = [
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if base_url.is_some_and(|url| url.starts_with("https:")) {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}

/// What the page may load and run: its own, and the scripts that stand in it.
fn policy(html: &str) -> String {
    let hash = |script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    let hashes = inline_scripts(html).map(hash);
    let scripts: Vec<String> = std::iter::once("'self'".to_owned()).chain(hashes).collect();
    let scripts = scripts.join(" ");
    format!(
        "default-src 'self'; script-src {scripts}; img-src 'self' data: blob:; connect-src 'self'; \
         object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}

fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_stand_in_the_page_are_allowed_by_their_hash() {
        let html = "<head><script src=\"/a.js\"></script><script>alert(1)</script>\
                    <script type=\"module\">\nrun()\n</script></head>";
        let scripts: Vec<&str> = inline_scripts(html).collect();
        assert_eq!(scripts, ["alert(1)", "\nrun()\n"]);
        let policy = policy(html);
        // The hash of alert(1), as browsers tell it.
        let known = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='";
        assert!(policy.contains(known), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }

    #[test]
    fn the_api_and_the_desk_are_told_apart_by_the_first_part() {
        for path in [
            "/",
            "/t/abc",
            "/apiary",
            "/_app/version.json",
            "/customers/1",
        ] {
            assert!(is_desk(path), "{path}");
        }
        for path in [
            "/api",
            "/api/v1/x",
            "//api/v1",
            "/problems",
            "/registry/x",
            "/openapi.json",
        ] {
            assert!(!is_desk(path), "{path}");
        }
    }
}
