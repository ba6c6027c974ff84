//! The one list of endpoints, with X's budgets.

use super::{
    aaa, activity, attach, connections, dm_read, dm_write,
    endpoint::{ANY, APP, APP_OR_OAUTH1, Endpoint as E, USER},
    filtered,
    knobs::Permission::{Dm, Read, Write},
    likes, links, media, mentions, posts, replay, rules_api,
    scopes::{
        DM_READ, DM_WRITE, LIKE_READ, LIKE_WRITE, MEDIA_WRITE, TWEET_MODERATE, TWEET_READ,
        TWEET_WRITE, USERS_READ,
    },
    search, users, webhooks, write,
};

const READS: &[&str] = &[TWEET_READ, USERS_READ];
const WRITES: &[&str] = &[TWEET_READ, TWEET_WRITE, USERS_READ];
const DM_READS: &[&str] = &[DM_READ, TWEET_READ, USERS_READ];
const DM_WRITES: &[&str] = &[DM_WRITE, DM_READ, TWEET_READ, USERS_READ];
const MEDIA: &[&str] = &[MEDIA_WRITE];

pub(crate) static READING: &[E] = &[
    E::now("GET /2/users/me", USER, users::me)
        .needs(READS, Read)
        .quarter(0, 75),
    E::now("GET /2/users", ANY, users::by_ids)
        .needs(READS, Read)
        .quarter(300, 900),
    E::now("GET /2/users/by", ANY, users::by_names)
        .needs(READS, Read)
        .quarter(300, 900),
    E::now("GET /2/users/by/username/:username", ANY, users::by_name)
        .needs(READS, Read)
        .quarter(300, 900),
    E::now("GET /2/users/:id", ANY, users::by_id)
        .needs(READS, Read)
        .quarter(300, 900),
    E::now("GET /2/users/:id/mentions", ANY, mentions::mentions)
        .needs(READS, Read)
        .quarter(450, 300),
    E::now("GET /2/users/:id/tweets", ANY, mentions::own)
        .needs(READS, Read)
        .quarter(1_500, 900),
    E::now("GET /2/tweets", ANY, posts::by_ids)
        .needs(READS, Read)
        .quarter(3_500, 5_000),
    E::now("GET /2/tweets/:id", ANY, posts::by_id)
        .needs(READS, Read)
        .quarter(450, 900),
    E::now("GET /2/tweets/:id/liking_users", ANY, likes::likers)
        .needs(&[TWEET_READ, USERS_READ, LIKE_READ], Read)
        .quarter(75, 75),
    E::now("GET /2/tweets/search/recent", ANY, search::recent)
        .needs(READS, Read)
        .quarter(450, 300),
    E::now("GET /2/dm_events", USER, dm_read::all)
        .needs(DM_READS, Dm)
        .quarter(0, 15)
        .bucket("dm-lookup"),
    E::now("GET /2/dm_events/:id", USER, dm_read::one)
        .needs(DM_READS, Dm)
        .quarter(0, 15)
        .bucket("dm-lookup-one"),
    E::now(
        "GET /2/dm_conversations/with/:participant_id/dm_events",
        USER,
        dm_read::with,
    )
    .needs(DM_READS, Dm)
    .quarter(0, 15)
    .bucket("dm-lookup-with"),
    E::now(
        "GET /2/dm_conversations/:id/dm_events",
        USER,
        dm_read::conversation,
    )
    .needs(DM_READS, Dm)
    .quarter(0, 15)
    .bucket("dm-lookup-conversation"),
    E::now(
        "GET /2/dm_conversations/media/:dm_id/:media_id/:resource_id",
        USER,
        attach::of_message,
    )
    .needs(&[DM_READ], Dm)
    .quarter(0, 15),
];

