//! From the bytes of tokens to what a reader gets: whole characters, no thoughts, calls held back until they are whole.
//! A mark that ends a thought which nobody saw begin shows that what was given out was one: then there is no answer.
//! Pure; it does not judge a call, and knows nothing of grammars.

use crate::mark::{CALL, THINK, THOUGHT};

/// Which marks mean something. In an answer that is held to a grammar they are text like any other, so that a string in
/// JSON may speak of `<think>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// No tools were offered: nothing is a call.
    Never,
    /// A call begins with `<tool_call>`.
    Marked,
    /// An answer that begins with `{` is a call as a whole.
    Bare,
}

/// One answer on its way to the reader.
pub(crate) struct Reply {
    calls: Calls,
    /// Whether `<think>` in the text opens thoughts.
    marks: bool,
    state: State,
    /// Bytes that are no whole character yet.
    bytes: Vec<u8>,
    /// Characters that may belong to a mark.
    text: String,
    /// The calls, as they were written.
    held: String,
    /// Whether anything but white space was shown.
    shown: bool,
}

/// A thought was given out as text before its end showed that it was one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leaked;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Line breaks are left out, up to the first other character.
    AfterThought,
    Text,
    Thought,
    Call,
}

impl Reply {
    /// For an answer that begins within a thought, or not.
    pub(crate) fn new(within_thought: bool, marks: bool, calls: Calls) -> Self {
        let state = if within_thought {
            State::Thought
        } else {
            State::Text
        };
        Self {
            calls,
            marks,
            state,
            bytes: Vec::new(),
            text: String::new(),
            held: String::new(),
            shown: false,
        }
    }

    /// Takes the bytes of a token; returns what may be shown.
    ///
    /// # Errors
    /// [`Leaked`] if what was given out was a thought.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<String, Leaked> {
        self.bytes.extend_from_slice(bytes);
        let whole = self.whole_characters();
        self.text.push_str(&whole);
        self.advance(false)
    }

    /// The answer is at its end: the rest that may be shown, and the calls as they were written, if there are any.
    ///
    /// # Errors
    /// [`Leaked`] if what was given out was a thought.
    pub(crate) fn finish(mut self) -> Result<(String, Option<String>), Leaked> {
        if !self.bytes.is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        let rest = self.advance(true)?;
        Ok((rest, (self.state == State::Call).then_some(self.held)))
    }

    /// Takes whole characters from the bytes. What can never become a character becomes U+FFFD.
    fn whole_characters(&mut self) -> String {
        let mut text = String::new();
        let mut rest = 0;
        for chunk in self.bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            rest += chunk.valid().len();
            let invalid = chunk.invalid();
            if invalid.is_empty() {
                continue;
            }
            let open = rest + invalid.len() == self.bytes.len() && may_go_on(invalid);
            if open {
                break;
            }
            text.push(char::REPLACEMENT_CHARACTER);
            rest += invalid.len();
        }
        self.bytes.drain(..rest);
        text
    }

    fn advance(&mut self, end: bool) -> Result<String, Leaked> {
        let mut shown = String::new();
        loop {
            let before = (self.state, self.text.len());
            match self.state {
                State::Thought => self.leave_thought(),
                State::AfterThought => self.skip_line_breaks(),
                State::Text => self.read_text(&mut shown, end)?,
                State::Call => self.held.push_str(&std::mem::take(&mut self.text)),
            }
            if before == (self.state, self.text.len()) || self.text.is_empty() {
                break;
            }
        }
        Ok(shown)
    }

    fn leave_thought(&mut self) {
        if let Some(at) = self.text.find(THOUGHT) {
            self.text.drain(..at + THOUGHT.len());
            self.state = State::AfterThought;
        } else {
            let kept = open_mark(&self.text, &[THOUGHT]);
            self.text.drain(..self.text.len() - kept);
        }
    }

    fn skip_line_breaks(&mut self) {
        let breaks = self.text.len() - self.text.trim_start_matches(['\n', '\r']).len();
        self.text.drain(..breaks);
        if !self.text.is_empty() {
            self.state = State::Text;
        }
    }

    fn read_text(&mut self, shown: &mut String, end: bool) -> Result<(), Leaked> {
        if self.calls == Calls::Bare && !self.shown {
            let start = self.text.trim_start();
            if start.starts_with('{') {
                self.state = State::Call;
                return Ok(());
            }
            if start.is_empty() && !end {
                return Ok(());
            }
        }
        let mut marks = Vec::new();
        if self.marks {
            marks.extend([THINK, THOUGHT]);
        }
        if self.calls == Calls::Marked {
            marks.push(CALL);
        }
        let first = marks
            .iter()
            .filter_map(|mark| Some((self.text.find(mark)?, *mark)))
            .min();
        let upto = match first {
            Some((at, _)) => at,
            None if end => self.text.len(),
            None => self.text.len() - open_mark(&self.text, &marks),
        };
        let text: String = self.text.drain(..upto).collect();
        self.shown |= !text.trim().is_empty();
        shown.push_str(&text);
        let Some((_, mark)) = first else {
            return Ok(());
        };
        if mark == CALL {
            // The mark itself belongs to what is parsed.
            self.state = State::Call;
            return Ok(());
        }
        if mark == THOUGHT && self.shown {
            return Err(Leaked);
        }
        self.text.drain(..mark.len());
        self.state = if mark == THINK {
            State::Thought
        } else {
            State::AfterThought
        };
        Ok(())
    }
}

