//! How a note begins and ends. Both ends are smooth: an edge would sound at all pitches, those above half the frame
//! rate included.

/// The shape of a note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Envelope {
    /// Struck: rises during the attack, then dies away, 60 dB down at its length, where it ends.
    Struck {
        /// Seconds.
        attack: f32,
    },
    /// Held for its length, then released.
    Held {
        /// Seconds.
        attack: f32,
        /// Seconds after its length.
        release: f32,
    },
}

/// A shape under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contour {
    frame: u32,
    attack: u32,
    /// Where the release begins.
    held: u32,
    end: u32,
    /// 1 / frames of the attack and of the release.
    rise: f32,
    fall: f32,
    level: f32,
    decay: f32,
    /// What is taken off the falling curve so that it ends at nothing.
    floor: f32,
    gain: f32,
}

/// 60 dB.
const FLOOR: f32 = 0.001;

impl Contour {
    pub fn new(envelope: Envelope, length: f32, gain: f32, rate: f32) -> Self {
        let frames = |seconds: f32| ((seconds * rate) as u32).max(1);
        match envelope {
            Envelope::Struck { attack } => {
                let end = frames(length.max(attack * 2.0));
                // ln(1000)
                let decay = libm::expf(-6.907_755 / end as f32);
                Self {
                    frame: 0,
                    attack: frames(attack),
                    held: end,
                    end,
                    rise: 1.0 / frames(attack) as f32,
                    // silent from its end on
                    fall: 1.0,
                    level: 1.0,
                    decay,
                    floor: FLOOR,
                    gain: gain / (1.0 - FLOOR),
                }
            }
            Envelope::Held { attack, release } => {
                let attack = attack.min(length * 0.5);
                let held = frames(length);
                let end = held + frames(release);
                Self {
                    frame: 0,
                    attack: frames(attack),
                    held,
                    end,
                    rise: 1.0 / frames(attack) as f32,
                    fall: 1.0 / frames(release) as f32,
                    level: 1.0,
                    decay: 1.0,
                    floor: 0.0,
                    gain,
                }
            }
        }
    }

    pub fn frames_left(&self) -> u32 {
        self.end.saturating_sub(self.frame)
    }

    /// Multiplies; afterwards whether there is more to come.
    #[inline(always)]
    pub fn shape(&mut self, out: &mut [f32]) -> bool {
        let first = self.frame;
        let last = first + out.len() as u32;
        if self.decay == 1.0 {
            for sample in out.iter_mut() {
                *sample *= self.gain;
            }
        } else {
            self.die_away(out);
        }
        // closed forms, so that several samples are computed at once; before and behind its part each is 1
        if first < self.attack {
            for (at, sample) in out.iter_mut().enumerate() {
                *sample *= smooth((first + at as u32) as i32 as f32 * self.rise);
            }
        }
        if last > self.held {
            for (at, sample) in out.iter_mut().enumerate() {
                let left = self.end.saturating_sub(first + at as u32);
                *sample *= smooth(left as i32 as f32 * self.fall);
            }
        }
        self.frame = last;
        self.frame < self.end
    }

    /// The falling curve of what is struck.
    #[inline(always)]
    fn die_away(&mut self, out: &mut [f32]) {
        // eight levels at once: each is the eighth power of the decay behind the one eight samples before
        const AT_ONCE: usize = 8;
        let mut levels = [self.level; AT_ONCE];
        let mut decay = 1.0;
        for level in &mut levels {
            *level *= decay;
            decay *= self.decay;
        }
        let mut parts = out.chunks_exact_mut(AT_ONCE);
        for part in &mut parts {
            for (sample, level) in part.iter_mut().zip(&mut levels) {
                *sample *= (*level - self.floor) * self.gain;
                *level *= decay;
            }
        }
        self.level = levels[0];
        for sample in parts.into_remainder() {
            *sample *= (self.level - self.floor) * self.gain;
            self.level *= self.decay;
        }
    }
}

/// From 0 to 1 without an edge at either end.
#[inline(always)]
fn smooth(t: f32) -> f32 {
    let t = t.min(1.0);
    t * t * t * (t * (6.0 * t - 15.0) + 10.0)
}
