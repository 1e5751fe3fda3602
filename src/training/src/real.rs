//! The number type that training runs in: `f32` for speed, `f64` for the gradient check. Both do
//! their arithmetic on *lanes*: one register's worth of numbers, as many as this processor has.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

use pulp::Simd;

use crate::elementary;

/// A floating-point number with its lanes.
pub trait Real:
    bytemuck::Pod
    + Debug
    + Default
    + Display
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + MulAssign
    + Div<Output = Self>
    + Neg<Output = Self>
    + Sum
{
    /// One register full of these numbers.
    type Lanes<S: Simd>: bytemuck::Pod + Debug + Send + Sync;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The same number in double precision.
    fn to_f64(self) -> f64;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// A slice as lanes; what is left over at its end is dropped.
    fn lanes<S: Simd>(values: &[Self]) -> &[Self::Lanes<S>];
    /// A slice as lanes, to be changed.
    fn lanes_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Lanes<S>];
    /// The same number in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Lanes<S>;
    /// `a + b`
    fn add_lanes<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    /// `a − b`
    fn sub_lanes<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    /// `a·b`
    fn mul_lanes<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    /// `a/b`
    fn div_lanes<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    /// The larger of each pair.
    fn max<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    /// `√a`
    fn sqrt<S: Simd>(simd: S, a: Self::Lanes<S>) -> Self::Lanes<S>;
    /// `a·b + c`, rounded once where the processor can.
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Lanes<S>,
        b: Self::Lanes<S>,
        c: Self::Lanes<S>,
    ) -> Self::Lanes<S>;
    /// `value` where `condition > 0`, else 0.
    fn where_positive<S: Simd>(
        simd: S,
        condition: Self::Lanes<S>,
        value: Self::Lanes<S>,
    ) -> Self::Lanes<S>;
    /// The sum of all lanes, always in the same order.
    fn sum_lanes<S: Simd>(simd: S, a: Self::Lanes<S>) -> Self;
    /// `eᵃ`
    fn exp<S: Simd>(simd: S, a: Self::Lanes<S>) -> Self::Lanes<S>;
    /// The error function.
    fn erf<S: Simd>(simd: S, a: Self::Lanes<S>) -> Self::Lanes<S>;
    /// The hyperbolic tangent.
    fn tanh<S: Simd>(simd: S, a: Self::Lanes<S>) -> Self::Lanes<S>;

    /// How many numbers one register holds.
    fn lane_count<S: Simd>() -> usize {
        size_of::<Self::Lanes<S>>() / size_of::<Self>()
    }
}

/// Calls a scalar function for each lane.
#[inline(always)]
fn each_lane<T: bytemuck::Pod, L: bytemuck::Pod>(mut lanes: L, function: impl Fn(T) -> T) -> L {
    for value in bytemuck::cast_slice_mut::<L, T>(std::slice::from_mut(&mut lanes)) {
        *value = function(*value);
    }
    lanes
}

/// What the two types do alike, under the names that pulp gives it.
macro_rules! lane_arithmetic {
    ($lanes:ident, $as_lanes:ident, $as_lanes_mut:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident,
     $max:ident, $sqrt:ident, $mul_add:ident, $greater:ident, $select:ident, $sum:ident) => {
        type Lanes<S: Simd> = S::$lanes;

        #[inline(always)]
        fn lanes<S: Simd>(values: &[Self]) -> &[S::$lanes] {
            S::$as_lanes(values).0
        }
        #[inline(always)]
        fn lanes_mut<S: Simd>(values: &mut [Self]) -> &mut [S::$lanes] {
            S::$as_lanes_mut(values).0
        }
        #[inline(always)]
        fn splat<S: Simd>(simd: S, value: Self) -> S::$lanes {
            simd.$splat(value)
        }
        #[inline(always)]
        fn add_lanes<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
            simd.$add(a, b)
        }
        #[inline(always)]
        fn sub_lanes<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
            simd.$sub(a, b)
        }
        #[inline(always)]
        fn mul_lanes<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
            simd.$mul(a, b)
        }
        #[inline(always)]
        fn div_lanes<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
            simd.$div(a, b)
        }
        #[inline(always)]
        fn max<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
            simd.$max(a, b)
        }
        #[inline(always)]
        fn sqrt<S: Simd>(simd: S, a: S::$lanes) -> S::$lanes {
            simd.$sqrt(a)
        }
        #[inline(always)]
        fn mul_add<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes, c: S::$lanes) -> S::$lanes {
            simd.$mul_add(a, b, c)
        }
        #[inline(always)]
        fn where_positive<S: Simd>(simd: S, condition: S::$lanes, value: S::$lanes) -> S::$lanes {
            let zero = simd.$splat(0.0);
            simd.$select(simd.$greater(condition, zero), value, zero)
        }
        #[inline(always)]
        fn sum_lanes<S: Simd>(simd: S, a: S::$lanes) -> Self {
            simd.$sum(a)
        }
        #[inline(always)]
        fn from_f64(value: f64) -> Self {
            value as Self
        }
        #[inline(always)]
        fn to_f64(self) -> f64 {
            f64::from(self)
        }
        #[inline(always)]
        fn is_finite(self) -> bool {
            self.is_finite()
        }
    };
}

impl Real for f32 {
    lane_arithmetic!(
        f32s,
        as_simd_f32s,
        as_mut_simd_f32s,
        splat_f32s,
        add_f32s,
        sub_f32s,
        mul_f32s,
        div_f32s,
        max_f32s,
        sqrt_f32s,
        mul_add_e_f32s,
        greater_than_f32s,
        select_f32s,
        reduce_sum_f32s
    );

    #[inline(always)]
    fn ln(self) -> Self {
        libm::logf(self)
    }
    #[inline(always)]
    fn exp<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
        elementary::exp(simd, a)
    }
    #[inline(always)]
    fn erf<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
        elementary::erf(simd, a)
    }
    #[inline(always)]
    fn tanh<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
        elementary::tanh(simd, a)
    }
}

impl Real for f64 {
    lane_arithmetic!(
        f64s,
        as_simd_f64s,
        as_mut_simd_f64s,
        splat_f64s,
        add_f64s,
        sub_f64s,
        mul_f64s,
        div_f64s,
        max_f64s,
        sqrt_f64s,
        mul_add_e_f64s,
        greater_than_f64s,
        select_f64s,
        reduce_sum_f64s
    );

    #[inline(always)]
    fn ln(self) -> Self {
        libm::log(self)
    }
    #[inline(always)]
    fn exp<S: Simd>(_: S, a: S::f64s) -> S::f64s {
        each_lane(a, libm::exp)
    }
    #[inline(always)]
    fn erf<S: Simd>(_: S, a: S::f64s) -> S::f64s {
        each_lane(a, libm::erf)
    }
    #[inline(always)]
    fn tanh<S: Simd>(_: S, a: S::f64s) -> S::f64s {
        each_lane(a, libm::tanh)
    }
}
