//! The language of stream rules and search queries: text in, tree out. Operators that are not
//! here are refused, as X refuses those it does not know.

use super::rule_tokens::{Token, tokens};
use crate::id::XId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    One { negated: bool, operator: Operator },
    All(Vec<Rule>),
    Any(Vec<Rule>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    Keyword(String),
    Phrase(String),
    Hashtag(String),
    Cashtag(String),
    Mention(String),
    From(String),
    To(String),
    Url(String),
    Conversation(XId),
    InReplyTo(XId),
    Is(Kind),
    Lang(String),
    Has(Thing),
    Sample(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Reply,
    Retweet,
    Quote,
    Verified,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Media,
    Images,
    Links,
    Mentions,
    Hashtags,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("a rule has 1 to {0} characters")]
    Length(usize),
    #[error("a quotation mark or parenthesis is not closed")]
    Unclosed,
    #[error("unexpected {0}")]
    Unexpected(String),
    #[error("there is no operator {0}")]
    Unknown(String),
    #[error("{0} is no value of this operator")]
    Value(String),
    #[error("a group cannot be negated, only its operators can")]
    NegatedGroup,
    #[error("operators such as is:, has: and lang: need one that stands alone beside them")]
    NotStandalone,
}

/// The tree of a rule of at most `most` characters.
pub fn parse(text: &str, most: usize) -> Result<Rule, RuleError> {
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(RuleError::Length(most));
    }
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    let rule = any(&mut rest)?;
    if let Some(token) = rest.first() {
        return Err(RuleError::Unexpected(format!("{token:?}")));
    }
    if standalone(&rule) {
        Ok(rule)
    } else {
        Err(RuleError::NotStandalone)
    }
}

fn any(rest: &mut &[Token]) -> Result<Rule, RuleError> {
    let mut branches = vec![all(rest)?];
    while let [Token::Or, tail @ ..] = *rest {
        *rest = tail;
        branches.push(all(rest)?);
    }
    Ok(one_of(branches, Rule::Any))
}

fn all(rest: &mut &[Token]) -> Result<Rule, RuleError> {
    let mut parts = Vec::new();
    while let [first, tail @ ..] = *rest {
        match first {
            Token::Or | Token::Close => break,
            Token::NegatedOpen => return Err(RuleError::NegatedGroup),
            Token::Open => {
                *rest = tail;
                parts.push(any(rest)?);
                match *rest {
                    [Token::Close, tail @ ..] => *rest = tail,
                    _ => return Err(RuleError::Unclosed),
                }
            }
            Token::Quoted { negated, text } => {
                *rest = tail;
                parts.push(Rule::One {
                    negated: *negated,
                    operator: Operator::Phrase(text.clone()),
                });
            }
            Token::Word { negated, text } => {
                *rest = tail;
                parts.push(Rule::One {
                    negated: *negated,
                    operator: operator(text)?,
                });
            }
        }
    }
    if parts.is_empty() {
        let found = rest
            .first()
            .map_or("the end".to_owned(), |token| format!("{token:?}"));
        return Err(RuleError::Unexpected(found));
    }
    Ok(one_of(parts, Rule::All))
}

fn one_of(mut parts: Vec<Rule>, many: fn(Vec<Rule>) -> Rule) -> Rule {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

fn operator(text: &str) -> Result<Operator, RuleError> {
    let wrong = || RuleError::Value(text.to_owned());
    for (sign, make) in [
        ('#', Operator::Hashtag as fn(String) -> Operator),
        ('$', Operator::Cashtag),
        ('@', Operator::Mention),
    ] {
        if let Some(word) = text.strip_prefix(sign) {
            return if word.is_empty() {
                Err(wrong())
            } else {
                Ok(make(word.to_owned()))
            };
        }
    }
    let Some((name, value)) = text.split_once(':') else {
        return Ok(Operator::Keyword(text.to_owned()));
    };
    if value.is_empty() {
        return Err(wrong());
    }
    let who = || value.trim_start_matches('@').to_owned();
    let id = || super::errors::id("value", value).map_err(|_| wrong());
    Ok(match name {
        "from" => Operator::From(who()),
        "to" => Operator::To(who()),
        "url" => Operator::Url(value.to_owned()),
        "conversation_id" => Operator::Conversation(id()?),
        "in_reply_to_tweet_id" => Operator::InReplyTo(id()?),
        "lang" => Operator::Lang(value.to_lowercase()),
        "sample" => Operator::Sample(
            value
                .parse()
                .ok()
                .filter(|percent| (1..=100).contains(percent))
                .ok_or_else(wrong)?,
        ),
        "is" => Operator::Is(match value {
            "reply" => Kind::Reply,
            "retweet" => Kind::Retweet,
            "quote" => Kind::Quote,
            "verified" => Kind::Verified,
            _ => return Err(wrong()),
        }),
        "has" => Operator::Has(match value {
            "media" => Thing::Media,
            "images" => Thing::Images,
            "links" => Thing::Links,
            "mentions" => Thing::Mentions,
            "hashtags" => Thing::Hashtags,
            _ => return Err(wrong()),
        }),
        _ => return Err(RuleError::Unknown(format!("{name}:"))),
    })
}

/// Whether every way to match has an operator that may stand alone.
fn standalone(rule: &Rule) -> bool {
    match rule {
        Rule::One { negated, operator } => {
            let needs = matches!(
                operator,
                Operator::Is(_) | Operator::Has(_) | Operator::Lang(_) | Operator::Sample(_)
            );
            !negated && !needs
        }
        Rule::All(parts) => parts.iter().any(standalone),
        Rule::Any(parts) => parts.iter().all(standalone),
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
