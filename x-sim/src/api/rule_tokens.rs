//! The words of a rule.

use super::rules::RuleError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Or,
    Word { negated: bool, text: String },
    Quoted { negated: bool, text: String },
    NegatedOpen,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, RuleError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let negated = c == '-' && chars.get(at + 1).is_some_and(|next| !next.is_whitespace());
        at += usize::from(negated);
        match chars.get(at).copied().unwrap_or(c) {
            '(' => {
                tokens.push(if negated {
                    Token::NegatedOpen
                } else {
                    Token::Open
                });
                at += 1;
            }
            ')' => {
                tokens.push(Token::Close);
                at += 1;
            }
            '"' => {
                let text = quoted(&chars[at + 1..])?;
                at += text.chars().count() + 2;
                tokens.push(Token::Quoted { negated, text });
            }
            _ => {
                let (text, length) = word(&chars[at..])?;
                at += length;
                tokens.push(match text.as_str() {
                    "OR" if !negated => Token::Or,
                    _ => Token::Word { negated, text },
                });
            }
        }
    }
    Ok(tokens)
}

fn quoted(chars: &[char]) -> Result<String, RuleError> {
    let end = chars
        .iter()
        .position(|c| *c == '"')
        .ok_or(RuleError::Unclosed)?;
    Ok(chars[..end].iter().collect())
}

/// A word, whose value may be quoted (`url:"https://example.com"`), and its length.
fn word(chars: &[char]) -> Result<(String, usize), RuleError> {
    let mut text = String::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        if c.is_whitespace() || c == '(' || c == ')' {
            break;
        }
        if c == '"' && text.ends_with(':') {
            let value = quoted(&chars[at + 1..])?;
            at += value.chars().count() + 2;
            text.push_str(&value);
            break;
        }
        text.push(c);
        at += 1;
    }
    Ok((text, at))
}
