//! The journal of a run: one line of JSON for each record, appended with one write.
//!
//! What was appended is on the disk within a tenth of a second, brought there by a thread that belongs to the journal, so
//! that nobody who appends waits for the disk. A run that was killed loses the line it was writing, no other: a last line
//! without its end is no record, for readers and for a run that goes on.

mod read;
mod sync;

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::replace::{beside, put, sync_folder};
use super::{Log, at_line, in_file};
use crate::error::Error;
use crate::record::{Ended, Header, Record, Sample};

use sync::Sync;

pub use read::Reader;

/// Levels of nesting of an answer that are sure to be read again.
const DEEPEST: usize = 100;

/// An open journal. Only one process at a time has it.
#[derive(Debug)]
pub struct Journal {
    file: Box<dyn Disk>,
    sync: Sync,
    /// Dropped when everything is on the disk.
    _lock: Option<Lock>,
    path: PathBuf,
    /// Length of the lines that stay.
    length: u64,
    /// Whether something stands behind them that is cut off before the next line is written.
    tail: bool,
    line: Vec<u8>,
}

/// A journal that was there before.
#[derive(Debug)]
pub struct Reopened {
    /// Its first line.
    pub header: Header,
    /// Identifier and epoch of each sample, in the order of the lines.
    pub done: Vec<(String, u32)>,
    /// How the run ended, if it was not killed. This line gives way to the next record.
    pub ended: Option<Ended>,
    /// To go on with.
    pub journal: Journal,
}

/// What a journal needs of a file. Tests have one that is full.
trait Disk: Write + Send + std::fmt::Debug {
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// Writes at its end, wherever that is.
impl Disk for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

#[derive(Serialize)]
#[serde(tag = "record", rename_all = "lowercase")]
enum Line<'a> {
    Header(&'a Header),
    Sample(&'a Sample),
    Ended(&'a Ended),
}

impl Journal {
    /// Begins a journal. It is on the disk when this returns.
    ///
    /// # Errors
    /// [`Error::File`], also when there is already a file.
    pub fn create(path: &Path, header: &Header) -> Result<Self, Error> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)
            .map_err(Error::file(path))?;
        let mut journal = Self::of_file(file, path, 0)?;
        journal.write(&Line::Header(header))?;
        journal.sync.now().map_err(Error::file(path))?;
        sync_folder(path).map_err(Error::file(path))?;
        Ok(journal)
    }

    /// Goes on with a journal. What a killed run left of a line is cut off.
    ///
    /// # Errors
    /// [`Error::Data`] for a line that is no record, a sample that is there twice, a journal of a newer program or one
    /// that another run writes to; [`Error::File`].
    pub fn reopen(path: &Path) -> Result<Reopened, Error> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(path)
            .map_err(Error::file(path))?;
        let mut journal = Self::of_file(file, path, 0)?;
        let mut reader = Reader::open(path)?;
        let (mut done, mut seen, mut ended) = (Vec::new(), HashSet::new(), None);
        journal.length = reader.position;
        while let Some(record) = reader.next() {
            match record? {
                Record::Header(_) => {}
                Record::Sample(sample) => {
                    let key = (sample.id, sample.epoch);
                    if !seen.insert(key.clone()) {
                        let message = twice(&key.0, key.1);
                        return Err(at_line(path, reader.number, message));
                    }
                    done.push(key);
                    journal.length = reader.position;
                }
                Record::Ended(end) => ended = Some(end),
            }
        }
        let length = path.metadata().map_err(Error::file(path))?.len();
        journal.tail = length > journal.length;
        Ok(Reopened {
            header: reader.header,
            done,
            ended,
            journal,
        })
    }

