//! What users change of their own. No command: it sets values, and a password is not kept in the
//! fingerprint of a key.

use axum::Json;
use axum::extract::State;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::App;
use crate::http::auth::{Caller, SignedIn, User};
use crate::http::extract::Body;
use crate::http::kinds;
use crate::http::problem::Problem;
use crate::pg::users as rows;
use crate::signin::passwords;
use crate::users;
use crate::view::user::Me;

/// Bytes of a user's settings.
const SETTINGS_BYTES_MAX: usize = 8 * 1024;

/// What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeChange {
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// IANA name; null for the organisation's.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub time_zone: Option<String>,
    /// Put over the settings that are there, member by member; null forgets one. 8 KiB in all.
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Map<String, Value>>,
    pub password: Option<PasswordChange>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[schema(value_type = String, format = Password)]
    pub old: SecretString,
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 200)]
    pub new: SecretString,
}

// Null is a value here, kept as the empty text; absent is not.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let zone: Option<String> = Option::deserialize(from)?;
    Ok(Some(zone.unwrap_or_default()))
}

/// Changes one's own name, time zone, settings, password; a new password ends one's other sessions
#[utoipa::path(patch, path = "/api/v1/me", tag = "session", request_body = MeChange,
    responses((status = 200, body = Me)))]
pub async fn patch(
    State(app): State<App>,
    SignedIn(caller, user): SignedIn,
    Body(body): Body<MeChange>,
) -> Result<Json<Me>, Problem> {
    let name = body.name.as_deref().map(users::name).transpose()?;
    let zone = body.time_zone.as_deref();
    if let Some(zone) = zone.filter(|zone| !zone.is_empty()) {
        let known = zone.parse::<chrono_tz::Tz>();
        known.map_err(|_| Problem::value("/time_zone", "expected an IANA name"))?;
    }
    let password = match body.password {
        Some(change) => Some(new_password(&app, &caller, &user, change).await?),
        None => None,
    };
    let settings = body.settings.unwrap_or_default();
    let (forgotten, kept): (Map<_, _>, Map<_, _>) =
        settings.into_iter().partition(|(_, value)| value.is_null());
    let without: Vec<String> = forgotten.into_iter().map(|(name, _)| name).collect();
    let own = rows::Own {
        name,
        time_zone: zone,
        settings: Some(&Value::Object(kept)),
        without: &without,
    };
    let who = (caller.org.as_str(), user.user_id);
    let mut transaction = app.begin(&caller).await?;
    let settings = rows::change_own(&mut transaction, who, own).await?;
    if settings.to_string().len() > SETTINGS_BYTES_MAX {
        return Err(Problem::value("/settings", "more than 8 KiB in all"));
    }
    if let Some(password) = password {
        let by = (caller.org.as_str(), caller.actor.as_str());
        let whom = (user.user_id, Some(user.session.as_slice()));
        users::keep_password(&mut transaction, by, whom, &password, app.now()).await?;
    }
    let known = rows::load(&mut transaction, &caller.org, user.user_id).await?;
    transaction.commit().await?;
    let known = known.ok_or_else(|| Problem::not_found("user"))?;
    Ok(Json(known.into()))
}

async fn new_password(
    app: &App,
    caller: &Caller,
    user: &User,
    change: PasswordChange,
) -> Result<String, Problem> {
    passwords::check("/password/new", &change.new)?;
    app.throttle()
        .enter_as(user.user_id.as_bytes().to_vec(), app.now())?;
    let mut transaction = app.begin(caller).await?;
    let known = rows::load(&mut transaction, &caller.org, user.user_id).await?;
    transaction.commit().await?;
    let kept = known.and_then(|known| known.password);
    if !app.passwords().verify(change.old, kept).await? {
        return Err(
            Problem::new(&kinds::VALUE, "The old password is wrong.").at(
                "/password/old",
                "wrong",
                "not the password",
            ),
        );
    }
    app.passwords().hash(change.new).await
}
