//! Process configuration: flag > `EARSHOT_*` > `earshot.toml` > default. An unknown key is an
//! error that names the nearest one.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::Exit;
use crate::kafka::Cluster;
use crate::telemetry::LogFormat;

/// Partitions of each topic by default.
pub const PARTITIONS: i32 = 12;

/// One key.
pub struct Key {
    /// Name, dotted.
    pub name: &'static str,
    /// Default; empty is "not set".
    pub default: &'static str,
    /// What it is, with its unit.
    pub doc: &'static str,
}

macro_rules! keys {
    ($($name:literal = $default:literal, $doc:literal;)+) => {
        /// Every key of the process configuration; all take effect at a restart.
        pub static KEYS: &[Key] = &[$(Key { name: $name, default: $default, doc: $doc }),+];
    };
}

keys! {
    "kafka.brokers" = "", "host:port list of the Kafka cluster";
    "kafka.topic_prefix" = "", "put before each topic name and group id";
    "kafka.replication_factor" = "1", "copies of each partition, at topics apply";
    "kafka.security.protocol" = "", "plaintext, ssl, sasl_plaintext or sasl_ssl";
    "kafka.security.mechanism" = "", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512";
    "kafka.security.username" = "", "SASL user";
    "kafka.security.password" = "", "SASL password (secret)";
    "kafka.security.ca_file" = "", "certificate authority of the brokers, PEM";
    "database.url" = "", "PostgreSQL, role app (secret)";
    "database.owner_url" = "", "PostgreSQL, owner, for migrations (secret)";
    "database.pool" = "8", "connections of one program at most";
    "hooks.addr" = "127.0.0.1:8080", "address of the webhook listener";
    "desk.addr" = "127.0.0.1:8081", "address of the API";
    "desk.dir" = "", "directory of the built desk; none: web/build, here or above the binary";
    "http.internal_addr" = "127.0.0.1:0", "address of probes and metrics; port 0 = any free one";
    "http.base_url" = "", "public https address of this installation, no port";
    "x.base_url" = "https://api.x.com", "where X's API is";
    "x.stream_url" = "https://api.x.com", "where X's streams are";
    "x.price_table" = "", "file with X's prices, TOML; none: those built in";
    "media.dir" = "", "directory of pictures; none: <local.dir>/media";
    "media.max_mb" = "5", "largest picture that is kept, megabytes";
    "log.level" = "info", "filter such as info or runtime=debug";
    "log.format" = "json", "json or pretty";
    "local.dir" = ".local", "directory of the local parts and of run/";
    "pipeline.partitions" = "12", "partitions of each topic; fixed at the first topics apply";
    "pipeline.batch_ms" = "20", "wait for more after the first record, milliseconds";
    "pipeline.batch_records" = "1000", "records of a batch at most";
    "pipeline.batch_bytes" = "4194304", "bytes of a batch at most";
    "pipeline.stop_age_hours" = "18", "sources stop taking when a later step is this far behind";
    "registry.url" = "", "Confluent-compatible schema registry; none: our own ids (secret)";
    "org_source" = "", "organisations' configuration: file:<path>, or consul:<url>/<prefix of keys>";
    "org_source_token_file" = "", "file with the token for Consul; read anew for each request";
    "secrets.key_file" = "", "keys that seal stored secrets; none: <local.dir>/secrets.key";
    "instance" = "0", "number of this process among those of its program";
    "clock.offset_s" = "0", "seconds that the clock runs ahead; only with --local";
}

/// Smallest and largest value of each number.
const BOUNDS: &[(&str, i64, i64)] = &[
    ("kafka.replication_factor", 1, 10),
    ("database.pool", 1, 200),
    ("pipeline.partitions", 1, 1_000),
    ("pipeline.batch_ms", 0, 10_000),
    ("pipeline.batch_records", 1, 10_000),
    ("pipeline.batch_bytes", 1_024, 67_108_864),
    ("pipeline.stop_age_hours", 1, 23),
    ("media.max_mb", 1, 15),
    ("instance", 0, 9_999),
    ("clock.offset_s", -3_153_600_000, 3_153_600_000),
];

#[derive(Debug, Clone)]
struct Value {
    text: String,
    source: &'static str,
}

/// The configuration of a process.
#[derive(Debug, Clone)]
pub struct Config {
    values: BTreeMap<&'static str, Value>,
}

