//! White noise, or what a filter leaves of it. The filter is the state-variable filter in the form of Zavalishin,
//! "The Art of VA Filter Design" (2012), chapter 4.

use super::BLOCK;
use crate::signal::Noise;

/// What of the noise is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// All of it.
    White,
    /// What lies around the pitch.
    Pass,
    /// What lies above the pitch.
    High,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct FilteredNoise {
    noise: Noise,
    band: Band,
    hz: f32,
    rate: f32,
    /// 1 / Q.
    damping: f32,
    /// Octaves per frame by which the filter moves.
    sweep: f32,
    moved: f32,
    state: [f32; 2],
    g: f32,
}

impl FilteredNoise {
    pub fn new(
        band: Band,
        (hz, q): (f32, f32),
        octaves_per_second: f32,
        seed: u32,
        rate: f32,
    ) -> Self {
        let mut noise = Self {
            noise: Noise::new(seed),
            band,
            hz,
            rate,
            damping: 1.0 / q,
            sweep: octaves_per_second / rate,
            moved: 0.0,
            state: [0.0; 2],
            g: 0.0,
        };
        noise.tune();
        noise
    }

    fn tune(&mut self) {
        let hz = (self.hz * libm::exp2f(self.moved)).min(self.rate * 0.45);
        self.g = libm::tanf(core::f32::consts::PI * hz / self.rate);
    }

    #[inline(always)]
    pub fn render(&mut self, out: &mut [f32]) {
        if self.band == Band::White {
            for sample in out.iter_mut() {
                *sample = self.noise.next();
            }
            return;
        }
        if self.sweep != 0.0 {
            self.moved += self.sweep * out.len() as f32;
            self.tune();
        }
        let (g, k) = (self.g, self.damping);
        let scale = 1.0 / (1.0 + g * (g + k));
        // The two states of the filter as a matrix: the way from one sample to the next is then three operations
        // instead of seven, and nothing else need wait for it.
        let (own, other, into) = (
            1.0 - 2.0 * g * (k + g) * scale,
            -2.0 * g * scale,
            2.0 * g * scale,
        );
        let (second_own, second_into) = (1.0 - 2.0 * g * g * scale, 2.0 * g * g * scale);
        let mut inputs = [0.0f32; BLOCK];
        let inputs = &mut inputs[..out.len()];
        for input in inputs.iter_mut() {
            *input = self.noise.next();
        }
        let mut states = [[0.0f32; 2]; BLOCK];
        let [mut first, mut second] = self.state;
        for (state, &input) in states.iter_mut().zip(inputs.iter()) {
            *state = [first, second];
            let next = own * first + (other * second + into * input);
            second = -other * first + (second_own * second + second_into * input);
            first = next;
        }
        self.state = [first, second];
        let high =
            |input: f32, [first, second]: [f32; 2]| (input - (k + g) * first - second) * scale;
        let samples = out.iter_mut().zip(inputs.iter().zip(&states));
        match self.band {
            Band::Pass => {
                for (sample, (&input, &state)) in samples {
                    *sample = (g * high(input, state) + state[0]) * k;
                }
            }
            _ => {
                for (sample, (&input, &state)) in samples {
                    *sample = high(input, state);
                }
            }
        }
    }
}
