//! JUnit XML for continuous integration: one test case for each sample, failed where a grade is not what it should be.
//!
//! A sample without an output is an error, one without any grade is skipped. Cases that could not be read and a run that is
//! not whole are errors as well, so that no pipeline takes what was not measured for right. XML has no words for most
//! control characters; they are shown by their pictures, `␀` for NUL.

use std::borrow::Cow;

use super::replace::Out;
use super::{Log, misses, unfinished};
use crate::error::Error;
use crate::record::{Grade, Sample};

/// Writes the report. The samples are read twice, since the counts stand before them.
///
/// # Errors
/// Of reading the log, or [`Error::File`].
pub fn write(log: &Log, out: &mut Out<'_>) -> Result<(), Error> {
    let mut counts = Counts::default();
    for sample in log.samples()? {
        counts.add(&sample?);
    }
    let problems: Vec<_> = log
        .header
        .problems
        .iter()
        .cloned()
        .chain(unfinished(log, counts.tests))
        .collect();
    counts.tests += problems.len();
    counts.errors += problems.len();
    out.put(head(log, &counts).as_bytes())?;
    for (number, problem) in (1..).zip(&problems) {
        out.put(broken(log, number, problem).as_bytes())?;
    }
    for sample in log.samples()? {
        out.put(case(log, &sample?).as_bytes())?;
    }
    out.put(b"  </testsuite>\n</testsuites>\n")
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    seconds: f64,
}

impl Counts {
    fn add(&mut self, sample: &Sample) {
        self.tests += 1;
        self.seconds += sample.seconds;
        match outcome(sample) {
            Outcome::Passed => {}
            Outcome::Failed(_) => self.failures += 1,
            Outcome::Broken(_) => self.errors += 1,
            Outcome::Unscored => self.skipped += 1,
        }
    }
}

enum Outcome<'a> {
    Passed,
    Failed(Vec<(&'a str, &'a Grade)>),
    /// What went wrong.
    Broken(&'a str),
    Unscored,
}

fn outcome(sample: &Sample) -> Outcome<'_> {
    if let Some(error) = &sample.error {
        return Outcome::Broken(error);
    }
    let failed = misses(sample);
    if !failed.is_empty() {
        Outcome::Failed(failed)
    } else if sample.grades.values().all(|grade| grade.value.is_none()) {
        Outcome::Unscored
    } else {
        Outcome::Passed
    }
}

fn head(log: &Log, counts: &Counts) -> String {
    let Counts {
        tests,
        failures,
        errors,
        skipped,
        seconds,
    } = counts;
    let numbers = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds:.3}\""
    );
    let header = &log.header;
    let (name, begun) = (attribute(&header.suite), header.created);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {numbers}>\n  <testsuite name=\"{name}\" {numbers} timestamp=\"{begun}\">\n    <properties>\n"
    );
    for (name, value) in [
        ("model", header.mode()),
        ("run", &header.run),
        ("program", &header.program),
        ("fingerprint", &header.fingerprint),
    ] {
        let value = attribute(value);
        text += &format!("      <property name=\"{name}\" value=\"{value}\"/>\n");
    }
    text + "    </properties>\n"
}

fn broken(log: &Log, number: usize, problem: &str) -> String {
    let (suite, problem) = (attribute(&log.header.suite), attribute(problem));
    format!(
        "    <testcase classname=\"{suite}\" name=\"problem {number}\" time=\"0.000\">\n      <error message=\"{problem}\"/>\n    </testcase>\n"
    )
}

fn case(log: &Log, sample: &Sample) -> String {
    let epoch = if log.header.epochs > 1 {
        format!(" ({})", sample.epoch)
    } else {
        String::new()
    };
    let mut text = format!(
        "    <testcase classname=\"{}.{}\" name=\"{}{epoch}\" time=\"{:.3}\"",
        attribute(&log.header.suite),
        attribute(&sample.r#type),
        attribute(&sample.id),
        sample.seconds,
    );
    let inner = match outcome(sample) {
        Outcome::Passed => return text + "/>\n",
        Outcome::Unscored => "      <skipped message=\"not graded\"/>\n".to_owned(),
        Outcome::Broken(message) => format!("      <error message=\"{}\"/>\n", attribute(message)),
        Outcome::Failed(failed) => format!(
            "      <failure message=\"{}\">{}</failure>\n",
            attribute(&values(&failed)),
            content(&details(sample, &failed)),
        ),
    };
    text += ">\n";
    text + &inner + "    </testcase>\n"
}

fn values(failed: &[(&str, &Grade)]) -> String {
    let parts: Vec<_> = failed
        .iter()
        .map(|(name, grade)| format!("{name} {}", grade.value.unwrap_or(f64::NAN)))
        .collect();
    parts.join(", ")
}

fn details(sample: &Sample, failed: &[(&str, &Grade)]) -> String {
    let mut lines = vec![
        format!("input: {}", sample.input),
        format!("target: {}", sample.target),
        format!("output: {}", sample.output),
    ];
    for (name, grade) in failed {
        let explanation = grade.explanation.iter();
        lines.extend(explanation.map(|explanation| format!("{name}: {explanation}")));
    }
    lines.join("\n")
}

fn attribute(value: &str) -> String {
    content(value)
        .replace('"', "&quot;")
        .replace('\n', "&#10;")
        .replace('\t', "&#9;")
}

fn content(value: &str) -> Cow<'_, str> {
    let plain = |letter: char| !matches!(letter, '&' | '<' | '>') && !is_odd(letter);
    if value.chars().all(plain) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() + 16);
    for letter in value.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A reader would make a line feed of it.
            '\r' => out.push_str("&#13;"),
            _ if is_odd(letter) => out.push(picture(letter)),
            _ => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// What XML 1.0 does not allow, or does not keep.
