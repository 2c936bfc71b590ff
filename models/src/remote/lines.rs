//! Reads server-sent events along, to stop a server that sends too much or what is no JSON before anybody parses or
//! logs it. It changes nothing and keeps one event.

/// What has been seen of a body.
#[derive(Debug)]
pub(super) struct Lines {
    /// Bytes that may still come.
    left: usize,
    line: Vec<u8>,
    /// `data` of the current event.
    data: Vec<u8>,
    /// Whether the last byte was a carriage return: a line feed after it belongs to it.
    returned: bool,
    done: bool,
}

/// Longest line, and longest event.
const LINE: usize = 256 * 1024;

impl Lines {
    /// For a body of at most `total` bytes.
    pub(super) fn new(total: usize) -> Self {
        Self {
            left: total,
            line: Vec::new(),
            data: Vec::new(),
            returned: false,
            done: false,
        }
    }

    /// Whether the server said `[DONE]`.
    pub(super) fn done(&self) -> bool {
        self.done
    }

    /// Takes the next bytes, or says what is wrong with them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or("an answer without end")?;
        for &byte in bytes {
            let after_return = std::mem::replace(&mut self.returned, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => self.end_line()?,
                _ if self.line.len() + self.data.len() >= LINE => {
                    return Err("a line without end");
                }
                _ => self.line.push(byte),
            }
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), &'static str> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.end_event();
        }
        if let Some(data) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data
                .extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        }
        Ok(())
    }

    fn end_event(&mut self) -> Result<(), &'static str> {
        let data = std::mem::take(&mut self.data);
        if data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            self.done = true;
            return Ok(());
        }
        let text = std::str::from_utf8(&data).map_err(|_| "text that is not UTF-8")?;
        serde_json::from_str::<serde::de::IgnoredAny>(text)
            .map(|_| ())
            .map_err(|_| "a piece that is no JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<bool, &'static str> {
        let mut whole = Lines::new(1 << 20);
        let mut single = Lines::new(1 << 20);
        let result = whole.push(text.as_bytes());
        let one = text
            .as_bytes()
            .iter()
            .try_for_each(|byte| single.push(&[*byte]));
        assert_eq!(result, one, "{text}");
        result.map(|()| whole.done())
    }

    #[test]
    fn events_are_read_in_any_pieces() {
        for (text, expected) in [
            ("data: {}\n\ndata: [DONE]\n\n", Ok(true)),
            ("data:{}\r\n\r\ndata: [DONE]\r\n\r\n", Ok(true)),
            ("data: {\ndata: }\n\n", Ok(false)),
            ("data: {\r\ndata: }\r\n\r\n", Ok(false)),
            (": ping\n\nevent: x\nid: 1\n\ndata:\n\n", Ok(false)),
            ("data: {\"a\":\n\n", Err("a piece that is no JSON")),
            ("data: hello\n\n", Err("a piece that is no JSON")),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(
            Lines::new(100).push(b"data: \"\xff\"\n\n"),
            Err("text that is not UTF-8")
        );
    }

    #[test]
    fn nothing_is_without_end() {
        let long = format!("data: \"{}\"\n\n", "长".repeat(LINE));
        assert_eq!(read(&long), Err("a line without end"));
        assert_eq!(
            read(&"data: 1\n".repeat(LINE / 2)),
            Err("a line without end")
        );
        let mut lines = Lines::new(100);
        let result = (0..50).try_for_each(|_| lines.push(b": ping\n\n"));
        assert_eq!(result, Err("an answer without end"));
    }
}