pub(crate) static WRITING: &[E] = &[
    E::now("POST /2/tweets", USER, write::create)
        .needs(WRITES, Write)
        .quarter(0, 100)
        .day(10_000, 0),
    E::now("DELETE /2/tweets/:id", USER, write::delete)
        .needs(WRITES, Write)
        .quarter(0, 50),
    E::now("PUT /2/tweets/:id/hidden", USER, write::hide)
        .needs(&[TWEET_READ, TWEET_MODERATE, USERS_READ], Write)
        .quarter(0, 50),
    E::now("POST /2/users/:id/likes", USER, likes::like)
        .needs(&[TWEET_READ, LIKE_WRITE, USERS_READ], Write)
        .quarter(0, 50)
        .day(0, 1_000),
    E::now("DELETE /2/users/:id/likes/:tweet_id", USER, likes::unlike)
        .needs(&[TWEET_READ, LIKE_WRITE, USERS_READ], Write)
        .quarter(0, 50)
        .day(0, 1_000),
    E::now(
        "POST /2/dm_conversations/with/:participant_id/messages",
        USER,
        dm_write::with,
    )
    .needs(DM_WRITES, Dm)
    .quarter(0, 15)
    .day(1_440, 1_440)
    .bucket("dm-send"),
    E::now(
        "POST /2/dm_conversations/:id/messages",
        USER,
        dm_write::conversation,
    )
    .needs(DM_WRITES, Dm)
    .quarter(0, 15)
    .day(1_440, 1_440)
    .bucket("dm-send"),
    E::now("POST /2/dm_conversations", USER, dm_write::group)
        .needs(DM_WRITES, Dm)
        .quarter(0, 15)
        .day(1_440, 1_440)
        .bucket("dm-send"),
    E::now("DELETE /2/dm_events/:id", USER, dm_write::delete)
        .needs(&[DM_READ, DM_WRITE], Dm)
        .quarter(0, 300)
        .day(4_000, 1_500),
    E::now("POST /2/users/:id/dm/block", USER, dm_write::block)
        .needs(&[DM_WRITE, TWEET_READ, USERS_READ], Dm)
        .quarter(0, 10)
        .day(1_000, 400),
    E::now("POST /2/users/:id/dm/unblock", USER, dm_write::unblock)
        .needs(&[DM_WRITE, TWEET_READ, USERS_READ], Dm)
        .quarter(0, 10)
        .day(1_000, 400),
    E::later("POST /2/media/upload", USER, |call| {
        Box::pin(media::upload(call))
    })
    .needs(MEDIA, Write)
    .quarter(0, 500)
    .day(50_000, 0),
    E::now("GET /2/media/upload", USER, media::status)
        .needs(MEDIA, Write)
        .quarter(0, 1_000)
        .day(100_000, 0),
    E::now("POST /2/media/upload/initialize", USER, media::initialize)
        .needs(MEDIA, Write)
        .quarter(0, 1_875)
        .day(180_000, 0),
    E::later("POST /2/media/upload/:id/append", USER, |call| {
        Box::pin(media::append(call))
    })
    .needs(MEDIA, Write)
    .quarter(0, 1_875)
    .day(180_000, 0),
    E::now("POST /2/media/upload/:id/finalize", USER, media::finalize)
        .needs(MEDIA, Write)
        .quarter(0, 1_875)
        .day(180_000, 0),
    E::now("POST /2/media/metadata", USER, attach::metadata)
        .needs(MEDIA, Write)
        .quarter(0, 500)
        .day(50_000, 0),
];

