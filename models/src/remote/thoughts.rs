//! Takes thoughts out of a text that arrives in pieces. A server that knows its model sends them in a field of their
//! own; this is for those that do not.

use crate::mark::{THINK, THOUGHT};

/// What has been read of a text.
#[derive(Debug)]
pub(super) struct Thoughts {
    /// What may still turn out to be thought, or the beginning of a tag.
    held: String,
    place: Place,
    /// Whether thoughts have just ended: the space after them is theirs.
    trim: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The template may have opened a thought before the text began, so all of it may be one.
    Maybe,
    Inside,
    Outside,
}

/// A thought was given out as text before its end showed that it was one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leaked;

impl Thoughts {
    /// For a model that was asked to think, or not to.
    pub(super) fn new(thinking: bool) -> Self {
        Self {
            held: String::new(),
            place: if thinking {
                Place::Maybe
            } else {
                Place::Outside
            },
            trim: true,
        }
    }

    /// The server sends thoughts apart: the text is none.
    pub(super) fn apart(&mut self) {
        if self.place == Place::Maybe {
            self.place = Place::Outside;
        }
    }

    /// Takes a piece of text, and gives what may be given out.
    pub(super) fn push(&mut self, text: &str) -> Result<String, Leaked> {
        self.held.push_str(text);
        let mut out = String::new();
        loop {
            let open = self.held.find(THINK);
            let close = self.held.find(THOUGHT);
            match (self.place, open, close) {
                (Place::Outside, Some(open), close) if close.is_none_or(|close| open < close) => {
                    let before: String = self.held.drain(..open + THINK.len()).collect();
                    self.give(&mut out, &before[..open]);
                    self.place = Place::Inside;
                }
                (Place::Outside, _, Some(_)) => return Err(Leaked),
                (Place::Outside, _, None) => {
                    let end = self.held.len() - tag_begun(&self.held);
                    let text: String = self.held.drain(..end).collect();
                    self.give(&mut out, &text);
                    return Ok(out);
                }
                (Place::Maybe | Place::Inside, _, Some(close)) => {
                    self.held.drain(..close + THOUGHT.len());
                    self.place = Place::Outside;
                    self.trim = true;
                }
                (Place::Maybe, Some(_), None) => self.place = Place::Inside,
                (Place::Maybe, None, None) => return Ok(out),
                (Place::Inside, _, None) => {
                    let end = self.held.len() - tag_begun(&self.held);
                    self.held.drain(..end);
                    return Ok(out);
                }
            }
        }
    }

    /// What is left when the text is at its end.
    pub(super) fn end(mut self) -> String {
        let mut out = String::new();
        let held = std::mem::take(&mut self.held);
        if self.place != Place::Inside {
            self.give(&mut out, &held);
        }
        out
    }

    fn give(&mut self, out: &mut String, text: &str) {
        let text = if self.trim { text.trim_start() } else { text };
        self.trim &= text.is_empty();
        out.push_str(text);
    }
}

/// Bytes at the end of `text` that may be the beginning of a tag.
fn tag_begun(text: &str) -> usize {
    (1..THOUGHT.len())
        .rev()
        .find(|&length| {
            let begun = text
                .len()
                .checked_sub(length)
                .map(|start| text.as_bytes().split_at(start).1);
            begun.is_some_and(|end| {
                THINK.as_bytes().starts_with(end) || THOUGHT.as_bytes().starts_with(end)
            })
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(thinking: bool, pieces: &[&str]) -> Result<String, Leaked> {
        let mut thoughts = Thoughts::new(thinking);
        let mut out = String::new();
        for piece in pieces {
            out.push_str(&thoughts.push(piece)?);
        }
        Ok(out + &thoughts.end())
    }

    #[test]
    fn thoughts_do_not_come_out_however_they_are_cut() {
        for (thinking, text, expected) in [
            (false, "答案。[1]", Ok("答案。[1]")),
            (false, "<think>想\n</think>\n\n答案", Ok("答案")),
            (false, "\n答案", Ok("答案")),
            (false, "甲<think>想</think>乙", Ok("甲乙")),
            (false, "a < b <thin", Ok("a < b <thin")),
            (false, "<think>想", Ok("")),
            (false, "想</think>答案", Err(Leaked)),
            (true, "想</think>答案", Ok("答案")),
            (true, "<think>想</think>答案", Ok("答案")),
            (true, "答案", Ok("答案")),
            (true, "<think>想", Ok("")),
            (true, "想</think>答</think>案", Err(Leaked)),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(read(thinking, &[text]), expected, "{text}");
            let pieces: Vec<String> = text.chars().map(String::from).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(read(thinking, &pieces), expected, "{text} in characters");
        }
    }

    #[test]
    fn text_beside_thoughts_apart_comes_at_once() {
        let mut thoughts = Thoughts::new(true);
        assert_eq!(thoughts.push("答").unwrap(), "");
        thoughts.apart();
        assert_eq!(thoughts.push("案").unwrap(), "答案");
    }
}
