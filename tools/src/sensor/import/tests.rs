use std::fmt::Write;
use std::io::{BufReader, Cursor, Read};

use proptest::prelude::*;

use super::csv::fields;
use super::*;
use crate::sensor::kind::tests::KINDS;
use crate::sensor::reading::RawReading;
use crate::sensor::unit::Unit;

const HEADER: &str = "datastream,time,value,unit\n";

fn read(bytes: &[u8], format: Format) -> Vec<Result<Row, Problem>> {
    // A small buffer, so that lines lie across its borders.
    let reader = BufReader::with_capacity(7, Cursor::new(bytes));
    Rows::new(reader, format).collect()
}

fn shown(rows: &[Result<Row, Problem>]) -> String {
    let show = |row: &Result<Row, Problem>| match row {
        Ok(Row { line, raw }) => {
            let unit = raw.unit.as_deref().unwrap_or("-");
            format!(
                "{line}: {} {} {} {unit}",
                raw.datastream, raw.time, raw.value
            )
        }
        Err(Problem { line, reason }) => format!("{line}: {}: {reason}", reason.code()),
    };
    rows.iter().map(show).collect::<Vec<_>>().join(" | ")
}

fn csv(text: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(shown(&read(text.as_ref(), Format::Csv)), expected);
}

/// Lines under a header with all columns.
fn lines(text: impl AsRef<[u8]>, expected: &str) {
    csv([HEADER.as_bytes(), text.as_ref()].concat(), expected);
}

fn jsonl(text: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(shown(&read(text.as_ref(), Format::Jsonl)), expected);
}

fn header(text: impl AsRef<[u8]>, expected: &str) {
    let usage =
        "the first line is `datastream,time,value` or `datastream,time,value,unit`, in any order";
    csv(text, &format!("1: header: {expected}; {usage}"));
}

#[test]
fn csv_is_read() {
    csv(
        "datastream,time,value\nA,t,1.5\nB,t,-2",
        "2: A t 1.5 - | 3: B t -2 -",
    );
    csv("\u{feff}datastream,time,value\r\nA,t,1\r\n", "2: A t 1 -");
    csv("unit,value,time,datastream\nppm,1,t,A\n", "2: A t 1 ppm");
    csv("\"datastream\", time ,value\nA,t,1\n", "2: A t 1 -");
    csv("\n\ndatastream,time,value\n\n  \nA,t,1\n\n", "6: A t 1 -");
    csv(HEADER, "");
    lines(
        "A,t,1,\nA,t,1,  \nA,t,1,mg/m³\n",
        "2: A t 1 - | 3: A t 1 - | 4: A t 1 mg/m³",
    );
    lines(" A , t , 1 , ppm \n", "2: A t 1 ppm");
    lines("\"A,\"\"B\",\"t\",\"1\",\"\"\n", "2: A,\"B t 1 -");
    lines(
        "A,t,1e-3,ppm\nA,t,+.5,ppm\n",
        "2: A t 0.001 ppm | 3: A t 0.5 ppm",
    );
    // What is no time or no finite number is for `accept` to refuse.
    lines(",,NaN,\nA,t,1e999,\n", "2:   NaN - | 3: A t inf -");
}

#[test]
fn a_header_that_is_wrong_ends_the_file() {
    header("", "the file is empty");
    header(" ", "the file is empty");
    header("time,value\nA,1\n", "column `datastream` is missing");
    header("datastream,value\n", "column `time` is missing");
    header("datastream,time,unit\n", "column `value` is missing");
    header(
        "datastream,time,value,time\n",
        "column `time` is given twice",
    );
    header("datastream,time,value,note\n", "`note` is not a column");
    header("Datastream,time,value\n", "`Datastream` is not a column");
    header(
        "datastream;time;value\n",
        "`datastream;time;value` is not a column",
    );
    header("datastream,time,value,\n", "`` is not a column");
    header(
        "DS-0001,2026-11-20T08:00:00Z,1\n",
        "`DS-0001` is not a column",
    );
    header(
        "datastream,time,\"value\n",
        "the quotation marks do not match",
    );
    header(
        "datastream,time,value\rA,t,1\r",
        "`value\rA` is not a column",
    );
    header(
        b"datastream,time,\xff\n",
        "the line is not UTF-8; save the file as UTF-8",
    );
    header(
        b"\xff\xfed\0a\0t\0a\0",
        "there is a NUL character in the line; save the file as UTF-8, or look whether it was cut off",
    );
}

