//! The link function, rule by rule.
#![expect(clippy::unwrap_used, reason = "tests")]

use case_linker::link::{Case, Known, by_hand, link, opened_from};
use chrono::{DateTime, Utc};
use schemas::Kind;
use schemas::records::Item;
use uuid::Uuid;

const CUSTOMER: Uuid = Uuid::from_u128(0xc);

fn at(second: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + i64::from(second), 0).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn case(n: u8) -> Case {
    Case {
        case_id: id(u128::from(n)),
        open: true,
        person_id: Some("20".into()),
        customer_id: None,
        opened_at: at(u32::from(n)),
    }
}

fn closed(n: u8) -> Case {
    Case {
        open: false,
        ..case(n)
    }
}

fn of_customer(n: u8, customer: Uuid) -> Case {
    Case {
        person_id: None,
        customer_id: Some(customer),
        ..case(n)
    }
}

fn item() -> Item {
    Item {
        kind: Kind::Post,
        person_id: "20".into(),
        direction: Some("inbound".into()),
        post_type: Some("mention".into()),
        ..Item::default()
    }
}

fn linked(n: u8, rule: &str) -> Item {
    Item {
        case_id: Some(id(u128::from(n))),
        had_case: true,
        link_rule: Some(rule.into()),
        link_version: Some(1),
        ..item()
    }
}

