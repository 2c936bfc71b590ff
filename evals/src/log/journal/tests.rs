use std::fs;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::log::examples::{self, ended, header, sample, samples};

fn read(path: &Path) -> Vec<Record> {
    Reader::open(path)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn read_samples(path: &Path) -> Vec<Sample> {
    let records = read(path).into_iter();
    records
        .filter_map(|record| match record {
            Record::Sample(sample) => Some(*sample),
            Record::Header(_) | Record::Ended(_) => None,
        })
        .collect()
}

/// What reading `text` as a journal says is wrong, without the folder.
fn refused(text: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    fs::write(&path, text).unwrap();
    let error = Journal::reopen(&path).unwrap_err();
    let found = Reader::open(&path).and_then(|reader| reader.collect::<Result<Vec<_>, _>>());
    if let Err(found) = found {
        assert_eq!(found.to_string(), error.to_string());
    }
    let prefix = format!("{}/", folder.path().display());
    error.to_string().replace(&prefix, "")
}

/// The lines of the journal of the examples.
fn lines() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(examples::journal(folder.path())).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn what_is_read_is_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = examples::journal(folder.path());
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.header, header());
    let mut expected: Vec<_> = samples()
        .into_iter()
        .map(|sample| Record::Sample(Box::new(sample)))
        .collect();
    expected.push(Record::Ended(ended()));
    assert_eq!(read(&path), expected);
    assert_eq!(reader.end().unwrap().0, Some(ended()));
}

#[test]
fn a_journal_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = examples::journal(folder.path());
    let before = fs::read(&path).unwrap();
    assert!(Journal::create(&path, &header()).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// Wherever a run was killed, it goes on with the samples that are there whole and ends as if nothing had happened.
#[test]
fn a_run_killed_at_any_byte_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(examples::journal(folder.path())).unwrap();
    let head = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let path = folder.path().join("cut.jsonl");
    for at in head..=whole.len() {
        fs::write(&path, &whole[..at]).unwrap();
        let seen = read_samples(&path).len();
        let Reopened {
            header: found,
            done,
            ended: end,
            mut journal,
        } = Journal::reopen(&path).unwrap();
        assert_eq!((found, done.len()), (header(), seen), "{at}");
        assert_eq!(end.is_some(), at == whole.len());
        for sample in samples() {
            if !done.contains(&(sample.id.clone(), sample.epoch)) {
                journal.append(&sample).unwrap();
            }
        }
        journal.end(&ended()).unwrap();
        assert!(fs::read(&path).unwrap() == whole, "{at}");
    }
    for at in 0..head {
        let message = refused(&whole[..at]);
        assert!(
            message.contains("its first line is missing or not whole"),
            "{message}"
        );
    }
}

#[test]
fn a_stopped_run_keeps_its_end_until_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = examples::journal(folder.path());
    drop(Journal::reopen(&path).unwrap());
    assert_eq!(read(&path).last(), Some(&Record::Ended(ended())));
    let mut journal = Journal::reopen(&path).unwrap().journal;
    journal.append(&sample("新", 1)).unwrap();
    drop(journal);
    assert_eq!(read(&path).len(), samples().len() + 1);
    assert_eq!(read_samples(&path).last(), Some(&sample("新", 1)));
}