#[test]
fn a_line_that_is_wrong_costs_only_itself() {
    let quotes = "the quotation marks do not match; a field in quotation marks ends on its line, and a mark within it is doubled";
    let good = "A,t,1,\n";
    let check = |line: &[u8], expected: &str| {
        let text = [good.as_bytes(), line, b"\n", good.as_bytes()].concat();
        lines(text, &format!("2: A t 1 - | 3: {expected} | 4: A t 1 -"));
    };
    check(b"A,t,1", "fields: there are 3 fields, and the header has 4");
    check(
        b"A,t,1,ppm,",
        "fields: there are 5 fields, and the header has 4",
    );
    check(
        b"A,t,1,5,ppm",
        "fields: there are 5 fields, and the header has 4",
    );
    check(b"A", "fields: there are 1 fields, and the header has 4");
    check(
        b"A,t,,",
        "number: value `` is not a number; write it as `12.5`",
    );
    check(
        b"A,t,12 ppm,",
        "number: value `12 ppm` is not a number; write it as `12.5`",
    );
    check(
        b"A,t,\"1,5\",",
        "number: value `1,5` is not a number; write it as `12.5`",
    );
    check(
        "A,t,１,".as_bytes(),
        "number: value `１` is not a number; write it as `12.5`",
    );
    check(
        b"A,t,0x10,",
        "number: value `0x10` is not a number; write it as `12.5`",
    );
    check(b"A,t,\"1,ppm", &format!("quotes: {quotes}"));
    check(b"A,t,1,\"ppm\" ", &format!("quotes: {quotes}"));
    check(b"A,t,1,\"p\"pm", &format!("quotes: {quotes}"));
    check(b"A\"B,t,1,", &format!("quotes: {quotes}"));
    check(b"A,t,1,\"", &format!("quotes: {quotes}"));
    check(b"A,t,1,\"\"\"", &format!("quotes: {quotes}"));
    check(
        b"A,t,1,\xa6\xcc",
        "not_utf8: the line is not UTF-8; save the file as UTF-8",
    );
    check(
        b"A,t,1,\0",
        "nul: there is a NUL character in the line; save the file as UTF-8, or look whether it was cut off",
    );
    let long = vec![b'9'; 10_000_000];
    let too_long = "too_long: the line is longer than 8192 bytes; end each line with a line feed";
    check(&long, too_long);
    check(&long[..8192], too_long);
    // One character less is a line, if a strange one.
    check(
        &long[..8191],
        "fields: there are 1 fields, and the header has 4",
    );
    lines(long, &format!("2: {too_long}"));
}

#[test]
fn json_lines_are_read() {
    let reading = r#"{"datastream":"A","time":"t","value":1.5,"unit":"ppm"}"#;
    jsonl(reading, "1: A t 1.5 ppm");
    jsonl(
        format!("\u{feff}{reading}\r\n\n {reading}\n"),
        "1: A t 1.5 ppm | 3: A t 1.5 ppm",
    );
    jsonl(
        r#"{"value":-2,"time":"t","datastream":"\u6c34"}"#,
        "1: 水 t -2 -",
    );
    jsonl(
        r#"{"datastream":"A","time":"t","value":1,"unit":null}"#,
        "1: A t 1 -",
    );
    jsonl("", "");
}

