use super::*;
use crate::random::ReplicationKey;

/// ln 2, with 110 bits after the point.
const LN_2: i128 = 899_756_482_030_919_243_385_101_862_961_404;

/// Random numbers between two bounds.
fn arguments(from: f64, to: f64, n: u64) -> impl Iterator<Item = f64> {
    let key = ReplicationKey::new(1989, 0);
    (0..n).map(move |case| from + (to - from) * key.stream(case, 1).uniform())
}

/// How many numbers lie between two positive ones.
fn numbers_between(a: f64, b: f64) -> u64 {
    a.to_bits().abs_diff(b.to_bits())
}

/// By how much `shown` differs from e^x, in units of its last place: x is brought below ln 2/2 and put into the
/// exponential series, all in integers, so that this is right to a hundredth of a unit.
fn error(x: f64, shown: f64) -> f64 {
    let octaves = (x / std::f64::consts::LN_2).round();
    let exact = (x * 2.0_f64.powi(110)) as i128;
    assert!((exact as f64 / 2.0_f64.powi(110)).total_cmp(&x).is_eq(), "no bit of {x} is lost");
    let rest = (exact - octaves as i128 * LN_2) >> 48;
    let one = 1_i128 << 62;
    let (mut term, mut sum) = (one, one);
    for n in 1..30 {
        term = ((term * rest) >> 62) / n;
        sum += term;
    }
    let unscaled = shown * 2.0_f64.powi(-(octaves as i32));
    let unit = if unscaled < 1.0 { 2.0_f64.powi(-53) } else { 2.0_f64.powi(-52) };
    ((unscaled * one as f64) as i128 - sum) as f64 / one as f64 / unit
}

#[test]
fn usual_answers_are_right_to_half_a_unit_in_the_last_place_and_a_little() {
    let near_one = arguments(-1.0, 1.0, 4_000_000);
    let everywhere = arguments(-USUAL, USUAL, 4_000_000);
    // shifted away from zero, where an argument has bits beyond what the comparison can hold
    let worst = near_one
        .chain(everywhere)
        .filter(|x| x.abs() > 1e-9)
        .map(|x| error(x, exp(x)).abs())
        .fold(0.0, f64::max);
    assert!(worst < 0.52, "{worst} units in the last place");
    // the comparison sees what is wrong by one unit
    assert!(error(1.0, exp(1.0).next_up()) > 0.48);
}

#[test]
fn answers_are_those_of_libm_or_next_to_them() {
    let ranges = [(-1e-3, 1e-3), (-0.1, 0.1), (0.0, 50.0), (-SMALLEST.abs(), LARGEST)];
    for x in ranges.into_iter().flat_map(|(from, to)| arguments(from, to, 1_000_000)) {
        let (ours, theirs) = (exp(x), libm::exp(x));
        assert!(numbers_between(ours, theirs) <= 1, "e^{x} is {theirs}, not {ours}");
    }
}

/// Where two parts of the table meet, and where the usual range ends, nothing jumps.
#[test]
fn answers_next_to_every_seam_are_those_of_libm() {
    let seams = (-137_000..131_000).map(|k| (f64::from(k) + 0.5) * std::f64::consts::LN_2 / 128.0);
    let ends = [-USUAL, USUAL, -708.396_418_532_264_1, -745.133_219_101_941_1, 709.782_712_893_384];
    for x in seams.chain(ends).flat_map(|x| [x.next_down(), x, x.next_up()]) {
        let (ours, theirs) = (exp(x), libm::exp(x));
        assert!(numbers_between(ours, theirs) <= 1, "e^{x} is {theirs}, not {ours}");
    }
}

#[test]
fn special_values() {
    let check = |x: f64, expected: f64| assert_eq!(exp(x).to_bits(), expected.to_bits(), "e^{x}");
    check(0.0, 1.0);
    check(-0.0, 1.0);
    check(f64::MIN_POSITIVE, 1.0);
    check(-f64::from_bits(1), 1.0);
    check(f64::INFINITY, f64::INFINITY);
    check(f64::MAX, f64::INFINITY);
    check(710.0, f64::INFINITY);
    check(709.782_712_893_384_1, f64::INFINITY);
    check(f64::NEG_INFINITY, 0.0);
    check(f64::MIN, 0.0);
    check(-746.0, 0.0);
    check(-745.133_219_101_941_2, 0.0);
    check(-745.133_219_101_941_1, f64::from_bits(1));
    assert!(exp(709.782_712_893_384).is_finite());
    assert!(exp(f64::NAN).is_nan());
}

/// Every step of the table is the 128th root of 2, to more digits than a number has.
#[test]
fn the_table_is_a_geometric_series() {
    for (i, pair) in ROOTS.windows(2).enumerate() {
        let step = f64::from_bits(pair[1].bits) / f64::from_bits(pair[0].bits) - 1.0;
        let rest = pair[1].rest - pair[0].rest;
        let expected = libm::expm1(std::f64::consts::LN_2 / 128.0);
        assert!((step + rest - expected).abs() < 3e-16, "step {i}");
        assert!(pair[0].rest.abs() <= f64::EPSILON / 2.0, "step {i}");
    }
}
