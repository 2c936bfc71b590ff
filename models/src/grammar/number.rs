//! Numbers that every reader of JSON holds exactly.
//!
//! JSON lets a number be as long as one likes, and a schema seldom says otherwise; a reader makes infinity of `1e999` or
//! refuses it. A model's numbers end before. So does its nesting: readers give up at about 128 brackets.

/// Most digits of a number: as many as 64 bits hold exactly, whole or with a point.
const DIGITS: u8 = 15;
/// Most digits of an exponent.
const EXPONENT: u8 = 2;

/// Most brackets open at once. Required values of a plan may still nest below.
const DEPTH: u32 = 100;

/// Reads JSON byte by byte and watches its numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    place: Place,
    whole: u8,
    fraction: u8,
    exponent: u8,
    long: bool,
    /// Brackets that are open.
    open: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Between,
    String,
    Escape,
    Whole,
    Fraction,
    Exponent,
}

impl Numbers {
    /// Reads on.
    pub(super) fn read(mut self, bytes: &[u8]) -> Self {
        self.long = false;
        for byte in bytes {
            self.step(*byte);
        }
        self
    }

    /// Whether a number was too long, or brackets too deep, in what was read last.
    pub(super) fn is_long(self) -> bool {
        self.long
    }

    /// Whether all brackets that were opened are closed: before that, no JSON text ends.
    pub(super) fn is_closed(self) -> bool {
        self.open == 0 && !matches!(self.place, Place::String | Place::Escape)
    }

    fn step(&mut self, byte: u8) {
        match (self.place, byte) {
            (Place::String | Place::Escape, _) => {}
            (_, b'{' | b'[') => {
                self.open += 1;
                self.long |= self.open > DEPTH;
            }
            (_, b'}' | b']') => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        self.place = match (self.place, byte) {
            (Place::String, b'\\') => Place::Escape,
            (Place::String, b'"') => Place::Between,
            (Place::String | Place::Escape, _) => Place::String,
            (_, b'"') => Place::String,
            (Place::Whole, b'.') => Place::Fraction,
            (Place::Whole | Place::Fraction, b'e' | b'E') => Place::Exponent,
            (Place::Exponent, b'+' | b'-') => Place::Exponent,
            (Place::Between, b'0'..=b'9') => {
                (self.whole, self.fraction, self.exponent) = (0, 0, 0);
                Place::Whole
            }
            (place, b'0'..=b'9') => place,
            _ => Place::Between,
        };
        let count = match self.place {
            Place::Whole => &mut self.whole,
            Place::Fraction => &mut self.fraction,
            Place::Exponent => &mut self.exponent,
            Place::Between | Place::String | Place::Escape => return,
        };
        if byte.is_ascii_digit() {
            *count = count.saturating_add(1);
        }
        let digits = self.whole.saturating_add(self.fraction);
        self.long |= digits > DIGITS || self.exponent > EXPONENT;
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn nesting_ends_before_readers_give_up() {
        let deep = |depth| Numbers::default().read(&b"[".repeat(depth)).is_long();
        assert!(!deep(100));
        assert!(deep(101));
    }
}
