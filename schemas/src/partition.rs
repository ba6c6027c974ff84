//! The partition rule, published in the analysts' guide: Java's murmur2 (the hash of Kafka's
//! default partitioner) over the ASCII text `org/routing-id`.

use crate::records::Item;
use crate::{Kind, ids};

/// Kafka's seed of murmur2.
const SEED: u32 = 0x9747_b28c;

/// Partition for a routing id: the author of a post, the conversation of a message, the customer
/// of a customer-only fact, the X id where the author is unknown.
///
/// `partitions` is the count that every topic of the cluster has.
pub fn partition(org: &str, routing: &str, partitions: i32) -> i32 {
    let hash = murmur2::murmur2(format!("{org}/{routing}").as_bytes(), SEED);
    let positive = i32::try_from(hash & 0x7fff_ffff).unwrap_or(0);
    positive % partitions.max(1)
}

/// Routing id of an item and of everything made from it: author of a post (its own id where the
/// author is unknown), conversation of a message.
pub fn routing(item: &Item) -> String {
    match (item.kind, &item.conversation_id, &item.recipient_x_id) {
        (Kind::Message, Some(conversation), _) => conversation.clone(),
        (Kind::Message, None, Some(recipient)) => ids::conversation(&item.author_id, recipient),
        _ if item.author_id.is_empty() => item.x_id.clone(),
        _ => item.author_id.clone(),
    }
}

/// Whom an item concerns: its person, and where a post of ours answers somebody, them. Their customer
/// is its customer, their interaction its interaction.
pub fn concerns(item: &Item) -> &str {
    let ours = item.kind == Kind::Post && item.direction.as_deref() == Some("outbound");
    let answered = item.in_reply_to_x_id.as_deref().filter(|_| ours);
    answered.unwrap_or(&item.person_id)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hash_is_kafkas() {
        // Vectors of Apache Kafka's own UtilsTest.testMurmur2.
        for (text, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
        ] {
            let ours = murmur2::murmur2(text.as_bytes(), super::SEED).cast_signed();
            assert_eq!(ours, hash, "{text}");
        }
    }
}
