//! Arithmetic of samples: sine, noise, decibels. Everything here gives the same bits on every machine: sums,
//! products, quotients, and `libm`; nothing of the platform's own.

/// Frames per second, everywhere in this crate.
pub const RATE: u32 = 48_000;

/// The same as a number.
pub const RATE_HZ: f32 = RATE as f32;

/// A stereo frame: left, right.
pub type Frame = [f32; 2];

/// A factor for decibels.
pub fn from_db(db: f32) -> f32 {
    libm::powf(10.0, db / 20.0)
}

/// Decibels of a factor; −∞ of nothing.
pub fn to_db(factor: f32) -> f32 {
    20.0 * libm::log10f(factor)
}

/// `sin` of a phase in 2⁻³² turns: the polynomial of degree 9 around zero of the nearer half turn, within 4·10⁻⁶.
#[inline(always)]
pub fn sine(phase: u32) -> f32 {
    let p = phase as i32;
    // the outer quadrants are the mirror of the inner ones
    let outer = (p ^ (p << 1)) < 0;
    let p = if outer { i32::MIN.wrapping_sub(p) } else { p };
    let x = p as f32 * (1.0 / 1_073_741_824.0);
    let xx = x * x;
    x * (core::f32::consts::FRAC_PI_2
        + xx * (-0.645_964_1 + xx * (0.079_692_6 + xx * (-0.004_681_75 + xx * 0.000_160_44))))
}

/// A phase step for a frequency in Hz, in 2⁻³² turns for each frame.
pub fn phase_step(hz: f32, rate: f32) -> u32 {
    (f64::from(hz) / f64::from(rate) * 4_294_967_296.0) as u32
}

/// A frequency of the equal temperament, `semitones` from one of `hz`.
pub fn semitones(hz: f32, semitones: f32) -> f32 {
    hz * libm::exp2f(semitones / 12.0)
}

/// White noise: a sequence of numbers in −1…1 that depends on its seed alone.
#[derive(Clone, Copy, Debug)]
pub struct Noise(u32);

impl Noise {
    /// A sequence; different seeds give sequences that have nothing to do with each other.
    pub fn new(seed: u32) -> Self {
        Self(mix(seed))
    }

    /// The next number.
    #[inline(always)]
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 as i32 >> 8) as f32 * (1.0 / 8_388_608.0)
    }
}

/// Stirs the bits of a number, so that neighbours have nothing to do with each other.
pub fn mix(number: u32) -> u32 {
    let mut h = number.wrapping_add(0x9E37_79B9);
    h = (h ^ (h >> 16)).wrapping_mul(0x7FEB_352D);
    h = (h ^ (h >> 15)).wrapping_mul(0x846C_A68B);
    h ^ (h >> 16)
}

/// The same for two numbers.
pub fn mix2(a: u32, b: u32) -> u32 {
    mix(mix(a) ^ b.wrapping_mul(0x85EB_CA6B))
}

/// A number in 0…1 from stirred bits.
pub fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_a_sine() {
        for step in 0..10_000u32 {
            let phase = step.wrapping_mul(429_496);
            let exact = libm::sin(f64::from(phase) / 4_294_967_296.0 * std::f64::consts::TAU);
            assert!((f64::from(sine(phase)) - exact).abs() < 6e-6, "{phase}");
        }
    }

    #[test]
    fn noise_is_white_enough() {
        let mut noise = Noise::new(3);
        let all: Vec<f32> = (0..20_000).map(|_| noise.next()).collect();
        let mean = all.iter().sum::<f32>() / all.len() as f32;
        let power = all.iter().map(|x| x * x).sum::<f32>() / all.len() as f32;
        let beside = all.windows(2).map(|w| w[0] * w[1]).sum::<f32>() / all.len() as f32;
        assert!(mean.abs() < 0.02 && (power - 1.0 / 3.0).abs() < 0.02 && beside.abs() < 0.02);
    }
}
