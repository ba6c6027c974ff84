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
