//! Which characters of a sentence come from which characters of an evidence sentence.

/// Beyond this many pairs of characters the texts are no sentences, and nothing is aligned.
const PAIRS: usize = 6_000_000;

/// For every character of `left` its partner in `right`, in order, preferring unbroken runs. Single characters that
/// match by chance are not partners.
pub(super) fn align(left: &[char], right: &[char]) -> Vec<Option<usize>> {
    let mut partners = vec![None; left.len()];
    let width = right.len() + 1;
    if left.is_empty() || right.is_empty() || left.len() * right.len() > PAIRS {
        return partners;
    }
    // best: any alignment of the prefixes; run: one that ends with this very pair.
    let mut best = vec![0_u32; (left.len() + 1) * width];
    let mut run = vec![0_u32; (left.len() + 1) * width];
    for (row, character) in left.iter().enumerate() {
        for (column, other) in right.iter().enumerate() {
            let here = (row + 1) * width + column + 1;
            let before = row * width + column;
            if character == other {
                let longer = if run[before] > 0 { run[before] + 3 } else { 0 };
                run[here] = longer.max(best[before] + 1);
            }
            best[here] = best[here - 1].max(best[here - width]).max(run[here]);
        }
    }
    let (mut row, mut column, mut inside) = (left.len(), right.len(), false);
    while row > 0 && column > 0 {
        let here = row * width + column;
        let before = here - width - 1;
        let ends_here = run[here] > 0 && (inside || best[here] == run[here]);
        if ends_here {
            partners[row - 1] = Some(column - 1);
            inside = run[before] > 0 && run[here] == run[before] + 3;
            (row, column) = (row - 1, column - 1);
        } else if best[here] == best[here - width] {
            row -= 1;
        } else {
            column -= 1;
        }
    }
    for at in 0..partners.len() {
        let joined = |other: Option<usize>, step: isize| matches!((partners[at], other), (Some(own), Some(other)) if own.checked_add_signed(step) == Some(other));
        let before = at.checked_sub(1).and_then(|before| partners[before]);
        let after = partners.get(at + 1).copied().flatten();
        if partners[at].is_some() && !joined(before, -1) && !joined(after, 1) {
            partners[at] = None;
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use super::align;

    #[test]
    fn runs_are_preferred_and_chance_hits_dropped() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let partners = align(&chars("提出申请"), &chars("申报后提出申请，申请人"));
        assert_eq!(partners, [Some(3), Some(4), Some(5), Some(6)]);
        assert_eq!(align(&chars("天地"), &chars("天上人间地下")), [None, None]);
    }
}
