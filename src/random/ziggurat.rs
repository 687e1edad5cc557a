//! Exponential and normal numbers by the ziggurat method.
//!
//! Marsaglia & Tsang, "The ziggurat method for generating random variables" (Journal of Statistical Software 5(8),
//! 2000): what lies under a falling density f is covered by layers of equal area, each but the lowest a rectangle from 0
//! to its edge. A point of a random layer that lies inside the edge of the layer above is under the density for sure,
//! and that is nearly every one. The others are compared with the density, in the wedge beside the layer above; what
//! the lowest layer has beyond its edge stands for the tail. With the correction of Doornik, "An improved ziggurat
//! method to generate normal random samples" (2005): the layer and the place in it come from different bits.
//!
//! The tables are worked out when the program is compiled, from the equations of the papers and with our own
//! exponential function, whose bits are the same everywhere.

use super::exp::exp;
use super::generator::Generator;

const LAYERS: usize = 256;
/// Places in a layer: 2⁵².
const PLACES: f64 = 4_503_599_627_370_496.0;

/// The edge of the lowest layer, and the area of each, that let 256 layers end at the top of the density: the roots of
/// the defining equations, which the tests put them into.
const EXPONENTIAL_EDGE: f64 = 7.697_117_470_131_05;
const EXPONENTIAL_AREA: f64 = 0.003_949_659_822_581_557;
const NORMAL_EDGE: f64 = 3.654_152_885_361_009;
const NORMAL_AREA: f64 = 0.004_928_673_233_974_655;

static EXPONENTIAL: Ziggurat = Ziggurat::new(Density::Exponential, EXPONENTIAL_EDGE, EXPONENTIAL_AREA);
static NORMAL: Ziggurat = Ziggurat::new(Density::Normal, NORMAL_EDGE, NORMAL_AREA);

/// A falling function from 1 at 0, in proportion to a density.
#[derive(Debug, Clone, Copy)]
enum Density {
    /// e^−x.
    Exponential,
    /// e^(−x²/2).
    Normal,
}

#[derive(Debug)]
struct Ziggurat {
    /// From the lowest.
    layers: [Layer; LAYERS],
    /// The density at the edge of each layer, and last at 0.
    heights: [f64; LAYERS + 1],
}

/// What the usual draw needs of a layer, side by side in one line of the cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
struct Layer {
    width: f64,
    /// The places below this are inside the edge of the layer above.
    inside: u64,
}

/// An exponential number of mean 1, never zero.
#[inline(always)]
#[expect(clippy::inline_always, reason = "out of line, it would need the stream in memory")]
pub(super) fn exponential(generator: &mut impl Generator) -> f64 {
    let word = generator.next_bits();
    match EXPONENTIAL.inside(word) {
        Some(x) => x,
        None => generator.aside(|generator| rare_exponential(word, generator)),
    }
}

/// A normal number of mean 0 and variance 1.
#[inline(always)]
#[expect(clippy::inline_always, reason = "out of line, it would need the stream in memory")]
pub(super) fn normal(generator: &mut impl Generator) -> f64 {
    let word = generator.next_bits();
    match NORMAL.inside(word) {
        Some(x) => signed(x, word),
        None => generator.aside(|generator| rare_normal(word, generator)),
    }
}

/// An exponential number from a word whose place is not inside the layer above.
#[cold]
#[inline(never)]
fn rare_exponential<G: Generator>(mut word: u64, generator: &mut G) -> f64 {
    // what is left of an exponential number beyond any place is exponential again
    let mut passed = 0.0;
    loop {
        let x = EXPONENTIAL.number(word);
        if EXPONENTIAL.inside(word).is_some() {
            return passed + x;
        } else if layer_of(word) == 0 {
            passed += EXPONENTIAL_EDGE;
        } else if EXPONENTIAL.height(word, generator.uniform()) < exp(-x) {
            return passed + x;
        }
        word = generator.next_bits();
    }
}

/// A normal number from a word whose place is not inside the layer above.
#[cold]
#[inline(never)]
fn rare_normal<G: Generator>(mut word: u64, generator: &mut G) -> f64 {
    loop {
        let x = NORMAL.number(word);
        if NORMAL.inside(word).is_some() {
            return signed(x, word);
        } else if layer_of(word) == 0 {
            return signed(normal_tail(generator), word);
        } else if NORMAL.height(word, generator.uniform()) < exp(-x * x / 2.0) {
            return signed(x, word);
        }
        word = generator.next_bits();
    }
}

