//! Files of Inspect: the head, then the samples one at a time. What they mean to us is in [`super::taken`].

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use ::zip::ZipArchive;
use ::zip::result::ZipError;
use serde_json::{Map, Value};

use super::scan::Scan;
use super::{VERSION, json, taken};
use crate::error::Error;
use crate::log::{Samples, in_file};
use crate::record::{Ended, Header, Sample};

/// Largest sample that is read, and most bytes of all members of an archive. A small file may unpack to any size.
const LARGEST: u64 = 1 << 28;
const ALL: u64 = 1 << 36;

const ANEW: &str = "hint: copy it again from where it was written, or run the evaluation anew";

/// What an archive says of its run.
pub(crate) fn archive_head(path: &Path) -> Result<(Header, Option<Ended>), Error> {
    let mut archive = Archive::open(path, LARGEST, ALL)?;
    // Inspect leaves no head behind when it is killed.
    let ended = archive.zip.index_for_name("header.json").is_some();
    let name = if ended {
        "header.json"
    } else {
        "_journal/start.json"
    };
    head(&archive.member(name)?, path)
}

/// What one object says of its run.
pub(crate) fn document_head(path: &Path) -> Result<(Header, Option<Ended>), Error> {
    let fail = |error| cut(path, &error);
    let mut scan = document(path)?;
    let mut fields = Map::new();
    while let Some(key) = scan.key().map_err(fail)? {
        if key == "samples" {
            scan.skip().map_err(fail)?;
        } else {
            let value = scan.value().map_err(fail)?;
            fields.insert(key, parse(&value, "the head of the log", path)?);
        }
    }
    head(&Value::Object(fields), path)
}

/// Its samples, in the order of the file.
pub(crate) fn archive_samples(path: &Path) -> Result<Samples, Error> {
    samples_within(path, LARGEST, ALL)
}

/// Its samples, in the order of the file.
pub(crate) fn document_samples(path: &Path) -> Result<Samples, Error> {
    let mut scan = document(path)?;
    let fail = |error| cut(path, &error);
    let mut inside = false;
    while let Some(key) = scan.key().map_err(fail)? {
        if key == "samples" {
            inside = scan.enter().map_err(fail)?;
            break;
        }
        scan.skip().map_err(fail)?;
    }
    let path = path.to_owned();
    // After a fault nobody knows where the next sample begins.
    let mut scan = inside.then_some(scan);
    Ok(Box::new(std::iter::from_fn(move || {
        let next = match scan.as_mut()?.element() {
            Ok(Some(bytes)) => {
                Some(parse(&bytes, "a sample", &path).and_then(|it| sample(&it, &path)))
            }
            Ok(None) => None,
            Err(error) => Some(Err(cut(&path, &error))),
        };
        if !matches!(next, Some(Ok(_))) {
            scan = None;
        }
        next
    })))
}

fn samples_within(path: &Path, largest: u64, all: u64) -> Result<Samples, Error> {
    let mut archive = Archive::open(path, largest, all)?;
    let is_sample = |name: &str| name.starts_with("samples/") && name.ends_with(".json");
    let members: Vec<String> = archive
        .zip
        .file_names()
        .filter(|name| is_sample(name))
        .map(str::to_owned)
        .collect();
    Ok(Box::new(members.into_iter().map(move |name| {
        let value = archive.member(&name)?;
        sample(&value, &archive.path)
    })))
}

/// An archive, and how much may still be unpacked of it.
struct Archive {
    zip: ZipArchive<BufReader<File>>,
    path: PathBuf,
    largest: u64,
    left: u64,
}

impl Archive {
    fn open(path: &Path, largest: u64, all: u64) -> Result<Self, Error> {
        let zip = ZipArchive::new(BufReader::new(open(path)?));
        Ok(Self {
            zip: zip.map_err(|error| broken(path, "", &error))?,
            path: path.to_owned(),
            largest,
            left: all,
        })
    }

    fn member(&mut self, name: &str) -> Result<Value, Error> {
        let most = self.largest.min(self.left);
        let mut content = Vec::new();
        let file = self
            .zip
            .by_name(name)
            .map_err(|error| broken(&self.path, name, &error))?;
        // What the directory says of the size need not be true.
        file.take(most + 1)
            .read_to_end(&mut content)
            .map_err(|error| broken(&self.path, name, &error))?;
        let size = content.len() as u64;
        if size > most {
            return Err(in_file(
                &self.path,
                format!("`{name}` unpacks to more than {most} bytes, which is more than a log has"),
            ));
        }
        self.left -= size;
        parse(&content, &format!("`{name}`"), &self.path)
    }
}

fn head(head: &Value, path: &Path) -> Result<(Header, Option<Ended>), Error> {
    if let Some(version) = head.get("version") {
        let hint = match version.as_u64() {
            Some(number) if number == u64::from(VERSION) => None,
            Some(number) if number < u64::from(VERSION) => {
                Some("`inspect log convert` makes a log of today of it")
            }
            Some(_) => Some("read it with a newer version of this program"),
            None => Some("this is no log of Inspect, or it is damaged"),
        };
        if let Some(hint) = hint {
            let message = format!(
                "the log has version {version} of Inspect's schema, and this program knows {VERSION}\nhint: {hint}"
            );
            return Err(in_file(path, message));
        }
    }
    let header = taken::header(head).map_err(|message| in_file(path, message))?;
    let ended = taken::ended(head, &header);
    Ok((header, ended))
}

fn sample(value: &Value, path: &Path) -> Result<Sample, Error> {
    taken::sample(value).map_err(|message| in_file(path, message))
}

fn parse(bytes: &[u8], what: &str, path: &Path) -> Result<Value, Error> {
    json::from_slice(bytes)
        .map_err(|error| in_file(path, format!("{what} cannot be read: {error}")))
}

fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(Error::file(path))
}

fn document(path: &Path) -> Result<Scan<BufReader<File>>, Error> {
    let limit = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    Scan::new(BufReader::new(open(path)?), limit).map_err(|error| cut(path, &error))
}

fn cut(path: &Path, error: &io::Error) -> Error {
    let message = match error.kind() {
        ErrorKind::UnexpectedEof => format!("the log ends in the middle\n{ANEW}"),
        _ => format!("this is neither a journal nor a log of Inspect: {error}"),
    };
    in_file(path, message)
}

/// An error of an archive, or of what is read of it.
fn broken(path: &Path, name: &str, error: &(dyn std::error::Error + 'static)) -> Error {
    let message = match error.downcast_ref::<ZipError>() {
        Some(ZipError::UnsupportedArchive(what)) => format!(
            "`{name}` is packed in a way that cannot be read: {what}\nhint: `inspect log convert --to json` makes a log of it that can"
        ),
        _ if name.is_empty() => format!("the archive is cut or damaged: {error}\n{ANEW}"),
        _ => format!("`{name}` is absent or damaged in the archive: {error}\n{ANEW}"),
    };
    in_file(path, message)
}

#[cfg(test)]
mod tests;
