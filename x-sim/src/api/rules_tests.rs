use super::*;

fn one(operator: Operator) -> Rule {
    Rule::One {
        negated: false,
        operator,
    }
}

fn not(operator: Operator) -> Rule {
    Rule::One {
        negated: true,
        operator,
    }
}

fn word(text: &str) -> Rule {
    one(Operator::Keyword(text.to_owned()))
}

fn parsed(text: &str) -> Rule {
    parse(text, 1_024).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_space_binds_before_or() {
    let expected = Rule::Any(vec![Rule::All(vec![word("a"), word("b")]), word("c")]);
    assert_eq!(parsed("a b OR c"), expected);
    let expected = Rule::All(vec![word("a"), Rule::Any(vec![word("b"), word("c")])]);
    assert_eq!(parsed("a (b OR c)"), expected);
    assert_eq!(parsed("(( a ))"), word("a"));
}

#[test]
fn every_operator() {
    for (text, operator) in [
        ("\"two words\"", Operator::Phrase("two words".to_owned())),
        ("#tag", Operator::Hashtag("tag".to_owned())),
        ("@brand", Operator::Mention("brand".to_owned())),
        ("from:ada", Operator::From("ada".to_owned())),
        ("to:@brand", Operator::To("brand".to_owned())),
        (
            "url:\"https://example.com/a b\"",
            Operator::Url("https://example.com/a b".to_owned()),
        ),
        ("conversation_id:12", Operator::Conversation(XId(12))),
        ("in_reply_to_tweet_id:13", Operator::InReplyTo(XId(13))),
    ] {
        assert_eq!(parsed(text), one(operator), "{text}");
    }
    let expected = Rule::All(vec![
        one(Operator::Mention("brand".to_owned())),
        not(Operator::Is(Kind::Retweet)),
        one(Operator::Lang("en".to_owned())),
        one(Operator::Has(Thing::Media)),
        not(Operator::Phrase("no thanks".to_owned())),
        one(Operator::Sample(50)),
    ]);
    let text = "@brand -is:retweet lang:EN has:media -\"no thanks\" sample:50";
    assert_eq!(parsed(text), expected);
}

#[test]
fn what_is_refused() {
    for (text, error) in [
        ("", RuleError::Length(1_024)),
        ("\"open", RuleError::Unclosed),
        ("(a", RuleError::Unclosed),
        ("a -(b OR c)", RuleError::NegatedGroup),
        ("bio:coffee", RuleError::Unknown("bio:".to_owned())),
        (
            "cat embedding_threshold:0.5",
            RuleError::Unknown("embedding_threshold:".to_owned()),
        ),
        ("is:nullcast a", RuleError::Value("is:nullcast".to_owned())),
        (
            "conversation_id:x",
            RuleError::Value("conversation_id:x".to_owned()),
        ),
        ("from:", RuleError::Value("from:".to_owned())),
        ("is:reply", RuleError::NotStandalone),
        ("-cat", RuleError::NotStandalone),
        ("cat OR lang:en", RuleError::NotStandalone),
        ("sample:10 has:media", RuleError::NotStandalone),
    ] {
        assert_eq!(parse(text, 1_024), Err(error), "{text}");
    }
    for text in ["a OR", "OR a", "a )", "()"] {
        assert!(
            matches!(parse(text, 1_024), Err(RuleError::Unexpected(_))),
            "{text}"
        );
    }
    assert_eq!(parse(&"a".repeat(11), 10), Err(RuleError::Length(10)));
    assert!(parse("(lang:en OR lang:de) cat", 1_024).is_ok());
}
