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
                    fall: 0.0,
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
        let last = self.frame + out.len() as u32;
        if self.frame >= self.attack && last <= self.held {
            // the middle of a note, which is most of it
            if self.decay == 1.0 {
                for sample in out.iter_mut() {
                    *sample *= self.gain;
                }
            } else {
                // four levels at once: each is the fourth power of the decay behind the one four samples before
                let decay = self.decay;
                let square = decay * decay;
                let mut levels = [1.0, decay, square, square * decay].map(|d| d * self.level);
                let fourth = square * square;
                let mut fours = out.chunks_exact_mut(4);
                for four in &mut fours {
                    for (sample, level) in four.iter_mut().zip(&mut levels) {
                        *sample *= (*level - self.floor) * self.gain;
                        *level *= fourth;
                    }
                }
                self.level = levels[0];
                for sample in fours.into_remainder() {
                    *sample *= (self.level - self.floor) * self.gain;
                    self.level *= decay;
                }
            }
            self.frame = last;
            return self.frame < self.end;
        }
        for sample in out.iter_mut() {
            let mut factor = (self.level - self.floor).max(0.0) * self.gain;
            if self.frame < self.attack {
                factor *= smooth(self.frame as f32 * self.rise);
            }
            if self.frame >= self.held {
                factor *= smooth(self.frames_left() as f32 * self.fall);
            }
            *sample *= factor;
            self.level *= self.decay;
            self.frame += 1;
        }
        self.frame < self.end
    }
}

/// From 0 to 1 without an edge at either end.
#[inline(always)]
fn smooth(t: f32) -> f32 {
    let t = t.min(1.0);
    t * t * t * (t * (6.0 * t - 15.0) + 10.0)
}
