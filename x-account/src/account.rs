//! From configuration to what `x-client` takes.

use runtime::Exit;
use runtime::config::Config;
use schemas::org_config::{Account, OrgConfig};
use x_client::auth::{AppKeys, OAuth2App, UserToken};
use x_client::usage::PriceTable;
use x_client::{AccountKey, Credentials, Settings};

/// Between organisation and account in a key; in no organisation's id.
const SEPARATOR: char = '/';

/// What an account is called in tables, metrics and paths: its X id, which stays when the handle
/// changes; the handle where no id is configured.
pub fn name(account: &Account) -> &str {
    account.x_id.as_deref().unwrap_or(&account.page_id)
}

/// The key of an account of an organisation.
pub fn key(org: &str, account: &str) -> AccountKey {
    AccountKey::new(&format!("{org}{SEPARATOR}{account}"))
}

/// Organisation and account of a key.
pub fn parts(key: &AccountKey) -> (&str, &str) {
    key.as_str()
        .split_once(SEPARATOR)
        .unwrap_or(("", key.as_str()))
}

/// The keys to act for an account. An organisation configures one OAuth 2.0 authorisation: it is
/// that of its first account.
pub fn credentials(org: &OrgConfig, account: &Account) -> Credentials {
    let first = org.accounts.first().map(|first| &first.page_id);
    let oauth2 = org.settings.oauth2.as_ref();
    let oauth2 = oauth2.filter(|_| first == Some(&account.page_id));
    Credentials {
        app: AppKeys {
            key: account.consumer_key.clone(),
            secret: account.consumer_secret.clone(),
        },
        user: Some(UserToken {
            token: account.access_token.clone(),
            secret: account.access_token_secret.clone(),
        }),
        oauth2: oauth2.map(|oauth2| OAuth2App {
            client_id: oauth2.client_id.clone(),
            secret: oauth2.secret.clone(),
            refresh: oauth2.refresh.clone(),
        }),
    }
}

/// `x.base_url`, `x.stream_url`, `x.price_table`.
pub fn settings(config: &Config) -> Result<Settings, Exit> {
    let prices = match config.optional("x.price_table") {
        None => PriceTable::built_in(),
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .map_err(|e| Exit::Config(format!("x.price_table: {path}: {e}")))?;
            PriceTable::from_toml(&text)
        }
    };
    let prices = prices.map_err(|error| {
        Exit::Config(format!("x.price_table: {}", runtime::stage::chain(&error)))
    })?;
    Ok(Settings {
        base_url: config.text("x.base_url"),
        stream_url: config.text("x.stream_url"),
        ..Settings::new(prices)
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const CONFIG: &str = r#"socialConfig.acme={"orgId":"acme","X/TwitterConfig":[
        {"pageId":"@Help","XConsumerKey":"k","XConsumerSecret":"s","XAccessTokenId":"42-t","XAccessTokenSecret":"ts"},
        {"pageId":"care","XConsumerKey":"k2","XConsumerSecret":"s2","XAccessTokenId":"odd","XAccessTokenSecret":"ts2"}]}
        earshot.acme={"oauth2":{"client_id":"c","secret":"cs","refresh":"r"}}"#;

    #[test]
    fn an_account_has_its_own_keys_and_the_first_one_the_authorisation() {
        let orgs = schemas::org_config::parse(CONFIG).unwrap();
        let org = orgs.get("acme").unwrap();
        let [first, second] = org.accounts.as_slice() else {
            panic!("two accounts")
        };
        assert_eq!((name(first), name(second)), ("42", "care"));
        let keys = credentials(org, first);
        assert_eq!(keys.app.secret.expose_secret(), "s");
        assert_eq!(keys.user.unwrap().token.expose_secret(), "42-t");
        assert_eq!(keys.oauth2.unwrap().client_id, "c");
        let keys = credentials(org, second);
        assert_eq!(keys.app.key.expose_secret(), "k2");
        assert!(keys.oauth2.is_none());
        assert_eq!(parts(&key("acme", name(first))), ("acme", "42"));
    }

    #[test]
    fn a_price_table_that_cannot_be_used_is_named() {
        let load = |path: &str| {
            let flags = [("x.price_table".to_owned(), path.to_owned())];
            settings(&Config::load(None, [], &flags).unwrap())
        };
        assert_eq!(load("").unwrap().base_url, x_client::settings::BASE_URL);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("prices.toml");
        let missing = load(path.to_str().unwrap()).unwrap_err();
        std::fs::write(&path, "post_read = 1").unwrap();
        let wrong = load(path.to_str().unwrap()).unwrap_err();
        for error in [missing, wrong] {
            assert_eq!(error.code(), 2);
            assert!(error.to_string().contains("x.price_table"), "{error}");
        }
    }
}
