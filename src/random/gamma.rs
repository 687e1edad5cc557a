//! Gamma numbers.

use super::exp::exp;
use super::generator::Generator;
use super::ziggurat::{exponential, normal};

/// The gamma distribution of a shape and scale 1 (Marsaglia & Tsang, "A simple method for generating gamma variables",
/// ACM TOMS 26, 2000): d·v with v = (1 + c·x)³ and x normal, where d = shape − 1/3 and c = 1/√(9d), taken or thrown
/// away by comparing densities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gamma {
    shape: f64,
    d: f64,
    c: f64,
}

impl Gamma {
    /// `shape` must be positive.
    pub(super) fn new(shape: f64) -> Self {
        // the method wants a shape of 1 or more; smaller ones are drawn from the shape above
        let d = if shape < 1.0 { shape + 2.0 / 3.0 } else { shape - 1.0 / 3.0 };
        Self { shape, d, c: 1.0 / (9.0 * d).sqrt() }
    }

    pub(super) fn shape(self) -> f64 {
        self.shape
    }

    /// One draw.
    pub(super) fn sample(self, generator: &mut impl Generator) -> f64 {
        let drawn = self.sample_above_one(generator);
        if self.shape < 1.0 {
            // G(k) = G(k + 1)·U^(1/k); −ln U is a unit exponential
            drawn * exp(-exponential(generator) / self.shape)
        } else {
            drawn
        }
    }

    fn sample_above_one(self, generator: &mut impl Generator) -> f64 {
        loop {
            let x = normal(generator);
            let root = 1.0 + self.c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            let uniform = generator.uniform();
            let square = x * x;
            // the squeeze, which spares most draws the logarithms
            if uniform < 1.0 - 0.0331 * square * square
                || libm::log(uniform) < square / 2.0 + self.d * (1.0 - v + libm::log(v))
            {
                return self.d * v;
            }
        }
    }
}
