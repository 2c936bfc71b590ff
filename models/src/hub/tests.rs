//! Pulling from a server that misbehaves on purpose.

use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::fetch::{Fetcher, Patience};
use super::pull::pull_with;
use super::*;

mod folder;
mod server;

use server::{Act, Server, content};

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn weights(more: &str) -> Weights {
    let text = format!(
        "title = ''\nlicence = ''\ncontext = 512\n[local]\nsource = 'o/n'\nfiles = [{{ path = 'm.gguf'{more} }}]"
    );
    match Manifest::parse("model.toml", &text).unwrap().backend {
        Backend::Local(weights) => weights,
        Backend::Remote(_) => unreachable!("the manifest is local"),
    }
}

fn right() -> Weights {
    weights(&format!(
        ", sha256 = '{}', bytes = 100000",
        hash(&content())
    ))
}

const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    idle: Duration::from_secs(20),
    tries: 4,
    pause: Duration::from_millis(1),
};

struct Client {
    folder: tempfile::TempDir,
    hub: Hub,
    told: Vec<String>,
    patience: Patience,
    space: fn(&super::part::Part) -> Option<u64>,
}

impl Client {
    fn of(server: &Server) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            hub: Hub::hugging_face(Some(&server.address), Some("hf_secret")).unwrap(),
            told: Vec::new(),
            patience: PATIENCE,
            space: |_| None,
        }
    }

    async fn pull(&mut self, weights: &Weights) -> Result<Vec<Pulled>, String> {
        let mut fetcher = Fetcher::new(&self.hub, self.patience).unwrap();
        fetcher.space = self.space;
        let told = &mut self.told;
        let mut tell = |step: Step<'_>| match step {
            Step::Connect { host } => told.push(format!("to {host}")),
            Step::Again { reason, .. } => told.push(format!("again: {reason}")),
            Step::File { .. } | Step::Bytes { .. } => {}
        };
        pull_with(&mut fetcher, weights, self.folder.path(), &mut tell)
            .await
            .map_err(|error| error.to_string())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> Option<Vec<u8>> {
        std::fs::read(self.path().join("m.gguf")).ok()
    }

    fn part(&self) -> Option<Vec<u8>> {
        std::fs::read(self.path().join("m.gguf.part")).ok()
    }

    fn again(&self) -> usize {
        self.told
            .iter()
            .filter(|line| line.starts_with("again"))
            .count()
    }
}

#[tokio::test]
async fn a_file_comes_whole_whatever_happens_on_the_way() {
    for (acts, tries) in [
        (vec![], 1),
        (vec![Act::Drop(40_960), Act::Drop(20_480)], 3),
        (vec![Act::Drop(40_960), Act::IgnoreRange], 2),
        (
            vec![
                Act::Drop(40_960),
                Act::IgnoreRangeAndDrop(8_192),
                Act::Serve,
            ],
            3,
        ),
        (
            vec![Act::Status(503), Act::Status(429), Act::Status(500)],
            4,
        ),
        (
            vec![
                Act::Drop(0),
                Act::Drop(4_096),
                Act::Status(502),
                Act::Drop(4_096),
            ],
            5,
        ),
        (vec![Act::Slow], 1),
    ] {
        let server = Server::start(acts.clone()).await;
        let mut client = Client::of(&server);
        let pulled = client.pull(&right()).await.unwrap();
        assert_eq!(client.file(), Some(content()), "{acts:?}");
        assert_eq!(client.part(), None, "{acts:?}");
        assert_eq!(server.asked().len(), tries, "{acts:?}: {:?}", client.told);
        assert_eq!(client.again(), tries - 1);
        assert_eq!(
            (pulled[0].new, pulled[0].kept.trust),
            (true, Trust::Manifest)
        );
        assert_eq!(client.told[0], format!("to {}", server.address));
    }
}

#[tokio::test]
async fn a_silent_server_is_asked_again() {
    let server = Server::start([Act::Stall(40_960)]).await;
    let mut client = Client::of(&server);
    client.patience.idle = Duration::from_millis(50);
    client.patience.tries = 100;
    client.pull(&right()).await.unwrap();
    assert_eq!(client.file(), Some(content()));
    assert!(
        client.told[1].contains("nothing for too long"),
        "{:?}",
        client.told
    );
}

