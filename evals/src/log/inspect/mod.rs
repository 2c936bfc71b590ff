//! Logs of Inspect, the evaluation framework of PyPI `inspect_ai`: `.eval`, its archive, and `.json`, one object.
//!
//! Writing goes over the samples one at a time; what stays in memory is the directory of the archive and the packed
//! summaries. Reading takes whatever Inspect wrote for a baseline to compare with: what we have no word for is left out.

mod head;
mod json;
mod read;
mod sample;
mod scan;
mod taken;
mod tally;
mod zip;

use super::Log;
use super::replace::Out;
use crate::error::Error;
use crate::record::Header;

pub(super) use read::{archive_head, archive_samples, document_head, document_samples};

/// Version of the schema that is written and read.
const VERSION: u32 = 2;
/// Samples of one file of summaries.
const BATCH: usize = 100;
/// Longest name that every file system takes, in bytes, less what a temporary file and an ending need.
const LONGEST: usize = 210;

/// The name of a log as Inspect makes it, without its ending: `<created>_<suite>_<run>`, with a hyphen for every
/// character that Inspect or a file system gives a meaning.
pub fn stem(header: &Header) -> String {
    let created = head::time(header.created).replace(':', "-");
    let run = clean(&header.run);
    let run = &run[..run.floor_char_boundary(LONGEST / 2)];
    let suite = clean(header.suite.rsplit('/').next().unwrap_or_default());
    let room = LONGEST.saturating_sub(created.len() + run.len() + 2);
    let suite = &suite[..suite.floor_char_boundary(room)];
    format!("{created}_{suite}_{run}")
}

/// Writes the archive.
///
/// # Errors
/// Of reading the log, or [`Error::File`].
pub fn write_archive(log: &Log, out: &mut Out<'_>) -> Result<(), Error> {
    let mut archive = zip::Archive::new(out);
    let (mut packed, mut batch, mut all) =
        (zip::Packed::new(), zip::Packed::new(), zip::Packed::new());
    let mut tally = tally::Tally::new(log.header.epochs);
    packed.add(&json::to_vec(&head::start(&log.header)));
    archive.member("_journal/start.json", &mut packed)?;
    let (mut text, mut summary) = (Vec::new(), Vec::new());
    let mut count = 0;
    for sample in log.samples()? {
        let sample = sample?;
        tally.add(&sample);
        text.clear();
        json::write(&mut text, &sample::sample(&log.header, &sample));
        packed.add(&text);
        archive.member(&member(&sample.id, sample.epoch), &mut packed)?;
        summary.clear();
        json::write(&mut summary, &sample::summary(&log.header, &sample));
        for (packed, first) in [(&mut batch, count % BATCH == 0), (&mut all, count == 0)] {
            packed.add(if first { b"[" } else { b"," });
            packed.add(&summary);
        }
        count += 1;
        if count % BATCH == 0 {
            batch.add(b"]");
            archive.member(&summaries(count), &mut batch)?;
        }
    }
    if count % BATCH > 0 {
        batch.add(b"]");
        archive.member(&summaries(count), &mut batch)?;
    }
    all.add(if count == 0 { b"[]" } else { b"]" });
    archive.member("summaries.json", &mut all)?;
    packed.add(&json::to_vec(&head::reductions(&tally)));
    archive.member("reductions.json", &mut packed)?;
    let head = head::head(&log.header, log.ended.as_ref(), &tally);
    packed.add(&json::to_vec(&head));
    archive.member("header.json", &mut packed)?;
    archive.finish()
}

/// Writes the object. The samples are read twice, since their number stands before them.
///
/// # Errors
/// Of reading the log, or [`Error::File`].
pub fn write_document(log: &Log, out: &mut Out<'_>) -> Result<(), Error> {
    let mut tally = tally::Tally::new(log.header.epochs);
    for sample in log.samples()? {
        tally.add(&sample?);
    }
    let mut text = json::to_vec(&head::head(&log.header, log.ended.as_ref(), &tally));
    let closing = text.pop();
    debug_assert_eq!(closing, Some(b'}'));
    out.put(&text)?;
    out.put(b",\"samples\":[")?;
    for (at, sample) in log.samples()?.enumerate() {
        text.clear();
        text.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        json::write(&mut text, &sample::sample(&log.header, &sample?));
        out.put(&text)?;
    }
    text.clear();
    json::write(&mut text, &head::reductions(&tally));
    out.put(b"\n],\"reductions\":")?;
    out.put(&text)?;
    out.put(b"}\n")
}

fn summaries(count: usize) -> String {
    format!("_journal/summaries/{}.json", count.div_ceil(BATCH))
}

/// The member of a sample. Inspect takes identifiers as they are and looks for samples under this name; only NUL, at
/// which its names would end, is shown by its picture. Members are never made into files.
fn member(id: &str, epoch: u32) -> String {
    format!(
        "samples/{}_epoch_{epoch}.json",
        id.replace('\0', "\u{2400}")
    )
}

fn clean(text: &str) -> String {
    text.replace(
        |letter: char| letter.is_control() || "_/\\:+<>\"|?*".contains(letter),
        "-",
    )
}

#[cfg(test)]
mod tests;
