//! Whether a model fits into the memory of this machine, asked before it is loaded.

use crate::local::shape::Shape;

/// Tokens whose keys and values any use of a model keeps: one conversation of some length.
const TOKENS: usize = 4096;

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

/// Memory that this process may still take: of the machine and of the control group it runs in.
pub(super) fn available() -> Option<u64> {
    let machine = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| meminfo(&text));
    let read = |name: &str| {
        let text = std::fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let group = read("memory.max")
        .zip(read("memory.current"))
        .map(|(most, current)| most.saturating_sub(current));
    match (machine, group) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (machine, group) => machine.or(group),
    }
}

fn meminfo(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_read_from_the_kernels_text() {
        let text = "MemTotal:  100 kB\nMemAvailable:    2048 kB\nBuffers: 1 kB\n";
        assert_eq!(meminfo(text), Some(2048 * 1024));
        assert_eq!(meminfo("MemTotal: 100 kB\n"), None);
        assert_eq!(meminfo("MemAvailable: lots kB\n"), None);
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
