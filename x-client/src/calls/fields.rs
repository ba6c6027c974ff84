//! The fields that are asked for, in the names of X's prose and live answers.

use crate::http::Call;

const POST: &str = "author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,\
    entities,attachments,lang,public_metrics,note_tweet,edit_controls,edit_history_tweet_ids";
const POST_EXPANSIONS: &str = "author_id,attachments.media_keys,referenced_tweets.id";
const USER: &str = "username,name,profile_image_url,public_metrics,verified,verified_type,protected,\
    created_at,location";
const MEDIA: &str = "url,preview_image_url,type,alt_text,variants,width,height";
const DM: &str = "id,text,event_type,created_at,sender_id,dm_conversation_id,attachments,\
    participant_ids,referenced_tweets,entities";
const DM_EXPANSIONS: &str = "sender_id,attachments.media_keys";

impl Call {
    /// All that is kept of a post.
    pub(super) fn post_fields(self) -> Self {
        self.query("tweet.fields", POST)
            .query("expansions", POST_EXPANSIONS)
            .query("user.fields", USER)
            .query("media.fields", MEDIA)
    }

    /// All that is kept of a user.
    pub(super) fn user_fields(self) -> Self {
        self.query("user.fields", USER)
    }

    /// All that is kept of a user, and whether the account may write to them in private.
    pub(super) fn user_fields_with_dm(self) -> Self {
        self.query("user.fields", format!("{USER},receives_your_dm"))
    }

    /// All that is kept of a private event.
    pub(super) fn dm_fields(self) -> Self {
        self.query("dm_event.fields", DM)
            .query("expansions", DM_EXPANSIONS)
            .query("user.fields", USER)
            .query("media.fields", MEDIA)
    }
}
