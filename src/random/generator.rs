//! What samplers draw from: a keyed stream, or any generator of `rand`.

use rand::Rng;

/// A source of random words.
pub(super) trait Generator {
    /// The next 64 random bits.
    fn next_bits(&mut self) -> u64;

    /// Does rare work out of line, as if on the generator itself.
    fn aside<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T;

    /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
    #[inline]
    fn uniform(&mut self) -> f64 {
        (self.next_bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// A generator of `rand`, used where it lies.
pub(super) struct InPlace<'a, R: ?Sized>(pub(super) &'a mut R);

impl<R: Rng + ?Sized> Generator for InPlace<'_, R> {
    #[inline]
    fn next_bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    #[inline]
    fn aside<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        work(self)
    }
}