#[tokio::test]
async fn what_was_fetched_is_not_fetched_again() {
    let server = Server::start([Act::Drop(40_960), Act::Drop(20_480)]).await;
    let mut client = Client::of(&server);
    client.pull(&right()).await.unwrap();
    assert_eq!(
        server.ranges(),
        [
            None,
            Some("bytes=40960-".to_owned()),
            Some("bytes=61440-".to_owned())
        ]
    );
    let pulled = client.pull(&right()).await.unwrap();
    assert!(!pulled[0].new);
    assert_eq!(server.asked().len(), 3);
    assert_eq!(server.asked()[0].path, "/o/n/resolve/main/m.gguf");
}

#[tokio::test]
async fn giving_up_and_interrupting_leave_a_part_that_is_taken_up() {
    let server = Server::start([
        Act::Drop(40_960),
        Act::Drop(0),
        Act::Drop(0),
        Act::Drop(0),
        Act::Drop(0),
    ])
    .await;
    let mut client = Client::of(&server);
    let message = client.pull(&right()).await.unwrap_err();
    assert!(
        message.contains("4 tries") && message.contains("41.0 kB are kept"),
        "{message}"
    );
    assert_eq!(client.part().unwrap(), content()[..40_960]);
    assert_eq!(
        state(&right(), client.path()),
        State::Partly { bytes: 40_960 }
    );

    server.acts.lock().unwrap().extend([Act::Stall(8_192)]);
    let folder = client.path().to_owned();
    let weights = right();
    let interrupted = async {
        while std::fs::metadata(folder.join("m.gguf.part")).unwrap().len() < 49_152 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = client.pull(&weights) => panic!("the server is silent"),
        () = interrupted => {}
    }
    assert_eq!(client.part().unwrap(), content()[..49_152]);
    client.pull(&right()).await.unwrap();
    assert_eq!(client.file(), Some(content()));
    assert_eq!(
        server.ranges().last().unwrap().as_deref(),
        Some("bytes=49152-")
    );
}

#[tokio::test]
async fn a_server_that_never_gets_further_is_left() {
    let acts = std::iter::repeat_n(Act::IgnoreRangeAndDrop(40_960), 20);
    let server = Server::start(acts).await;
    let mut client = Client::of(&server);
    assert!(
        client
            .pull(&right())
            .await
            .unwrap_err()
            .contains("given up")
    );
    assert!(server.asked().len() < 8);
}

#[tokio::test]
async fn a_wrong_byte_is_refused_and_removed() {
    let server = Server::start([Act::WrongByte, Act::Serve]).await;
    let mut client = Client::of(&server);
    let message = client.pull(&right()).await.unwrap_err();
    assert!(
        message.contains("`m.gguf`")
            && message.contains(&hash(&content()))
            && message.contains("removed"),
        "{message}"
    );
    assert_eq!((client.file(), client.part()), (None, None));
    assert_eq!(state(&right(), client.path()), State::Absent);
    client.pull(&right()).await.unwrap();
    assert_eq!(client.file(), Some(content()));
}

#[tokio::test]
async fn a_wrong_size_is_refused_before_it_comes() {
    let server = Server::start([]).await;
    let mut client = Client::of(&server);
    let message = client.pull(&weights(", bytes = 99999")).await.unwrap_err();
    assert!(
        message.contains("100000 bytes") && message.contains("99999"),
        "{message}"
    );
    assert_eq!(client.file(), None);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for (act, words) in [
        (
            Act::Status(404),
            vec!["404", "`source`, `revision` and `files`"],
        ),
        (Act::Status(401), vec!["401", "`HF_TOKEN`", "`--from DIR`"]),
        (Act::Status(403), vec!["403", "licence"]),
        (Act::Status(451), vec!["451", "`--mirror`"]),
        (Act::WebPage, vec!["web page", "proxy"]),
        (Act::Redirect("ftp://a/b".to_owned()), vec!["`ftp:`"]),
        (
            Act::Redirect("file:///etc/passwd".to_owned()),
            vec!["`file:`"],
        ),
        (Act::Redirect("http://[".to_owned()), vec!["no address"]),
        (Act::Endless, vec!["more than"]),
    ] {
        let server = Server::start([act.clone(), Act::Status(410)]).await;
        let mut client = Client::of(&server);
        let message = client.pull(&weights("")).await.unwrap_err();
        for word in words {
            assert!(message.contains(word), "{act:?}: {message}");
        }
        assert!(message.contains(&server.address), "{message}");
        assert_eq!(client.file(), None);
        assert_eq!(server.asked().len(), 1, "{act:?}");
    }
    let server = Server::start([]).await;
    server.acts.lock().unwrap().extend(std::iter::repeat_n(
        Act::Redirect(format!("{}/again", server.address)),
        20,
    ));
    let message = Client::of(&server).pull(&weights("")).await.unwrap_err();
    assert!(message.contains("redirects"), "{message}");
    assert_eq!(server.asked().len(), 6);
}

