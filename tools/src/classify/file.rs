//! A classifier in one file: a line with the format, a line of JSON, terms, numbers, and the SHA-256 of all that.
//!
//! It is written whole or not at all, and read only when not a bit is different. Numbers are 32-bit little-endian,
//! weights one byte; a classifier of 300,000 terms and seven labels takes about 6 MB. This is no format for exchange.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::calibration::Calibration;
use super::classifier::Classifier;
use super::error::Error;
use super::term::{BLOCKS, Terms};
use super::weighing::Weighing;

/// What every version of a file begins with.
const MAGIC: &str = "chengzhi classifier ";

/// Changes with whatever changes what the same bytes mean, cutting n-grams and weighing them included.
const VERSION: u32 = 2;

/// Length of the SHA-256 at the end.
const SUM: usize = 32;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    labels: Vec<String>,
    head: usize,
    /// How many there are in each block.
    terms: [usize; BLOCKS.len()],
    calibration: Calibration,
    learnt_from: String,
}

impl Classifier {
    /// Writes the file beside its place and moves it there. After an error a file that was there is as it was.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let written = File::create(&temporary)
            .and_then(|mut file| {
                file.write_all(&self.to_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            fs::remove_file(&temporary).ok();
        }
        written.map_err(Error::io(path))
    }

    /// Reads a file that [`Classifier::write`] wrote.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::File`] when it is something else, of another version, cut or altered.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(Error::io(path))?;
        Self::from_file(path, &bytes)
    }

    /// As [`Classifier::read`], of a file's bytes; `path` is what errors call it.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn from_file(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(bytes).map_err(|reason| Error::File {
            path: path.to_owned(),
            reason,
        })
    }

    /// The bytes of the file; the same for the same classifier.
    pub fn to_bytes(&self) -> Vec<u8> {
        let lists = BLOCKS.map(|block| self.terms.sorted(block));
        let head = Head {
            labels: self.labels.clone(),
            head: self.head,
            terms: lists.each_ref().map(Vec::len),
            calibration: self.calibration.clone(),
            learnt_from: self.learnt_from.clone(),
        };
        let mut bytes = format!("{MAGIC}{VERSION}\n").into_bytes();
        serde_json::to_writer(&mut bytes, &head).expect("strings and finite numbers serialise");
        bytes.push(b'\n');
        for (gram, _) in lists.iter().flatten() {
            bytes.extend(gram.as_bytes());
            bytes.push(b'\n');
        }
        bytes.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
        for number in self
            .weighing
            .rarity
            .iter()
            .chain(&self.steps)
            .chain(&self.bias)
        {
            bytes.extend(number.to_le_bytes());
        }
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum.iter());
        bytes
    }

    /// The classifier that [`Classifier::to_bytes`] gave these bytes, or what is wrong with them.
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let version = line(bytes)
            .and_then(|(first, _)| first.strip_prefix(MAGIC))
            .ok_or("it does not begin like one")?;
        if version != VERSION.to_string() {
            return Err(format!(
                "its format is {version}, and this version reads {VERSION}"
            ));
        }
        let (content, sum) = bytes
            .split_at_checked(bytes.len().saturating_sub(SUM))
            .unwrap_or_default();
        if Sha256::digest(content)[..] != *sum {
            return Err("it was cut or altered, its SHA-256 is another".into());
        }
        // A file with the right sum is one of ours, unless somebody made it up: it must not bring the program down.
        parse(content).ok_or_else(|| "its parts do not fit together".into())
    }
}

fn parse(content: &[u8]) -> Option<Classifier> {
    let (_, rest) = line(content)?;
    let (head, mut rest) = line(rest)?;
    let head: Head = serde_json::from_str(head).ok()?;
    let labels = head.labels.len();
    let count = head
        .terms
        .iter()
        .try_fold(0usize, |sum, next| sum.checked_add(*next))?;
    if head.calibration.stretch.len() != labels
        || head.calibration.shift.len() != labels
        || count > rest.len()
    {
        return None;
    }
    let mut lists = head.terms.map(Vec::with_capacity);
    for (list, count) in lists.iter_mut().zip(head.terms) {
        for _ in 0..count {
            let (gram, after) = line(rest)?;
            list.push(gram);
            rest = after;
        }
        if !list.is_sorted() {
            return None;
        }
    }
    let (weights, rest) = rest.split_at_checked(count.checked_mul(labels)?)?;
    let numbers = numbers(rest)?;
    let (rarity, rest) = numbers.split_at_checked(count)?;
    let (steps, bias) = rest.split_at_checked(labels)?;
    if bias.len() != labels || labels == 0 || !head.labels.is_sorted() {
        return None;
    }
    Some(Classifier {
        terms: Terms::from_lists(lists.each_ref().map(|list| list.iter().copied()))?,
        weighing: Weighing {
            rarity: rarity.to_vec(),
        },
        weights: weights.iter().map(|byte| byte.cast_signed()).collect(),
        steps: steps.to_vec(),
        bias: bias.to_vec(),
        labels: head.labels,
        head: head.head,
        calibration: head.calibration,
        learnt_from: head.learnt_from,
    })
}