/// A normal number beyond the edge of the lowest layer (Marsaglia, "Generating a variable from the tail of the normal
/// distribution", Technometrics 6, 1964).
fn normal_tail<G: Generator>(generator: &mut G) -> f64 {
    loop {
        let beyond = exponential(generator) / NORMAL_EDGE;
        if 2.0 * exponential(generator) > beyond * beyond {
            return NORMAL_EDGE + beyond;
        }
    }
}

impl Ziggurat {
    /// Layers upward from `edge`: where one of this `area` ends at x, the next begins at height f(x), is `area`/x high,
    /// and ends where the density is that high.
    const fn new(density: Density, edge: f64, area: f64) -> Self {
        let mut layers = [Layer { width: 0.0, inside: 0 }; LAYERS];
        let mut heights = [1.0; LAYERS + 1];
        // as wide as a rectangle of the same area and height as the lowest layer with its tail
        let mut width = area / density.at(edge);
        let mut next_edge = edge;
        let mut layer_idx = 0;
        while layer_idx < LAYERS {
            layers[layer_idx] = Layer { width, inside: (next_edge / width * PLACES) as u64 };
            width = next_edge;
            if layer_idx + 1 < LAYERS {
                heights[layer_idx + 1] = density.at(width);
            }
            // the highest layer ends at the top, and nothing is above it
            next_edge = if layer_idx + 2 < LAYERS {
                density.inverse(area / width + density.at(width), width)
            } else {
                0.0
            };
            layer_idx += 1;
        }
        heights[0] = 0.0;
        Self { layers, heights }
    }

    /// The number that a word stands for, if it is inside the edge of the layer above.
    #[inline]
    fn inside(&self, word: u64) -> Option<f64> {
        (place_of(word) < self.layers[layer_of(word)].inside).then(|| self.number(word))
    }

    /// The number that a word stands for in its layer, without a sign.
    #[inline]
    fn number(&self, word: u64) -> f64 {
        // the place becomes the fraction of a number from 1 to 2, and half a place is added; this is exact, and unlike a
        // conversion it waits for nothing that was in the register before
        let share = f64::from_bits(place_of(word) | 1.0_f64.to_bits()) - (1.0 - f64::EPSILON / 2.0);
        share * self.layers[layer_of(word)].width
    }

    /// A random height in a word's layer, from a uniform number.
    fn height(&self, word: u64, uniform: f64) -> f64 {
        let (bottom, top) = (self.heights[layer_of(word)], self.heights[layer_of(word) + 1]);
        bottom + (top - bottom) * uniform
    }
}

/// The layer that a word falls on: its lowest eight bits.
#[inline]
const fn layer_of(word: u64) -> usize {
    word as usize % LAYERS
}

/// The place in the layer that a word falls on: its highest 52 bits.
#[inline]
const fn place_of(word: u64) -> u64 {
    word >> 12
}

/// Gives a positive number the sign that is in the ninth bit of a word.
#[inline]
fn signed(x: f64, word: u64) -> f64 {
    f64::from_bits(x.to_bits() | word << 55 & 1 << 63)
}

impl Density {
    const fn at(self, x: f64) -> f64 {
        match self {
            Self::Exponential => exp(-x),
            Self::Normal => exp(-x * x / 2.0),
        }
    }

    /// Where the density is `height`, by iteration from `guess`.
    const fn inverse(self, height: f64, guess: f64) -> f64 {
        match self {
            Self::Exponential => -ln(height, -guess),
            Self::Normal => sqrt(-2.0 * ln(height, -guess * guess / 2.0), guess),
        }
    }
}

/// The natural logarithm by Halley's iteration from `guess`, which triples the digits at each step.
const fn ln(y: f64, guess: f64) -> f64 {
    let mut log = guess;
    let mut step = 0;
    while step < 5 {
        let reached = exp(log);
        log += 2.0 * (y - reached) / (y + reached);
        step += 1;
    }
    log
}

/// The square root by Newton's iteration from `guess`, which doubles the digits at each step: the one of the standard
/// library cannot be asked for at compile time.
const fn sqrt(square: f64, guess: f64) -> f64 {
    let mut root = guess;
    let mut step = 0;
    while step < 6 {
        root = f64::midpoint(root, square / root);
        step += 1;
    }
    root
}

#[cfg(test)]
mod tests;
