//! E-mail addresses, with blanks around the `@` and the full stops of a Chinese keyboard.

use super::{Kind, Matched};

/// The address around the `@` at `at`, not before `floor`.
pub(super) fn around(chars: &[char], at: usize, floor: usize) -> Option<Matched> {
    let local =
        |next: &char| next.is_ascii_alphanumeric() || matches!(next, '.' | '_' | '%' | '+' | '-');
    let blank_before = usize::from(at > floor && chars[at - 1] == ' ');
    let to = at - blank_before;
    let from = to
        - chars[floor..to]
            .iter()
            .rev()
            .take_while(|next| local(next))
            .count();
    let begin = at + 1 + usize::from(chars.get(at + 1) == Some(&' '));
    let mut host: Vec<char> = Vec::new();
    while let Some(next) = chars.get(begin + host.len()) {
        let following = chars.get(begin + host.len() + 1);
        match next {
            '。' | '．' if following.is_some_and(char::is_ascii_alphanumeric) => host.push('.'),
            '.' | '-' => host.push(*next),
            next if next.is_ascii_alphanumeric() => host.push(*next),
            _ => break,
        }
    }
    let host: String = host.iter().collect();
    let host = host.trim_end_matches(['.', '-']);
    let (_, top) = host.rsplit_once('.')?;
    let real = from < to && top.len() >= 2 && top.chars().all(|next| next.is_ascii_alphabetic());
    real.then(|| Matched {
        from,
        to: begin + host.len(),
        kind: Kind::Mail,
    })
}
