//! Whether a model fits into the memory of this machine, asked before it is loaded.

use crate::local::shape::Shape;

/// Tokens whose keys and values are reckoned with when a file is opened: one conversation of some length.
const TOKENS: usize = 4096;

/// What loading and running needs in bytes, at least: the weights, packed once, one temporary tensor and a small cache.
pub(super) fn needed(weights: u64, largest: u64, shape: &Shape) -> u64 {
    let tokens = shape.context.min(TOKENS);
    let cache = (shape.cache_bytes_per_token(2) as u64).saturating_mul(tokens as u64);
    weights.saturating_add(largest).saturating_add(cache)
}

/// Refuses what does not fit. Without a known amount of memory nothing is refused.
pub(super) fn fit(needed: u64, available: Option<u64>) -> Result<(), String> {
    match available {
        Some(available) if needed > available => Err(format!(
            "the model needs about {} of memory, {} are available; take a smaller model or a stronger quantisation, or free memory",
            gigabytes(needed),
            gigabytes(available)
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
        assert_eq!(fit(10, None), Ok(()));
        assert_eq!(fit(10, Some(10)), Ok(()));
        let reason = fit(3_000_000_000, Some(1_500_000_000)).unwrap_err();
        assert!(reason.contains("3.0 GB") && reason.contains("1.5 GB"));
    }
}
