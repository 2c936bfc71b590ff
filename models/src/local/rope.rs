//! Rotary angles: how far the heads of a token are turned by its position (Su et al. 2021).
//!
//! Angles are computed in f64 and only their cosine and sine are rounded to f32. In f16 the error at position 20,000
//! would be as large as the values. There is no table: a step needs few positions, and any position is allowed.

use std::f64::consts::TAU;

use super::shape::{RopeScaling, Shape};

/// Turn per position of each pair of numbers: `head_dim / 2` of them.
#[derive(Debug, Clone)]
pub(super) struct Frequencies(Vec<f64>);

impl Frequencies {
    /// Those of this model.
    pub(super) fn new(shape: &Shape) -> Self {
        let pairs = shape.head_dim / 2;
        let plain = |pair: usize| {
            shape
                .rope_theta
                .powf(-2.0 * pair as f64 / shape.head_dim as f64)
        };
        Self(
            (0..pairs)
                .map(|pair| scaled(plain(pair), pair, &shape.rope_scaling))
                .collect(),
        )
    }

    /// The angles of position 1.
    pub(super) fn values(&self) -> &[f64] {
        &self.0
    }

    /// Cosines and sines for these positions, `positions * head_dim / 2` each.
    pub(super) fn turns(&self, positions: impl Iterator<Item = usize>) -> (Vec<f32>, Vec<f32>) {
        positions
            .flat_map(|position| self.0.iter().map(move |turn| position as f64 * turn))
            .map(|angle| (angle.cos() as f32, angle.sin() as f32))
            .unzip()
    }
}

fn scaled(frequency: f64, pair: usize, scaling: &RopeScaling) -> f64 {
    match scaling {
        RopeScaling::None => frequency,
        RopeScaling::Linear(factor) => frequency / factor,
        RopeScaling::Factors(factors) => frequency / f64::from(factors[pair]),
        &RopeScaling::Llama3 {
            factor,
            low,
            high,
            original_context,
        } => {
            let wavelength = TAU / frequency;
            if wavelength < original_context / high {
                frequency
            } else if wavelength > original_context / low {
                frequency / factor
            } else {
                let smooth = (original_context / wavelength - low) / (high - low);
                (1.0 - smooth) * frequency / factor + smooth * frequency
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_positions_keep_their_angle() {
        // Cosine and sine of 20,001 * 10^(-6 pair / 64), by mpmath with 50 digits.
        let expected = [
            (0, -0.050_349_622_851_3, 0.998_731_653_388),
            (16, -0.517_361_517_427, -0.855_766_942_739),
            (63, 0.999_691_999_707, 0.024_817_447_911_8),
        ];
        let pairs = (0..64).map(|pair| 1e6f64.powf(-f64::from(pair) / 64.0));
        let (cos, sin) = Frequencies(pairs.collect()).turns([20_001].into_iter());
        for (pair, cosine, sine) in expected {
            assert!((f64::from(cos[pair]) - cosine).abs() < 1e-7, "{pair}");
            assert!((f64::from(sin[pair]) - sine).abs() < 1e-7, "{pair}");
        }
    }
}
