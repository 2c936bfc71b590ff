//! Files to score: text, or text packed with gzip or zstd, told by their first bytes.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context as _;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The unpacked bytes of a file, to be read line by line.
pub(super) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    let wrong = || format!("`{}` cannot be read", path.display());
    let mut file = BufReader::new(File::open(path).with_context(wrong)?);
    let head = file.fill_buf().with_context(wrong)?;
    Ok(if head.starts_with(GZIP) {
        Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file)))
    } else if head.starts_with(ZSTD) {
        let decoder = zstd::Decoder::with_buffer(file).with_context(wrong)?;
        Box::new(BufReader::new(decoder))
    } else {
        Box::new(file)
    })
}

/// The unpacked text of a file.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text).with_context(|| {
        format!(
            "`{}` cannot be read as UTF-8 text, plain or packed with gzip or zstd",
            path.display()
        )
    })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn packed_and_plain_files_hold_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let line = "{\"id\": \"甲\"}\n";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(line.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::encode_all(line.as_bytes(), 1).unwrap();
        for (name, bytes) in [("a", line.as_bytes()), ("b", &gzip), ("c.zst", &zstd)] {
            assert_eq!(text(&write(name, bytes)).unwrap(), line);
        }
        let cut = write("cut.gz", &gzip[..gzip.len() / 2]);
        assert!(text(&cut).unwrap_err().to_string().contains("cut.gz"));
        assert_eq!(text(&write("empty", b"")).unwrap(), "");
        assert!(text(&folder.path().join("absent")).is_err());
    }
}
