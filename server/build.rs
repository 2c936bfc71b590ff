//! Builds the program again when a file that it embeds was added, changed or removed.

fn main() {
    for folder in [
        "../agents",
        "../corpora",
        "../seeds",
        "../config",
        "migrations",
        "web",
    ] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
