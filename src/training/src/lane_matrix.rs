//! The memory that activations and their gradients live in.
//!
//! A batch is cut into groups of as many windows as a register has lanes. Lane `l` of every number
//! belongs to window `l` of its group, so all windows of a group are computed at once, whatever
//! their sizes: no operation of a transformer ever mixes two windows. A *position* is one token
//! place of one group: position `p = group·tokens + token`.

use aligned_vec::{AVec, ConstAlign};
use pulp::{Arch, Simd, WithSimd};

use crate::real::Real;

/// Outputs that one pass of the matrix product computes together; rows are padded to it.
pub const TILE: usize = 8;

/// A cache line's worth of alignment, so that no load of lanes touches two lines.
pub type Aligned<T> = AVec<T, ConstAlign<64>>;

/// Zeros on a cache line's boundary.
pub fn aligned_zeros<T: Real>(len: usize) -> Aligned<T> {
    AVec::from_iter(64, std::iter::repeat_n(T::default(), len))
}

/// How many windows this processor computes at once in this type.
pub fn lane_count<T: Real>(arch: Arch) -> usize {
    struct Count<T>(std::marker::PhantomData<T>);
    impl<T: Real> WithSimd for Count<T> {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            T::lane_count::<S>()
        }
    }
    arch.dispatch(Count::<T>(std::marker::PhantomData))
}

/// Numbers `[positions, features, lanes]`.
#[derive(Clone, Debug)]
pub struct LaneMatrix<T: Real> {
    values: Aligned<T>,
    features: usize,
    stride: usize,
    lanes: usize,
}

impl<T: Real> LaneMatrix<T> {
    /// All zero.
    pub fn zeros(positions: usize, features: usize, lanes: usize) -> Self {
        // An odd stride spreads the rows over all sets of the cache.
        let stride = features.next_multiple_of(TILE) | 1;
        Self {
            values: aligned_zeros(positions * stride * lanes),
            features,
            stride,
            lanes,
        }
    }

    /// Numbers of one lane in each row.
    pub fn features(&self) -> usize {
        self.features
    }

    /// From one row to the next, in lanes.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All rows as lanes.
    #[inline(always)]
    pub fn rows<S: Simd>(&self) -> &[T::Lanes<S>] {
        T::lanes::<S>(&self.values)
    }

    /// All rows as lanes, to be changed.
    #[inline(always)]
    pub fn rows_mut<S: Simd>(&mut self) -> &mut [T::Lanes<S>] {
        T::lanes_mut::<S>(&mut self.values)
    }

    /// One row `[features, lanes]` as plain numbers.
    pub fn row(&self, position: usize) -> &[T] {
        let start = position * self.stride * self.lanes;
        &self.values[start..start + self.features * self.lanes]
    }

    /// One row `[features, lanes]` as plain numbers, to be changed.
    pub fn row_mut(&mut self, position: usize) -> &mut [T] {
        let start = position * self.stride * self.lanes;
        &mut self.values[start..start + self.features * self.lanes]
    }
}
