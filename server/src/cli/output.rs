//! Standard output: JSON or text, with colours only on a terminal.

use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

/// Where data goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// Whether JSON was asked for.
    pub(super) json: bool,
    colour: bool,
    terminal: bool,
}

/// How a piece of text is shown on a terminal.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ink {
    /// Headings and numbers.
    Strong,
    /// What is read last.
    Faint,
    /// New text, success.
    Green,
    /// Old text, failure.
    Red,
    /// Warnings.
    Yellow,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let terminal = io::stdout().is_terminal();
        Self {
            json,
            colour: wanted && terminal,
            terminal,
        }
    }

    /// Whether somebody watches: then what may still change is shown as well.
    pub(super) fn live(self) -> bool {
        self.terminal && !self.json
    }

    /// One JSON document.
    pub(super) fn json(self, data: &impl Serialize) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(data)?;
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}")?;
        Ok(stdout.flush()?)
    }

    /// A part of a line, shown at once.
    pub(super) fn piece(self, text: &str) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        write!(stdout, "{}", plain(text))?;
        Ok(stdout.flush()?)
    }

    /// One line, or several.
    pub(super) fn line(self, text: impl AsRef<str>) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", visible(text.as_ref()))?;
        Ok(stdout.flush()?)
    }

    /// `text` in `ink`, where there are colours.
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let style = match ink {
            Ink::Strong => Style::new().bold(),
            Ink::Faint => Style::new().dimmed(),
            Ink::Green => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Ink::Red => Style::new().fg_color(Some(AnsiColor::Red.into())),
            Ink::Yellow => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
        };
        // Control characters of documents are taken out here already: behind the style they could not be told apart.
        format!("{style}{}{style:#}", plain(text))
    }
}

/// A line for standard error.
pub(super) fn note(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", plain(text.as_ref()));
}

/// Text of documents and questions must not steer the terminal: control characters go, but for our own styles.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\x1b') {
        shown.push_str(&plain(&rest[..start]));
        let tail = &rest[start + 1..];
        let style = tail
            .strip_prefix('[')
            .and_then(|tail| tail.find('m').map(|end| &tail[..end]));
        match style.filter(|style| {
            style
                .chars()
                .all(|character| character.is_ascii_digit() || character == ';')
        }) {
            Some(style) => {
                shown.push_str(&rest[start..start + style.len() + 3]);
                rest = &tail[style.len() + 2..];
            }
            None => rest = tail,
        }
    }
    shown + &plain(rest)
}

/// Without control and direction characters; line ends and tabs stay.
fn plain(text: &str) -> String {
    let steers = |character: char| {
        (character.is_control() && !"\n\t".contains(character))
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .filter(|&character| !steers(character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_do_not_steer_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\u{202e}c\r\n"), "a[2Jbc\n");
        assert_eq!(
            visible("\x1b[1m粗\x1b[0m \x1b[2J \x1b]0;x\x07"),
            "\x1b[1m粗\x1b[0m [2J ]0;x"
        );
        assert_eq!(visible("\x1b"), "");
    }
}
