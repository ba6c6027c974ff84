//! The settings of an organisation: `earshot.<org>`. Each has a default and bounds.

use chrono_tz::Tz;
use secrecy::SecretString;

use super::modes::{self, ApiLimits, Budget, Capabilities, Modes, OAuth2, SilenceAlarm, Weights};
use super::section::Section;

/// Secrets that may verify beside the accounts' own.
const ROTATION_SECRETS_MAX: usize = 8;

/// What the organisation pays X for: decides what X lets us do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tier {
    /// Pay-per-use and the like: no likes, replies only when summoned.
    #[default]
    SelfServe,
    /// Enterprise contract.
    Enterprise,
}

/// Settings of one organisation. All take effect without a restart.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `tier`: self-serve (default) or enterprise.
    pub tier: Tier,
    /// `oauth2`: the organisation's own OAuth 2.0 app, for what OAuth 1.0a cannot do.
    pub oauth2: Option<OAuth2>,
    /// `consumer_secrets`: also accepted on deliveries, while a secret is rotated.
    pub consumer_secrets: Vec<SecretString>,
    /// `modes`: the ways that items are fetched.
    pub modes: Modes,
    /// `capabilities`: what X lets us do, where the tier does not tell it right.
    pub capabilities: Capabilities,
    /// `time_zone` of the organisation, IANA name. Default UTC.
    pub time_zone: Tz,
    /// `reopen_days`: a gap in a thread longer than this draws a divider. Default 30.
    pub reopen_days: u32,
    /// `reposts_active`: reposts need an answer too. Default false.
    pub reposts_active: bool,
    /// `undo_send_s`: a reply can be taken back this long. Default 5.
    pub undo_send_s: u32,
    /// `wait_target_min`: an item should be answered within. Default 60.
    pub wait_target_min: u32,
    /// `require_reason`: a case needs a reason code. Default true.
    pub require_reason: bool,
    /// `fill_resolution_on_closed`: fill the resolution code of a case created closed too.
    /// Default false.
    pub fill_resolution_on_closed: bool,
    /// `customer_create`: a CSR may create a customer. Default true.
    pub customer_create: bool,
    /// `mask_pii`: mail and phone are masked for roles that need not see them. Default true.
    pub mask_pii: bool,
    /// `priority`: weight of each priority term.
    pub priority: Weights,
    /// `silence_alarm`: alarm when nothing comes.
    pub silence_alarm: SilenceAlarm,
    /// `budget_usd_day`: what X may cost on a day.
    pub budget_usd_day: Budget,
    /// `retention_days`: shorter than the installation's; none keeps the installation's.
    pub retention_days: Option<u32>,
    /// `api`: requests of the desk and of API keys, so that one organisation cannot starve another.
    pub api: ApiLimits,
}

impl Default for Settings {
    fn default() -> Self {
        read(Section::new(
            "",
            "",
            Vec::new(),
            &mut super::Report::default(),
        ))
    }
}

pub(super) fn read(mut section: Section<'_>) -> Settings {
    let settings = Settings {
        tier: tier(&mut section),
        oauth2: modes::oauth2(&mut section),
        consumer_secrets: section.secrets(&["consumer_secrets"], ROTATION_SECRETS_MAX),
        modes: modes::modes(&mut section),
        capabilities: modes::capabilities(&mut section),
        time_zone: time_zone(&mut section),
        reopen_days: section.whole("reopen_days", 1..=365, 30),
        reposts_active: section.flag("reposts_active", false),
        undo_send_s: section.whole("undo_send_s", 0..=60, 5),
        wait_target_min: section.whole("wait_target_min", 1..=10_080, 60),
        require_reason: section.flag("require_reason", true),
        fill_resolution_on_closed: section.flag("fill_resolution_on_closed", false),
        customer_create: section.flag("customer_create", true),
        mask_pii: section.flag("mask_pii", true),
        priority: modes::weights(&mut section),
        silence_alarm: modes::silence_alarm(&mut section),
        budget_usd_day: modes::budget(&mut section),
        retention_days: section.optional_whole("retention_days", 1..=3_650),
        api: modes::api(&mut section),
    };
    section.end();
    settings
}

fn tier(section: &mut Section<'_>) -> Tier {
    match section.text(&["tier"]).as_deref() {
        None | Some("self-serve") => Tier::SelfServe,
        Some("enterprise") => Tier::Enterprise,
        Some(_) => {
            section.problem("tier", "expected self-serve or enterprise");
            Tier::SelfServe
        }
    }
}

fn time_zone(section: &mut Section<'_>) -> Tz {
    let Some(name) = section.text(&["time_zone"]) else {
        return Tz::UTC;
    };
    name.parse().unwrap_or_else(|_| {
        section.problem("time_zone", "expected an IANA name, such as Europe/Berlin");
        Tz::UTC
    })
}