#[test]
fn json_lines_that_are_wrong_cost_only_themselves() {
    let good = "{\"datastream\":\"A\",\"time\":\"t\",\"value\":1}\n";
    let usage = "write `{\"datastream\": \"DS-0007\", \"time\": \"2026-11-20T08:00:00+08:00\", \"value\": 12.5}`";
    let check = |line: &[u8], expected: &str| {
        let text = [good.as_bytes(), line, b"\n", good.as_bytes()].concat();
        jsonl(text, &format!("1: A t 1 - | 2: {expected} | 3: A t 1 -"));
    };
    let json = |line: &str, expected: &str| {
        check(line.as_bytes(), &format!("json: {expected}; {usage}"));
    };
    json("[\"A\",\"t\",1,null]", "the line is not a JSON object");
    json("1", "the line is not a JSON object");
    json("A,t,1", "the line is not a JSON object");
    json("{", "EOF while parsing an object at column 1");
    json(
        r#"{"datastream":"A","time":"t"}"#,
        "missing field `value` at column 29",
    );
    json(
        r#"{"datastream":"A","value":1}"#,
        "missing field `time` at column 28",
    );
    json(
        r#"{"datastream":"A","time":"t","value":1,"value":2}"#,
        "duplicate field `value` at column 46",
    );
    json(
        r#"{"datastream":"A","time":"t","value":1,"note":2}"#,
        "unknown field `note`, expected one of `datastream`, `at`, `time`, `value`, `unit` at column 45",
    );
    json(
        r#"{"datastream":"A","time":"t","value":"1"}"#,
        "invalid type: string \"1\", expected f64 at column 40",
    );
    json(
        r#"{"datastream":"A","time":"t","value":null}"#,
        "invalid type: null, expected f64 at column 41",
    );
    json(
        r#"{"datastream":"A","time":1763596800,"value":1}"#,
        "invalid type: integer `1763596800`, expected a string at column 35",
    );
    json(
        r#"{"datastream":"A","time":"t","value":1e999}"#,
        "number out of range at column 42",
    );
    json(
        r#"{"datastream":"A","time":"t","value":NaN}"#,
        "expected value at column 38",
    );
    json(
        r#"{"datastream":"A","time":"t","value":1} {"#,
        "trailing characters at column 41",
    );
    check(
        b"{\xff}",
        "not_utf8: the line is not UTF-8; save the file as UTF-8",
    );
    check(
        &[b'{'; 9000],
        "too_long: the line is longer than 8192 bytes; end each line with a line feed",
    );
}

/// A device that is unplugged after some bytes.
struct Unplugged<'a>(&'a [u8]);

impl Read for Unplugged<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::Error::other("the device is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn a_file_that_breaks_off_says_so() {
    let text = format!("{HEADER}A,t,1,\nB,t");
    let rows = Rows::new(BufReader::new(Unplugged(text.as_bytes())), Format::Csv);
    let rows: Vec<_> = rows.collect();
    assert_eq!(
        shown(&rows),
        "2: A t 1 - | 2: unreadable: the file cannot be read any further: the device is gone"
    );
}

fn measures(id: &str, kind: &str, unit: Unit) -> Datastream {
    Datastream {
        id: id.to_owned(),
        thing: "TH-1".to_owned(),
        kind: kind.to_owned(),
        unit,
        interval_s: 600,
    }
}

/// Everything is stored, and what comes again has another value.
fn stored_as_new(batch: &[Reading], conflicting: &[usize]) -> Appended {
    let conflict = |index: &usize| Conflict {
        index: *index,
        reading: batch[*index].clone(),
        stored: 0.5,
    };
    Appended {
        new: batch.len() - conflicting.len(),
        repeated: 0,
        conflicting: conflicting.iter().map(conflict).collect(),
    }
}

#[test]
fn each_line_is_counted_once() {
    let datastreams = [
        measures("A", "h2s", Unit::PartsPerMillion),
        measures("B", "dream", Unit::Metre),
    ];
    let mut text = HEADER.to_owned();
    for minute in 10..40 {
        let _ = writeln!(text, "A,2026-11-20T08:{minute}:00+08:00,1,");
        text.push_str("A,2026-11-20T08:00:00,1,\n");
    }
    text.push_str(
        "B,2026-11-20T08:00:00Z,1,\nC,2026-11-20T08:00:00Z,1,\nA,2027-11-20T08:00:00Z,1,\n\
        A,2026-11-20T08:00:00Z,nan,\nA,2026-11-20T08:00:00Z,1,furlong\nA,2026-11-20T08:00:00Z,1001,\nA\n",
    );
    let rows = Rows::new(Cursor::new(&text), Format::Csv);
    let now = "2026-11-20T08:00:00Z".parse().unwrap();
    let mut import = Import::new(rows, &datastreams, &KINDS, now);
    let batch = import.batch();
    assert_eq!(batch.len(), 30);
    import.stored(stored_as_new(&batch, &[0, 3, 29]));
    assert_eq!(import.batch(), []);
    let summary = import.summary();
    assert_eq!(
        (summary.read, summary.stored, summary.conflicting),
        (67, 27, 3)
    );
    let refused = summary
        .refused
        .iter()
        .map(|(code, count)| format!("{code} {count}"));
    assert_eq!(
        refused.collect::<Vec<_>>().join(", "),
        "fields 1, future 1, not_a_number 1, out_of_range 1, unknown_datastream 1, unknown_kind 1, unreadable_time 30, wrong_unit 1"
    );
    // The first twenty by line, although conflicts were known only afterwards.
    let lines = summary.examples.iter().map(|it| it.line.to_string());
    assert_eq!(
        lines.collect::<Vec<_>>().join(" "),
        "2 3 5 7 8 9 11 13 15 17 19 21 23 25 27 29 31 33 35 37"
    );
    let json = serde_json::to_value(summary).unwrap();
    assert_eq!(json["examples"][0]["line"], 2);
    assert_eq!(json["examples"][0]["reason"]["refusal"], "reading");
    assert_eq!(json["examples"][0]["reason"]["reason"], "conflicting");
}

