//! Who may call: signatures, tokens, kinds of authentication, scopes, permissions.

use reqwest::Method;
use serde_json::{Value, json};
use x_sim::api::knobs::Tier;

use crate::client::{Auth, Sim, ada, app, brand, header};

async fn token(sim: &Sim, form: &str, basic: Option<(&str, &str)>) -> (u16, Value) {
    let mut request = sim
        .client()
        .post(sim.url("/2/oauth2/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    if let Some((id, secret)) = basic {
        request = request.basic_auth(id, Some(secret));
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn signatures_are_checked() {
    let sim = Sim::start(Tier::SelfServe).await;
    let me = sim
        .get(&brand(), "/2/users/me?user.fields=created_at")
        .await;
    assert_eq!(me["data"]["username"], "brand");
    let url = sim.url("/2/users/me");
    let now = chrono::Utc::now().timestamp();
    let good = header(&Method::GET, &url, "11-token", "11-secret", "once", now);
    let send = |header: String| {
        sim.client()
            .get(&url)
            .header("authorization", header)
            .send()
    };
    assert_eq!(send(good.clone()).await.unwrap().status(), 200);
    assert_eq!(
        send(good).await.unwrap().status(),
        401,
        "a nonce works once"
    );
    for (token, secret, time) in [
        ("11-token", "wrong", now),
        ("other", "11-secret", now),
        ("11-token", "11-secret", now - 3_600),
    ] {
        let bad = header(
            &Method::GET,
            &url,
            token,
            secret,
            &format!("{token}{secret}{time}"),
            time,
        );
        let response = send(bad).await.unwrap();
        assert_eq!(response.status(), 401);
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["title"], "Unauthorized");
    }
    let (status, _) = sim
        .call(&Auth::None, Method::GET, "/2/users/me", None)
        .await;
    assert_eq!(status, 401);
    sim.stop().await;
}

#[tokio::test]
async fn the_wrong_kind_of_authentication_is_refused_by_name() {
    let sim = Sim::start(Tier::SelfServe).await;
    for (auth, method, path) in [
        (app(), Method::GET, "/2/users/me"),
        (app(), Method::GET, "/2/dm_events"),
        (brand(), Method::GET, "/2/webhooks"),
        (ada(), Method::GET, "/2/tweets/search/stream/rules"),
    ] {
        let (status, problem) = sim.call(&auth, method, path, None).await;
        assert_eq!(status, 403, "{path}");
        let kind = problem["type"].as_str().unwrap();
        assert!(
            kind.ends_with("/problems/unsupported-authentication"),
            "{kind}"
        );
    }
    sim.stop().await;
}

#[tokio::test]
async fn scopes_and_permissions_open_doors() {
    let sim = Sim::start(Tier::SelfServe).await;
    let apps = sim.control(Method::GET, "/apps", json!({})).await;
    let id = &apps[0]["id"];
    let new = json!({
        "app": id, "user": "@ada",
        "oauth2": {"scopes": ["tweet.read", "users.read"]},
        "oauth1": {"permission": "read"},
    });
    let made = sim.control(Method::POST, "/tokens", new).await;
    assert!(
        made["oauth2"]["refresh"].is_null(),
        "only offline.access is refreshed"
    );
    let reader = Auth::Bearer(made["oauth2"]["access"].as_str().unwrap().to_owned());
    let text = |name: &str| made["oauth1"][name].as_str().unwrap().to_owned();
    let read_only = Auth::OAuth1(text("token"), text("secret"));
    for auth in [&reader, &read_only] {
        assert_eq!(sim.get(auth, "/2/users/me").await["data"]["id"], "21");
        let (status, _) = sim.post(auth, "/2/tweets", json!({"text": "x"})).await;
        assert_eq!(status, 403);
        let (status, _) = sim.call(auth, Method::GET, "/2/dm_events", None).await;
        assert_eq!(status, 403);
    }
    let path = format!("/tokens/{}", text("token"));
    sim.control(Method::DELETE, &path, json!({})).await;
    let (status, _) = sim.call(&read_only, Method::GET, "/2/users/me", None).await;
    assert_eq!(status, 401, "a revoked token is none");
    sim.stop().await;
}

#[tokio::test]
async fn refresh_tokens_rotate_and_access_tokens_expire() {
    let sim = Sim::start(Tier::SelfServe).await;
    sim.advance(7_199).await;
    sim.get(&ada(), "/2/users/me").await;
    sim.advance(2).await;
    let (status, _) = sim.call(&ada(), Method::GET, "/2/users/me", None).await;
    assert_eq!(status, 401);
    let client = Some(("client", "client-secret"));
    let form = "grant_type=refresh_token&refresh_token=ada-refresh";
    assert_eq!(token(&sim, form, Some(("client", "wrong"))).await.0, 401);
    let (status, fresh) = token(&sim, form, client).await;
    assert_eq!((status, &fresh["expires_in"]), (200, &json!(7_200)));
    let access = Auth::Bearer(fresh["access_token"].as_str().unwrap().to_owned());
    assert_eq!(sim.get(&access, "/2/users/me").await["data"]["id"], "21");
    assert_eq!(
        token(&sim, form, client).await.0,
        400,
        "the old one is spent"
    );
    let next = fresh["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={next}");
    assert_eq!(token(&sim, &form, client).await.0, 200);
    sim.stop().await;
}

#[tokio::test]
async fn app_only_tokens_and_codes() {
    let sim = Sim::start(Tier::SelfServe).await;
    let (status, bearer) = token(
        &sim,
        "grant_type=client_credentials",
        Some(("consumer-key", "consumer-secret")),
    )
    .await;
    assert_eq!((status, &bearer["token_type"]), (200, &json!("bearer")));
    let bearer = Auth::Bearer(bearer["access_token"].as_str().unwrap().to_owned());
    assert_eq!(
        sim.get(&bearer, "/2/users/11").await["data"]["username"],
        "brand"
    );
    let apps = sim.control(Method::GET, "/apps", json!({})).await;
    // The verifier and challenge of RFC 7636, appendix B.
    let code = |lives: &str| {
        json!({"app": apps[0]["id"], "user": "@ben", "code": {
            "redirect_uri": format!("https://example.com/{lives}"),
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "scopes": ["tweet.read", "users.read", "offline.access"],
        }})
    };
    let form = |code: &Value, to: &str| {
        format!(
            "grant_type=authorization_code&code={}&redirect_uri=https%3A%2F%2Fexample.com%2F{to}\
             &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&client_id=client",
            code["code"].as_str().unwrap()
        )
    };
    let made = sim.control(Method::POST, "/tokens", code("back")).await;
    assert_eq!(token(&sim, &form(&made, "elsewhere"), None).await.0, 400);
    let made = sim.control(Method::POST, "/tokens", code("back")).await;
    let (status, issued) = token(&sim, &form(&made, "back"), None).await;
    assert_eq!(status, 200, "{issued}");
    assert!(issued["refresh_token"].is_string());
    let made = sim.control(Method::POST, "/tokens", code("late")).await;
    sim.advance(31).await;
    assert_eq!(
        token(&sim, &form(&made, "late"), None).await.0,
        400,
        "a code lives 30 s"
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_revocation_is_told_of_and_takes_the_tokens() {
    let sim = Sim::start(Tier::SelfServe).await;
    sim.get(&ada(), "/2/users/me").await;
    sim.control(Method::POST, "/revocations", json!({"account": "@ada"}))
        .await;
    assert_eq!(
        sim.call(&ada(), Method::GET, "/2/users/me", None).await.0,
        401
    );
    let form = "grant_type=refresh_token&refresh_token=ada-refresh";
    assert_eq!(
        token(&sim, form, Some(("client", "client-secret"))).await.0,
        400
    );
    sim.get(&brand(), "/2/users/me").await;
    sim.stop().await;
}
