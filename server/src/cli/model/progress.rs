//! Progress of gigabytes: a bar on a terminal, tenths elsewhere, with JSON only what must be known.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use models::hub::{Step, megabytes};

use crate::cli::output::{Output, note};

/// Tells what happens to files.
pub(super) struct Telling {
    quiet: bool,
    bar: Option<ProgressBar>,
    path: String,
    /// Tenths of the file that were told.
    told: u64,
}

impl Telling {
    pub(super) fn new(output: Output) -> Self {
        let bar = (!output.json && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template(
                "{prefix} [{bar:32}] {decimal_bytes}/{decimal_total_bytes} {wide_msg} {decimal_bytes_per_sec} {eta}",
            )
            .expect("the template is well-formed");
            bar.set_style(style.progress_chars("━╸ "));
            bar
        });
        Self {
            quiet: output.json,
            bar,
            path: String::new(),
            told: 0,
        }
    }

    pub(super) fn step(&mut self, step: Step<'_>) {
        match step {
            // Whoever is connected to is said in any case.
            Step::Connect { host } => self.say(&format!("connecting to {host}")),
            Step::Again { reason, pause } => self.say(&format!(
                "{}: {reason}; next try in {:.1} s",
                self.path,
                pause.as_secs_f64()
            )),
            Step::File { path } => {
                path.clone_into(&mut self.path);
                self.told = 0;
                if let Some(bar) = &self.bar {
                    bar.reset();
                    bar.set_prefix(path.to_owned());
                }
            }
            Step::Bytes { done, total } => self.bytes(done, total),
        }
    }

    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    fn bytes(&mut self, done: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            bar.set_length(total.unwrap_or(done));
            bar.set_position(done);
            return;
        }
        let tenths = total.map_or(0, |total| done * 10 / total.max(1));
        if tenths > self.told && !self.quiet {
            self.told = tenths;
            note(format!(
                "{}: {} of {}",
                self.path,
                megabytes(done),
                megabytes(total.unwrap_or(done))
            ));
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }
}
