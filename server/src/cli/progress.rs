//! Progress of a long command: a bar on a terminal, a few plain lines elsewhere.

use std::io::IsTerminal;

use corpora::ingest::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use super::output::note;

/// A bar, or what stands for it where there is no terminal.
pub(super) struct Bar {
    title: String,
    bar: Option<ProgressBar>,
    /// Tenths that were told.
    told: usize,
}

impl Bar {
    /// Of files.
    pub(super) fn start(title: String, total: usize) -> Self {
        Self::of(title, total, "files")
    }

    /// Of whatever `unit` names.
    pub(super) fn of(title: String, total: usize, unit: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template("{prefix} [{bar:32}] {pos}/{len} {wide_msg}")
                .expect("the template is well-formed");
            bar.set_style(style.progress_chars("━╸ "));
            bar.set_prefix(title.clone());
            bar
        });
        if bar.is_none() {
            note(format!("{title}: {total} {unit}"));
        }
        Self {
            title,
            bar,
            told: 0,
        }
    }

    /// Before each file.
    pub(super) fn step(&mut self, progress: &Progress<'_>) {
        if let Some(bar) = &self.bar {
            bar.set_message(progress.file.to_owned());
        }
        self.at(progress.done, progress.total);
    }

    /// Where `done` of `total` are done.
    pub(super) fn at(&mut self, done: usize, total: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            return;
        }
        let tenths = done * 10 / total.max(1);
        // Short runs would tell nothing but their speed.
        if tenths > self.told && total >= 500 {
            self.told = tenths;
            note(format!("{}: {done}/{total}", self.title));
        }
    }

    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
