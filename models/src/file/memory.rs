//! Whether a model fits into the memory of this machine, asked before it is loaded.
//!
//! What is free is read from the kernel, on Linux alone; elsewhere nothing is refused. A cache is promised long before
//! it is filled, and until then the kernel counts it as free, so promises are counted here.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::local::shape::Shape;

/// Tokens whose keys and values any use of a model keeps: one conversation of some length.
const TOKENS: usize = 4096;

/// Bytes of the caches of this process.
static PROMISED: AtomicU64 = AtomicU64::new(0);

/// Memory of a cache, which is taken as it fills. As long as this is held, no other model is opened in it. What is
/// filled already counts twice then, so that what is opened later is refused rather than too much.
#[derive(Debug)]
pub(crate) struct Promise {
    promised: &'static AtomicU64,
    bytes: u64,
}

impl Promise {
    /// So many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self::within(&PROMISED, bytes)
    }

    fn within(promised: &'static AtomicU64, bytes: u64) -> Self {
        promised.fetch_add(bytes, Ordering::AcqRel);
        Self { promised, bytes }
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.promised.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// The smallest cache that is worth opening a model with, in bytes.
pub(super) fn smallest_cache(shape: &Shape) -> u64 {
    let tokens = shape.context.min(TOKENS);
    (shape.cache_bytes_per_token(2) as u64).saturating_mul(tokens as u64)
}

/// Refuses what does not fit. Without a known amount of memory nothing is refused.
pub(super) fn fit(weights: u64, cache: u64, available: Option<u64>) -> Result<(), String> {
    let needed = weights.saturating_add(cache);
    match available {
        Some(available) if needed > available => Err(format!(
            "the model needs about {} of memory, {} of them for keys and values, and {} are available; {}",
            gigabytes(needed),
            gigabytes(cache),
            gigabytes(available),
            if weights > available {
                "take a smaller model or a stronger quantisation, or free memory"
            } else {
                "lower `context` or `local.cache_tokens` in its `model.toml`, or free memory"
            }
        )),
        _ => Ok(()),
    }
}

/// Memory that this process may still take, but for what it has promised.
pub(super) fn available() -> Option<u64> {
    left(free(Path::new("/")), &PROMISED)
}

fn left(free: Option<u64>, promised: &AtomicU64) -> Option<u64> {
    Some(free?.saturating_sub(promised.load(Ordering::Acquire)))
}

/// What the machine and the control groups of this process have left. `root` is that of the file system.
fn free(root: &Path) -> Option<u64> {
    let machine = std::fs::read_to_string(root.join("proc/meminfo"));
    let machine = machine
        .ok()
        .and_then(|text| number(&text, "MemAvailable:")?.checked_mul(1024));
    let groups = std::fs::read_to_string(root.join("proc/self/cgroup"));
    let groups = groups.unwrap_or_default();
    let groups = groups
        .lines()
        .filter_map(|line| group(&root.join("sys/fs/cgroup"), line));
    machine.into_iter().chain(groups).min()
}

/// Names of files of a control group.
struct Names {
    most: &'static str,
    used: &'static str,
    /// In `memory.stat`: files that were read once. They are counted as used and given up first.
    inactive: &'static str,
}

const FIRST: Names = Names {
    most: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    inactive: "total_inactive_file ",
};
const SECOND: Names = Names {
    most: "memory.max",
    used: "memory.current",
    inactive: "inactive_file ",
};

/// What the group in a line of `/proc/self/cgroup` and all those around it have left, if any has a bound.
fn group(mount: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let (mut folder, names) = match controllers {
        "" => (mount.to_owned(), SECOND),
        _ if controllers.split(',').any(|name| name == "memory") => (mount.join("memory"), FIRST),
        _ => return None,
    };
    let mut least = left_in(&folder, &names);
    // A container may see the path of its host; then only the group at its root is there.
    for part in path.split('/').filter(|part| !part.is_empty()) {
        folder.push(part);
        least = least.into_iter().chain(left_in(&folder, &names)).min();
    }
    least
}

fn left_in(folder: &Path, names: &Names) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    // `max` is no number: there is no bound.
    let most: u64 = read(names.most)?.trim().parse().ok()?;
    let used: u64 = read(names.used)?.trim().parse().ok()?;
    let inactive = read("memory.stat").and_then(|text| number(&text, names.inactive));
    Some(most.saturating_sub(used.saturating_sub(inactive.unwrap_or(0))))
}