    /// Appends a sample.
    ///
    /// # Errors
    /// [`Error::File`], for example when the disk is full. The journal then holds what it held before, and takes further
    /// samples.
    pub fn append(&mut self, sample: &Sample) -> Result<(), Error> {
        if depth(&sample.answer) <= DEEPEST {
            return self.write(&Line::Sample(sample));
        }
        // Nobody could read it again. As text it is whole.
        self.write(&Line::Sample(&Sample {
            answer: Value::String(sample.answer.to_string()),
            ..sample.clone()
        }))
    }

    /// Appends how the run ended, and closes. Figures that are no numbers are left out; JSON has no word for them.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn end(mut self, ended: &Ended) -> Result<(), Error> {
        let mut ended = ended.clone();
        ended.metrics.retain(|_, metric| {
            [metric.value, metric.low, metric.high]
                .iter()
                .all(|number| number.is_finite())
        });
        self.write(&Line::Ended(&ended))?;
        self.sync.now().map_err(Error::file(&self.path))
    }

    fn of_file(file: File, path: &Path, length: u64) -> Result<Self, Error> {
        let lock = lock(&file, path)?;
        let clone = file.try_clone().map_err(Error::file(path))?;
        let sync = Sync::new(move || clone.sync_data()).map_err(Error::file(path))?;
        Ok(Self {
            _lock: Some(lock),
            ..Self::of(Box::new(file), sync, path, length)
        })
    }

    fn of(file: Box<dyn Disk>, sync: Sync, path: &Path, length: u64) -> Self {
        Self {
            file,
            sync,
            _lock: None,
            path: path.to_owned(),
            length,
            tail: false,
            line: Vec::new(),
        }
    }

    fn write(&mut self, record: &Line<'_>) -> Result<(), Error> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, record)
            .map_err(|error| in_file(&self.path, error.to_string()))?;
        self.line.push(b'\n');
        if self.tail {
            self.file
                .cut(self.length)
                .map_err(Error::file(&self.path))?;
        }
        self.tail = true;
        if let Err(error) = self.file.write_all(&self.line) {
            self.tail = self.file.cut(self.length).is_err();
            return Err(Error::file(&self.path)(error));
        }
        self.tail = false;
        self.length += self.line.len() as u64;
        self.sync.soon().map_err(Error::file(&self.path))
    }
}

/// Stores any log as a journal, whole or not at all, and says how many samples it has.
///
/// # Errors
/// Of reading the log, [`Error::Data`] for a sample that is there twice, or [`Error::File`].
pub fn copy(log: &Log, path: &Path) -> Result<usize, Error> {
    let temporary = beside(path);
    let copied = copy_to(log, &temporary).and_then(|count| {
        put(&temporary, path)?;
        Ok(count)
    });
    if copied.is_err() {
        fs::remove_file(&temporary).ok();
    }
    copied
}

fn copy_to(log: &Log, path: &Path) -> Result<usize, Error> {
    let mut journal = Journal::create(path, &log.header)?;
    let mut seen = HashSet::new();
    for sample in log.samples()? {
        let sample = sample?;
        if !seen.insert((sample.id.clone(), sample.epoch)) {
            return Err(in_file(log.path(), twice(&sample.id, sample.epoch)));
        }
        journal.append(&sample)?;
    }
    match &log.ended {
        Some(ended) => journal.end(ended)?,
        None => journal.sync.now().map_err(Error::file(path))?,
    }
    Ok(seen.len())
}

fn twice(id: &str, epoch: u32) -> String {
    format!("sample `{id}` of epoch {epoch} is there twice")
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(fields) => fields.values().map(depth).max(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return 0,
    };
    1 + inner.unwrap_or(0)
}

fn lock(file: &File, path: &Path) -> Result<Lock, Error> {
    let file = file.try_clone().map_err(Error::file(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(in_file(
            path,
            "another run writes to this journal\nhint: wait for it to end, or start a run with a journal of its own",
        )),
        Err(TryLockError::Error(source)) => Err(Error::file(path)(source)),
    }
}

/// Unlocked, not only closed: a process that is being started has the file for a moment too.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.unlock().ok();
    }
}

#[cfg(test)]
mod tests;
