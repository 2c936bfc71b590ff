//! Settings: `config/default.toml`, then a file, then the environment, then the command line.
//!
//! `config/default.toml` is not a copy of the defaults, it is the defaults. A [`Layer`] is what one source says; a
//! [`Settings`] is what it all means.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tools::database::{Address, Database, without_password};

use crate::embedded::Origin;
use crate::error::Error;

/// Every environment variable that sets a key. `CHENGZHI_CONFIG` and `CHENGZHI_ROOT` name a settings file and a root
/// folder, as `--config` and `--root` do; `NO_COLOR` turns colours off. `chengzhi model pull` alone reads `HF_ENDPOINT`, `HF_TOKEN`
/// and `CHENGZHI_MODEL_MIRROR`; `CHENGZHI_MQTT_USER` and `CHENGZHI_MQTT_PASSWORD` say as whom a broker knows the server.
pub const ENVIRONMENT: &[(&str, &str, &str)] = &[
    ("CHENGZHI_ADDRESS", "server", "address"),
    ("CHENGZHI_CONCURRENCY", "server", "concurrency"),
    ("CHENGZHI_BODY_LIMIT", "server", "body_limit"),
    ("CHENGZHI_TIMEOUT_S", "server", "timeout_s"),
    ("CHENGZHI_RATE_PER_MINUTE", "server", "rate_per_minute"),
    ("CHENGZHI_MCP", "server", "mcp"),
    ("CHENGZHI_MCP_HOSTS", "server", "mcp_hosts"),
    ("CHENGZHI_OPEN311", "server", "open311"),
    ("CHENGZHI_SENSORTHINGS", "server", "sensorthings"),
    ("CHENGZHI_PLACE", "city", "place"),
    ("CHENGZHI_PRODUCER", "city", "producer"),
    ("CHENGZHI_DATA", "data", "directory"),
    ("CHENGZHI_DEMO", "data", "demo"),
    ("CHENGZHI_DATABASE", "data", "database"),
    ("CHENGZHI_MODEL_SMALL", "models", "small"),
    ("CHENGZHI_MODEL_LARGE", "models", "large"),
    ("CHENGZHI_MODEL_FIRST_TOKEN_S", "models", "first_token_s"),
    ("CHENGZHI_MODEL_IDLE_S", "models", "idle_s"),
    ("CHENGZHI_MODEL_TOTAL_S", "models", "total_s"),
    ("CHENGZHI_MODEL_REWRITE_S", "models", "rewrite_s"),
    ("CHENGZHI_MODEL_PARALLEL", "models", "parallel"),
    ("CHENGZHI_MODEL_QUEUE", "models", "queue"),
    ("CHENGZHI_CLASSIFIER", "hotline", "classifier"),
    ("CHENGZHI_MQTT_URL", "mqtt", "url"),
    ("CHENGZHI_MQTT_TOPICS", "mqtt", "topics"),
    ("CHENGZHI_MQTT_CLIENT_ID", "mqtt", "client_id"),
    ("CHENGZHI_MQTT_ARRIVAL_TIME", "mqtt", "arrival_time"),
    ("CHENGZHI_TODAY", "clock", "today"),
    ("CHENGZHI_LOG", "log", "level"),
    ("CHENGZHI_LOG_JSON", "log", "json"),
];

