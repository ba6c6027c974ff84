//! Changes of one field of a profile, which X Activity tells as `{before, after}`.

use schemas::records::{Enriched, Profile, Received};
use schemas::{Kind, ids};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::lenient::{Flag, Str, is_id};
use crate::reasons::{MALFORMED_PROFILE, PROFILE_FIELD_UNUSED, Refusal};
use crate::{fact, json, xaa};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Change<'a> {
    #[serde(borrow)]
    after: Option<&'a RawValue>,
}

/// The change of a field, which is the end of the event's name.
pub fn update(received: &Received, json: &str, field: &str) -> Result<Vec<Enriched>, Refusal> {
    let event: xaa::Event<'_, Change<'_>> = json::read(json)?;
    let filter = event.filter.get().and_then(|filter| filter.user_id.get());
    let user = filter.or(Some(received.account.as_str()).filter(|id| is_id(id)));
    let user = user.ok_or_else(|| Refusal::dead(MALFORMED_PROFILE, "no user id"))?;
    let after = event
        .payload
        .get()
        .and_then(|change| change.after)
        .map_or("null", RawValue::get);
    let profile = Profile {
        x_id: user.to_owned(),
        observed_at: received.received_at,
        ..changed(field, after)?
    };
    Ok(vec![Enriched {
        item_id: ids::person(&received.org, user),
        person_id: user.to_owned(),
        profiles: vec![profile],
        ..fact::about(received, Kind::Post, user, "profile")
    }])
}

fn changed(field: &str, after: &str) -> Result<Profile, Refusal> {
    let missing = || Refusal::dead(MALFORMED_PROFILE, format!("no new value of {field}"));
    let text: Str<'_> = serde_json::from_str(after).unwrap_or_default();
    let needed = || text.owned().ok_or_else(missing);
    // What was emptied is told as an empty text; null means that X did not speak of it.
    let emptied = || Some(text.get().unwrap_or_default().to_owned());
    let empty = Profile::default();
    Ok(match field {
        "bio" => Profile {
            description: emptied(),
            ..empty
        },
        "geo" => Profile {
            location: emptied(),
            ..empty
        },
        "profile_picture" => Profile {
            avatar_url: emptied(),
            ..empty
        },
        "handle" => Profile {
            handle: Some(handle(&needed()?)),
            ..empty
        },
        // X's prose says display name, its change log says handle: only an @ tells the latter.
        "screenname" => match needed()? {
            at if at.starts_with('@') && is_handle(&at[1..]) => Profile {
                handle: Some(handle(&at)),
                ..empty
            },
            name => Profile {
                name: Some(name),
                ..empty
            },
        },
        "verified_badge" => verified(after, &text).ok_or_else(missing)?,
        "banner_picture" | "url" | "affiliate_badge" => {
            return Err(Refusal::Skip(PROFILE_FIELD_UNUSED));
        }
        _ => {
            return Err(Refusal::dead(
                crate::reasons::UNKNOWN_EVENT,
                "field of a profile",
            ));
        }
    })
}

/// X shows no example of this event: a flag and the name of a badge are both read.
fn verified(after: &str, text: &Str<'_>) -> Option<Profile> {
    let flag = serde_json::from_str::<Flag>(after)
        .ok()
        .and_then(|flag| flag.0);
    let badge = text
        .filled()
        .filter(|_| flag.is_none())
        .map(str::to_ascii_lowercase);
    let verified = flag.or_else(|| badge.as_deref().map(|badge| badge != "none"))?;
    Some(Profile {
        verified: Some(verified),
        verified_type: badge,
        ..Profile::default()
    })
}

fn handle(text: &str) -> String {
    text.trim_start_matches('@').to_owned()
}

fn is_handle(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=15).contains(&text.len()) && text.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields that a change speaks of.
    fn said(field: &str, after: &str) -> String {
        let mut profile = serde_json::to_value(changed(field, after).unwrap()).unwrap();
        let fields = profile.as_object_mut().unwrap();
        fields.retain(|name, value| !value.is_null() && name != "x_id" && name != "observed_at");
        profile.to_string()
    }

    #[test]
    fn a_change_touches_its_field_alone() {
        for (field, after, expected) in [
            ("bio", r#""Bakes.""#, r#"{"description":"Bakes."}"#),
            ("bio", "null", r#"{"description":""}"#),
            ("geo", r#""Ulm""#, r#"{"location":"Ulm"}"#),
            (
                "profile_picture",
                r#""https://p""#,
                r#"{"avatar_url":"https://p"}"#,
            ),
            ("handle", r#""@bo_b""#, r#"{"handle":"bo_b"}"#),
            ("screenname", r#""Bo""#, r#"{"name":"Bo"}"#),
            ("screenname", r#""@bo_b""#, r#"{"handle":"bo_b"}"#),
            ("screenname", r#""@ home""#, r#"{"name":"@ home"}"#),
            ("verified_badge", "true", r#"{"verified":true}"#),
            (
                "verified_badge",
                r#""Blue""#,
                r#"{"verified":true,"verified_type":"blue"}"#,
            ),
        ] {
            assert_eq!(said(field, after), expected, "{field} {after}");
        }
        assert_eq!(
            changed("handle", "null").unwrap_err().reason(),
            MALFORMED_PROFILE
        );
        assert_eq!(
            changed("url", "null").unwrap_err().reason(),
            PROFILE_FIELD_UNUSED
        );
    }
}