fn is_odd(letter: char) -> bool {
    matches!(letter, '\0'..='\x08' | '\x0b'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

fn picture(letter: char) -> char {
    match u32::from(letter) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).expect("every control character has one"),
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::examples::{self, header};
    use super::*;
    use crate::log::journal::Journal;

    #[rstest]
    #[case::markup("a<b>&\"'", "a&lt;b&gt;&amp;&quot;'")]
    #[case::section("]]>", "]]&gt;")]
    #[case::space("a\tb\nc\rd", "a&#9;b&#10;c&#13;d")]
    #[case::control("\0\x1b[31m\x0b\x7f", "␀␛[31m␋\x7f")]
    #[case::no_letter("\u{fffe}\u{ffff}", "\u{fffd}\u{fffd}")]
    #[case::wide("中文，𠮷😀", "中文，𠮷😀")]
    fn attributes_are_sound_xml(#[case] value: &str, #[case] expected: &str) {
        assert_eq!(attribute(value), expected);
    }

    #[test]
    fn text_keeps_its_lines() {
        assert_eq!(content("一\n\"二\"\t<"), "一\n\"二\"\t&lt;");
    }

    #[test]
    fn every_sample_is_a_case() {
        insta::assert_snapshot!(examples::written(write), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="6" failures="3" errors="1" skipped="2" time="3.000">
          <testsuite name="policy-qa" tests="6" failures="3" errors="1" skipped="2" time="3.000" timestamp="2026-01-02T03:04:05Z">
            <properties>
              <property name="model" value="tiny"/>
              <property name="run" value="Run_1"/>
              <property name="program" value="0.1.0"/>
              <property name="fingerprint" value="cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"/>
            </properties>
            <testcase classname="policy-qa.lookup" name="法/第一条 (1)" time="0.500">
              <failure message="content 0.75">input: 押金不退怎么办？
        target: 第三条
        output: 可以向街道投诉。
        content: 3 of 4</failure>
            </testcase>
            <testcase classname="policy-qa.lookup" name="法/第一条 (2)" time="0.500">
              <failure message="citation 0">input: 押金不退怎么办？
        target: 第三条
        output: 可以向街道投诉。
        citation: 第三条 &lt;未引用&gt;</failure>
            </testcase>
            <testcase classname="policy-qa.lookup" name="断 (1)" time="0.500">
              <error message="断线 &lt;timeout&gt;"/>
            </testcase>
            <testcase classname="policy-qa.lookup" name="断 (2)" time="0.500">
              <failure message="content 0.75">input: 押金不退怎么办？
        target: 第三条
        output: 可以向街道投诉。
        content: 3 of 4</failure>
            </testcase>
            <testcase classname="policy-qa.odd" name="7 (1)" time="0.500">
              <skipped message="not graded"/>
            </testcase>
            <testcase classname="policy-qa.odd" name="7 (2)" time="0.500">
              <skipped message="not graded"/>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn what_was_not_measured_is_not_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        let mut header = header();
        header.epochs = 1;
        header.problems = vec!["cases.jsonl:3: \"id\" is missing".into()];
        let mut journal = Journal::create(&path, &header).unwrap();
        journal.append(&examples::sample("a", 1)).unwrap();
        drop(journal);
        let log = Log::open(&path).unwrap();
        insta::assert_snapshot!(examples::written_of(&log, write), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="3" failures="1" errors="2" skipped="0" time="0.500">
          <testsuite name="policy-qa" tests="3" failures="1" errors="2" skipped="0" time="0.500" timestamp="2026-01-02T03:04:05Z">
            <properties>
              <property name="model" value="tiny"/>
              <property name="run" value="Run_1"/>
              <property name="program" value="0.1.0"/>
              <property name="fingerprint" value="cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"/>
            </properties>
            <testcase classname="policy-qa" name="problem 1" time="0.000">
              <error message="cases.jsonl:3: &quot;id&quot; is missing"/>
            </testcase>
            <testcase classname="policy-qa" name="problem 2" time="0.000">
              <error message="the run did not end after 1 of 6 samples"/>
            </testcase>
            <testcase classname="policy-qa.lookup" name="a" time="0.500">
              <failure message="content 0.75">input: 押金不退怎么办？
        target: 第三条
        output: 可以向街道投诉。
        content: 3 of 4</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}