/// Declares a section and its layer, which has the same keys, each of which may be absent.
macro_rules! section {
    ($(#[$about:meta])* $section:ident, $layer:ident { $($(#[$doc:meta])* $key:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $section { $($(#[$doc])* pub $key: $type,)* }

        /// What one source says of this section.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $layer { $($(#[$doc])* pub $key: Option<$type>,)* }

        impl $section {
            fn take(&mut self, layer: $layer) {
                $(if let Some(value) = layer.$key { self.$key = value; })*
            }
        }
    };
}

section! {
    /// `[server]`
    Server, ServerLayer {
        /// IP address and port to listen on. Any other machine can reach an address that is not a loopback address;
        /// it is refused until a token exists.
        address: SocketAddr,
        /// Requests worked on at the same time; more are answered with 503 and `Retry-After`. One that waits for a
        /// model does not count.
        concurrency: usize,
        /// Largest request body, in bytes.
        body_limit: usize,
        /// Seconds after which a request that does not stream is given up. Where models are named it is at least the
        /// time that they have, so that the quoted answer can stand for one that is late.
        timeout_s: u64,
        /// Requests per minute from one address; more are answered with 429 and `Retry-After`. 0 means no limit.
        rate_per_minute: u32,
        /// Whether other programs can use tools and policy search at `/mcp` (Model Context Protocol).
        mcp: bool,
        /// Host names by which those programs reach it, as `helan.example` or `helan.example:8443`. This machine's names and
        /// `address` are known.
        mcp_hosts: Vec<String>,
        /// Whether other programs can report for people and read work orders at `/open311/v2` (Open311 GeoReport v2).
        open311: bool,
        /// Whether what sensors measured can be read at `/v1.1` (OGC SensorThings API).
        sensorthings: bool,
    }
}

section! {
    /// `[city]`
    City, CityLayer {
        /// Place of people who name none; its rules, and those of all places above it, apply. Empty means everywhere.
        place: String,
        /// 生成合成服务提供者: who answers for generated text, in the metadata of every answer (GB 45438-2025).
        producer: String,
    }
}

section! {
    /// `[data]`
    Data, DataLayer {
        /// Folder of corpora, models, keys, and of all records that are not in `database`. Absent: `data/` in a checkout,
        /// else `$XDG_DATA_HOME/chengzhi`.
        directory: Option<PathBuf>,
        /// Whether to prepare the demo city on start.
        demo: bool,
        /// A PostgreSQL database for conversations, tokens, the audit log and the records of tools, which several servers may
        /// share: `postgres://USER:PASSWORD@HOST/NAME`. Absent: SQLite files in the folder.
        database: Option<Address>,
    }
}

section! {
    /// `[models]`
    Models, ModelsLayer {
        /// Models for small tasks, such as finding other words for a question: the first that answers is taken. Empty:
        /// such tasks are left out.
        small: Vec<String>,
        /// Models that word answers: the first that answers is taken. Empty: answers are quoted.
        large: Vec<String>,
        /// Seconds until a model says its first word, waiting for a place included.
        first_token_s: NonZeroU32,
        /// Seconds between two words.
        idle_s: NonZeroU32,
        /// Seconds for the whole answer, of all models of a list together.
        total_s: NonZeroU32,
        /// Seconds that other words for a question are waited for.
        rewrite_s: NonZeroU32,
        /// Answers that a model works on at the same time.
        parallel: NonZeroU32,
        /// Requests that wait for a model; more are turned away, and the answer is quoted.
        queue: u32,
    }
}

section! {
    /// `[hotline]`
    Hotline, HotlineLayer {
        /// Folder that `chengzhi train dispatch` wrote, from the data directory on. Absent: the classifier of the seeds.
        classifier: Option<PathBuf>,
    }
}

section! {
    /// `[mqtt]`
    Mqtt, MqttLayer {
        /// Broker from which readings come, as `mqtt://host:1883` or `mqtts://host:8883`. Absent: none is asked.
        url: Option<String>,
        /// Topics that are subscribed to; `{datastream}` stands for the id.
        topics: Vec<String>,
        /// As whom the broker knows this server, and keeps messages for it while it is away. Two servers need two.
        client_id: String,
        /// Whether a message without a time is of the moment of its arrival. Sent twice, it is then stored twice.
        arrival_time: bool,
    }
}

section! {
    /// `[clock]`
    Clock, ClockLayer {
        /// A fixed date instead of today, for tests and demonstrations.
        today: Option<Date>,
    }
}

section! {
    /// `[log]`
    Log, LogLayer {
        /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,sqlx=debug`.
        level: String,
        /// One JSON object a line instead of text.
        json: bool,
    }
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The HTTP server.
    pub server: Server,
    /// Whose rules are asked for, and who answers for the text.
    pub city: City,
    /// Where things are kept.
    pub data: Data,
    /// Which models do what, and for how long.
    pub models: Models,
    /// How work orders are handled.
    pub hotline: Hotline,
    /// From which broker readings come.
    pub mqtt: Mqtt,
    /// What day it is.
    pub clock: Clock,
    /// What is written to standard error.
    pub log: Log,
}

/// What one source says.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layer {
    /// `[server]`
    pub server: ServerLayer,
    /// `[city]`
    pub city: CityLayer,
    /// `[data]`
    pub data: DataLayer,
    /// `[models]`
    pub models: ModelsLayer,
    /// `[hotline]`
    pub hotline: HotlineLayer,
    /// `[mqtt]`
    pub mqtt: MqttLayer,
    /// `[clock]`
    pub clock: ClockLayer,
    /// `[log]`
    pub log: LogLayer,
}

const DEFAULT: &str = "config/default.toml";

/// Seconds that an answer may take beside the wording: other words for the question, searches, the check.
const BESIDE_MODELS_S: u64 = 10;

impl Settings {
    /// The defaults of `origin`.
    ///
    /// # Errors
    /// [`Error::Settings`] with key and line.
    pub fn default_of(origin: &Origin) -> Result<Self, Error> {
        let embedded = || {
            Origin::Embedded
                .text(DEFAULT)
                .expect("the binary holds its defaults")
        };
        parse(DEFAULT, &origin.text(DEFAULT).unwrap_or_else(embedded))
    }

    /// Defaults, then `file`, then the environment, then `flags`.
    ///
    /// # Errors
    /// [`Error::Settings`] with file, key and line; [`Error::Io`] when `file` cannot be read.
    pub fn load(
        origin: &Origin,
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
        flags: Layer,
    ) -> Result<Self, Error> {
        let mut settings = Self::default_of(origin)?;
        if let Some(file) = file {
            let text = std::fs::read_to_string(file).map_err(Error::io(file))?;
            settings.take(parse(&file.display().to_string(), &text)?);
        }
        for &(variable, section, key) in ENVIRONMENT {
            if let Some(value) = environment(variable).filter(|value| !value.is_empty()) {
                settings.take(variable_layer(variable, section, key, &value)?);
            }
        }
        settings.take(flags);
        settings.check_database()?;
        Ok(settings)
    }

    fn check_database(&self) -> Result<(), Error> {
        let Some(address) = &self.data.database else {
            return Ok(());
        };
        address.check().map_err(|error| Error::Settings {
            file: "`data.database`".to_owned(),
            message: error.to_string(),
        })
    }

    fn take(&mut self, layer: Layer) {
        self.server.take(layer.server);
        self.city.take(layer.city);
        self.data.take(layer.data);
        self.models.take(layer.models);
        self.hotline.take(layer.hotline);
        self.mqtt.take(layer.mqtt);
        self.clock.take(layer.clock);
        self.log.take(layer.log);
    }

    /// How long a request that does not stream may take.
    pub fn patience(&self) -> Duration {
        let least = if self.models.small.is_empty() && self.models.large.is_empty() {
            0
        } else {
            u64::from(self.models.total_s.get()) + BESIDE_MODELS_S
        };
        Duration::from_secs(self.server.timeout_s.max(least))
    }

    /// Where records are kept.
    pub fn database(&self, origin: &Origin) -> Database {
        match &self.data.database {
            Some(address) => Database::Server(address.clone()),
            None => Database::Folder(self.directory(origin)),
        }
    }

    /// The data directory.
    pub fn directory(&self, origin: &Origin) -> PathBuf {
        match (&self.data.directory, origin) {
            (Some(directory), _) => directory.clone(),
            (None, Origin::Folder(root)) => root.join("data"),
            (None, Origin::Embedded) => user_data(),
        }
    }
}

fn parse<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T, Error> {
    toml::from_str(text).map_err(|error| Error::Settings {
        file: format!("`{file}`"),
        // It quotes the line.
        message: without_password(error.to_string().trim_end()),
    })
}

/// Keys that hold several names; a variable has commas between them.
const LISTS: &[(&str, &str)] = &[
    ("server", "mcp_hosts"),
    ("models", "small"),
    ("models", "large"),
    ("mqtt", "topics"),
];

/// One variable as a layer. A value that reads as a whole number or a truth value is one, all else is text.
fn variable_layer(variable: &str, section: &str, key: &str, value: &str) -> Result<Layer, Error> {
    let number = value.parse().map(toml::Value::Integer).ok();
    let truth = value.parse().map(toml::Value::Boolean).ok();
    let text = |value: &str| toml::Value::String(value.to_owned());
    let value = if LISTS.contains(&(section, key)) {
        let names = value.split(',').map(str::trim);
        toml::Value::Array(names.filter(|name| !name.is_empty()).map(text).collect())
    } else {
        number.or(truth).unwrap_or_else(|| text(value))
    };
    let inner = toml::Table::from_iter([(key.to_owned(), value)]);
    let table = toml::Table::from_iter([(section.to_owned(), toml::Value::Table(inner))]);
    let wrong = |error: toml::de::Error| Error::Settings {
        file: format!("environment variable `{variable}`"),
        message: without_password(error.message()),
    };
    table.try_into().map_err(wrong)
}

fn user_data() -> PathBuf {
    let folder = |variable: &str| {
        std::env::var_os(variable)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = folder("XDG_DATA_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local/share")))
        .or_else(|| folder("LOCALAPPDATA"));
    base.map_or_else(
        || PathBuf::from("chengzhi-data"),
        |base| base.join("chengzhi"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, variables: &[(&str, &str)]) -> Result<Settings, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, file).unwrap();
        let environment = |name: &str| {
            variables
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Settings::load(
            &Origin::Embedded,
            Some(&path),
            environment,
            Layer::default(),
        )
    }

    #[test]
    fn later_sources_win() {
        let settings = load(
            "[server]\naddress = \"127.0.0.1:9\"\nconcurrency = 3\n",
            &[("CHENGZHI_CONCURRENCY", "5"), ("CHENGZHI_DEMO", "false")],
        )
        .unwrap();
        assert_eq!(settings.server.address.to_string(), "127.0.0.1:9");
        assert_eq!(settings.server.concurrency, 5);
        assert!(!settings.data.demo);
        assert_eq!(settings.city.place, "和澜市");
    }

    #[test]
    fn a_model_has_its_time_before_a_request_is_given_up() {
        let seconds = |file: &str| load(file, &[]).unwrap().patience().as_secs();
        assert_eq!(seconds("[server]\ntimeout_s = 30"), 30);
        let with = |timeout: u32| {
            seconds(&format!(
                "[server]\ntimeout_s = {timeout}\n[models]\nlarge = ['m']\ntotal_s = 120"
            ))
        };
        assert_eq!((with(30), with(600)), (130, 600));
    }

    #[test]
    fn a_role_is_a_list_with_commas() {
        let settings = load(
            "[models]\nsmall = [\"a\"]\n",
            &[
                ("CHENGZHI_MODEL_LARGE", "qwen3-4b, 7,"),
                ("CHENGZHI_MODEL_QUEUE", "0"),
            ],
        )
        .unwrap();
        assert_eq!(settings.models.small, ["a"]);
        assert_eq!(settings.models.large, ["qwen3-4b", "7"]);
        assert_eq!(settings.models.queue, 0);
        assert!(load("[models]\nidle_s = 0\n", &[]).is_err());
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let message = load("[server]\n\nadress = \"127.0.0.1:9\"\n", &[])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("mine.toml")
                && message.contains("line 3")
                && message.contains("`adress`"),
            "{message}"
        );
        let message = load("[clock]\ntoday = \"2026-02-30\"\n", &[])
            .unwrap_err()
            .to_string();
        assert!(message.contains("line 2"), "{message}");
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let message = load("", &[("CHENGZHI_CONCURRENCY", "many")])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("CHENGZHI_CONCURRENCY") && message.contains("usize"),
            "{message}"
        );
    }

    #[test]
    fn the_database_is_an_address_whose_password_nobody_sees() {
        let address = "postgres://cz:geheim@db/city";
        let settings = load("", &[("CHENGZHI_DATABASE", address)]).unwrap();
        let database = settings.database(&Origin::Embedded);
        assert!(matches!(database, Database::Server(_)), "{database:?}");
        let shown = format!("{settings:?} {}", serde_json::to_string(&settings).unwrap());
        assert!(!shown.contains("geheim") && shown.contains("cz:***@db/city"));
        for (file, variable) in [
            ("[data]\ndatabase = \"mysql://cz:geheim@db/city\"", ""),
            ("[data]\ndatabase = \"postgres://cz:geheim@db:x/city\"", ""),
            ("[data]\ndatabase = \"postgres://cz:geheim@db/city\" x", ""),
            ("[data]\ndatabase = [\"postgres://cz:geheim@db/city\"]", ""),
            ("", "postgres://cz:geheim@db/city?pasword=geheim"),
        ] {
            let error = load(file, &[("CHENGZHI_DATABASE", variable)]).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(!told.contains("geheim"), "{told}");
            assert!(told.contains("database"), "{told}");
        }
    }

    #[test]
    fn every_key_stands_in_the_default_file_and_has_a_variable() {
        let text = Origin::Embedded.text(DEFAULT).unwrap();
        let schema = schemars::schema_for!(Settings).to_value();
        let mut keys = 0;
        for section in [
            "server", "city", "data", "models", "hotline", "mqtt", "clock", "log",
        ] {
            let name = format!("{}{}", section[..1].to_uppercase(), &section[1..]);
            let properties = schema["$defs"][&name]["properties"].as_object().unwrap();
            let body = text
                .split(&format!("[{section}]"))
                .nth(1)
                .unwrap()
                .split("\n[")
                .next()
                .unwrap();
            for key in properties.keys() {
                keys += 1;
                let stands = body.lines().any(|line| {
                    line.trim_start_matches("# ")
                        .starts_with(&format!("{key} = "))
                });
                assert!(stands, "`{section}.{key}` is not in {DEFAULT}");
                assert!(
                    ENVIRONMENT
                        .iter()
                        .any(|entry| (entry.1, entry.2) == (section, key)),
                    "`{section}.{key}` has no variable"
                );
            }
        }
        assert_eq!(keys, ENVIRONMENT.len());
    }
}
