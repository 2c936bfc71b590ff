//! Walks over one large JSON object without holding it: its fields one at a time, and the elements of an array in it one
//! at a time. It knows where a value ends, not whether the value is sound; who parses it finds out. A value may be no
//! larger than the limit, so that no file fills the memory.

use std::io::{self, BufRead, ErrorKind};

/// Stands within an object or an array.
pub(super) struct Scan<R> {
    input: R,
    /// Most bytes of a value.
    limit: usize,
}

impl<R: BufRead> Scan<R> {
    /// Enters the object that the whole text is.
    pub(super) fn new(input: R, limit: usize) -> io::Result<Self> {
        let mut scan = Self { input, limit };
        scan.expect(b'{')?;
        Ok(scan)
    }

    /// The key of the next field of the object. None at the end.
    pub(super) fn key(&mut self) -> io::Result<Option<String>> {
        if self.peek()? == b',' {
            self.take()?;
        }
        match self.peek()? {
            b'}' => Ok(None),
            b'"' => {
                let mut key = Vec::new();
                self.text(Some(&mut key))?;
                self.expect(b':')?;
                serde_json::from_slice(&key)
                    .map(Some)
                    .map_err(io::Error::from)
            }
            other => Err(odd(other)),
        }
    }

    /// The next value.
    pub(super) fn value(&mut self) -> io::Result<Vec<u8>> {
        let mut value = Vec::new();
        self.walk(Some(&mut value))?;
        Ok(value)
    }

    /// Goes past the next value.
    pub(super) fn skip(&mut self) -> io::Result<()> {
        self.walk(None)
    }

    /// Enters the array that comes next. False where there is none, but null.
    pub(super) fn enter(&mut self) -> io::Result<bool> {
        if self.peek()? == b'n' {
            self.skip()?;
            return Ok(false);
        }
        self.expect(b'[')?;
        Ok(true)
    }

    /// The next element of the array. None at its end.
    pub(super) fn element(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.peek()? == b',' {
            self.take()?;
        }
        if self.peek()? == b']' {
            return Ok(None);
        }
        self.value().map(Some)
    }

    fn walk(&mut self, mut out: Option<&mut Vec<u8>>) -> io::Result<()> {
        self.peek()?;
        let mut depth = 0_usize;
        loop {
            let byte = self.look()?;
            match byte {
                b'"' => self.text(out.as_deref_mut())?,
                b'{' | b'[' => {
                    depth += 1;
                    self.push(out.as_deref_mut())?;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.push(out.as_deref_mut())?;
                }
                b',' | b'}' | b']' if depth == 0 => return Ok(()),
                _ => {
                    self.push(out.as_deref_mut())?;
                }
            }
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                return Ok(());
            }
        }
    }

    fn text(&mut self, mut out: Option<&mut Vec<u8>>) -> io::Result<()> {
        self.push(out.as_deref_mut())?;
        loop {
            let byte = self.push(out.as_deref_mut())?;
            match byte {
                b'"' => return Ok(()),
                b'\\' => {
                    self.push(out.as_deref_mut())?;
                }
                _ => {}
            }
        }
    }

    fn push(&mut self, out: Option<&mut Vec<u8>>) -> io::Result<u8> {
        let byte = self.take()?;
        if let Some(out) = out {
            if out.len() == self.limit {
                let message = format!("a value is larger than {} bytes", self.limit);
                return Err(io::Error::new(ErrorKind::InvalidData, message));
            }
            out.push(byte);
        }
        Ok(byte)
    }

    fn expect(&mut self, expected: u8) -> io::Result<()> {
        match self.peek()? {
            byte if byte == expected => self.take().map(|_| ()),
            other => Err(odd(other)),
        }
    }

    /// The next byte that is not space.
    fn peek(&mut self) -> io::Result<u8> {
        loop {
            let byte = self.look()?;
            if !byte.is_ascii_whitespace() {
                return Ok(byte);
            }
            self.take()?;
        }
    }

    fn look(&mut self) -> io::Result<u8> {
        let bytes = self.input.fill_buf()?;
        bytes
            .first()
            .copied()
            .ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }

    fn take(&mut self) -> io::Result<u8> {
        let byte = self.look()?;
        self.input.consume(1);
        Ok(byte)
    }
}

fn odd(byte: u8) -> io::Error {
    let shown = char::from(byte).escape_default();
    io::Error::new(
        ErrorKind::InvalidData,
        format!("`{shown}` stands where it may not"),
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::Scan;

    const TEXT: &str = r#" {"a" : 1 , "b":{"x":"}\"]"}, "列": [ 1,"a,]" ,[2,[3]],{} ] ,"c":null}"#;

    fn walk(text: &str) -> io::Result<Vec<String>> {
        let mut scan = Scan::new(text.as_bytes(), 100)?;
        let mut seen = Vec::new();
        let show = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
        while let Some(key) = scan.key()? {
            if key == "列" {
                scan.enter()?;
                while let Some(element) = scan.element()? {
                    seen.push(show(element));
                }
                return Ok(seen);
            }
            seen.push(format!("{key}={}", show(scan.value()?)));
        }
        Ok(seen)
    }

    #[test]
    fn fields_and_elements_come_one_at_a_time() {
        let expected = ["a=1", r#"b={"x":"}\"]"}"#, "1", r#""a,]""#, "[2,[3]]", "{}"];
        assert_eq!(walk(TEXT).unwrap(), expected);
        assert_eq!(walk("{}").unwrap(), [""; 0]);
    }

    #[test]
    fn fields_may_be_skipped() {
        let mut scan = Scan::new(TEXT.as_bytes(), 100).unwrap();
        let mut keys = Vec::new();
        while let Some(key) = scan.key().unwrap() {
            keys.push(key);
            scan.skip().unwrap();
        }
        assert_eq!(keys, ["a", "b", "列", "c"]);
    }

    #[test]
    fn a_text_that_is_cut_ends_in_an_error() {
        let end = TEXT.find(" ] ,").unwrap();
        for at in (0..end).filter(|at| TEXT.is_char_boundary(*at)) {
            assert!(walk(&TEXT[..at]).is_err(), "{at}");
        }
        for odd in ["[1]", "{1:2}", r#"{"a" 1}"#] {
            assert!(walk(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_value_has_a_limit() {
        let walk = |limit| {
            let mut scan = Scan::new(&br#"{"a":1,"b":"1234567890"}"#[..], limit)?;
            while scan.key()?.is_some() {
                scan.value()?;
            }
            io::Result::Ok(())
        };
        assert!(walk(12).is_ok());
        let error = walk(11).unwrap_err().to_string();
        assert_eq!(error, "a value is larger than 11 bytes");
    }
}