/// The first line without its end, and what follows.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// Finite numbers, and nothing behind them.
fn numbers(bytes: &[u8]) -> Option<Vec<f32>> {
    let (chunks, rest) = bytes.as_chunks::<4>();
    let numbers: Vec<f32> = chunks
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
        .collect();
    (rest.is_empty() && numbers.iter().all(|number| number.is_finite())).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::super::classifier::Options;
    use super::super::record::{Input, Record};
    use super::*;
    use proptest::prelude::*;

    fn trained() -> Classifier {
        let record = |(label, tokens): (&str, &str)| Record {
            id: None,
            input: Input::Tokens(tokens.into()),
            label: label.into(),
        };
        let records = [
            ("城建", "路灯 不亮"),
            ("环保", "夜间 噪音"),
            ("城建", "路灯 坏 了"),
            ("环保", "工地 噪音"),
        ]
        .map(record);
        Classifier::train(&records, &Options::default(), &mut |_| {}).unwrap()
    }

    fn check(bytes: &[u8]) -> String {
        Classifier::from_bytes(bytes).map_or_else(|reason| reason, |_| "fine".into())
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut bytes = content.to_vec();
        bytes.extend(Sha256::digest(content).iter());
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let (path, classifier) = (folder.path().join("派单.bin"), trained());
        classifier.write(&path).unwrap();
        classifier.write(&path).unwrap();
        let read = Classifier::read(&path).unwrap();
        assert_eq!(read.to_bytes(), classifier.to_bytes());
        let input = Input::Tokens("路灯 又 坏".into());
        assert_eq!(read.predict(&input), classifier.predict(&input));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_is_absent_is_named_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let error = trained()
            .write(&folder.path().join("none/x.bin"))
            .unwrap_err();
        assert!(error.to_string().contains("none/x.bin"), "{error}");
        let place = folder.path().join("folder");
        fs::create_dir(&place).unwrap();
        assert!(trained().write(&place).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn other_files_are_told_apart() {
        insta::assert_snapshot!(check(b""), @"it does not begin like one");
        insta::assert_snapshot!(check(b"PK\x03\x04"), @"it does not begin like one");
        insta::assert_snapshot!(check(b"chengzhi classifier 2\n"), @"it was cut or altered, its SHA-256 is another");
        insta::assert_snapshot!(check(&sealed(b"chengzhi classifier 1\n{}\n")), @"its format is 1, and this version reads 2");
        insta::assert_snapshot!(check(&sealed(b"chengzhi classifier 2\n{}\n")), @"its parts do not fit together");
        let error = Error::File {
            path: "x.bin".into(),
            reason: check(b""),
        };
        assert!(error.to_string().contains("`x.bin`") && error.to_string().contains("hint: "));
    }

    #[test]
    fn a_made_up_file_is_refused() {
        let bytes = trained().to_bytes();
        let content = &bytes[..bytes.len() - SUM];
        let end = content.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let head = line(&content[end..]).unwrap().0;
        for (from, to) in [
            ("\"terms\":[", "\"terms\":[9999999999999,"),
            (
                "\"terms\":[",
                "\"terms\":[18446744073709551615,18446744073709551615,1],\"x\":[",
            ),
            ("\"城建\",\"环保\"", "\"环保\",\"城建\""),
            ("\"城建\",\"环保\"", "\"环保\""),
            ("\"城建\",\"环保\"", ""),
            ("\"shift\":[", "\"shift\":[0.0,"),
        ] {
            assert!(head.contains(from), "{head}");
            let other = [
                &content[..end],
                head.replace(from, to).as_bytes(),
                &content[end + head.len()..],
            ]
            .concat();
            assert_eq!(
                check(&sealed(&other)),
                "its parts do not fit together",
                "{to}"
            );
        }
        let mut other = content.to_vec();
        let last = other.len() - 4;
        other[last..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert_eq!(check(&sealed(&other)), "its parts do not fit together");
        assert_eq!(check(&sealed(content)), "fine");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn a_changed_bit_or_a_lost_end_is_noticed(at: prop::sample::Index, bit in 0..8u8, length: prop::sample::Index) {
            let mut bytes = trained_bytes().to_vec();
            let length = length.index(bytes.len());
            prop_assert!(Classifier::from_bytes(&bytes[..length]).is_err());
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(Classifier::from_bytes(&bytes).is_err());
        }
    }

    fn trained_bytes() -> &'static [u8] {
        static BYTES: std::sync::LazyLock<Vec<u8>> =
            std::sync::LazyLock::new(|| trained().to_bytes());
        &BYTES
    }
}
