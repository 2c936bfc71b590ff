//! A file on its way: `NAME.part` beside the place where it will be, with the hash of what is there so far.
//!
//! A part survives whatever interrupts a run; only a whole file with the right hash gets the name.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::file_error;
use crate::error::Error;

/// A file on its way.
pub(super) struct Part {
    target: PathBuf,
    path: PathBuf,
    file: File,
    hash: Sha256,
    length: u64,
}

impl Part {
    /// Goes on with the part of `target`, or begins one. What is there already is hashed.
    pub(super) fn open(target: &Path) -> Result<Self, Error> {
        let path = beside(target, "part");
        let mut part =
            Self::open_at(target, &path).map_err(|error| file_error(&path, error.to_string()))?;
        part.rehash()
            .map_err(|error| file_error(&path, error.to_string()))?;
        Ok(part)
    }

    fn open_at(target: &Path, path: &Path) -> io::Result<Self> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        Ok(Self {
            target: target.to_owned(),
            path: path.to_owned(),
            file,
            hash: Sha256::new(),
            length: 0,
        })
    }

    fn rehash(&mut self) -> io::Result<()> {
        let (hash, length) = hash_of(&mut self.file, &mut |_| {})?;
        (self.hash, self.length) = (hash, length);
        Ok(())
    }

    /// Bytes that are there.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Where it grows.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds bytes at the end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| {
            let full = matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded
            );
            let hint =
                "\nhint: make space and run the same command again; what was fetched is kept";
            file_error(
                &self.path,
                format!("{error}{}", if full { hint } else { "" }),
            )
        })?;
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Begins again at nothing.
    pub(super) fn restart(&mut self) -> Result<(), Error> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .map_err(|error| file_error(&self.path, error.to_string()))?;
        self.hash = Sha256::new();
        self.length = 0;
        Ok(())
    }

    /// What told this file from others when it began: a hash or an entity tag.
    pub(super) fn label(&self) -> Option<String> {
        fs::read_to_string(beside(&self.target, "source")).ok()
    }

    /// Notes what tells this file from others.
    pub(super) fn set_label(&self, label: Option<&str>) -> Result<(), Error> {
        let path = beside(&self.target, "source");
        match label {
            Some(label) => {
                fs::write(&path, label).map_err(|error| file_error(&path, error.to_string()))
            }
            None => {
                remove(&path);
                Ok(())
            }
        }
    }

    /// Hash of what is there.
    pub(super) fn sha256(&self) -> String {
        hexadecimal(self.hash.clone())
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&self.path, &self.target))
            .map_err(|error| file_error(&self.target, error.to_string()))?;
        remove(&beside(&self.target, "source"));
        Ok(())
    }

    /// Takes away what may not be used.
    pub(super) fn discard(self) {
        remove(&self.path);
        remove(&beside(&self.target, "source"));
    }
}

/// Bytes of the part of `target`; none where there is no part.
pub(super) fn length_of_part(target: &Path) -> Option<u64> {
    fs::metadata(beside(target, "part"))
        .ok()
        .map(|data| data.len())
}

/// SHA-256 of a file, in hexadecimal digits. `tell` gets the number of bytes after each piece.
pub(super) fn hash_file(path: &Path, tell: &mut dyn FnMut(u64)) -> Result<String, Error> {
    let hashed = File::open(path).and_then(|mut file| hash_of(&mut file, tell));
    hashed
        .map(|(hash, _)| hexadecimal(hash))
        .map_err(|error| file_error(path, error.to_string()))
}

fn hash_of(file: &mut File, tell: &mut dyn FnMut(u64)) -> io::Result<(Sha256, u64)> {
    const PIECE: usize = 1 << 20;
    let (mut hash, mut length, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok((hash, length)),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&piece[..read]);
        length += read as u64;
        tell(length);
    }
}

fn hexadecimal(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn remove(path: &Path) {
    // What cannot be removed is hashed again before it could ever be used.
    let _ = fs::remove_file(path);
}
