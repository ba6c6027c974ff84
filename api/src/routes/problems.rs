//! `GET /problems/{slug}`: the pages that problems lead to.

use std::fmt::Write as _;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use crate::http::extract::Path;
use crate::http::kinds::{self, Kind};
use crate::http::problem::Problem;

/// Every kind of problem
#[utoipa::path(get, path = "/problems", tag = "about", security(()),
    responses((status = 200, body = String, content_type = "text/html; charset=utf-8")))]
pub async fn list() -> Response {
    let mut body = String::from("<h1>Problems</h1>\n<ul>\n");
    for kind in kinds::ALL {
        // Writing to a String cannot fail.
        let line = writeln!(
            body,
            "<li><a href=\"/problems/{}\">{}</a> {}</li>",
            kind.slug, kind.slug, kind.title
        );
        debug_assert!(line.is_ok());
    }
    body.push_str("</ul>\n");
    page("Problems", &body)
}

/// One kind of problem
#[utoipa::path(get, path = "/problems/{slug}", tag = "about", security(()),
    params(("slug" = String, Path,)),
    responses((status = 200, body = String, content_type = "text/html; charset=utf-8")))]
pub async fn get(Path(slug): Path<String>) -> Result<Response, Problem> {
    let kind: &Kind = kinds::ALL
        .iter()
        .find(|kind| kind.slug == slug)
        .ok_or_else(|| Problem::not_found("problem"))?;
    let text = kind.page.replace('<', "&lt;");
    let body = format!(
        "<h1>{}</h1>\n<p>Status {}.</p>\n<p>{text}</p>\n",
        kind.title,
        kind.status.as_u16()
    );
    Ok(page(kind.title, &body))
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n{body}</html>\n"
    );
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}