impl Config {
    /// From `earshot.toml` (if there), the environment and flags (`key`, `value`).
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Self, Exit> {
        let mut config = Self {
            values: BTreeMap::new(),
        };
        for key in KEYS {
            let text = key.default.to_owned();
            config.values.insert(
                key.name,
                Value {
                    text,
                    source: "default",
                },
            );
        }
        if let Some(path) = file {
            config.read_file(path)?;
        }
        for (name, value) in environment {
            config.read_variable(&name, value)?;
        }
        for (name, value) in flags {
            config.set(name, value.clone(), "flag")?;
        }
        for (name, least, most) in BOUNDS {
            let number: i64 = config.number(name)?;
            if !(*least..=*most).contains(&number) {
                return Err(Exit::Config(format!(
                    "{name}: {number} is not between {least} and {most}"
                )));
            }
        }
        Ok(config)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), Exit> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Exit::Config(format!("{}: {e}", path.display())))?;
        let table: toml::Table = text
            .parse()
            .map_err(|e| Exit::Config(format!("{}: {e}", path.display())))?;
        let mut flat = Vec::new();
        flatten("", &table, &mut flat);
        flat.into_iter()
            .try_for_each(|(name, value)| self.set(&name, value, "file"))
    }

    // EARSHOT_KAFKA_BROKERS; with _FILE the value is the content of that file. What the project's
    // own tests and faults read (EARSHOT_TEST_…, EARSHOT_CHAOS_…) is not configuration.
    fn read_variable(&mut self, name: &str, value: String) -> Result<(), Exit> {
        let Some(rest) = name.strip_prefix("EARSHOT_") else {
            return Ok(());
        };
        if rest.starts_with("TEST_") || rest.starts_with("CHAOS_") {
            return Ok(());
        }
        let (rest, value) = match rest.strip_suffix("_FILE") {
            Some(rest)
                if !KEYS
                    .iter()
                    .any(|key| variable(key.name) == format!("{rest}_FILE")) =>
            {
                let text = std::fs::read_to_string(&value)
                    .map_err(|e| Exit::Config(format!("{name}: {value}: {e}")))?;
                (rest, text.trim_end().to_owned())
            }
            _ => (rest, value),
        };
        match KEYS.iter().find(|key| variable(key.name) == rest) {
            Some(key) => self.set(key.name, value, "environment"),
            None => Err(unknown(&rest.to_lowercase().replace('_', "."))),
        }
    }

    /// Sets a key; an unknown one is an error.
    pub fn set(&mut self, name: &str, text: String, source: &'static str) -> Result<(), Exit> {
        let key = KEYS
            .iter()
            .find(|key| key.name == name)
            .ok_or_else(|| unknown(name))?;
        self.values.insert(key.name, Value { text, source });
        Ok(())
    }

    /// The value of a key; empty if not set.
    pub fn text(&self, name: &str) -> String {
        self.values
            .get(name)
            .map(|value| value.text.clone())
            .unwrap_or_default()
    }

    /// The value of a key, if set.
    pub fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The value of a key that must be set.
    pub fn require(&self, name: &str) -> Result<String, Exit> {
        self.optional(name).ok_or_else(|| {
            let variable = variable(name);
            Exit::Config(format!(
                "{name} is not set: give --set {name}=…, EARSHOT_{variable} or earshot.toml; or \
                 run with --local"
            ))
        })
    }

    /// Smallest and largest value of a key that is a number.
    pub fn bounds(name: &str) -> Option<(i64, i64)> {
        let bounds = BOUNDS.iter().find(|(bounded, ..)| *bounded == name);
        bounds.map(|(_, least, most)| (*least, *most))
    }

    /// The number behind a key.
    pub fn number<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Exit> {
        let text = self.text(name);
        text.parse()
            .map_err(|e| Exit::Config(format!("{name}: `{text}`: {e}")))
    }

    /// The address behind a key.
    pub fn addr(&self, name: &str) -> Result<SocketAddr, Exit> {
        self.number(name)
    }

    /// The format of log lines.
    pub fn log_format(&self) -> Result<LogFormat, Exit> {
        match self.text("log.format").as_str() {
            "json" => Ok(LogFormat::Json),
            "pretty" => Ok(LogFormat::Pretty),
            other => Err(Exit::Config(format!(
                "log.format: `{other}`: expected json or pretty"
            ))),
        }
    }

    /// The file with the keys that seal stored secrets.
    pub fn key_file(&self) -> PathBuf {
        match self.optional("secrets.key_file") {
            Some(path) => path.into(),
            None => Path::new(&self.text("local.dir")).join("secrets.key"),
        }
    }

    /// The Kafka cluster.
    pub fn cluster(&self) -> Cluster {
        let security = [
            ("security.protocol", "kafka.security.protocol"),
            ("sasl.mechanism", "kafka.security.mechanism"),
            ("sasl.username", "kafka.security.username"),
            ("sasl.password", "kafka.security.password"),
            ("ssl.ca.location", "kafka.security.ca_file"),
        ];
        let security = security
            .into_iter()
            .filter_map(|(theirs, ours)| Some((theirs.to_owned(), self.optional(ours)?)))
            .collect();
        Cluster {
            brokers: self.text("kafka.brokers"),
            prefix: self.text("kafka.topic_prefix"),
            security,
        }
    }

    /// Key, value (secrets hidden), source and meaning of everything.
    pub fn show(&self) -> Vec<(&'static str, String, &'static str, &'static str)> {
        KEYS.iter()
            .filter_map(|key| {
                let value = self.values.get(key.name)?;
                let secret = key.doc.ends_with("(secret)") && !value.text.is_empty();
                let text = if secret {
                    "********".to_owned()
                } else {
                    value.text.clone()
                };
                Some((key.name, text, value.source, key.doc))
            })
            .collect()
    }

    /// The settings that differ from the default, as variables for a child process.
    pub fn variables(&self) -> Vec<(String, String)> {
        self.values
            .iter()
            .filter(|(_, value)| value.source != "default")
            .map(|(name, value)| (format!("EARSHOT_{}", variable(name)), value.text.clone()))
            .collect()
    }
}

