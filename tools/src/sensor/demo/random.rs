//! Numbers that look random and are a function of a seed and a place: splitmix64, without a state.

/// From 0 up to 1.
pub(super) fn unit(seed: u64, place: i64) -> f64 {
    let bits = mix(mix(seed) ^ place.cast_unsigned());
    // 53 bits are what a float can tell apart.
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number for a text (FNV-1a).
pub(super) fn of_text(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(start, fold)
}

fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_and_repeatable() {
        // The first output of splitmix64 for seed 0, as published.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        let mut places = [0_u32; 10];
        for place in -5_000..5_000 {
            let number = unit(7, place);
            assert!((0.0..1.0).contains(&number));
            assert_eq!(number.to_bits(), unit(7, place).to_bits());
            places[(number * 10.0) as usize] += 1;
        }
        assert!(
            places.iter().all(|count| (850..1_150).contains(count)),
            "{places:?}"
        );
        assert_ne!(of_text("DS-0001"), of_text("DS-0010"));
    }
}
