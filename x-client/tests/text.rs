//! What holds for every text.

use proptest::prelude::*;
use x_client::text::{mentions, normal_form, urls, weigh, weigh_reply};

/// Texts of the pieces that the rules are about.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9.@#/:_ -]{0,6}",
        prop::sample::select(vec![
            "https://",
            "example.com",
            "t.co/",
            "@someone",
            " ",
            "é",
            "e\u{301}",
            "語",
            "😀",
            "👩‍💻",
            "🇩🇪",
            "\u{FE0F}",
            "\u{200D}",
            "🏽",
            "1\u{FE0F}\u{20E3}",
            "(",
            ")",
            "?",
            "みんな",
            "\u{2066}",
        ])
        .prop_map(ToOwned::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn ranges_are_of_the_text_in_order_and_apart(text in texts()) {
        let mut end = 0;
        for url in urls(&text) {
            prop_assert!(url.range.start >= end && text[url.range.clone()].contains('.'));
            end = url.range.end;
        }
        let mut end = 0;
        for mention in mentions(&text) {
            prop_assert!(mention.range.start >= end && text[mention.range.clone()].ends_with(mention.handle));
            end = mention.range.end;
        }
    }

    #[test]
    fn no_text_outweighs_its_characters_and_links(text in texts()) {
        let (weight, links) = (weigh(&text).weight as usize, urls(&text).len());
        prop_assert!(weight <= 3 * 2 * text.chars().count() + 23 * links);
        prop_assert!(weigh_reply(&text, &["someone"]).weight <= weigh(&text).weight + 23);
    }

    #[test]
    fn canonically_equal_texts_weigh_the_same(text in texts()) {
        use unicode_normalization::UnicodeNormalization as _;
        let decomposed: String = text.nfd().collect();
        prop_assert_eq!(weigh(&text), weigh(&decomposed));
        prop_assert_eq!(normal_form(&text, &[]), normal_form(&decomposed, &[]));
    }
}
