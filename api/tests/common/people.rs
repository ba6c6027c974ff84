//! People who sign in, and their requests.

use api::http::auth::Role;
use api::users::{Directory, Wanted};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Desk};

pub const PASSWORD: &str = "correct horse battery";

/// A browser with a session.
#[derive(Debug, Clone)]
pub struct Browser {
    pub cookie: String,
    pub csrf: String,
    pub user_id: String,
}

impl Desk {
    pub fn directory(&self) -> Directory<'_> {
        Directory {
            pool: &self.pg,
            clock: &self.clock,
            by: "test",
        }
    }

    /// Adds a user `<name>@<org>.example` with [`PASSWORD`].
    pub async fn user(&self, org: &str, name: &str, role: Role, messages: bool) -> String {
        let email = format!("{}@{org}.example", name.to_lowercase());
        let wanted = Wanted {
            email: &email,
            name,
            role,
            messages,
        };
        let directory = self.directory();
        directory
            .add(org, wanted, &api::users::mint(&mut rand::rng()))
            .await
            .unwrap();
        directory
            .set_password(&email, PASSWORD.into())
            .await
            .unwrap();
        email
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.open("/api/v1/session", &body).await
    }

    /// A request of nobody.
    pub async fn open(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("host", "localhost:8081");
        self.send(request.body(body.to_string().into()).unwrap())
            .await
    }

    /// A user who has signed in.
    pub async fn browser(&self, org: &str, name: &str, role: Role, messages: bool) -> Browser {
        let email = self.user(org, name, role, messages).await;
        Browser::of(self.sign_in(&email, PASSWORD).await)
    }

    pub async fn see(&self, browser: &Browser, path: &str) -> Answer {
        let request = Request::get(path).header("cookie", &browser.cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The rows of a list, all its pages.
    pub async fn rows(&self, browser: &Browser, query: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut next = String::new();
        loop {
            // Two at a time: the order holds over pages.
            let path = format!("/api/v1/threads?limit=2&{query}{next}");
            let page = self.see(browser, &path).await.ok();
            rows.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => return rows,
            }
        }
    }

    /// The list of views: each one's count is the sum of its list's badges; all is the tile.
    pub async fn views_hold(&self, browser: &Browser) -> Vec<(String, i64)> {
        let views = self.see(browser, "/api/v1/views").await.ok();
        let mut counts = Vec::new();
        for view in views["items"].as_array().unwrap() {
            let filter = view["filter"].as_object().unwrap().iter();
            let query = filter.map(|(name, value)| {
                let text = value.as_str().unwrap_or("true").replace(' ', "%20");
                format!("{name}={text}&")
            });
            let rows = self.rows(browser, &query.collect::<String>()).await;
            let badges: i64 = rows.iter().map(|row| row["count"].as_i64().unwrap()).sum();
            assert_eq!(view["count"], badges, "{view}");
            counts.push((view["id"].as_str().unwrap().to_owned(), badges));
        }
        let tiles = self.see(browser, "/api/v1/tiles").await.ok();
        assert_eq!(tiles["active"]["count"], counts[0].1);
        counts
    }

    /// A write of a browser, with a key of its own.
    pub async fn act(&self, browser: &Browser, method: &str, path: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", &browser.cookie)
            .header("x-csrf-token", &browser.csrf)
            .header("idempotency-key", Uuid::new_v4().to_string())
            .header("content-type", "application/json");
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(body).unwrap()
        };
        self.send(request.body(bytes.into()).unwrap()).await
    }
}

impl Browser {
    /// From the answer to a sign-in.
    pub fn of(answer: Answer) -> Self {
        let cookie = answer.header("set-cookie").unwrap().split(';').next();
        let cookie = cookie.unwrap().to_owned();
        let session = answer.ok();
        Self {
            cookie,
            csrf: session["csrf"].as_str().unwrap().to_owned(),
            user_id: session["user"]["user_id"].as_str().unwrap().to_owned(),
        }
    }
}
