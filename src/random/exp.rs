//! The exponential function, fast and with the same bits on every processor.
//!
//! Tang, "Table-driven implementation of the exponential function in IEEE floating-point arithmetic" (ACM TOMS 15,
//! 1989): with k the integer nearest to x·128/ln 2, and r what is left of x,
//!
//! e^x = 2^(k/128) · e^r = 2^(k div 128) · 2^((k mod 128)/128) · (1 + r + r²/2 + … + r⁵/120), |r| ≤ ln 2/256.
//!
//! Only additions, multiplications and the bits of numbers, in fixed order: nothing fused, nothing from a library. The
//! error is at most 0.52 units in the last place, measured over eight million arguments against integer arithmetic of
//! more digits (see the tests); below the smallest normal number, at most one. What is left out of the series is below
//! r⁶/720 < 2⁻⁶⁰.

/// The table divides an octave into so many parts.
const PARTS_LOG2: u32 = 7;
const PARTS: usize = 1 << PARTS_LOG2;
/// 128/ln 2.
const PARTS_PER_UNIT: f64 = 184.664_965_233_787_3;
/// ln 2/128 in two parts; the first has 33 bits, so that its product with k is exact.
const PART_HIGH: f64 = 0.005_415_212_347_543_274_5;
const PART_LOW: f64 = 5.812_982_117_197_185e-13;
/// 3·2⁵¹: what is added to it is rounded to an integer, which then stands in its lowest bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Below this absolute value, nothing on the way leaves the normal numbers.
const USUAL: f64 = 700.0;
/// Beyond these, the answer is infinite or zero.
const LARGEST: f64 = 709.79;
const SMALLEST: f64 = -745.2;
/// By how many octaves an answer at the end of the range is moved to its middle.
const OCTAVES_ASIDE: u64 = 128;
/// 2^128.
const SCALE_ASIDE: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;
/// Bits of a number's fraction: above them stands its exponent.
const FRACTION_BITS: u32 = 52;

/// 2^(i/128), and how much more it is than the nearest number, as a share of it.
#[derive(Clone, Copy)]
struct Root {
    bits: u64,
    rest: f64,
}

static ROOTS: [Root; PARTS] = roots();

/// e^x.
#[inline]
pub(super) const fn exp(x: f64) -> f64 {
    // false where x is not a number
    if x.abs() < USUAL { shifted_exp(x, 0) } else { extreme_exp(x) }
}

/// e^x·2^octaves, of which neither may leave the normal numbers.
#[inline]
const fn shifted_exp(x: f64, octaves: u64) -> f64 {
    let rounded = x * PARTS_PER_UNIT + ROUNDER;
    let parts = rounded - ROUNDER;
    let rest = x - parts * PART_HIGH - parts * PART_LOW;
    let k = rounded.to_bits();
    let root = &ROOTS[k as usize % PARTS];
    // the exponents are added, modulo 2⁶⁴ where k is negative: what stands above it in the bits of the rounded number
    // falls out at the top
    let scale = root.bits.wrapping_add((k >> PARTS_LOG2).wrapping_add(octaves) << FRACTION_BITS);
    let scale = f64::from_bits(scale);
    let square = rest * rest;
    let middle = 1.0 / 2.0 + rest * (1.0 / 6.0);
    let end = 1.0 / 24.0 + rest * (1.0 / 120.0);
    let growth = (root.rest + rest) + square * (middle + square * end);
    scale + scale * growth
}

#[cold]
#[inline(never)]
const fn extreme_exp(x: f64) -> f64 {
    if x > LARGEST {
        f64::INFINITY
    } else if x > 0.0 {
        shifted_exp(x, OCTAVES_ASIDE.wrapping_neg()) * SCALE_ASIDE
    } else if x < SMALLEST {
        0.0
    } else if x < 0.0 {
        shifted_exp(x, OCTAVES_ASIDE) / SCALE_ASIDE
    } else {
        x
    }
}

const fn roots() -> [Root; PARTS] {
    let mut all = [Root { bits: 0, rest: 0.0 }; PARTS];
    let mut i = 0;
    while i < PARTS {
        // 63 bits after the point, of which a number keeps 52
        let exact = root(i as u64, PARTS_LOG2);
        let nearest = exact as f64;
        let rest = (exact as i128 - nearest as i128) as f64 / nearest;
        all[i] = Root { bits: (nearest / (1_u64 << 63) as f64).to_bits(), rest };
        i += 1;
    }
    all
}

/// 2^(i/2^depth) with 63 bits after the point, rounded down, for i below 2^depth: the square root of 2^(i/2^(depth − 1)),
/// and so on. Each root halves the share by which the one before it is wrong.
const fn root(i: u64, depth: u32) -> u64 {
    if depth == 0 {
        return 1 << 63;
    }
    let half = 1 << (depth - 1);
    let square = root(i % half, depth - 1) as u128;
    let octave = if i < half { 0 } else { 1 };
    (square << (63 + octave)).isqrt() as u64
}

#[cfg(test)]
mod tests;
