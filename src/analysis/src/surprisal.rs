//! How surprised the model is by each token of the text, and how unsure it was before.

use crate::run::Run;
use crate::vector::{double, largest, log_softmax};

/// What the model said at a position, and what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Surprise {
    /// The likeliest token, and its probability.
    pub top: (usize, f64),
    /// Entropy of the distribution, in bits.
    pub entropy: f64,
    /// The token that came, if there is one.
    pub next: Option<usize>,
    /// −log₂ of its probability, in bits.
    pub surprisal: Option<f64>,
    /// Its place, from 1: 1 is the likeliest.
    pub rank: Option<usize>,
}

/// Every position of a run; `after` is the token that follows the last one, if it is known (drawn).
pub fn surprises(run: &Run<'_>, after: Option<usize>, never_drawn: &[usize]) -> Vec<Surprise> {
    let ids = run.trace().ids();
    (0..run.tokens())
        .map(|row| {
            let logits = double(run.logits(row));
            let known = log_softmax(&logits);
            let bits = |x: f64| x / std::f64::consts::LN_2;
            let entropy = known
                .iter()
                .filter(|x| x.is_finite())
                .map(|x| -x.exp() * x)
                .sum();
            let next = ids.get(row + 1).copied().or(after);
            let top = largest(&known, 1, never_drawn)
                .first()
                .copied()
                .unwrap_or(0);
            Surprise {
                top: (top, known[top].exp()),
                entropy: bits(entropy),
                next,
                surprisal: next.map(|next| bits(-known[next])),
                rank: next.map(|next| 1 + known.iter().filter(|&&x| x > known[next]).count()),
            }
        })
        .collect()
}

/// Mean surprisal of the text's own tokens in bits, and the perplexity that it means; nothing for a text
/// of one token.
pub fn mean_surprisal(surprises: &[Surprise]) -> Option<(f64, f64)> {
    let own = surprises.split_last().map_or(&[][..], |(_, own)| own);
    let bits: Vec<f64> = own
        .iter()
        .filter_map(|surprise| surprise.surprisal)
        .collect();
    if bits.is_empty() {
        return None;
    }
    let mean = bits.iter().sum::<f64>() / bits.len() as f64;
    Some((mean, mean.exp2()))
}
