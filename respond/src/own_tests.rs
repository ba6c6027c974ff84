use uuid::Uuid;
use x_client::ids::{DmConversationId, DmEventId, PostId, UserId};
use x_client::{PrivateText, PublicText};

use super::*;

fn reply(kind: &str, x_id: Option<&str>) -> Reply {
    let at = DateTime::UNIX_EPOCH;
    Reply {
        org: "acme".to_owned(),
        reply_id: Uuid::nil(),
        kind: kind.to_owned(),
        account: "11".to_owned(),
        thread_key: String::new(),
        item_id: Uuid::nil(),
        person_id: "21".to_owned(),
        customer_id: None,
        case_id: None,
        target: String::new(),
        text_hash: None,
        media_sha256: None,
        alt_text: String::new(),
        closes: Vec::new(),
        written_by: "key:dana".to_owned(),
        created_at: at,
        state: "posted".to_owned(),
        not_before: at,
        wait_reason: None,
        wait_place: None,
        attempts: 1,
        doubtful_since: None,
        started_at: Some(at),
        looks: 0,
        x_id: x_id.map(str::to_owned),
        posted_at: Some(at),
        resolved_by: None,
        failure: None,
        changed_at: at,
        revision: 3,
    }
}

fn private(to: Recipient) -> Act {
    let text = Some(PrivateText::new("order 4711").unwrap());
    Act::Private(Private { text, to })
}

#[test]
fn each_text_goes_to_the_topic_of_its_kind() {
    let now = DateTime::UNIX_EPOCH;
    let public = Act::Public(Public {
        text: PublicText::new("Sorry!").unwrap(),
        target: PostId::new("7").unwrap(),
        exclude: Vec::new(),
        summoned: true,
    });
    let (topic, routing, post) = fact(&reply("public", Some("90")), &public, now).unwrap();
    assert_eq!((topic.name, routing.as_str()), (ENRICHED_POSTS.name, "11"));
    assert_eq!(post.item_id, ids::item("acme", Kind::Post, "90"));
    assert_eq!(
        (post.author_id.as_str(), post.person_id.as_str()),
        ("11", "11")
    );
    let content = post.content.unwrap();
    assert_eq!(content.parent_x_id.as_deref(), Some("7"));
    assert_eq!(content.in_reply_to_x_id.as_deref(), Some("21"));
    assert_eq!(
        (content.text.as_str(), content.text_complete),
        ("Sorry!", false)
    );
    assert!(fact(&reply("public", None), &public, now).is_none());

    let user = Recipient::User(UserId::new("21").unwrap());
    let (topic, routing, message) =
        fact(&reply("message", Some("91")), &private(user), now).unwrap();
    assert_eq!(
        (topic.name, routing.as_str()),
        (ENRICHED_MESSAGES.name, "11-21")
    );
    assert_eq!(
        (message.kind, message.person_id.as_str()),
        (Kind::Message, "21")
    );

    let group = Recipient::Conversation(DmConversationId::new("123456789012345").unwrap());
    let (_, routing, message) = fact(&reply("message", Some("92")), &private(group), now).unwrap();
    assert_eq!(
        (routing.as_str(), message.person_id.as_str()),
        ("123456789012345", "")
    );
}

#[test]
fn a_deletion_carries_ids_only() {
    let now = DateTime::UNIX_EPOCH;
    let post = Act::DeletePost(PostId::new("90").unwrap());
    let (topic, _, fact_of_post) = fact(&reply("delete-post", None), &post, now).unwrap();
    assert_eq!(topic.name, ENRICHED_POSTS.name);
    assert_eq!(
        (fact_of_post.op.as_str(), fact_of_post.deleted_at),
        ("erase", Some(now))
    );
    assert!(fact_of_post.content.is_none());
    let message = Act::DeleteMessage(DmEventId::new("91").unwrap());
    let (topic, _, fact_of_message) = fact(&reply("delete-message", None), &message, now).unwrap();
    assert_eq!(topic.name, ENRICHED_MESSAGES.name);
    assert_eq!(
        fact_of_message.item_id,
        ids::item("acme", Kind::Message, "91")
    );
    let like = Act::Like(PostId::new("7").unwrap());
    assert!(fact(&reply("like", None), &like, now).is_none());
}
