//! Whether our own webhook listener answers X's challenge, by the way that X takes.

use std::time::Duration;

use rand::Rng as _;
use runtime::config::Config;
use runtime::health::Line;
use runtime::stage::chain;
use schemas::org_config::OrgConfig;
use serde_json::Value;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Where X delivers for an organisation, if the public address is configured.
pub fn public_url(config: &Config, org: &OrgConfig) -> Option<String> {
    let base = config.optional("http.base_url")?;
    Some(format!(
        "{}/hooks/x/{}",
        base.trim_end_matches('/'),
        org.org_id
    ))
}

pub async fn look(config: &Config, org: &OrgConfig) -> Vec<Line> {
    let local = format!(
        "http://{}/hooks/x/{}",
        config.text("hooks.addr"),
        org.org_id
    );
    let mut lines = vec![
        challenge(
            org,
            "listener",
            &local,
            "start `earshot ingest`; check hooks.addr",
        )
        .await,
    ];
    if let Some(url) = public_url(config, org) {
        lines.push(with_form(org, &url).await);
    }
    lines
}

async fn with_form(org: &OrgConfig, url: &str) -> Line {
    let parsed = reqwest::Url::parse(url);
    let fits = parsed.is_ok_and(|url| url.scheme() == "https" && url.port().is_none());
    if !fits {
        let what = format!("{url}: X takes https without a port only");
        return Line::fail(&org.org_id, "public address", what, "set http.base_url");
    }
    let cure = "let the proxy pass /hooks/x/ to hooks.addr; check name and certificate";
    challenge(org, "public address", url, cure).await
}

/// Asks as X asks: the answer must be signed with the secret that is in force.
async fn challenge(org: &OrgConfig, check: &str, url: &str, cure: &str) -> Line {
    let token = format!("earshot_doctor_{:032x}", rand::rng().random::<u128>());
    let query = format!("crc_token={token}");
    let secrets = org.consumer_secrets();
    let Some(wanted) = secrets
        .first()
        .and_then(|secret| ingest::crc::answer(secret, &query).ok())
    else {
        return Line::fail(
            &org.org_id,
            check,
            "no consumer secret",
            "earshot config check",
        );
    };
    let asked = async {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let answer = http.get(format!("{url}?{query}")).send().await?;
        let status = answer.status().as_u16();
        Ok::<_, reqwest::Error>((status, answer.json::<Value>().await.unwrap_or_default()))
    };
    match asked.await {
        Err(error) => {
            let what = format!("{url} does not answer: {}", chain(&error.without_url()));
            Line::fail(&org.org_id, check, what, cure)
        }
        Ok((200, answer)) if answer["response_token"] == wanted.as_str() => {
            Line::ok(&org.org_id, check, format!("{url} answers X's challenge"))
        }
        Ok((200, _)) => {
            let what = format!("{url} answers X's challenge with another secret");
            let cure = "the listener has another org_source, or refuses the newest: see EarshotConfigRejected";
            Line::fail(&org.org_id, check, what, cure)
        }
        Ok((status, _)) => Line::fail(&org.org_id, check, format!("{url} answers {status}"), cure),
    }
}