/// Whether more bytes can make a character of these, the end of a text that is not valid.
fn may_go_on(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// Length of the end of `text` that is the beginning of one of the marks.
fn open_mark(text: &str, marks: &[&str]) -> usize {
    let longest = |mark: &&str| {
        (1..mark.len())
            .rev()
            .find(|&length| text.ends_with(&mark[..length]))
    };
    marks.iter().filter_map(longest).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of `text`, cut into pieces of every size, and the calls.
    fn read(make: impl Fn() -> Reply, text: &[u8]) -> (String, Option<String>) {
        try_read(make, text).unwrap()
    }

    fn try_read(make: impl Fn() -> Reply, text: &[u8]) -> Result<(String, Option<String>), Leaked> {
        let mut results = Vec::new();
        for size in 1..=text.len().max(1) {
            let mut reply = make();
            let pieces = text.chunks(size).map(|piece| reply.push(piece));
            let pieces: Result<String, Leaked> = pieces.collect();
            results.push(pieces.and_then(|mut shown| {
                let (rest, calls) = reply.finish()?;
                shown.push_str(&rest);
                Ok((shown, calls))
            }));
        }
        results.dedup();
        assert_eq!(results.len(), 1, "the cut matters: {results:?}");
        results.remove(0)
    }

    fn free(calls: Calls) -> impl Fn() -> Reply {
        move || Reply::new(false, true, calls)
    }

    #[test]
    fn characters_come_whole() {
        let mut reply = Reply::new(false, true, Calls::Never);
        let shown: Vec<String> = "城𠮷a"
            .as_bytes()
            .iter()
            .map(|byte| reply.push(&[*byte]).unwrap())
            .collect();
        assert_eq!(shown, ["", "", "城", "", "", "", "𠮷", "a"]);
        assert_eq!(reply.finish(), Ok((String::new(), None)));
        let cases: [(&[u8], &str); 5] = [
            (b"a\xffb", "a\u{fffd}b"),
            (b"a\xe5\x9f", "a\u{fffd}"),
            (b"\xe5\x9fa", "\u{fffd}a"),
            (b"\xf0\x9f\x98\x80", "😀"),
            (b"\0\n", "\0\n"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(read(free(Calls::Never), bytes).0, expected);
        }
    }

    #[test]
    fn thoughts_are_not_shown() {
        let cases = [
            ("<think>\n想\n</think>\n\n答。", "答。"),
            ("甲<think>想</think>乙", "甲乙"),
            ("<think>想</think><think>再想</think>答", "答"),
            ("<think>没有完", ""),
            ("<think></think>", ""),
            ("\n</think>\n\n答案", "\n答案"),
            ("<think>想</think>\n</think>\n\n答案", "答案"),
            ("a < b, <thin air>", "a < b, <thin air>"),
            ("<<think>x</think>>", "<>"),
            ("结尾<thi", "结尾<thi"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                read(free(Calls::Never), text.as_bytes()).0,
                expected,
                "{text}"
            );
        }
        for leaked in ["想</think>答案", "<think>想</think>再想</think>答案"] {
            let read = try_read(free(Calls::Never), leaked.as_bytes());
            assert_eq!(read, Err(Leaked), "{leaked}");
        }
        let within = || Reply::new(true, false, Calls::Never);
        let text = "想 <think> </think>\n\n{\"a\": \"<think>\"}";
        assert_eq!(read(within, text.as_bytes()).0, "{\"a\": \"<think>\"}");
    }

    #[test]
    fn calls_are_held_back() {
        let call =
            "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"<think>\"}}\n</tool_call>";
        let text = format!("好的。{call}\n{call}");
        let expected = ("好的。".to_owned(), Some(format!("{call}\n{call}")));
        assert_eq!(read(free(Calls::Marked), text.as_bytes()), expected);
        let thought = format!("<think>要不要 <tool_call>？</think>\n\n{call}");
        assert_eq!(
            read(free(Calls::Marked), thought.as_bytes()),
            (String::new(), Some(call.to_owned()))
        );
        assert_eq!(
            read(|| Reply::new(false, false, Calls::Never), text.as_bytes()),
            (text.clone(), None)
        );
        let bare = " {\"name\": \"f\", \"parameters\": {}}";
        assert_eq!(
            read(free(Calls::Bare), bare.as_bytes()),
            (String::new(), Some(bare.to_owned()))
        );
        let words = " 用 {} 表示";
        assert_eq!(
            read(free(Calls::Bare), words.as_bytes()),
            (words.to_owned(), None)
        );
    }
}
