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
    pub(super) fn start(title: String, total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template("{prefix} [{bar:32}] {pos}/{len} {wide_msg}")
                .expect("the template is well-formed");
            bar.set_style(style.progress_chars("━╸ "));
            bar.set_prefix(title.clone());
            bar
        });
        if bar.is_none() {
            note(format!("{title}: {total} files"));
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
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
            bar.set_message(progress.file.to_owned());
            return;
        }
        let tenths = progress.done * 10 / progress.total.max(1);
        // Short runs would tell nothing but their speed.
        if tenths > self.told && progress.total >= 500 {
            self.told = tenths;
            note(format!(
                "{}: {}/{}",
                self.title, progress.done, progress.total
            ));
        }
    }

    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
