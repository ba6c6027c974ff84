//! How requests are refused: a problem of a kind, with a page of its own.
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests; tables are long"
)]

mod common;

use api::http::auth::Role;
use axum::http::Request;
use common::desk;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn every_refusal_is_a_problem_with_a_page() {
    let desk = desk().await;
    let key = desk.key("acme", Role::Lead, true).await;
    let once = Uuid::new_v4().to_string();
    let send = async |method: &str, path: &str, body: Vec<u8>, kind: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", &once)
            .header("content-type", kind);
        desk.send(request.body(body.into()).unwrap()).await
    };
    let json_type = "application/json";
    for (method, path, body, kind, problem) in [
        ("GET", "/nowhere", vec![], json_type, "not-found"),
        (
            "PATCH",
            "/api/v1/tiles",
            vec![],
            json_type,
            "method-not-allowed",
        ),
        (
            "GET",
            "/api/v1/tiles?tz=Mars/Base",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/tiles?on=%2B262142-01-01",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/tiles?on=1999-12-31",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/tiles?what=1",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?limit=0",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?limit=201",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?cursor=x",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?q=%00",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        (
            "GET",
            "/api/v1/threads?person=%00",
            vec![],
            json_type,
            "invalid-parameter",
        ),
        ("GET", "/api/v1/people/%00", vec![], json_type, "not-found"),
        ("GET", "/api/v1/people/%FF", vec![], json_type, "not-found"),
        ("GET", "/api/v1/items/7", vec![], json_type, "not-found"),
        ("GET", "/api/v1/threads/7", vec![], json_type, "not-found"),
        (
            "POST",
            "/api/v1/codes",
            b"{".to_vec(),
            json_type,
            "malformed-request",
        ),
        (
            "POST",
            "/api/v1/codes",
            b"\xff".to_vec(),
            json_type,
            "malformed-request",
        ),
        (
            "POST",
            "/api/v1/codes",
            vec![b' '; 2 << 20],
            json_type,
            "payload-too-large",
        ),
        (
            "POST",
            "/api/v1/codes",
            b"{}".to_vec(),
            "text/plain",
            "unsupported-media-type",
        ),
        (
            "POST",
            "/api/v1/codes",
            b"{}".to_vec(),
            json_type,
            "invalid-value",
        ),
        (
            "POST",
            "/api/v1/codes",
            br#"{"kind":"reason","code":"\u0000","label":"x"}"#.to_vec(),
            json_type,
            "invalid-value",
        ),
        (
            "POST",
            "/api/v1/codes",
            br#"{"kind":"reason","code":"\ud800","label":"x"}"#.to_vec(),
            json_type,
            "malformed-request",
        ),
        ("GET", "/api/v1/audit", vec![], json_type, "forbidden"),
    ] {
        let answer = send(method, path, body, kind).await;
        assert_eq!(answer.problem(), problem, "{method} {path}");
        let told = answer.json();
        assert_eq!(told["trace_id"].as_str().unwrap().len(), 32);
        assert_eq!(told["status"], json!(answer.status.as_u16()));
        let page = desk.get("none", told["type"].as_str().unwrap()).await;
        assert_eq!(page.status, 200);
    }
    let allowed = send("PATCH", "/api/v1/tiles", vec![], json_type).await;
    assert_eq!(allowed.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn more_than_the_rate_is_told_when_to_come_back() {
    let config = common::CONFIG.replacen("rate = 10000", "rate = 2", 1);
    let desk = common::desk_with(&config, std::sync::Arc::new(common::TwoLinked)).await;
    let key = desk.key("acme", Role::Viewer, true).await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = desk.get(&key, "/api/v1/codes").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("20 requests within a second are more than 2");
    assert_eq!(
        (refused.header("retry-after"), refused.problem().as_str()),
        (Some("1"), "too-many-requests")
    );
    let other = desk.key("bolt", Role::Viewer, true).await;
    assert_eq!(desk.get(&other, "/api/v1/codes").await.status, 200);
}
