//! Records in quarantine by their ids, and how one is sent again.

use schemas::records::Quarantined;
use schemas::topics::{ALL, QUARANTINE_MESSAGES, QUARANTINE_POSTS};

use crate::stage::{Outgoing, Position};

/// Why a record of the quarantine cannot be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAgain {
    /// It was kept before there was a record of it.
    #[error(
        "it never became a record: send its bytes to the webhook again (`earshot quarantine show`)"
    )]
    NeverARecord,
    /// No topic takes it.
    #[error("it is larger than its topic takes")]
    TooLarge,
}

/// The id of a record in quarantine: `posts-3-17`, kind, partition and offset.
pub fn id(at: &Position) -> String {
    let kind = if at.topic == &QUARANTINE_POSTS {
        "posts"
    } else {
        "messages"
    };
    format!("{kind}-{}-{}", at.partition, at.offset)
}

/// Where the record of that id lies; `None` for what is no such id.
pub fn position(id: &str) -> Option<Position> {
    let mut parts = id.split('-');
    let topic = match parts.next()? {
        "posts" => &QUARANTINE_POSTS,
        "messages" => &QUARANTINE_MESSAGES,
        _ => return None,
    };
    let (partition, offset) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(Position {
        topic,
        partition,
        offset,
    })
}

/// The record as it came to its topic, to be sent there again.
pub fn again(kept: Quarantined) -> Result<Outgoing, NotAgain> {
    let topic = ALL.iter().find(|topic| topic.name == kept.topic);
    let record = Outgoing {
        topic: topic.copied().ok_or(NotAgain::NeverARecord)?,
        partition: kept.partition,
        key: kept.key.unwrap_or_default(),
        value: Some(kept.value),
        erases: false,
    };
    if record.too_large() {
        return Err(NotAgain::TooLarge);
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::producer::RECORD_BYTES_MAX;

    #[test]
    fn an_id_names_its_place_and_nothing_else_does() {
        for name in ["posts-3-17", "messages-0-0"] {
            assert_eq!(position(name).map(|at| id(&at)).as_deref(), Some(name));
        }
        for name in [
            "",
            "posts",
            "posts-3",
            "posts-3-17-1",
            "post-3-17",
            "posts-a-1",
            "posts--1-2",
        ] {
            assert_eq!(position(name), None, "{name}");
        }
    }

    #[test]
    fn a_record_goes_again_as_it_came() {
        let kept = Quarantined {
            topic: "x.raw.posts.v1".to_owned(),
            partition: 3,
            key: Some(b"k".to_vec()),
            value: b"v".to_vec(),
            ..Quarantined::default()
        };
        let record = again(kept.clone()).unwrap();
        assert_eq!((record.topic.name, record.partition), ("x.raw.posts.v1", 3));
        assert_eq!(
            (record.key, record.value),
            (b"k".to_vec(), Some(b"v".to_vec()))
        );
        let large = Quarantined {
            value: vec![0; RECORD_BYTES_MAX + 1],
            ..kept.clone()
        };
        assert_eq!(again(large), Err(NotAgain::TooLarge));
        let hook = Quarantined {
            topic: "webhook".to_owned(),
            ..kept
        };
        assert_eq!(again(hook), Err(NotAgain::NeverARecord));
    }
}
