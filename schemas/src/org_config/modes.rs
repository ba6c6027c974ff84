//! The groups of settings: each an object of its own.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::section::Section;

/// The OAuth 2.0 app of an organisation.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    /// Client id.
    pub client_id: String,
    /// Client secret, of a confidential client.
    pub secret: Option<SecretString>,
    /// First refresh token; later ones are kept by earshot.
    pub refresh: Option<SecretString>,
}

/// How items reach earshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modes {
    /// `webhook`: X delivers. Default true.
    pub webhook: bool,
    /// `stream`: a connection is held open. Default false.
    pub stream: bool,
    /// `poll_s`: seconds between polls; 0 never polls. Default 60.
    pub poll_s: u32,
    /// `backfill_days`: history fetched when an account is new. Default 0.
    pub backfill_days: u32,
}

impl Modes {
    /// Seconds between polls, also where a command starts what the configuration has turned off.
    pub const POLL_S: u32 = 60;
}

/// What X lets an account do; none leaves it to the tier and to what X answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `reply`: answer in public without being summoned.
    pub reply: Option<bool>,
    /// `like`: like by API.
    pub like: Option<bool>,
    /// `message`: send private messages.
    pub message: Option<bool>,
    /// `delete`: delete own posts.
    pub delete: Option<bool>,
    /// `media`: upload pictures.
    pub media: Option<bool>,
}

/// Weights of the priority terms, each 0 to 10; 1 where none is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights(BTreeMap<&'static str, f64>);

impl Weights {
    /// Every priority term: those stored with the item, then those added when it is read.
    pub const TERMS: [&'static str; 9] = [
        "followers",
        "verified",
        "negative",
        "question",
        "urgent_words",
        "private",
        "waiting",
        "open_case",
        "sla",
    ];

    /// Weight of a term.
    pub fn of(&self, term: &str) -> f64 {
        self.0.get(term).copied().unwrap_or(1.0)
    }
}

/// Alarm when nothing comes although that hour's own history says that something should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SilenceAlarm {
    /// `enabled`. Default true.
    pub enabled: bool,
    /// `after_min`: minutes of silence before it may ring. Default 180.
    pub after_min: u32,
}

/// What X may cost on a day, in US dollars; none is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Budget {
    /// `warn`: tell the lead.
    pub warn: Option<f64>,
    /// `slow`: poll less often.
    pub slow: Option<f64>,
}

/// Bounds of the HTTP API for an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiLimits {
    /// `rate`: requests a second. Default 100.
    pub rate: u32,
    /// `concurrency`: requests at once. Default 16.
    pub concurrency: u32,
}

pub(super) fn oauth2(section: &mut Section<'_>) -> Option<OAuth2> {
    let mut own = section.section(&["oauth2"])?;
    let client_id = own.required(&["client_id"]);
    let secret = own.optional_secret(&["secret"]);
    let refresh = own.optional_secret(&["refresh"]);
    own.end();
    Some(OAuth2 {
        client_id: client_id?,
        secret,
        refresh,
    })
}

pub(super) fn modes(section: &mut Section<'_>) -> Modes {
    let mut modes = Modes {
        webhook: true,
        stream: false,
        poll_s: Modes::POLL_S,
        backfill_days: 0,
    };
    if let Some(mut own) = section.section(&["modes"]) {
        modes.webhook = own.flag("webhook", modes.webhook);
        modes.stream = own.flag("stream", modes.stream);
        modes.poll_s = own.whole("poll_s", 0..=86_400, modes.poll_s);
        // X allows message media 15 calls in 15 minutes: more than one poll a minute starves it.
        if (1..60).contains(&modes.poll_s) {
            own.problem("poll_s", "expected 0 (never) or 60 and more");
        }
        modes.backfill_days = own.whole("backfill_days", 0..=30, modes.backfill_days);
        own.end();
    }
    modes
}

pub(super) fn capabilities(section: &mut Section<'_>) -> Capabilities {
    let Some(mut own) = section.section(&["capabilities"]) else {
        return Capabilities::default();
    };
    let capabilities = Capabilities {
        reply: own.optional_flag("reply"),
        like: own.optional_flag("like"),
        message: own.optional_flag("message"),
        delete: own.optional_flag("delete"),
        media: own.optional_flag("media"),
    };
    own.end();
    capabilities
}

pub(super) fn weights(section: &mut Section<'_>) -> Weights {
    let Some(mut own) = section.section(&["priority"]) else {
        return Weights::default();
    };
    let set = |term| own.real(term, 0.0..=10.0).map(|weight| (term, weight));
    let weights = Weights(Weights::TERMS.into_iter().filter_map(set).collect());
    own.end();
    weights
}

pub(super) fn silence_alarm(section: &mut Section<'_>) -> SilenceAlarm {
    let mut alarm = SilenceAlarm {
        enabled: true,
        after_min: 180,
    };
    if let Some(mut own) = section.section(&["silence_alarm"]) {
        alarm.enabled = own.flag("enabled", alarm.enabled);
        alarm.after_min = own.whole("after_min", 5..=10_080, alarm.after_min);
        own.end();
    }
    alarm
}

pub(super) fn budget(section: &mut Section<'_>) -> Budget {
    let Some(mut own) = section.section(&["budget_usd_day"]) else {
        return Budget::default();
    };
    let warn = own.real("warn", 0.0..=1_000_000.0);
    let slow = own.real("slow", 0.0..=1_000_000.0);
    if let (Some(warn), Some(slow)) = (warn, slow)
        && warn > slow
    {
        own.problem("warn", "above slow; warn first");
    }
    own.end();
    Budget { warn, slow }
}

pub(super) fn api(section: &mut Section<'_>) -> ApiLimits {
    let mut limits = ApiLimits {
        rate: 100,
        concurrency: 16,
    };
    if let Some(mut own) = section.section(&["api"]) {
        limits.rate = own.whole("rate", 1..=10_000, limits.rate);
        limits.concurrency = own.whole("concurrency", 1..=1_000, limits.concurrency);
        own.end();
    }
    limits
}