pub(crate) static WEBHOOKS: &[E] = &[
    E::later("POST /2/webhooks", APP_OR_OAUTH1, |call| {
        Box::pin(webhooks::create(call))
    })
    .quarter(450, 450),
    E::now("GET /2/webhooks", APP, webhooks::list).quarter(450, 0),
    E::later("PUT /2/webhooks/:id", APP_OR_OAUTH1, |call| {
        Box::pin(webhooks::validate(call))
    })
    .quarter(450, 450),
    E::now("DELETE /2/webhooks/:id", APP, webhooks::delete).quarter(450, 0),
    E::now("POST /2/webhooks/replay", APP, replay::create).quarter(100, 0),
    E::now(
        "POST /2/account_activity/replay/webhooks/:id/subscriptions/all",
        APP,
        replay::create_old,
    )
    .quarter(100, 0),
    E::now("POST /2/activity/subscriptions", ANY, activity::create).quarter(500, 500),
    E::now("GET /2/activity/subscriptions", APP, activity::list).quarter(500, 0),
    E::now("PUT /2/activity/subscriptions/:id", APP, activity::update).quarter(500, 0),
    E::now(
        "DELETE /2/activity/subscriptions/:id",
        APP,
        activity::delete,
    )
    .quarter(500, 0),
    E::now(
        "DELETE /2/activity/subscriptions",
        APP,
        activity::delete_many,
    )
    .quarter(500, 0),
    E::now(
        "POST /2/account_activity/webhooks/:id/subscriptions/all",
        USER,
        aaa::create,
    )
    .needs(&[DM_READ, DM_WRITE, TWEET_READ, USERS_READ], Dm),
    E::now(
        "GET /2/account_activity/webhooks/:id/subscriptions/all",
        USER,
        aaa::show,
    )
    .needs(&[DM_READ, DM_WRITE, TWEET_READ, USERS_READ], Dm),
    E::now(
        "GET /2/account_activity/webhooks/:id/subscriptions/all/list",
        APP,
        aaa::list,
    ),
    E::now(
        "DELETE /2/account_activity/webhooks/:id/subscriptions/:user_id/all",
        APP,
        aaa::delete,
    ),
    E::now(
        "GET /2/account_activity/subscriptions/count",
        APP,
        aaa::count,
    ),
];

pub(crate) static STREAMS: &[E] = &[
    E::now("GET /2/activity/stream", APP, activity::stream).quarter(450, 0),
    E::now("GET /2/tweets/search/stream", APP, filtered::stream).quarter(50, 0),
    E::now("GET /2/tweets/search/stream/rules", APP, rules_api::list).quarter(450, 0),
    E::now("POST /2/tweets/search/stream/rules", APP, rules_api::change).quarter(100, 0),
    E::now(
        "GET /2/tweets/search/stream/rules/counts",
        APP,
        rules_api::counts,
    )
    .quarter(450, 0),
    E::now("POST /2/tweets/search/webhooks/:id", APP, links::create).quarter(450, 0),
    E::now("DELETE /2/tweets/search/webhooks/:id", APP, links::delete).quarter(450, 0),
    E::now("GET /2/tweets/search/webhooks", APP, links::list).quarter(450, 0),
    E::now(
        "GET /2/tweets/search/stream/webhooks",
        APP,
        links::list_under_stream,
    )
    .quarter(450, 0),
    E::now("GET /2/connections", APP, connections::list),
    E::now("DELETE /2/connections/all", APP, connections::delete_all),
    E::now("DELETE /2/connections", APP, connections::delete_all),
    E::now(
        "DELETE /2/connections/:id",
        APP,
        connections::delete_endpoint,
    ),
];

pub(crate) fn all() -> impl Iterator<Item = &'static E> {
    [READING, WRITING, WEBHOOKS, STREAMS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::caller::Mode, *};

    #[test]
    fn names_are_unique_and_name_a_method_and_a_path() {
        let names: BTreeSet<&str> = all().map(|endpoint| endpoint.name).collect();
        assert_eq!(names.len(), all().count());
        for endpoint in all() {
            let path = endpoint.path();
            assert!(path.starts_with("/2/"), "{path}");
            assert!(endpoint.name.starts_with(endpoint.method().as_str()));
            assert!(
                endpoint.app.quarter.is_none() || endpoint.modes.contains(&Mode::AppOnly),
                "{path}: an app's budget where no app may call"
            );
        }
    }
}
