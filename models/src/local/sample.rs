//! Which token comes next, from the logits. Pure: same logits, same [`Sampling`], same seed, same token.
//!
//! In this order: mask of the grammar, repetition penalty, temperature, `top_k`, `top_p`, `min_p`, one draw. Tokens of equal
//! logits are ordered by their number, the lower first. What was drawn before, and for whom else, has no influence but
//! through the place in the sequence of random numbers, which has one draw for each token.

use rand::RngCore;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::cmp::Ordering;

use crate::chat::Sampling;

/// How many of the latest tokens of the answer are penalised.
const RECENT: usize = 64;

/// Candidates that are looked at first where only the likeliest few are wanted.
const FEW: usize = 256;

/// Chooses the tokens of one answer.
pub(crate) struct Sampler {
    sampling: Sampling,
    random: ChaCha8Rng,
}

#[derive(Clone, Copy)]
struct Candidate {
    token: u32,
    /// The logit, later the probability up to a common factor.
    weight: f32,
}

impl Sampler {
    /// For one answer.
    pub(crate) fn new(sampling: Sampling, seed: u64) -> Self {
        Self {
            sampling,
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// What is wrong with these settings.
    pub(crate) fn check(sampling: &Sampling) -> Result<(), String> {
        let Sampling {
            temperature,
            top_p,
            top_k: _,
            min_p,
            repetition_penalty,
        } = *sampling;
        let rules = [
            (
                temperature >= 0.0 && temperature.is_finite(),
                "`temperature` must be 0 or more",
            ),
            (
                top_p > 0.0 && top_p <= 1.0,
                "`top_p` must be above 0 and at most 1",
            ),
            (
                (0.0..=1.0).contains(&min_p),
                "`min_p` must be between 0 and 1",
            ),
            (
                repetition_penalty > 0.0 && repetition_penalty.is_finite(),
                "`repetition_penalty` must be above 0",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err((*rule).to_owned()),
            None => Ok(()),
        }
    }

    /// The likeliest token of all, if the likeliest is what is chosen: of those that are allowed it is the likeliest too, if it
    /// is one of them. It draws nothing, so it may be followed by [`Sampler::sample`].
    ///
    /// # Errors
    /// When the logits are no numbers.
    pub(crate) fn likeliest(&self, logits: &[f32], answer: &[u32]) -> Result<Option<u32>, String> {
        numbers(logits)?;
        if self.sampling.temperature > 0.0 {
            return Ok(None);
        }
        let candidates = self.candidates(logits, None, answer);
        Ok(candidates.reduce(likelier).map(|best| best.token))
    }

    /// The next token. `allowed` has a bit for each token; `answer` is what was said so far.
    ///
    /// # Errors
    /// When the logits are no numbers, or nothing is allowed.
    pub(crate) fn sample(
        &mut self,
        logits: &[f32],
        allowed: Option<&[u32]>,
        answer: &[u32],
    ) -> Result<u32, String> {
        numbers(logits)?;
        let draw = (self.random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let candidates = self.candidates(logits, allowed, answer);
        if self.sampling.temperature == 0.0 {
            let best = candidates.reduce(likelier);
            return best.map(|best| best.token).ok_or_else(nothing);
        }
        let kept = self.keep(candidates.collect());
        let total: f64 = kept.iter().map(|kept| f64::from(kept.weight)).sum();
        let mut left = draw * total;
        for kept in &kept {
            left -= f64::from(kept.weight);
            if left < 0.0 {
                return Ok(kept.token);
            }
        }
        // Rounding has left a trace of `left`; the last that can be drawn at all is meant.
        let last = kept.iter().rev().find(|kept| kept.weight > 0.0);
        last.map(|kept| kept.token).ok_or_else(nothing)
    }

    fn candidates<'a>(
        &'a self,
        logits: &'a [f32],
        allowed: Option<&'a [u32]>,
        answer: &[u32],
    ) -> impl Iterator<Item = Candidate> + 'a {
        let recent = self.recent(answer);
        let may = move |&(token, logit): &(usize, &f32)| {
            *logit > f32::NEG_INFINITY && is_allowed(allowed, token)
        };
        let candidate = move |(token, &logit)| self.candidate(token as u32, logit, &recent);
        logits.iter().enumerate().filter(may).map(candidate)
    }

    /// The tokens that are penalised, in order.
    fn recent(&self, answer: &[u32]) -> Vec<u32> {
        if self.sampling.repetition_penalty == 1.0 {
            return Vec::new();
        }
        let mut recent = answer[answer.len().saturating_sub(RECENT)..].to_vec();
        recent.sort_unstable();
        recent
    }

    fn candidate(&self, token: u32, logit: f32, recent: &[u32]) -> Candidate {
        let penalty = self.sampling.repetition_penalty;
        let weight = match recent.binary_search(&token) {
            Ok(_) if logit > 0.0 => logit / penalty,
            Ok(_) => logit * penalty,
            Err(_) => logit,
        };
        Candidate { token, weight }
    }

    /// What may be drawn, with its probabilities up to a common factor.
    fn keep(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let Sampling {
            temperature,
            top_p,
            top_k,
            min_p,
            repetition_penalty: _,
        } = self.sampling;
        let most = candidates
            .iter()
            .fold(f32::NEG_INFINITY, |most, next| most.max(next.weight));
        if top_k > 0 {
            likeliest(&mut candidates, top_k as usize);
        }
        for candidate in &mut candidates {
            candidate.weight = ((candidate.weight - most) / temperature).exp();
        }
        if top_p < 1.0 {
            nucleus(&mut candidates, top_p);
        }
        // The likeliest has the weight 1.
        candidates.retain(|candidate| candidate.weight >= min_p);
        candidates
    }
}

fn numbers(logits: &[f32]) -> Result<(), String> {
    let is_number = |logit: &f32| !logit.is_nan() && *logit != f32::INFINITY;
    if logits.iter().all(is_number) {
        Ok(())
    } else {
        Err("its logits are not numbers".into())
    }
}

fn likelier(best: Candidate, next: Candidate) -> Candidate {
    if next.weight > best.weight {
        next
    } else {
        best
    }
}

fn is_allowed(allowed: Option<&[u32]>, token: usize) -> bool {
    let bit = |words: &[u32]| {
        words
            .get(token / 32)
            .is_some_and(|word| word >> (token % 32) & 1 == 1)
    };
    allowed.is_none_or(bit)
}

fn nothing() -> String {
    "no token is possible".into()
}

/// The likelier first; among equals the lower number.
fn order(left: &Candidate, right: &Candidate) -> Ordering {
    right
        .weight
        .total_cmp(&left.weight)
        .then(left.token.cmp(&right.token))
}

/// Leaves the `count` likeliest, in order.
fn likeliest(candidates: &mut Vec<Candidate>, count: usize) {
    if count < candidates.len() {
        candidates.select_nth_unstable_by(count - 1, order);
        candidates.truncate(count);
    }
    candidates.sort_unstable_by(order);
}

/// Leaves the likeliest that together reach the share `top_p`, in order. Nearly always they are few, so not all are sorted.
fn nucleus(candidates: &mut Vec<Candidate>, top_p: f32) {
    let total: f64 = candidates
        .iter()
        .map(|candidate| f64::from(candidate.weight))
        .sum();
    let wanted = f64::from(top_p) * total;
    let mut count = FEW;
    loop {
        let mut head = candidates.clone();
        likeliest(&mut head, count);
        let mut sum = 0.0;
        let reached = head.iter().position(|candidate| {
            sum += f64::from(candidate.weight);
            sum >= wanted
        });
        if let Some(index) = reached {
            head.truncate(index + 1);
            *candidates = head;
            return;
        }
        if count >= candidates.len() {
            *candidates = head;
            return;
        }
        count *= 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Sampling);

    fn sampling(change: impl Fn(&mut Sampling)) -> Sampling {
        let mut sampling = Sampling {
            temperature: 1.0,
            ..Sampling::default()
        };
        change(&mut sampling);
        sampling
    }

    /// Shares of the tokens in 20,000 draws, in hundredths.
    fn shares(sampling: Sampling, logits: &[f32], allowed: Option<&[u32]>) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling, 1);
        let mut counts = vec![0; logits.len()];
        for _ in 0..20_000 {
            counts[sampler.sample(logits, allowed, &[]).unwrap() as usize] += 1;
        }
        counts
            .into_iter()
            .map(|count| (count + 100) / 200)
            .collect()
    }

