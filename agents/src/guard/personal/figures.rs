//! Figures in groups, as people write long numbers: `138 0000 1234`, `6217-0075-…`, `138.0000.1234`.

/// Figures from some place on, in groups.
pub(super) struct Groups {
    /// The figures of all groups.
    pub(super) figures: Vec<u8>,
    /// Length and end of each group.
    pub(super) ends: Vec<(usize, usize)>,
}

/// More figures than any number of a person has.
const MOST: usize = 24;

impl Groups {
    pub(super) fn read(chars: &[char], at: usize) -> Self {
        let mut groups = Self {
            figures: Vec::new(),
            ends: Vec::new(),
        };
        let (mut from, mut dotted) = (at, None);
        loop {
            let length = run(chars, from);
            if length == 0 || groups.figures.len() + length > MOST {
                return groups;
            }
            let figures = chars[from..from + length].iter();
            groups.figures.extend(figures.filter_map(|next| {
                next.to_digit(10)
                    .and_then(|figure| u8::try_from(figure).ok())
            }));
            let end = from + length;
            groups.ends.push((length, end));
            let width = separator(chars, end);
            let dot = chars.get(end) == Some(&'.');
            // Points do not stand among hyphens: that is a decimal.
            if width == 0 || *dotted.get_or_insert(dot) != dot {
                return groups;
            }
            from = end + width;
        }
    }

    /// The end of the first groups that have these lengths.
    pub(super) fn shaped(&self, lengths: &[usize]) -> Option<usize> {
        let alike = self.ends.len() >= lengths.len()
            && self
                .ends
                .iter()
                .zip(lengths)
                .all(|((length, _), wanted)| length == wanted);
        alike.then(|| self.ends[lengths.len() - 1].1)
    }

    /// The end of the first groups that have `total` figures together, in at most `most` groups of two or more.
    pub(super) fn together(&self, total: usize, most: usize) -> Option<usize> {
        let mut sum = 0;
        for &(length, end) in self.ends.iter().take(most) {
            sum += length;
            if sum == total {
                return Some(end);
            }
            if length < 2 {
                return None;
            }
        }
        None
    }
}

/// Figures in a row from `at` on.
pub(super) fn run(chars: &[char], at: usize) -> usize {
    chars[at.min(chars.len())..]
        .iter()
        .take_while(|next| next.is_ascii_digit())
        .count()
}

/// Length of what separates groups at `at`: a point, or a blank or hyphen with blanks beside it; 0 if nothing does.
pub(super) fn separator(chars: &[char], at: usize) -> usize {
    let hyphen = |next: &char| {
        matches!(
            next,
            '-' | '·' | '\u{2010}' | '\u{2011}' | '–' | '—' | '\u{2212}'
        )
    };
    let blank = |at: usize| usize::from(chars.get(at) == Some(&' '));
    let width = if chars.get(at) == Some(&'.') {
        1
    } else {
        let first = blank(at);
        let middle = usize::from(chars.get(at + first).is_some_and(hyphen));
        first + middle + blank(at + first + middle)
    };
    let goes_on = chars.get(at + width).is_some_and(char::is_ascii_digit);
    if goes_on { width } else { 0 }
}

/// Words in Latin letters that may touch the number they announce.
const LABELS: [&str; 8] = ["tel", "phone", "mobile", "mob", "id", "card", "sj", "dh"];

/// Whether a number may begin here: it is no later part of something longer.
pub(super) fn may_begin(chars: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| chars[before]) else {
        return true;
    };
    if before.is_ascii_alphabetic() {
        let letters = chars[..at]
            .iter()
            .rev()
            .take_while(|next| next.is_ascii_alphabetic());
        let mut word: Vec<char> = letters.map(char::to_ascii_lowercase).collect();
        word.reverse();
        return LABELS.contains(&word.iter().collect::<String>().as_str());
    }
    // `12-` or `12.` in front makes the figures a part of something longer.
    let grouped = before == '-' && at >= 2 && chars[at - 2].is_ascii_alphanumeric();
    let decimal = before == '.' && (at < 2 || chars[at - 2].is_ascii_digit());
    !before.is_ascii_digit() && before != '_' && !grouped && !decimal
}

/// Whether a number may end here: no figure, letter or decimal goes on.
pub(super) fn may_end(chars: &[char], to: usize) -> bool {
    match chars.get(to) {
        Some(next) if next.is_ascii_alphanumeric() || *next == '_' => false,
        Some('.' | '-') => !chars.get(to + 1).is_some_and(char::is_ascii_alphanumeric),
        _ => true,
    }
}

/// The figures alone.
pub(super) fn digits(chars: &[char]) -> String {
    chars.iter().filter(|next| next.is_ascii_digit()).collect()
}
