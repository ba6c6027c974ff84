//! Which keys of Consul to write, so that what stands below a prefix says what a text says.

use runtime::consul::{Versioned, Write};
use schemas::org_config::{entries, is_entry, others};

/// The writes; an error says why the layout of the keys cannot take the text.
pub fn plan(prefix: &str, standing: &[Versioned], text: &str) -> Result<Vec<Write>, String> {
    let own: Vec<&Versioned> = standing
        .iter()
        .filter(|one| is_entry(last(&one.key)))
        .collect();
    match own.first() {
        Some(first) => Ok(each(&own, folder(&first.key), text)),
        None => whole(prefix, standing, text),
    }
}

// One key for each entry, as `…/socialConfig.<org>`.
fn each(own: &[&Versioned], folder: &str, text: &str) -> Vec<Write> {
    let wanted = entries(text);
    let is = |one: &Versioned, name: &str| last(&one.key).eq_ignore_ascii_case(name);
    let mut writes = Vec::new();
    for (name, value) in &wanted {
        let now = own.iter().find(|one| is(one, name));
        if now.is_none_or(|now| now.value.trim() != value.trim()) {
            writes.push(Write {
                key: now.map_or_else(|| format!("{folder}{name}"), |now| now.key.clone()),
                value: Some(value.clone()),
                version: now.map_or(0, |now| now.version),
            });
        }
    }
    let gone = own
        .iter()
        .filter(|one| !wanted.iter().any(|(name, _)| is(one, name)));
    writes.extend(gone.map(|one| Write {
        key: one.key.clone(),
        value: None,
        version: one.version,
    }));
    writes
}

// One key that holds the text; where none does, that of the prefix itself.
fn whole(prefix: &str, standing: &[Versioned], text: &str) -> Result<Vec<Write>, String> {
    let mut texts = standing
        .iter()
        .filter(|one| !entries(&one.value).is_empty());
    let found = texts.next();
    if let (Some(one), Some(other)) = (found, texts.next()) {
        return Err(format!(
            "organisations stand in several texts, {} and {}: put them into one first",
            one.key, other.key
        ));
    }
    let now = found.or_else(|| standing.iter().find(|one| one.key == prefix));
    if let Some(now) = now {
        keeps(&now.key, &now.value, text)?;
    }
    Ok(vec![Write {
        key: now.map_or_else(|| prefix.to_owned(), |now| now.key.clone()),
        value: Some(text.to_owned()),
        version: now.map_or(0, |now| now.version),
    }])
}

/// A text may hold what belongs to others: what replaces it must hold that too.
pub fn keeps(place: &str, before: &str, after: &str) -> Result<(), String> {
    let after = others(after);
    let kept = |name: &str| after.iter().any(|(_, other)| other == name);
    let before = others(before).into_iter();
    let lost: Vec<String> = before
        .filter(|(_, name)| !kept(name))
        .map(|(line, _)| line.to_string())
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    // By line: what looks like a name may be a part of somebody's secret.
    Err(format!(
        "{place} holds other properties too (line {}), which would be lost: put them into the file",
        lost.join(", ")
    ))
}

fn last(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

fn folder(key: &str) -> &str {
    key.strip_suffix(last(key)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "config/social";
    const TEXT: &str = "socialConfig.acme={\"a\": 1}\nearshot.acme={}\n";

    // Key, version, value; of a write: a value, or none.
    type Planned = Vec<(String, u64, Option<String>)>;

    fn planned(standing: &[(&str, &str)], text: &str) -> Result<Planned, String> {
        let versions = standing.iter().zip(7..);
        let standing: Vec<Versioned> = versions
            .map(|((key, value), version)| Versioned {
                key: (*key).to_owned(),
                value: (*value).to_owned(),
                version,
            })
            .collect();
        let writes = plan(PREFIX, &standing, text)?;
        let shown = writes.into_iter();
        Ok(shown.map(|one| (one.key, one.version, one.value)).collect())
    }

    fn put(key: &str, version: u64, value: &str) -> (String, u64, Option<String>) {
        (key.to_owned(), version, Some(value.to_owned()))
    }

    #[test]
    fn a_text_goes_to_the_one_key_that_holds_one() {
        for (standing, expected) in [
            (vec![], put(PREFIX, 0, TEXT)),
            (vec![("config/social/", "")], put(PREFIX, 0, TEXT)),
            (vec![(PREFIX, "")], put(PREFIX, 7, TEXT)),
            (
                vec![("config/social/", ""), ("config/social/a.properties", TEXT)],
                put("config/social/a.properties", 8, TEXT),
            ),
            (
                vec![
                    ("config/social/other", "server.port=80"),
                    (PREFIX, "# none yet"),
                ],
                put(PREFIX, 8, TEXT),
            ),
        ] {
            assert_eq!(
                planned(&standing, TEXT).unwrap(),
                [expected],
                "{standing:?}"
            );
        }
        let two = [
            ("config/social/a", TEXT),
            ("config/social/b", "socialConfig.zeta={}"),
        ];
        assert!(planned(&two, TEXT).unwrap_err().contains("config/social/b"));
    }

    #[test]
    fn each_entry_goes_to_its_own_key_where_they_have_some() {
        let standing = [
            ("config/social/SocialConfig.ACME", "{\"a\": 1}\n"),
            ("config/social/socialConfig.gone", "{}"),
            ("config/social/other", "server.port=80"),
        ];
        let expected = vec![
            put("config/social/earshot.acme", 0, "{}"),
            ("config/social/socialConfig.gone".to_owned(), 8, None),
        ];
        assert_eq!(planned(&standing, TEXT).unwrap(), expected);
        let other = TEXT.replace('1', "2");
        let changed = planned(&standing, &other).unwrap();
        assert_eq!(
            changed[0],
            put("config/social/SocialConfig.ACME", 7, "{\"a\": 2}")
        );
    }

    #[test]
    fn what_belongs_to_others_is_not_lost() {
        let standing = [(PREFIX, "server.port=80\n# a comment\nsocialConfig.acme={}")];
        let why = planned(&standing, TEXT).unwrap_err();
        assert!(why.contains("(line 1)"), "{why}");
        let kept = format!("server.port = 81\n{TEXT}");
        assert_eq!(planned(&standing, &kept).unwrap(), [put(PREFIX, 7, &kept)]);
    }
}