fn variable(name: &str) -> String {
    name.replace('.', "_").to_uppercase()
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut Vec<(String, String)>) {
    for (name, value) in table {
        let name = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            toml::Value::Table(inner) => flatten(&name, inner, out),
            toml::Value::String(text) => out.push((name, text.clone())),
            other => out.push((name, other.to_string())),
        }
    }
}

fn unknown(name: &str) -> Exit {
    let nearest = KEYS
        .iter()
        .min_by_key(|key| strsim::levenshtein(key.name, name));
    let nearest = nearest.map(|key| key.name).unwrap_or_default();
    Exit::Config(format!("unknown key `{name}`; did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, Exit> {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        Config::load(None, own(environment), &own(flags))
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_default() {
        let set = ("EARSHOT_KAFKA_BROKERS", "a:1");
        assert_eq!(load(&[set], &[]).unwrap().text("kafka.brokers"), "a:1");
        let both = load(&[set], &[("kafka.brokers", "b:2")]).unwrap();
        assert_eq!(both.text("kafka.brokers"), "b:2");
        assert_eq!(
            both.number::<i32>("pipeline.partitions").unwrap(),
            PARTITIONS
        );
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        for wrong in [
            load(&[("EARSHOT_KAFKA_BROKER", "x")], &[]),
            load(&[], &[("kafka.broker", "x")]),
        ] {
            let text = wrong.unwrap_err().to_string();
            assert!(text.contains("did you mean `kafka.brokers`"), "{text}");
        }
    }

    #[test]
    fn a_number_out_of_bounds_is_refused_by_name() {
        for (name, value) in [
            ("pipeline.batch_records", "0"),
            ("pipeline.partitions", "-1"),
            ("database.pool", "many"),
        ] {
            let text = load(&[], &[(name, value)]).unwrap_err().to_string();
            assert!(text.contains(name) && text.contains(value), "{text}");
        }
    }

    #[test]
    fn a_file_and_a_secret_file_are_read_and_a_variable_wins_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let (file, secret) = (dir.path().join("earshot.toml"), dir.path().join("url"));
        std::fs::write(&secret, "postgres://app@h/d\n").unwrap();
        std::fs::write(
            &file,
            "instance = 3\n[kafka]\nbrokers = \"f:1\"\nsecurity.username = \"u\"\n",
        )
        .unwrap();
        let environment = [
            ("EARSHOT_DATABASE_URL_FILE", secret.to_str().unwrap()),
            ("EARSHOT_KAFKA_SECURITY_CA_FILE", "/ca.pem"),
            ("EARSHOT_INSTANCE", "4"),
            ("EARSHOT_TEST_PARTS", "not configuration"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::load(Some(&file), environment, &[]).unwrap();
        let text = |name| config.text(name);
        assert_eq!(text("kafka.brokers"), "f:1");
        assert_eq!(text("kafka.security.username"), "u");
        assert_eq!(text("kafka.security.ca_file"), "/ca.pem");
        assert_eq!(text("database.url"), "postgres://app@h/d");
        assert_eq!(text("instance"), "4");

        std::fs::write(&file, "[kafka]\nbroker = \"f:1\"\n").unwrap();
        let refused = Config::load(Some(&file), [], &[]).unwrap_err();
        assert_eq!(refused.code(), 2);
        assert!(refused.to_string().contains("`kafka.brokers`"), "{refused}");
    }

    #[test]
    fn a_child_is_given_what_differs_from_the_default() {
        let config = load(&[], &[("instance", "2")]).unwrap();
        let expected = [("EARSHOT_INSTANCE".to_owned(), "2".to_owned())];
        assert_eq!(config.variables(), expected);
    }

    #[test]
    fn the_key_file_lies_in_the_local_directory_or_where_it_is_told() {
        let own = load(&[], &[("local.dir", "/d")]).unwrap();
        assert_eq!(own.key_file(), Path::new("/d/secrets.key"));
        let told = load(&[("EARSHOT_SECRETS_KEY_FILE", "/k")], &[]).unwrap();
        assert_eq!(told.key_file(), Path::new("/k"), "a path, not a content");
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = load(&[("EARSHOT_DATABASE_URL", "postgres://u:geheim@h/d")], &[]).unwrap();
        assert!(!format!("{:?}", config.show()).contains("geheim"));
        assert_eq!(
            config.require("database.url").unwrap(),
            "postgres://u:geheim@h/d"
        );
    }
}
