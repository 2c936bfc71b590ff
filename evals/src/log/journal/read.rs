//! Reads a journal in memory that does not grow with it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Take};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::Error;
use crate::log::{at_line, in_file};
use crate::record::{Ended, FORMAT, Header, Record};

/// Longest line that is read, in bytes. A file without line ends must not fill the memory.
const LONGEST: u64 = 1 << 28;
/// How a line with a sample begins, if this program wrote it.
const SAMPLE: &[u8] = br#"{"record":"sample","#;

/// The records of a journal behind its header, one at a time. It stops at the first that cannot be read.
#[derive(Debug)]
pub struct Reader {
    /// The first line.
    pub header: Header,
    input: Option<BufReader<Take<File>>>,
    path: PathBuf,
    line: Vec<u8>,
    /// Of the last line that was read, the first is 1.
    pub(super) number: u64,
    /// Where it ends.
    pub(super) position: u64,
    ended: bool,
}

impl Reader {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Error::Data`] for a file that is no journal, or of a newer program; [`Error::File`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::up_to(path, u64::MAX)
    }

    /// Reads no further than `length` bytes, however the journal grows.
    pub(in crate::log) fn up_to(path: &Path, length: u64) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::file(path))?;
        let mut input = BufReader::with_capacity(1 << 16, file.take(length));
        let mut line = Vec::new();
        if !whole_line(&mut input, &mut line).map_err(Error::file(path))? {
            let message = "its first line is missing or not whole\nhint: delete the file and start the run anew";
            return Err(in_file(path, message));
        }
        Ok(Self {
            header: header(&line, path)?,
            input: Some(input),
            path: path.to_owned(),
            position: line.len() as u64,
            line,
            number: 1,
            ended: false,
        })
    }

    /// How the run ended, if the journal says so, and the length of its whole lines. Samples are passed over unread.
    pub(in crate::log) fn end(mut self) -> Result<(Option<Ended>, u64), Error> {
        let mut ended = None;
        while self.advance()? {
            if !self.line.starts_with(SAMPLE)
                && let Record::Ended(end) = self.record()?
            {
                ended = Some(end);
            }
        }
        Ok((ended, self.position))
    }

    fn advance(&mut self) -> Result<bool, Error> {
        let Some(input) = &mut self.input else {
            return Ok(false);
        };
        let path = &self.path;
        let more = whole_line(input, &mut self.line).map_err(Error::file(path))?;
        if more {
            self.number += 1;
            self.position += self.line.len() as u64;
        }
        Ok(more)
    }

    fn record(&mut self) -> Result<Record, Error> {
        let wrong = |message: String| at_line(&self.path, self.number, message);
        if self.ended {
            return Err(wrong(
                "there is a line behind the end of the run".to_owned(),
            ));
        }
        let record = if self.line.starts_with(SAMPLE) {
            // Without a look at `record`, which would take twice as long.
            serde_json::from_slice(&self.line).map(|sample| Record::Sample(Box::new(sample)))
        } else {
            serde_json::from_slice(&self.line)
        };
        let record = record.map_err(|error| {
            wrong(format!("this line is no record: {error}\nhint: the file was changed or damaged; start the run anew, or delete the line if its sample can be done again"))
        })?;
        match record {
            Record::Header(_) => return Err(wrong("there is a second header".to_owned())),
            Record::Ended(_) => self.ended = true,
            Record::Sample(_) => {}
        }
        Ok(record)
    }
}

impl Iterator for Reader {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.advance() {
            Ok(true) => Some(self.record()),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        };
        if !matches!(next, Some(Ok(_))) {
            self.input = None;
        }
        next
    }
}

/// Reads a line with its end. False where there is none, or no more than a part of one.
fn whole_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    input.take(LONGEST).read_until(b'\n', line)?;
    if line.len() as u64 == LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a line is longer than {LONGEST} bytes; this is no journal"),
        ));
    }
    Ok(line.ends_with(b"\n"))
}

fn header(line: &[u8], path: &Path) -> Result<Header, Error> {
    #[derive(Deserialize)]
    struct First {
        record: String,
        format: u32,
    }
    let first = serde_json::from_slice::<First>(line);
    let Some(first) = first.ok().filter(|first| first.record == "header") else {
        return Err(at_line(path, 1, "this is no journal of a run"));
    };
    if first.format > FORMAT {
        let format = first.format;
        return Err(at_line(
            path,
            1,
            format!(
                "the journal has format {format}, and this program knows {FORMAT}\nhint: use the program that wrote it, or a newer one"
            ),
        ));
    }
    serde_json::from_slice(line)
        .map_err(|error| at_line(path, 1, format!("the header cannot be read: {error}")))
}
