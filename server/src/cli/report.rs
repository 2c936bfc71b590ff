//! Errors for people: what happened, what caused it, what to do next.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use super::Usage;

/// Prints `error` to standard error and returns the exit code.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
    }) {
        // Whoever read the output has seen enough, as in `chengzhi search … | head -1`.
        return ExitCode::SUCCESS;
    }
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text(error).as_bytes());
    if error.is::<Usage>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// Messages first, in the order of causes; then all hints, each on its own line.
fn text(error: &anyhow::Error) -> String {
    let (mut lines, mut hints) = (Vec::<String>::new(), Vec::<String>::new());
    for (depth, cause) in error.chain().enumerate() {
        let message = cause.to_string();
        let own: Vec<&str> = message
            .lines()
            .filter(|line| !line.starts_with("hint: "))
            .collect();
        hints.extend(
            message
                .lines()
                .filter(|line| line.starts_with("hint: "))
                .map(str::to_owned),
        );
        // An outer message that ends with its cause has said it already.
        if lines
            .iter()
            .any(|line| line.ends_with(own.join("\n").as_str()))
        {
            continue;
        }
        let head = if depth == 0 { "error: " } else { "  because: " };
        lines.push(format!("{head}{}", own.join("\n")));
    }
    hints.dedup();
    lines.append(&mut hints);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn hints_come_last() {
        let error = anyhow!("disk full")
            .context("cannot write `x`\nhint: free some space")
            .context("nothing was stored");
        insta::assert_snapshot!(text(&error), @r"
        error: nothing was stored
          because: cannot write `x`
          because: disk full
        hint: free some space
        ");
    }
}
