//! Where the curves are: a line of tokens, and over it an arch from each token that is attended to, to the token that
//! attends to it.

use bevy::math::{Quat, Vec3};

/// The line of tokens and the room above it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ground {
    /// Place of the first token.
    pub origin: Vec3,
    /// Distance of neighbours, in units.
    pub pitch: f32,
    /// Tokens.
    pub tokens: usize,
    /// Height of the highest arch, in units.
    pub height: f32,
}

impl Ground {
    /// Place of a token, or between two.
    pub fn token(&self, at: f32) -> Vec3 {
        self.origin + Vec3::X * (self.pitch * at)
    }

    /// A point of the arch from token `from` to token `to`, at the share `t` (0…1) of its way. Heads lie one behind the
    /// other, `layer` from 0 to 1.
    pub fn arch(&self, from: usize, to: usize, layer: f32, t: f32) -> Vec3 {
        let (sin, cos) = (t * std::f32::consts::PI).sin_cos();
        let back = Vec3::NEG_Z * (layer * self.pitch * 1.6);
        if from == to {
            // a loop over the token
            let turn = t * std::f32::consts::TAU;
            let radius = self.pitch * 0.2;
            let up = Vec3::new(radius * 0.6 * turn.sin(), radius * (1.0 - turn.cos()), 0.0);
            return self.token(to as f32) + up + back;
        }
        let middle = 0.5 * (from as f32 + to as f32);
        let half = 0.5 * (to as f32 - from as f32);
        let share = (from.abs_diff(to) as f32 / self.tokens.saturating_sub(1).max(1) as f32).sqrt();
        self.token(middle - half * cos) + Vec3::Y * (self.height * share * sin) + back
    }
}

/// A straight piece from one point to another: its middle, the turn of its long axis (x), its length.
pub(crate) fn piece(from: Vec3, to: Vec3) -> (Vec3, Quat, f32) {
    let way = to - from;
    let length = way.length();
    let along = way.try_normalize().unwrap_or(Vec3::X);
    (
        from.midpoint(to),
        Quat::from_rotation_arc(Vec3::X, along),
        length,
    )
}

/// The colour of a head, sRGB: hues at equal distances, apart from the palettes' blue and orange by their lightness.
pub(crate) fn head_colour(head: usize, heads: usize) -> [u8; 3] {
    let hue = (head as f32 / heads.max(1) as f32 + 0.08).fract() * 6.0;
    let channel = |shift: f32| {
        let at = (hue + shift).rem_euclid(6.0);
        let pure = (2.0 - (at - 3.0).abs()).clamp(0.0, 1.0);
        // not all the way: pastel
        ((0.30 + 0.66 * (1.0 - pure)) * 255.0) as u8
    };
    [channel(0.0), channel(2.0), channel(4.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Ground = Ground {
        origin: Vec3::new(3.0, -2.0, 0.0),
        pitch: 4.0,
        tokens: 9,
        height: 20.0,
    };

    #[test]
    fn arches_begin_and_end_at_their_tokens_and_stay_above_the_line() {
        for to in 0..9 {
            for from in 0..=to {
                let at = |t| GROUND.arch(from, to, 0.0, t);
                assert!(at(0.0).distance(GROUND.token(from as f32)) < 1e-4);
                assert!(at(1.0).distance(GROUND.token(to as f32)) < 1e-4);
                for step in 1..10 {
                    let point = at(step as f32 / 10.0);
                    assert!(point.y > GROUND.origin.y && point.y <= GROUND.origin.y + 20.0);
                }
            }
        }
    }

    #[test]
    fn a_piece_reaches_from_point_to_point() {
        let (a, b) = (Vec3::new(1.0, 2.0, 3.0), Vec3::new(-2.0, 5.0, 4.0));
        let (middle, turn, length) = piece(a, b);
        let half = turn * Vec3::X * (length * 0.5);
        assert!((middle + half).distance(b) < 1e-4 && (middle - half).distance(a) < 1e-4);
    }

    #[test]
    fn heads_have_colours_of_their_own() {
        let mut colours: Vec<_> = (0..12).map(|head| head_colour(head, 12)).collect();
        colours.sort();
        colours.dedup();
        assert_eq!(colours.len(), 12);
    }
}
