//! Where formats are written, and files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Where a format goes.
pub struct Out<'a> {
    /// What errors call it.
    pub name: &'a Path,
    /// What takes the bytes.
    pub to: &'a mut dyn Write,
}

impl Out<'_> {
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.to.write_all(bytes).map_err(Error::file(self.name))
    }
}

/// Writes `path` through a file beside it, which is synced and then takes its place. After an error `path` is as it was,
/// and there is nothing beside it.
///
/// # Errors
/// Of `write`, or [`Error::File`].
pub fn replace(
    path: &Path,
    write: impl FnOnce(&mut Out<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let temporary = beside(path);
    let written = fill(&temporary, path, write).and_then(|()| put(&temporary, path));
    if written.is_err() {
        fs::remove_file(&temporary).ok();
    }
    written
}

/// A whole and synced file takes the place of another.
pub(super) fn put(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to)
        .and_then(|()| sync_folder(to))
        .map_err(Error::file(to))
}

/// Hidden, and with an ending that no reader of logs takes for its own.
pub(super) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// Makes sure that the name of a file is on the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    // Only Unix opens folders.
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

fn fill(
    temporary: &Path,
    path: &Path,
    write: impl FnOnce(&mut Out<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let file = File::create(temporary).map_err(Error::file(path))?;
    let mut file = BufWriter::with_capacity(1 << 16, file);
    write(&mut Out {
        name: path,
        to: &mut file,
    })?;
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("日志.eval");
        let files = || fs::read_dir(folder.path()).unwrap().count();
        for (old, content) in [(None, "one"), (Some("one"), "two")] {
            let failed = replace(&path, |out| {
                out.put(b"half")?;
                Err(Error::file(&path)(io::ErrorKind::StorageFull.into()))
            });
            assert!(failed.is_err());
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), old);
            assert_eq!(files(), usize::from(old.is_some()));
            replace(&path, |out| out.put(content.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert_eq!(files(), 1);
        }
    }

    #[test]
    fn a_folder_that_is_absent_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = replace(&folder.path().join("none/x.eval"), |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("none/x.eval"), "{error}");
    }
}