    /// Logits of 40, 30, 20 and 10 hundredths.
    fn four() -> Vec<f32> {
        [0.4f32, 0.3, 0.2, 0.1].map(f32::ln).to_vec()
    }

    #[test]
    fn shares_follow_the_distribution_and_its_cuts() {
        let cases: [(Change, [u32; 4]); 7] = [
            (|_| {}, [40, 30, 20, 10]),
            (|sampling| sampling.temperature = 0.5, [53, 30, 13, 3]),
            (|sampling| sampling.top_k = 2, [57, 43, 0, 0]),
            (|sampling| sampling.top_p = 0.65, [57, 43, 0, 0]),
            (|sampling| sampling.top_p = 0.75, [44, 33, 22, 0]),
            (|sampling| sampling.min_p = 0.6, [57, 43, 0, 0]),
            (|sampling| sampling.top_p = 0.001, [100, 0, 0, 0]),
        ];
        for (change, expected) in cases {
            let got = shares(sampling(change), &four(), None);
            for (got, expected) in got.iter().zip(expected) {
                assert!(got.abs_diff(expected) <= 1, "{got} for {expected}");
            }
        }
        let got = shares(sampling(|_| {}), &four(), Some(&[0b1010]));
        assert!(got[0] == 0 && got[2] == 0 && got[1].abs_diff(75) <= 1);
    }