#[tokio::test]
async fn the_token_does_not_go_along_to_another_host() {
    let other = Server::start([Act::Drop(40_960)]).await;
    let elsewhere = format!("{}/store/abc?Signature=secret", other.address);
    let server = Server::start([
        Act::Redirect("/moved".to_owned()),
        Act::Redirect(elsewhere.clone()),
        Act::Redirect(elsewhere),
    ])
    .await;
    let mut client = Client::of(&server);
    client.pull(&right()).await.unwrap();
    assert_eq!(client.file(), Some(content()));
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.token.as_deref() == Some("Bearer hf_secret"))
    );
    assert!(other.asked().iter().all(|asked| asked.token.is_none()));
    assert_eq!(other.asked().len(), 2);
    assert!(
        client.told.contains(&format!("to {}", other.address)),
        "{:?}",
        client.told
    );
    assert!(!format!("{:?}", client.told).contains("secret"));
}

#[tokio::test]
async fn without_a_hash_the_first_file_is_trusted_and_holds() {
    let server = Server::start([]).await;
    let mut client = Client::of(&server);
    let pulled = client.pull(&weights("")).await.unwrap();
    assert_eq!(pulled[0].kept.trust, Trust::First);
    assert_eq!(pulled[0].kept.sha256, hash(&content()));
    assert_eq!(
        state(&weights(""), client.path()),
        State::Pulled { bytes: 100_000 }
    );

    std::fs::remove_file(client.path().join("m.gguf")).unwrap();
    server.acts.lock().unwrap().push_back(Act::WrongByte);
    let message = client.pull(&weights("")).await.unwrap_err();
    assert!(
        message.contains("fetched before") && message.contains("model.lock.toml"),
        "{message}"
    );
    assert_eq!((client.file(), client.part()), (None, None));
    client.pull(&weights("")).await.unwrap();
    assert_eq!(client.file(), Some(content()));
}

#[tokio::test]
async fn what_the_hub_states_is_checked() {
    let server = Server::start([]).await;
    server.says("x-linked-etag", &format!("\"{}\"", hash(&content())));
    server.says("x-repo-commit", "0123456789abcdef");
    let mut client = Client::of(&server);
    let kept = client.pull(&weights("")).await.unwrap().remove(0).kept;
    assert_eq!(
        (kept.trust, kept.commit.as_deref()),
        (Trust::Hub, Some("0123456789abcdef"))
    );

    // Another content than the one announced is refused; an announcement against the manifest stops before content.
    let server = Server::start([]).await;
    server.says("x-linked-etag", &"0".repeat(64));
    let mut client = Client::of(&server);
    assert!(
        client
            .pull(&weights(""))
            .await
            .unwrap_err()
            .contains("removed")
    );
    assert!(
        client
            .pull(&right())
            .await
            .unwrap_err()
            .contains("announces")
    );
    assert_eq!((client.file(), server.asked().len()), (None, 2));
}

#[tokio::test]
async fn a_part_of_another_file_is_not_gone_on_with() {
    let server = Server::start([Act::Drop(40_960), Act::Status(404)]).await;
    server.says("etag", "\"one\"");
    let mut client = Client::of(&server);
    client.pull(&weights("")).await.unwrap_err();
    let path = client.path().join("m.gguf.part");
    std::fs::write(&path, [9; 40_960]).unwrap();
    server.says("etag", "\"two\"");
    client.pull(&weights("")).await.unwrap();
    assert_eq!(client.file(), Some(content()));

    // A part that is as long as the file, and one that is longer.
    for extra in [0, 10] {
        let mut client = Client::of(&server);
        let mut bytes = content();
        bytes.resize(100_000 + extra, 1);
        std::fs::write(client.path().join("m.gguf.part"), bytes).unwrap();
        client.pull(&right()).await.unwrap();
        assert_eq!(client.file(), Some(content()));
    }
}

#[tokio::test]
async fn a_full_disk_is_seen_before() {
    let server = Server::start([]).await;
    let mut client = Client::of(&server);
    client.space = |_| Some(99_999);
    let message = client.pull(&right()).await.unwrap_err();
    assert!(
        message.contains("100.0 kB are free") && message.contains("--data DIR"),
        "{message}"
    );
    client.space = |_| Some(100_000);
    client.pull(&right()).await.unwrap();
}