#[test]
fn long_files_come_in_batches() {
    let datastreams = [measures("A", "h2s", Unit::PartsPerMillion)];
    let mut text = HEADER.to_owned();
    for second in 0..BATCH + 5 {
        let at = Timestamp::from_second(i64::try_from(second).unwrap()).unwrap();
        let _ = writeln!(text, "A,{at},1,");
    }
    let rows = Rows::new(Cursor::new(&text), Format::Csv);
    let mut import = Import::new(
        rows,
        &datastreams,
        &KINDS,
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(99),
    );
    for (length, conflicting) in [(BATCH, vec![BATCH - 1]), (5, vec![0])] {
        let batch = import.batch();
        assert_eq!(batch.len(), length);
        import.stored(stored_as_new(&batch, &conflicting));
    }
    assert_eq!(import.batch(), []);
    let lines: Vec<u64> = import.summary().examples.iter().map(|it| it.line).collect();
    let batch = u64::try_from(BATCH).unwrap();
    assert_eq!(lines, [batch + 1, batch + 2]);
}

#[test]
fn a_wrong_header_is_no_line() {
    let rows = Rows::new(Cursor::new("a,b\n1,2\n"), Format::Csv);
    let mut import = Import::new(rows, &[], &KINDS, Timestamp::UNIX_EPOCH);
    assert_eq!(import.batch(), []);
    let summary = import.summary();
    assert_eq!(summary.read, 0);
    assert_eq!(summary.broken_off.as_ref().map(|it| it.line), Some(1));
    assert!(summary.refused.is_empty());
}

/// A field of CSV, in quotation marks where it needs them.
fn field(text: &str) -> String {
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

fn render(raws: &[RawReading], format: Format) -> String {
    let mut text = match format {
        Format::Csv => HEADER.to_owned(),
        Format::Jsonl => String::new(),
    };
    for raw in raws {
        text += &match format {
            Format::Csv => {
                let unit = field(raw.unit.as_deref().unwrap_or_default());
                format!(
                    "{},{},{},{unit}",
                    field(&raw.datastream),
                    field(&raw.time),
                    raw.value
                )
            }
            Format::Jsonl => serde_json::to_string(raw).unwrap(),
        };
        text.push('\n');
    }
    text
}

fn raw() -> impl Strategy<Value = RawReading> {
    let finite =
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO;
    let unit = proptest::option::of("[a-z%°/³\",]{1,6}");
    // Spaces at the ends of a field mean nothing in CSV.
    (
        "[a-zA-Z0-9\",水'-]{1,12}",
        "[0-9T:Z+\",-]{1,25}",
        finite,
        unit,
    )
        .prop_map(|(datastream, time, value, unit)| RawReading {
            datastream,
            time,
            value,
            unit,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_rendered_is_read_again(raws in proptest::collection::vec(raw(), 0..8)) {
        for format in [Format::Csv, Format::Jsonl] {
            let rows = read(render(&raws, format).as_bytes(), format);
            let again: Vec<RawReading> = rows.into_iter().map(|row| row.unwrap().raw).collect();
            prop_assert_eq!(&again, &raws);
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "[a,\"\n\r{}1 ]{0,60}") {
        for format in [Format::Csv, Format::Jsonl] {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                read(bytes, format);
                let under = [HEADER.as_bytes(), bytes].concat();
                let rows = read(&under, format);
                let lines = under.split(|byte| *byte == b'\n').count();
                prop_assert!(rows.len() <= lines);
            }
        }
    }

    #[test]
    fn lines_are_split_as_everybody_splits_them(line in "[ab\", ]{0,12}") {
        // Readers for general CSV also take marks that do not match; where we take a line, we agree.
        let reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
        let record = reader.into_records().next();
        if let (Some(ours), Some(Ok(record))) = (fields(&line), record) {
            let theirs: Vec<&str> = record.iter().collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
