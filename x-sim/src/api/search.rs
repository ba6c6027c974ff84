//! `/2/tweets/search/recent`.

use chrono::TimeDelta;

use super::{
    call::{Answer, Call, Reply},
    errors::ApiError,
    knobs::Tier,
    matching::Subject,
    mentions::{Span, answer, newest_first},
    projection::{PARAMETERS, Projection},
    rules::{self, Operator, Rule},
};

const DEPTH: TimeDelta = TimeDelta::days(7);
const OWN: &[&str] = &[
    "query",
    "since_id",
    "until_id",
    "start_time",
    "end_time",
    "max_results",
    "next_token",
    "pagination_token",
    "sort_order",
];

pub(super) fn recent(call: &Call) -> Answer {
    call.query.allow(&[PARAMETERS, OWN].concat())?;
    let most = match call.caller.tier {
        Tier::SelfServe => 512,
        Tier::Enterprise => 4_096,
    };
    let text = call.query.need("query")?;
    let refused = |error: &dyn std::fmt::Display| {
        ApiError::invalid(
            "query",
            text,
            format!("There were errors processing your request: {error}"),
        )
    };
    let rule = rules::parse(text, most).map_err(|error| refused(&error))?;
    if stream_only(&rule) {
        return Err(refused(&"sample: is an operator of streams"));
    }
    let size = call.query.number("max_results", 10..=100, 10)?;
    let span = Span::parse(&call.query, &["next_token", "pagination_token"])?;
    let oldest = call.now - DEPTH;
    if span.start().is_some_and(|start| start < oldest) {
        let message = format!("'start_time' must be on or after {oldest}");
        return Err(ApiError::invalid("start_time", "", message));
    }
    let projection = Projection::parse(&call.query, &call.dialect, call.caller.user)?;
    let keyword = by_words(&rule);
    let body = call.sim.read(|world| {
        let mut posts = newest_first(world, call.caller.user);
        posts.retain(|post| {
            post.created_at >= oldest
                && span.holds(post)
                && span.continues(post)
                // Since May 2026 words find no retweets.
                && !(keyword && post.reposted.is_some())
                && Subject::in_world(post, world).matches(&rule)
        });
        answer(world, posts, size, &projection)
    });
    Reply::ok(&body)
}

fn stream_only(rule: &Rule) -> bool {
    match rule {
        Rule::One { operator, .. } => matches!(operator, Operator::Sample(_)),
        Rule::All(parts) | Rule::Any(parts) => parts.iter().any(stream_only),
    }
}

fn by_words(rule: &Rule) -> bool {
    match rule {
        Rule::One { negated, operator } => {
            !negated && matches!(operator, Operator::Keyword(_) | Operator::Phrase(_))
        }
        Rule::All(parts) | Rule::Any(parts) => parts.iter().any(by_words),
    }
}