#[tokio::test]
async fn two_pulls_do_not_collide() {
    let server = Server::start([]).await;
    let mut client = Client::of(&server);
    let lock = std::fs::File::create(client.path().join(".lock")).unwrap();
    lock.lock().unwrap();
    let message = client.pull(&right()).await.unwrap_err();
    assert!(
        message.contains("another `chengzhi model pull`"),
        "{message}"
    );
    drop(lock);
    client.pull(&right()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let server = Server::start([]).await;
    let mut client = Client::of(&server);
    client.hub = Hub::hugging_face(Some("http://127.0.0.1:1"), None).unwrap();
    let message = client.pull(&right()).await.unwrap_err();
    assert!(
        message.contains("http://127.0.0.1:1/o/n") && message.contains("no connection"),
        "{message}"
    );
}

#[tokio::test]
async fn modelscope_has_its_own_addresses() {
    let server = Server::start([]).await;
    let mut client = Client::of(&server);
    client.hub = Hub::model_scope().at(&server.address);
    client.pull(&right()).await.unwrap();
    assert_eq!(server.asked()[0].path, "/models/o/n/resolve/master/m.gguf");
    assert_eq!(server.asked()[0].token, None);
}

fn copied(weights: &Weights, source: &[u8]) -> (tempfile::TempDir, Result<Vec<Pulled>, String>) {
    let (from, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(from.path().join("m.gguf"), source).unwrap();
    let outcome = copy(weights, folder.path(), from.path(), &mut |_| {});
    (folder, outcome.map_err(|error| error.to_string()))
}

#[test]
fn an_offline_folder_is_copied_and_checked() {
    let (folder, outcome) = copied(&right(), &content());
    assert_eq!(outcome.unwrap()[0].kept.trust, Trust::Manifest);
    assert_eq!(
        ready(&right(), folder.path()).unwrap(),
        folder.path().join("m.gguf")
    );
    let (folder, outcome) = copied(&right(), b"GGUF and so on");
    assert!(outcome.unwrap_err().contains("14 bytes"));
    assert_eq!(state(&right(), folder.path()), State::Absent);
    let (_, outcome) = copied(&weights(""), b"GGUF");
    assert_eq!(outcome.unwrap()[0].kept.trust, Trust::First);
    let empty = tempfile::tempdir().unwrap();
    let message = copy(&right(), empty.path(), empty.path(), &mut |_| {})
        .unwrap_err()
        .to_string();
    assert!(message.contains("--from"), "{message}");
}

#[test]
fn what_was_put_there_by_hand_is_recorded() {
    let (folder, nothing) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("m.gguf"), content()).unwrap();
    assert!(
        ready(&right(), folder.path())
            .unwrap_err()
            .to_string()
            .contains("checks and records it")
    );
    let pulled = copy(&right(), folder.path(), nothing.path(), &mut |_| {}).unwrap();
    assert!(!pulled[0].new);
    ready(&right(), folder.path()).unwrap();
}

#[test]
fn a_changed_file_is_not_opened() {
    let (folder, _) = copied(&weights(""), &content());
    let path = folder.path().join("m.gguf");
    let mut bytes = content();
    bytes[0] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH + Duration::from_secs(9))
        .unwrap();
    for error in [
        ready(&weights(""), folder.path()).unwrap_err(),
        verify(&weights(""), folder.path(), &mut |_| {})
            .unwrap()
            .remove(0)
            .unwrap_err(),
    ] {
        assert!(error.to_string().contains("was fetched as"), "{error}");
    }
    std::fs::write(&path, content()).unwrap();
    ready(&weights(""), folder.path()).unwrap();
    // A manifest that names another file since.
    let other = weights(&format!(", sha256 = '{}'", "0".repeat(64)));
    assert!(
        ready(&other, folder.path())
            .unwrap_err()
            .to_string()
            .contains("the manifest names")
    );
    std::fs::remove_file(&path).unwrap();
    assert!(
        ready(&weights(""), folder.path())
            .unwrap_err()
            .to_string()
            .contains("chengzhi model pull")
    );
}

#[test]
fn a_fingerprint_is_of_what_was_fetched() {
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(fingerprint(&weights(""), nothing.path()), None);
    let print = |content: &[u8]| {
        let (folder, _) = copied(&weights(""), content);
        fingerprint(&weights(""), folder.path()).unwrap()
    };
    assert_eq!(print(&content()), print(&content()));
    assert_ne!(print(&content()), print(&content()[1..]));
}

#[test]
fn a_broken_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("model.lock.toml"),
        "[[file]]\npath = 3\n",
    )
    .unwrap();
    let message = ready(&right(), folder.path()).unwrap_err().to_string();
    assert!(
        message.contains("line 2") && message.contains("model.lock.toml"),
        "{message}"
    );
    assert_eq!(state(&right(), folder.path()), State::Absent);
}