/// The number behind `key` at the beginning of a line.
fn number(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is free on a machine with these files.
    fn free_with(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        free(root.path())
    }

    const MACHINE: (&str, &str) = (
        "proc/meminfo",
        "MemTotal: 90 kB\nMemAvailable:    8 kB\nBuffers: 1 kB\n",
    );

    #[test]
    fn available_memory_is_read_from_the_kernels_text() {
        assert_eq!(free_with(&[MACHINE]), Some(8192));
        for text in ["MemTotal: 100 kB\n", "MemAvailable: lots kB\n"] {
            assert_eq!(free_with(&[("proc/meminfo", text)]), None);
        }
        assert_eq!(free_with(&[]), None);
    }

    #[test]
    fn files_that_a_group_has_read_are_not_in_the_way() {
        let with = |stat| {
            free_with(&[
                MACHINE,
                ("proc/self/cgroup", "0::/\n"),
                ("sys/fs/cgroup/memory.max", "5000\n"),
                ("sys/fs/cgroup/memory.current", "4900\n"),
                ("sys/fs/cgroup/memory.stat", stat),
            ])
        };
        assert_eq!(with("anon 900\ninactive_file 4000\n"), Some(4100));
        assert_eq!(with("anon 900\n"), Some(100));
    }

    #[test]
    fn every_group_on_the_way_up_has_a_say() {
        let with = |line, slice, service| {
            free_with(&[
                MACHINE,
                ("proc/self/cgroup", line),
                ("sys/fs/cgroup/a.slice/memory.max", slice),
                ("sys/fs/cgroup/a.slice/memory.current", "1000\n"),
                ("sys/fs/cgroup/a.slice/b.service/memory.max", service),
                ("sys/fs/cgroup/a.slice/b.service/memory.current", "500\n"),
            ])
        };
        let line = "0::/a.slice/b.service\n";
        assert_eq!(with(line, "max\n", "2000\n"), Some(1500));
        assert_eq!(with(line, "1200\n", "2000\n"), Some(200));
        assert_eq!(with(line, "900\n", "2000\n"), Some(0));
        assert_eq!(with(line, "max\n", "max\n"), Some(8192));
        let unseen = "0::/system.slice/docker-1.scope\n";
        assert_eq!(with(unseen, "10\n", "10\n"), Some(8192));
    }

    #[test]
    fn groups_of_the_first_version_are_read_as_well() {
        let files = [
            MACHINE,
            (
                "proc/self/cgroup",
                "9:name=systemd:/\n4:cpu,memory:/docker/1\n0::/\n",
            ),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "2000\n"),
            (
                "sys/fs/cgroup/memory/memory.stat",
                "inactive_file 1\ntotal_inactive_file 600\n",
            ),
        ];
        assert_eq!(free_with(&files), Some(1600));
    }

    #[test]
    fn a_promised_cache_is_not_free_for_the_next_model() {
        static OWN: AtomicU64 = AtomicU64::new(0);
        let small = Promise::within(&OWN, 600);
        let large = Promise::within(&OWN, 300);
        assert_eq!(left(Some(1000), &OWN), Some(100));
        drop(small);
        assert_eq!(left(Some(1000), &OWN), Some(700));
        assert_eq!(left(Some(200), &OWN), Some(0));
        assert_eq!(left(None, &OWN), None);
        drop(large);
        assert_eq!(left(Some(1000), &OWN), Some(1000));
    }

    #[test]
    fn a_model_that_does_not_fit_is_refused_with_both_numbers() {
        assert_eq!(fit(6, 4, None), Ok(()));
        assert_eq!(fit(6, 4, Some(10)), Ok(()));
        let available = Some(1_500_000_000);
        for (weights, cache, words) in [
            (2_000_000_000, 1_000_000_000, "a smaller model"),
            (1_000_000_000, 2_000_000_000, "local.cache_tokens"),
        ] {
            let reason = fit(weights, cache, available).unwrap_err();
            for word in ["3.0 GB", "1.5 GB", words] {
                assert!(reason.contains(word), "{reason}");
            }
        }
    }
}