struct Row {
    what: &'static str,
    item: Item,
    customer: Option<Uuid>,
    cases: Vec<Case>,
    in_thread: Vec<u8>,
    expected: Option<(u8, &'static str)>,
}

fn row(
    what: &'static str,
    item: Item,
    cases: Vec<Case>,
    expected: Option<(u8, &'static str)>,
) -> Row {
    Row {
        what,
        item,
        customer: None,
        cases,
        in_thread: Vec::new(),
        expected,
    }
}

impl Row {
    fn in_thread(mut self, cases: &[u8]) -> Self {
        self.in_thread = cases.to_vec();
        self
    }

    fn customer(mut self) -> Self {
        self.customer = Some(CUSTOMER);
        self
    }

    fn check(self) {
        let mut item = self.item;
        let in_thread: Vec<Uuid> = self.in_thread.iter().map(|n| id(u128::from(*n))).collect();
        let known = Known {
            customer: self.customer,
            cases: &self.cases,
            in_thread: &in_thread,
        };
        link(&mut item, known, at(99));
        let expected = self.expected.map(|(n, _)| id(u128::from(n)));
        assert_eq!(item.case_id, expected, "{}", self.what);
        let rule = self.expected.map(|(_, rule)| rule);
        if rule.is_some() {
            assert_eq!(item.link_rule.as_deref(), rule, "{}", self.what);
        }
        assert_eq!(item.customer_id, self.customer, "{}", self.what);
        // Once more changes nothing.
        let before = item.clone();
        link(&mut item, known, at(100));
        assert_eq!(item, before, "{}", self.what);
    }
}

const ONLY: &str = "only-open-case";
const THREAD: &str = "thread-case";

#[test]
fn which_case_a_new_item_gets() {
    for row in [
        row("no case", item(), vec![], None),
        row("the only open case", item(), vec![case(1)], Some((1, ONLY))),
        row("a closed case", item(), vec![closed(1)], None),
        row(
            "one of two is open",
            item(),
            vec![closed(2), case(1)],
            Some((1, ONLY)),
        ),
        row(
            "several: the panel asks",
            item(),
            vec![case(1), case(2)],
            None,
        ),
        row(
            "one of several in the thread",
            item(),
            vec![case(1), case(2)],
            Some((1, THREAD)),
        )
        .in_thread(&[1]),
        row(
            "the newest in the thread",
            item(),
            vec![case(1), case(3), case(2)],
            Some((2, THREAD)),
        )
        .in_thread(&[1, 2]),
        row(
            "a closed one in the thread",
            item(),
            vec![case(1), case(2), closed(3)],
            None,
        )
        .in_thread(&[3]),
        row(
            "the only one, in the thread too",
            item(),
            vec![case(1)],
            Some((1, ONLY)),
        )
        .in_thread(&[1]),
    ] {
        row.check();
    }
}

#[test]
fn a_case_is_the_persons_or_the_customers() {
    let anothers = Case {
        person_id: Some("21".into()),
        ..case(1)
    };
    for row in [
        row("another person's", item(), vec![anothers.clone()], None),
        row(
            "another person's in the thread",
            item(),
            vec![anothers],
            None,
        )
        .in_thread(&[1]),
        row(
            "the customer's",
            item(),
            vec![of_customer(1, CUSTOMER)],
            Some((1, ONLY)),
        )
        .customer(),
        row(
            "another customer's",
            item(),
            vec![of_customer(1, id(0xd))],
            None,
        )
        .customer(),
        row(
            "the person's and the customer's",
            item(),
            vec![case(1), of_customer(2, CUSTOMER)],
            None,
        )
        .customer(),
        row(
            "the customer's newest in the thread",
            item(),
            vec![case(1), of_customer(2, CUSTOMER)],
            Some((2, THREAD)),
        )
        .customer()
        .in_thread(&[2, 1]),
    ] {
        row.check();
    }
}

#[test]
fn which_items_a_rule_decides_about() {
    let with = |change: fn(&mut Item)| {
        let mut item = item();
        change(&mut item);
        item
    };
    let one = || vec![case(1)];
    for row in [
        row(
            "what the brand wrote",
            with(|i| i.direction = Some("outbound".into())),
            one(),
            None,
        ),
        row(
            "only facts were seen",
            with(|i| i.direction = None),
            one(),
            None,
        ),
        row(
            "a closed item without a case",
            with(|i| i.closed_at = Some(at(5))),
            one(),
            None,
        ),
        row(
            "a repost, as any other item",
            with(|i| i.post_type = Some("repost".into())),
            one(),
            Some((1, ONLY)),
        ),
        row(
            "a message to us",
            with(|i| {
                i.kind = Kind::Message;
                i.recipient_x_id = Some("30".into());
                i.conversation_id = Some("20-30".into());
            }),
            one(),
            Some((1, ONLY)),
        ),
        row(
            "a message of a group",
            with(|i| {
                i.kind = Kind::Message;
                i.conversation_id = Some("1790000000000000000".into());
            }),
            one(),
            None,
        ),
    ] {
        row.check();
    }
}

#[test]
fn what_is_linked_stays_unless_the_person_no_longer_reaches_it() {
    let unlinked = Item {
        case_id: None,
        ..linked(1, "unlinked-by-hand")
    };
    for row in [
        row(
            "its case closed",
            linked(1, ONLY),
            vec![closed(1)],
            Some((1, ONLY)),
        ),
        row(
            "its case closed, another open",
            linked(1, ONLY),
            vec![closed(1), case(2)],
            Some((1, ONLY)),
        ),
        row(
            "a newer case is open",
            linked(1, ONLY),
            vec![case(1), case(2)],
            Some((1, ONLY)),
        )
        .in_thread(&[2]),
        row(
            "its case is not loaded",
            linked(1, ONLY),
            vec![],
            Some((1, ONLY)),
        ),
        row(
            "by hand, another is open",
            linked(1, "by-hand"),
            vec![case(1), case(2)],
            Some((1, "by-hand")),
        ),
        row("unlinked by hand", unlinked, vec![case(1)], None).in_thread(&[1]),
    ] {
        row.check();
    }
}

#[test]
fn a_detach_takes_back_what_was_reached_through_the_customer() {
    let shared = |open| Case {
        open,
        ..of_customer(1, CUSTOMER)
    };
    let done = |item: Item| Item {
        closed_at: Some(at(5)),
        ..item
    };
    for row in [
        row(
            "detached: reached through the customer only",
            linked(1, ONLY),
            vec![shared(true)],
            None,
        ),
        row(
            "detached, its case closed",
            linked(1, ONLY),
            vec![shared(false)],
            None,
        ),
        row(
            "detached, and one of the person's own",
            linked(1, ONLY),
            vec![shared(true), case(2)],
            Some((2, ONLY)),
        ),
        row(
            "detached after Done",
            done(linked(1, ONLY)),
            vec![shared(true)],
            Some((1, ONLY)),
        ),
        row(
            "detached, linked by hand",
            linked(1, "by-hand"),
            vec![shared(true)],
            Some((1, "by-hand")),
        ),
        row(
            "still attached",
            linked(1, ONLY),
            vec![shared(true)],
            Some((1, ONLY)),
        )
        .customer(),
        row(
            "opened from it, closed since",
            linked(1, "opened-from-item"),
            vec![closed(1), case(2)],
            Some((1, "opened-from-item")),
        ),
    ] {
        row.check();
    }
}

#[test]
fn the_customer_reaches_every_item() {
    for item in [
        Item {
            closed_at: Some(at(5)),
            ..item()
        },
        Item {
            direction: Some("outbound".into()),
            ..item()
        },
        linked(1, "by-hand"),
        linked(1, "unlinked-by-hand"),
    ] {
        let mut item = item;
        let known = Known {
            customer: Some(CUSTOMER),
            ..Known::default()
        };
        link(&mut item, known, at(99));
        assert_eq!(item.customer_id, Some(CUSTOMER));
        link(&mut item, Known::default(), at(99));
        assert_eq!(item.customer_id, None, "detached");
    }
}

#[test]
fn a_link_says_why_when_and_by_whom() {
    let mut item = item();
    let cases = [case(1), case(2), closed(3)];
    let in_thread = [id(1), id(3), id(77)];
    let known = Known {
        customer: Some(CUSTOMER),
        cases: &cases,
        in_thread: &in_thread,
    };
    link(&mut item, known, at(9));
    assert_eq!((item.link_version, item.linked_at), (Some(1), Some(at(9))));
    insta::assert_snapshot!(item.link_inputs.as_deref().unwrap(), @r#"{"open":["00000000-0000-0000-0000-000000000002","00000000-0000-0000-0000-000000000001"],"thread":["00000000-0000-0000-0000-000000000001"],"customer":"00000000-0000-0000-0000-00000000000c"}"#);

    by_hand(&mut item, None, "ana", at(10));
    assert_eq!((item.case_id, item.had_case), (None, true));
    assert_eq!(item.link_rule.as_deref(), Some("unlinked-by-hand"));
    assert_eq!(
        (item.link_by.as_deref(), &item.link_inputs),
        (Some("ana"), &None)
    );

    opened_from(&mut item, id(5), "ana", at(11));
    assert_eq!(item.case_id, Some(id(5)));
    assert_eq!(item.link_rule.as_deref(), Some("opened-from-item"));

    by_hand(&mut item, Some(id(2)), "dana", at(12));
    assert_eq!(item.link_rule.as_deref(), Some("by-hand"));
    assert_eq!(item.link_by.as_deref(), Some("dana"));
}