    #[test]
    fn equal_logits_are_ordered_by_number() {
        let greedy = Sampling::default();
        let logits = [1.0, 3.0, 3.0, 3.0];
        let mut sampler = Sampler::new(greedy, 0);
        assert_eq!(sampler.sample(&logits, None, &[]), Ok(1));
        assert_eq!(sampler.sample(&logits, Some(&[0b1100]), &[]), Ok(2));
        let got = shares(sampling(|sampling| sampling.top_k = 2), &logits, None);
        assert!(got[0] == 0 && got[3] == 0);
        let wide = vec![0.5; 5_000];
        let mut sampler = Sampler::new(sampling(|sampling| sampling.top_p = 0.1), 3);
        for _ in 0..100 {
            assert!(sampler.sample(&wide, None, &[]).unwrap() < 501);
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let logits: Vec<f32> = (0..1_000)
            .map(|token| (token as f32 * 0.37).sin())
            .collect();
        let run = |seed| {
            let mut sampler = Sampler::new(sampling(|_| {}), seed);
            (0..50)
                .map(|_| sampler.sample(&logits, None, &[]).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn what_was_said_lately_is_penalised() {
        let mut sampler = Sampler::new(
            Sampling {
                repetition_penalty: 2.0,
                ..Sampling::default()
            },
            0,
        );
        let logits = [2.0, 1.5, -1.0, -1.5];
        assert_eq!(sampler.sample(&logits, None, &[]), Ok(0));
        assert_eq!(sampler.sample(&logits, None, &[0, 0, 99]), Ok(1));
        assert_eq!(sampler.sample(&logits, Some(&[0b1100]), &[2]), Ok(3));
        let long_ago = [vec![0], vec![5; 64]].concat();
        assert_eq!(sampler.sample(&logits, None, &long_ago), Ok(0));
    }

    #[test]
    fn logits_that_are_no_numbers_are_an_error() {
        for hostile in [f32::NAN, f32::INFINITY] {
            for temperature in [0.0, 1.0] {
                let mut sampler =
                    Sampler::new(sampling(|sampling| sampling.temperature = temperature), 0);
                assert!(
                    sampler
                        .sample(&[1.0, hostile, 2.0], Some(&[0b101]), &[])
                        .is_err()
                );
                assert!(sampler.sample(&[f32::NEG_INFINITY; 3], None, &[]).is_err());
                assert!(sampler.sample(&[1.0; 3], Some(&[0]), &[]).is_err());
                assert!(sampler.sample(&[], None, &[]).is_err());
                let one = sampler.sample(&[f32::NEG_INFINITY, -1e30, f32::MIN], None, &[]);
                assert_eq!(one, Ok(1));
            }
        }
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let wrong: [(Change, &str); 5] = [
            (|sampling| sampling.temperature = -1.0, "temperature"),
            (|sampling| sampling.temperature = f32::NAN, "temperature"),
            (|sampling| sampling.top_p = 0.0, "top_p"),
            (|sampling| sampling.min_p = 1.5, "min_p"),
            (
                |sampling| sampling.repetition_penalty = 0.0,
                "repetition_penalty",
            ),
        ];
        for (change, name) in wrong {
            assert!(
                Sampler::check(&sampling(change))
                    .unwrap_err()
                    .contains(name)
            );
        }
        assert_eq!(Sampler::check(&Sampling::default()), Ok(()));
    }
}
