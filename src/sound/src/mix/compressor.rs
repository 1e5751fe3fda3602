//! Makes loud passages less loud: both sides by the same factor, which follows the power of what passes.

use super::Block;

/// Frames for which the factor is computed at once.
const STEP: usize = 32;
/// Above this level (as amplitude) …
const THRESHOLD: f32 = 0.16;
/// … a decibel more becomes a third of it.
const RATIO: f32 = 3.0;
/// Shares by which the level follows in a step: up in about 8 ms, down in about 160 ms.
const ATTACK: f32 = 0.08;
const RELEASE: f32 = 0.004_2;

#[derive(Clone, Debug)]
pub(super) struct Compressor {
    power: f32,
    factor: f32,
}

impl Default for Compressor {
    fn default() -> Self {
        Self {
            power: 0.0,
            factor: 1.0,
        }
    }
}

impl Compressor {
    #[inline(always)]
    pub fn press(&mut self, block: &mut Block) {
        for frames in block.chunks_exact_mut(STEP) {
            let sum: f32 = frames.iter().map(|f| f[0] * f[0] + f[1] * f[1]).sum();
            let power = sum / STEP as f32;
            let share = if power > self.power { ATTACK } else { RELEASE };
            self.power += (power - self.power) * share;
            let over = self.power * (1.0 / (THRESHOLD * THRESHOLD));
            let wanted = if over > 1.0 {
                // the exponent of a power is half that of an amplitude
                libm::powf(over, 0.5 * (1.0 / RATIO - 1.0))
            } else {
                1.0
            };
            let step = (wanted - self.factor) / STEP as f32;
            for frame in frames {
                self.factor += step;
                frame[0] *= self.factor;
                frame[1] *= self.factor;
            }
            self.factor = wanted;
        }
    }
}
