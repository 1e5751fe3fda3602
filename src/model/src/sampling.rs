//! The draw of the next token from the logits. The same logits, settings and step give the same
//! token on every machine: the random bits come from ChaCha, the exponential is libm's portable one.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// The least temperature above zero; anything colder is greedy in all but name.
const COLDEST: f32 = 1e-6;

/// How the next token is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplingSettings {
    /// Divides the logits; below 1 the likely become likelier. 0 always takes the likeliest token
    /// (the lowest id among equals).
    pub temperature: f32,
    /// Keep only this many of the likeliest tokens.
    pub top_k: Option<usize>,
    /// Then keep only the likeliest tokens whose probabilities together reach this.
    pub top_p: Option<f32>,
    /// Which random numbers are drawn.
    pub seed: u64,
}

impl Default for SamplingSettings {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: None,
            top_p: None,
            seed: 0,
        }
    }
}

/// Why no token can be drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SamplingError {
    /// The temperature is negative, not a number, or absurdly small.
    #[error("the temperature must be 0 (greedy) or a number of at least {COLDEST}, not {0}")]
    Temperature(f32),
    /// Nothing would be left to choose from.
    #[error("top-k must be at least 1")]
    TopK,
    /// A probability outside of (0, 1].
    #[error("top-p must be above 0 and at most 1, not {0}")]
    TopP(f32),
    /// The model's output is not a number: its weights are broken.
    #[error("the logit of token {token_id} is {value}: the model's weights give no valid output")]
    NotFinite {
        /// The token.
        token_id: usize,
        /// Its logit.
        value: f32,
    },
    /// Every token is excluded.
    #[error("there is no token to draw from: all are excluded")]
    NothingLeft,
}

impl SamplingSettings {
    /// Checks the numbers.
    ///
    /// # Errors
    /// A temperature, top-k or top-p outside of its range.
    pub fn validate(&self) -> Result<(), SamplingError> {
        let t = self.temperature;
        if !(t == 0.0 || (t >= COLDEST && t.is_finite())) {
            return Err(SamplingError::Temperature(t));
        }
        if self.top_k == Some(0) {
            return Err(SamplingError::TopK);
        }
        match self.top_p {
            Some(p) if !(p > 0.0 && p <= 1.0) => Err(SamplingError::TopP(p)),
            _ => Ok(()),
        }
    }

    /// The uniform random number in [0, 1) of this step: a function of seed and step alone, so that
    /// any step can be shown without those before it.
    pub fn uniform(&self, step: u64) -> f64 {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        let mut random = ChaCha8Rng::from_seed(key);
        random.set_stream(step);
        // the upper 53 bits: every such number is exact in double precision
        (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A token that could be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The token.
    pub token_id: usize,
    /// Its probability in the draw.
    pub probability: f32,
}

/// One draw with everything that led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The token that was drawn.
    pub token_id: usize,
    /// Logits divided by the temperature `[vocab_size]` (the logits themselves when greedy).
    pub scaled_logits: Vec<f32>,
    /// What was drawn from `[vocab_size]`: after temperature, top-k and top-p, summing to 1; zero
    /// for what is excluded. Greedy: 1 for the chosen token.
    pub probabilities: Vec<f32>,
    /// The tokens with a share in the draw, likeliest first (lowest id first among equals).
    pub candidates: Vec<Candidate>,
    /// The uniform random number in [0, 1); none when greedy.
    pub u: Option<f64>,
    /// Where the drawn token's share begins when all shares are laid end to end in the order of
    /// token ids; `u` is not below it.
    pub share_begin: f64,
    /// Where that share ends; `u` is below it.
    pub share_end: f64,
}

/// Draws the token that follows, given the logits `[vocab_size]`. Ids in `excluded` are never drawn.
/// `step` numbers the draws of one text, so that each has its own random number.
///
/// # Errors
/// Settings out of range, a logit that is not finite, or nothing left to draw from.
pub fn draw(
    logits: &[f32],
    settings: &SamplingSettings,
    step: u64,
    excluded: &[usize],
) -> Result<Draw, SamplingError> {
    settings.validate()?;
    if let Some((token_id, &value)) = logits.iter().enumerate().find(|(_, l)| !l.is_finite()) {
        return Err(SamplingError::NotFinite { token_id, value });
    }
    // likeliest first; the sort is stable, so equals stay in the order of their ids
    let mut ranked: Vec<usize> = (0..logits.len())
        .filter(|id| !excluded.contains(id))
        .collect();
    ranked.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    let &likeliest = ranked.first().ok_or(SamplingError::NothingLeft)?;

    if settings.temperature == 0.0 {
        let mut probabilities = vec![0.0; logits.len()];
        probabilities[likeliest] = 1.0;
        return Ok(Draw {
            token_id: likeliest,
            scaled_logits: logits.to_vec(),
            probabilities,
            candidates: vec![Candidate {
                token_id: likeliest,
                probability: 1.0,
            }],
            u: None,
            share_begin: 0.0,
            share_end: 1.0,
        });
    }

    let temperature = f64::from(settings.temperature);
    let scaled = |id: usize| f64::from(logits[id]) / temperature;
    ranked.truncate(settings.top_k.unwrap_or(usize::MAX));
    let mut weights: Vec<f64> = ranked
        .iter()
        .map(|&id| libm::exp(scaled(id) - scaled(likeliest)))
        .collect();
    if let Some(top_p) = settings.top_p {
        let target = f64::from(top_p) * weights.iter().sum::<f64>();
        let mut reached = 0.0;
        let kept = weights.iter().position(|weight| {
            reached += weight;
            reached >= target
        });
        // rounding can leave the sum just short of a top-p of 1: then all stay
        let kept = kept.map_or(weights.len(), |last| last + 1);
        weights.truncate(kept);
        ranked.truncate(kept);
    }
    let total: f64 = weights.iter().sum();
    let mut shares = vec![0.0_f64; logits.len()];
    for (&id, weight) in ranked.iter().zip(&weights) {
        shares[id] = weight / total;
    }

    let u = settings.uniform(step);
    let (mut token_id, mut share_begin, mut share_end) = (likeliest, 0.0, 0.0);
    for (id, &share) in shares.iter().enumerate().filter(|&(_, &share)| share > 0.0) {
        (token_id, share_begin) = (id, share_end);
        share_end += share;
        if u < share_end {
            break;
        }
    }
    // rounding can leave the last share's end just short of 1, and u beyond it
    if u >= share_end {
        share_end = 1.0;
    }
    Ok(Draw {
        token_id,
        scaled_logits: (0..logits.len()).map(|id| scaled(id) as f32).collect(),
        candidates: ranked
            .iter()
            .map(|&token_id| Candidate {
                token_id,
                probability: shares[token_id] as f32,
            })
            .collect(),
        probabilities: shares.iter().map(|&share| share as f32).collect(),
        u: Some(u),
        share_begin,
        share_end,
    })
}
