//! Tokens to text while they come. A token may hold a part of a character; what is passed on are whole ones.

use super::Tokenizer;

/// Text of one answer.
#[derive(Debug, Default)]
pub(crate) struct DecodeStream {
    /// Bytes that do not make a character yet, three at most.
    rest: Vec<u8>,
}

impl DecodeStream {
    /// The text that this token completes. Control tokens have none.
    pub(crate) fn push(&mut self, tokenizer: &Tokenizer, token: u32) -> String {
        if !tokenizer.is_control(token) {
            self.rest.extend_from_slice(tokenizer.bytes(token));
        }
        self.take(false)
    }

    /// What is left at the end; a character that was never completed is a replacement character.
    pub(crate) fn finish(&mut self) -> String {
        self.take(true)
    }

    /// All whole characters. Bytes that can never become one are replaced, as in every lossy decoding.
    fn take(&mut self, end: bool) -> String {
        let mut text = String::new();
        let mut bytes = self.rest.as_slice();
        loop {
            match std::str::from_utf8(bytes) {
                Ok(valid) => {
                    text.push_str(valid);
                    bytes = &[];
                    break;
                }
                Err(error) => {
                    let (valid, after) = bytes.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    match error.error_len() {
                        Some(length) => {
                            text.push(char::REPLACEMENT_CHARACTER);
                            bytes = &after[length..];
                        }
                        None if end => {
                            text.push(char::REPLACEMENT_CHARACTER);
                            bytes = &[];
                            break;
                        }
                        None => {
                            bytes = after;
                            break;
                        }
                    }
                }
            }
        }
        self.rest = bytes.to_vec();
        text
    }
}