#[test]
fn bad_lines_are_named() {
    let good = lines();
    let with = |at: usize, line: &str| {
        let mut lines = good.clone();
        line.clone_into(&mut lines[at]);
        refused(lines.join("\n") + "\n")
    };
    let header = |format: &str| good[0].replace(r#""format":1"#, format);
    insta::assert_snapshot!(with(2, "{\"record\":\"sample\",\"id\":1}"), @r"
    run.jsonl:3: this line is no record: invalid type: integer `1`, expected a string at line 1 column 25
    hint: the file was changed or damaged; start the run anew, or delete the line if its sample can be done again
    ");
    insta::assert_snapshot!(with(3, "\0\0\0"), @r"
    run.jsonl:4: this line is no record: expected value at line 1 column 1
    hint: the file was changed or damaged; start the run anew, or delete the line if its sample can be done again
    ");
    insta::assert_snapshot!(with(2, &good[1]), @"run.jsonl:3: sample `法/第一条` of epoch 1 is there twice");
    insta::assert_snapshot!(with(2, &good[0]), @"run.jsonl:3: there is a second header");
    insta::assert_snapshot!(with(2, good.last().unwrap()), @"run.jsonl:4: there is a line behind the end of the run");
    insta::assert_snapshot!(with(0, "[1]"), @"run.jsonl:1: this is no journal of a run");
    insta::assert_snapshot!(with(0, &good[1]), @"run.jsonl:1: this is no journal of a run");
    insta::assert_snapshot!(with(0, &header(r#""format":1,"seed":true"#)), @"run.jsonl:1: the header cannot be read: invalid type: boolean `true`, expected u64 at line 1 column 41");
    // A newer program may have changed everything else.
    insta::assert_snapshot!(with(0, r#"{"record":"header","format":2,"suites":[]}"#), @r"
    run.jsonl:1: the journal has format 2, and this program knows 1
    hint: use the program that wrote it, or a newer one
    ");
}

#[test]
fn keys_may_stand_in_any_order() {
    let mut value: Value = serde_json::from_str(&lines()[1]).unwrap();
    let record = value.as_object_mut().unwrap().shift_remove("record");
    value["record"] = record.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    fs::write(&path, format!("{}\n{value}\n", lines()[0])).unwrap();
    assert_eq!(read_samples(&path), [samples()[0].clone()]);
}

#[test]
fn only_one_run_has_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let mut journal = Journal::create(&path, &header()).unwrap();
    let error = Journal::reopen(&path).unwrap_err().to_string();
    assert!(error.contains("another run writes to this journal"));
    journal.append(&sample("a", 1)).unwrap();
    assert_eq!(read_samples(&path).len(), 1);
    drop(journal);
    assert_eq!(Journal::reopen(&path).unwrap().done, [("a".to_owned(), 1)]);
}

#[test]
fn an_answer_of_any_depth_is_read_again() {
    let deep = |levels| (0..levels).fold(json!(1), |value, _| json!([value]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let mut journal = Journal::create(&path, &header()).unwrap();
    for (at, levels) in [DEEPEST, DEEPEST + 1, 1000].into_iter().enumerate() {
        let answer = deep(levels);
        let sample = Sample {
            answer,
            ..sample(&at.to_string(), 1)
        };
        journal.append(&sample).unwrap();
    }
    drop(journal);
    let samples = read_samples(&path);
    assert_eq!(samples[0].answer, deep(DEEPEST));
    assert_eq!(samples[1].answer, deep(DEEPEST + 1).to_string());
    assert_eq!(samples[2].answer, deep(1000).to_string());
}

#[test]
fn figures_that_are_no_numbers_do_not_spoil_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let mut end = ended();
    end.metrics.get_mut("ece").unwrap().high = f64::NAN;
    Journal::create(&path, &header())
        .unwrap()
        .end(&end)
        .unwrap();
    end.metrics.remove("ece");
    assert_eq!(read(&path), [Record::Ended(end)]);
}

#[test]
fn a_copy_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = examples::journal(folder.path());
    let whole = fs::read_to_string(&path).unwrap();
    let copied = folder.path().join("copy.jsonl");
    let log = Log::open(&path).unwrap();
    assert_eq!(copy(&log, &copied).unwrap(), samples().len());
    assert_eq!(fs::read_to_string(&copied).unwrap(), whole);
    // A run that goes on is copied as far as it went.
    let head: Vec<_> = whole.split_inclusive('\n').take(3).collect();
    fs::write(&path, head.concat()).unwrap();
    assert_eq!(copy(&Log::open(&path).unwrap(), &copied).unwrap(), 2);
    assert_eq!(fs::read_to_string(&copied).unwrap(), head.concat());
    fs::write(&path, [head[0], head[1], head[1]].concat()).unwrap();
    let error = copy(&Log::open(&path).unwrap(), &copied).unwrap_err();
    assert!(error.to_string().ends_with("is there twice"), "{error}");
    assert_eq!(fs::read_to_string(&copied).unwrap(), head.concat());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// A disk that takes so many bytes.
#[derive(Debug, Clone)]
struct Small {
    content: Arc<Mutex<Vec<u8>>>,
    room: Arc<Mutex<usize>>,
    writes: Arc<Mutex<usize>>,
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.writes.lock().unwrap() += 1;
        let mut content = self.content.lock().unwrap();
        let taken = bytes.len().min(*self.room.lock().unwrap() - content.len());
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        content.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for Small {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.content
            .lock()
            .unwrap()
            .truncate(usize::try_from(length).unwrap());
        Ok(())
    }
}

#[test]
fn a_full_disk_is_reported_and_leaves_whole_lines() {
    let disk = Small {
        content: Arc::default(),
        room: Arc::new(Mutex::new(1_200)),
        writes: Arc::default(),
    };
    let sync = Sync::new(|| Ok(())).unwrap();
    let path = Path::new("run.jsonl");
    let mut journal = Journal::of(Box::new(disk.clone()), sync, path, 0);
    journal.write(&Line::Header(&header())).unwrap();
    let mut error = None;
    while error.is_none() {
        error = journal.append(&sample("a", 1)).err();
    }
    let error = error.unwrap().to_string();
    assert!(error.starts_with("`run.jsonl`: "), "{error}");
    let whole = |disk: &Small| disk.content.lock().unwrap().ends_with(b"}\n");
    assert!(whole(&disk));
    // There is room again.
    *disk.room.lock().unwrap() = 100_000;
    let before = *disk.writes.lock().unwrap();
    journal.append(&sample("b", 1)).unwrap();
    assert!(whole(&disk));
    assert_eq!(*disk.writes.lock().unwrap(), before + 1);
}

/// A process of its own appends until it is killed, in the middle of a line with luck.
#[test]
fn kill_9_loses_no_whole_line() {
    const PATH: &str = "CHENGZHI_TEST_JOURNAL";
    if let Some(path) = std::env::var_os(PATH) {
        let mut journal = Journal::create(Path::new(&path), &header()).unwrap();
        for at in 0..100_000 {
            journal.append(&sample(&at.to_string(), 1)).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "log::journal::tests::kill_9_loses_no_whole_line"])
        .env(PATH, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while fs::metadata(&path).map_or(0, |data| data.len()) < 100_000 {
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let Reopened {
        done, mut journal, ..
    } = Journal::reopen(&path).unwrap();
    assert!(done.len() > 100);
    let expected = (0..done.len()).map(|at| (at.to_string(), 1));
    assert!(done.iter().cloned().eq(expected));
    journal.append(&sample("last", 1)).unwrap();
    drop(journal);
    assert_eq!(read_samples(&path).len(), done.len() + 1);
}
