//! The course of the music: for each stage its section, and what the data lends to harmony.

use orrery_model::BlockTensor;
use orrery_pipeline::{Operand, Pass, Show};

use super::frames;
use crate::signal::mix;
use crate::table::{Section, Sonification};

/// What the music is like from a time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mood {
    /// From when on, in frames of the show at speed 1.
    pub from: u64,
    /// The part of the music.
    pub section: Section,
    /// How widely attention is spread, 0 (each token looks at one) … 1 (at all alike): the tension of the harmony.
    pub tension: f32,
    /// The probability of the token that is drawn, 0…1: how far the harmony resolves.
    pub certainty: f32,
    /// Bits of the stage's own numbers: what data streams play.
    pub bits: u64,
}

impl Default for Mood {
    fn default() -> Self {
        Self {
            from: 0,
            section: Section::Build,
            tension: 0.5,
            certainty: 0.5,
            bits: 0,
        }
    }
}

/// One mood for each segment.
pub(super) fn moods(show: &Show, table: &Sonification) -> Vec<Mood> {
    let tensions: Vec<Vec<f32>> = show
        .passes()
        .iter()
        .map(|pass| {
            (0..pass.config().n_blocks)
                .map(|block| tension(pass, block))
                .collect()
        })
        .collect();
    let segments = show.timeline().segments().iter().enumerate();
    let moods = segments.filter_map(|(index, segment)| {
        let pass = show.passes().get(segment.pass)?;
        let of_blocks = tensions.get(segment.pass)?;
        let mean = of_blocks.iter().sum::<f32>() / of_blocks.len().max(1) as f32;
        let own = segment
            .block
            .and_then(|block| of_blocks.get(block).copied());
        let certainty = pass.draw.probabilities.get(pass.draw.token_id).copied();
        Some(Mood {
            from: frames(segment.start),
            section: table.section(segment.kind),
            tension: own.unwrap_or(mean),
            certainty: certainty.unwrap_or(0.5),
            bits: bits(show, index),
        })
    });
    moods.collect()
}

/// How widely the heads of a block look, on the mean over heads and rows: the entropy of each row of the attention in
/// that of an even one.
fn tension(pass: &Pass, block: usize) -> f32 {
    let (mut sum, mut rows) = (0.0f32, 0.0f32);
    for head in 0..pass.config().n_heads {
        let Some(map) = pass.view(Operand::value(block, BlockTensor::Attention).head(head)) else {
            continue;
        };
        // the first row has no choice
        for (at, row) in map.rows().into_iter().enumerate().skip(1) {
            let entropy: f32 = row
                .iter()
                .filter(|&&share| share > 0.0)
                .map(|&share| -share * libm::logf(share))
                .sum();
            sum += entropy / libm::logf(at as f32 + 1.0);
            rows += 1.0;
        }
    }
    if rows > 0.0 {
        (sum / rows).clamp(0.0, 1.0)
    } else {
        0.5
    }
}

/// The bits of the numbers that a scene shows first, folded.
fn bits(show: &Show, segment: usize) -> u64 {
    let groups = show.scene(segment).map(|scene| scene.groups.iter());
    let numbers = groups
        .into_iter()
        .flatten()
        .filter_map(|group| group.layers.first());
    let numbers = numbers.flat_map(|layer| layer.values.iter().take(16));
    numbers.take(64).fold(segment as u64, |bits, number| {
        bits.rotate_left(7) ^ u64::from(mix(number.to_bits()))
    })
}
