//! A recorded turn as a line of a file, which can be run again anywhere.
//!
//! A line needs no more than a session, an agent and a request to be asked: so sessions are written by hand, and
//! `chengzhi replay FILE --renew` adds the rest.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::pins::Pinned;
use crate::store::{Kept, Recorded};

/// Version of this shape.
pub const FORMAT: u32 = 1;

/// A recorded turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// [`FORMAT`] of the program that wrote it.
    pub format: u32,
    /// Identifier of the conversation, or another name of the session. Its turns stand in order.
    pub session: String,
    /// What is needed to run it again.
    pub pinned: Pinned,
    /// The answer; none of a turn that was cancelled, or that nobody has asked yet.
    #[serde(default)]
    pub answer: Option<Value>,
}

impl Recording {
    /// Of a turn of a conversation; none where what is needed was not recorded, or is masked.
    pub fn of(recorded: &Recorded) -> Option<Self> {
        if recorded.kept != Kept::Whole {
            return None;
        }
        Some(Self {
            format: FORMAT,
            session: recorded.conversation.clone(),
            pinned: recorded.pinned.clone()?,
            answer: recorded.answer.clone(),
        })
    }

    /// The turn, to be run again.
    pub fn recorded(&self) -> Recorded {
        Recorded {
            conversation: self.session.clone(),
            turn: Some(self.pinned.request.turn),
            question: self.pinned.request.question.clone(),
            answer: self.answer.clone(),
            pinned: Some(self.pinned.clone()),
            kept: Kept::Whole,
        }
    }
}

/// Reads a file of recordings; `file` names it in errors. Blank lines are passed over.
///
/// # Errors
/// The first line that is no recording, with what is wrong.
pub fn read(file: &str, text: &str) -> Result<Vec<Recording>, String> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let (mut recordings, mut seen) = (Vec::new(), HashSet::new());
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |message: String| format!("{file}:{}: {message}", index + 1);
        let no_recording = |error: serde_json::Error| wrong(format!("no recording: {error}"));
        // Looked at first: a newer shape may have keys that mean nothing here.
        let Format { format } = serde_json::from_str(line).map_err(no_recording)?;
        if format > FORMAT {
            let newer = "was written by a newer version of the program";
            return Err(wrong(format!("{newer} (format {format}, here {FORMAT})")));
        }
        let recording: Recording = serde_json::from_str(line).map_err(no_recording)?;
        let turn = recording.pinned.request.turn;
        if !seen.insert((recording.session.clone(), turn)) {
            let session = &recording.session;
            return Err(wrong(format!(
                "turn {turn} of `{session}` was there before"
            )));
        }
        recordings.push(recording);
    }
    Ok(recordings)
}

/// Recordings as a file.
pub fn written(recordings: &[Recording]) -> String {
    let line = |recording: &Recording| {
        serde_json::to_string(recording).expect("a recording serialises") + "\n"
    };
    recordings.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"format":1,"session":"s","pinned":{"agent":"policy-qa","request":{"question":"问","as_of":null,"place":null,"today":"2026-11-21","history":[],"corpora":null,"limit":null,"role":"citizen","conversation":"s","turn":1,"seed":0}}}"#;

    fn check(text: &str) -> String {
        match read("r.jsonl", text) {
            Ok(recordings) => format!("{} recordings", recordings.len()),
            // The column of a long line says little.
            Err(error) => error
                .split(" at line")
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    #[test]
    fn lines_are_recordings_or_named() {
        insta::assert_snapshot!(check(&format!("{LINE}\n\n")), @"1 recordings");
        insta::assert_snapshot!(check(&format!("{LINE}\n{LINE}\n")), @"r.jsonl:2: turn 1 of `s` was there before");
        insta::assert_snapshot!(check(&LINE.replace("\"format\":1", "\"format\":2,\"more\":[]")), @"r.jsonl:1: was written by a newer version of the program (format 2, here 1)");
        insta::assert_snapshot!(check(&LINE.replace("\"session\"", "\"sesion\"")), @"r.jsonl:1: no recording: unknown field `sesion`, expected one of `format`, `session`, `pinned`, `answer`");
        insta::assert_snapshot!(check("{"), @"r.jsonl:1: no recording: EOF while parsing an object");
        insta::assert_snapshot!(check(""), @"0 recordings");
    }

    #[test]
    fn what_is_written_is_read() {
        let recordings = read("r.jsonl", LINE).unwrap();
        assert_eq!(read("r.jsonl", &written(&recordings)).unwrap(), recordings);
        assert_eq!(
            Recording::of(&recordings[0].recorded()),
            Some(recordings[0].clone())
        );
    }
}
