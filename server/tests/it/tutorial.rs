//! `docs/tutorial.md`, step by step: files are written, commands run, and what is shown must be printed.
//!
//! A line with a path in backticks and a colon gives the block below it to that file. Blocks of `sh` are run line by line
//! and must succeed, or end with what `<!-- exit N -->` above them says. A block of `text` must be in the output of the `sh`
//! block before it, line by line, blanks counted as one and `…` standing for anything. Other blocks are for people.

#![cfg(unix)]

use std::ffi::OsString;
use std::os::unix::fs::symlink;

use crate::sandbox::{Ran, Sandbox};

/// Programs that a reader has everywhere.
const PROGRAMS: &[&str] = &["chengzhi", "cp", "mkdir", "mv"];

/// A block between fences.
#[derive(Debug, PartialEq)]
struct Block {
    language: String,
    /// The last line above it that is not blank.
    above: String,
    /// Its lines, with their numbers in the file.
    lines: Vec<(usize, String)>,
}

#[test]
fn the_tutorial_does_what_it_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tutorial.md");
    let blocks = blocks(&std::fs::read_to_string(path).unwrap());
    let of = |language: &str| {
        let of = blocks.iter().filter(|block| block.language == language);
        of.count()
    };
    assert!(
        of("sh") > 10 && of("text") > 5 && of("toml") > 2,
        "the blocks of {path} were not found"
    );
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_chengzhi"), sandbox.path("bin/chengzhi")).unwrap();
    let mut printed = String::new();
    for block in &blocks {
        match block.language.as_str() {
            "sh" => printed = run(&sandbox, block),
            "text" => compare(block, &printed),
            _ => {
                if let Some(file) = file(&block.above) {
                    let lines = block.lines.iter().map(|(_, line)| format!("{line}\n"));
                    sandbox.write(file, lines.collect::<String>());
                }
            }
        }
    }
}

/// Runs the lines of a block; gives what they printed on both outputs.
fn run(sandbox: &Sandbox, block: &Block) -> String {
    let wanted = code(&block.above);
    let mut printed = String::new();
    for (place, (number, line)) in block.lines.iter().enumerate() {
        let program = line.split(' ').next().unwrap_or_default();
        assert!(
            PROGRAMS.contains(&program),
            "docs/tutorial.md:{number}: `{program}` is none of {PROGRAMS:?}"
        );
        let ran = shell(sandbox, line);
        let last = place + 1 == block.lines.len();
        let right = if last { wanted } else { 0 };
        assert_eq!(
            ran.code,
            Some(right),
            "docs/tutorial.md:{number}: exit code of `{line}`\n{}{}",
            ran.out,
            ran.err
        );
        printed += &ran.out;
        printed += &ran.err;
    }
    printed
}

fn shell(sandbox: &Sandbox, line: &str) -> Ran {
    let mut path = OsString::from(sandbox.path("bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = sandbox.wrapped("sh");
    command.env("PATH", path).args(["-ec", line]);
    command.output().unwrap().into()
}

#[track_caller]
fn compare(block: &Block, printed: &str) {
    for (number, line) in &block.lines {
        assert!(
            printed.lines().any(|it| fits(line, it)),
            "docs/tutorial.md:{number}: no line like\n{line}\nin\n{printed}"
        );
    }
}

/// Whether the parts of `pattern` between `…` stand in `line`, one after the other.
fn fits(pattern: &str, line: &str) -> bool {
    let line = plain(line);
    let mut rest = line.as_str();
    plain(pattern).split('…').all(|part| {
        let part = part.trim();
        let found = rest.find(part);
        if let Some(place) = found {
            rest = &rest[place + part.len()..];
        }
        found.is_some()
    })
}

/// One blank between words.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `a/b.toml` of a line `` `a/b.toml`: ``.
fn file(above: &str) -> Option<&str> {
    above.strip_prefix('`')?.strip_suffix("`:")
}

/// 1 of `<!-- exit 1 -->`, else 0.
fn code(above: &str) -> i32 {
    let code = above
        .strip_prefix("<!-- exit ")
        .and_then(|rest| rest.strip_suffix(" -->"));
    code.map_or(0, |code| code.parse().unwrap())
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut open, mut above) = (Vec::new(), None::<Block>, String::new());
    for (index, line) in text.lines().enumerate() {
        let fence = line.strip_prefix("```");
        open = match (open, fence) {
            (None, Some(language)) => Some(Block {
                language: language.to_owned(),
                above: std::mem::take(&mut above),
                lines: Vec::new(),
            }),
            (Some(block), Some(_)) => {
                blocks.push(block);
                None
            }
            (Some(mut block), None) => {
                block.lines.push((index + 1, line.to_owned()));
                Some(block)
            }
            (None, None) => {
                if !line.trim().is_empty() {
                    line.clone_into(&mut above);
                }
                None
            }
        };
    }
    assert_eq!(open, None, "a block is not closed");
    blocks
}

#[test]
fn blocks_are_read_as_they_are_written() {
    let text = "`a/b.toml`:\n\n```toml\nx = 1\n\n```\n\n<!-- exit 1 -->\n\n```sh\nchengzhi\n```\n\nFor people:\n```\n`\n```\n";
    let read = blocks(text);
    assert_eq!(file(&read[0].above), Some("a/b.toml"));
    assert_eq!(read[0].lines, [(4, "x = 1".to_owned()), (5, String::new())]);
    assert_eq!((code(&read[1].above), read[1].lines[0].0), (1, 11));
    assert_eq!((file(&read[2].above), code(&read[2].above)), (None, 0));
    let line = "  FAIL gate       citation         0.889, bound 0.439";
    for (pattern, right) in [
        ("FAIL gate citation 0.889, bound …", true),
        ("… citation … 0.439", true),
        ("… 0.439 … citation", false),
        ("ok gate", false),
    ] {
        assert_eq!(fits(pattern, line), right, "{pattern}");
    }
}
