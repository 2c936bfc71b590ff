//! An empty folder in which the binary runs with nothing of this machine's settings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use sqlx::AnyConnection;
use tempfile::TempDir;
use tools::database::{Address, Database};

use crate::database::{address, shell};

/// The folder; removed at the end of a test.
pub(crate) struct Sandbox {
    folder: TempDir,
    /// Records are in files, whatever other tests use.
    in_files: bool,
}

/// What a run of the binary left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A regulation with `articles` articles; `name` makes it different from others.
pub(crate) fn regulation(name: &str, articles: usize) -> String {
    let articles: String = (1..=articles)
        .map(|number| {
            format!(
                "第{}条 {name}第{number}号事项应当自受理之日起{number}日内办结。\n\n",
                chinese(number)
            )
        })
        .collect();
    format!(
        "---\ntitle: {name}管理办法\neffective_date: 2024-05-01\nstatus: current\n---\n# {name}管理办法\n\n{articles}"
    )
}

fn chinese(number: usize) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (number / 10, number % 10);
    let head = match tens {
        0 => String::new(),
        1 => "十".to_owned(),
        more => format!("{}十", DIGITS[more]),
    };
    head + if ones == 0 { "" } else { DIGITS[ones] }
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            in_files: false,
        }
    }

    /// With records in files, which can be bounded, or not there.
    pub(crate) fn in_files() -> Self {
        Self {
            in_files: true,
            ..Self::new()
        }
    }

    fn address(&self) -> Option<String> {
        address(self.folder()).filter(|_| !self.in_files)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Where the binary keeps records that runs with `--data` and this name.
    pub(crate) fn database(&self, data: &str) -> Database {
        match self.address() {
            Some(address) => Database::Server(Address::parse(&address).unwrap()),
            None => Database::Folder(self.path(data)),
        }
    }

    /// Those records as somebody with a SQL shell has them.
    pub(crate) async fn shell(&self, data: &str, file: &str, schema: &str) -> AnyConnection {
        let folder = match self.address() {
            Some(_) => self.folder().to_owned(),
            None => self.path(data),
        };
        shell(&folder, file, schema).await
    }

    pub(crate) fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The binary, about to run in this folder.
    pub(crate) fn command(&self) -> Command {
        self.wrapped(env!("CARGO_BIN_EXE_chengzhi"))
    }

    /// Another program in the same surroundings.
    pub(crate) fn wrapped(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("XDG_DATA_HOME", self.path("xdg"))
            .env("HOME", self.folder.path())
            .env("CHENGZHI_TODAY", "2026-11-21")
            .envs(self.address().map(|address| ("CHENGZHI_DATABASE", address)));
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command().args(arguments).output().unwrap().into()
    }

    /// The JSON of a run that must succeed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    pub(crate) fn entries(&self) -> Vec<String> {
        names(self.folder.path())
    }
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Fails unless the run failed with `code`, saying all of `words` on standard error and nothing on standard output.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        for word in words {
            assert!(self.err.contains(word), "no `{word}` in: {}", self.err);
        }
    }
}

/// Keys of an object, in their order.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// A sandbox with the corpus `mine` of two regulations in the data directory `d`.
pub(crate) fn with_corpus() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("policies/parking.md", regulation("路边停车", 12));
    sandbox.write("policies/lamps.md", regulation("路灯", 5));
    let report = sandbox.json(&[
        "ingest", "policies", "--corpus", "mine", "--data", "d", "--json",
    ]);
    assert_eq!(
        (&report["documents"], &report["passages"]),
        (&2.into(), &17.into()),
        "{report}"
    );
    sandbox
}
