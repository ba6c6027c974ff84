//! The organisation's configuration: as it is in force, as it was, and a text looked over before it is.

use axum::Json;
use axum::extract::State;
use schemas::org_config::{self, ConfigError, OrgConfig, Problem as Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::http::auth::Ops;
use crate::http::extract::{Body, Query};
use crate::http::page::{self, Page, PageQuery, TimeCursor};
use crate::http::problem::Problem;
use crate::pg::config_versions as rows;
use crate::view::config_version::ConfigVersion;
use crate::view::health::Configuration;

/// A configuration as it is in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct InForce {
    /// Every setting in the names of the file; `***` stands for a secret. Null while the
    /// organisation is not configured.
    #[schema(value_type = Option<Object>)]
    pub organisation: Option<serde_json::Value>,
    pub state: Configuration,
}

/// How a configuration is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `socialConfig.<org>={…}`, as a file of properties or a key of Consul has it.
    Properties,
    Toml,
}

/// A configuration to be looked over.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigText {
    #[schema(inline)]
    pub form: Form,
    pub text: String,
}

/// One thing that is wrong with a text, or worth knowing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Remark {
    /// Organisation; empty where none could be read.
    pub organisation: String,
    pub key: String,
    /// What is wrong and what to do. Never a value.
    pub what: String,
}

/// What became of a text that was looked over.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookedOver {
    /// Whether it would be taken.
    pub valid: bool,
    /// Organisations that it configures.
    pub organisations: Vec<String>,
    pub problems: Vec<Remark>,
    pub warnings: Vec<Remark>,
}

/// The organisation's configuration as it is in force
#[utoipa::path(get, path = "/api/v1/config", tag = "administration",
    responses((status = 200, body = InForce)))]
pub async fn get(State(app): State<App>, Ops(caller): Ops) -> Json<InForce> {
    let org = app.org(&caller.org);
    Json(InForce {
        organisation: org.config().map(OrgConfig::shown),
        state: app.configuration(&caller.org),
    })
}

/// What the configuration was and what was refused, newest first; the last 200
#[utoipa::path(get, path = "/api/v1/config/versions", tag = "administration", params(PageQuery),
    responses((status = 200, body = Page<ConfigVersion>)))]
pub async fn versions(
    State(app): State<App>,
    Ops(caller): Ops,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ConfigVersion>>, Problem> {
    let limit = page::limit(query.limit)?;
    let place = page::place(query.cursor.as_deref())?;
    let mut transaction = app.begin(&caller).await?;
    let found = rows::page(&mut transaction, &caller.org, place, limit + 1).await?;
    transaction.commit().await?;
    Ok(Json(Page::cut(found, limit, |last| {
        page::encode(&TimeCursor::at(last.at, last.version_id))
    })))
}

/// Looks a configuration over; nothing of it is kept
#[utoipa::path(post, path = "/api/v1/config/validate", tag = "administration", request_body = ConfigText,
    responses((status = 200, body = LookedOver)))]
pub async fn validate(
    Ops(_): Ops,
    Body(draft): Body<ConfigText>,
) -> Result<Json<LookedOver>, Problem> {
    let read = match draft.form {
        Form::Properties => org_config::parse(&draft.text),
        Form::Toml => org_config::parse_toml(&draft.text),
    };
    Ok(Json(match read {
        Ok(orgs) => LookedOver {
            valid: true,
            organisations: orgs.iter().map(|org| org.org_id.clone()).collect(),
            problems: Vec::new(),
            warnings: orgs.warnings().iter().map(remark).collect(),
        },
        Err(ConfigError { problems }) => LookedOver {
            valid: false,
            organisations: Vec::new(),
            problems: problems.iter().map(remark).collect(),
            warnings: Vec::new(),
        },
    }))
}

fn remark(wrong: &Wrong) -> Remark {
    Remark {
        organisation: wrong.org.clone(),
        key: wrong.key.clone(),
        what: wrong.what.clone(),
    }
}
