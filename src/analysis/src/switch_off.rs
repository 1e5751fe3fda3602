//! What would be without a part: the same text run again with the part switched off.

use orrery_model::{Change, Intervention, Interventions};

use crate::part::Part;
use crate::question::Question;
use crate::run::{AnalysisError, Run};
use crate::vector::{divergence, double, largest, log_softmax};

/// How a part is switched off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SwitchOff {
    /// What it writes is zero.
    #[default]
    Zero,
    /// What it writes is its mean over the positions of the run.
    Mean,
}

/// What is different without a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The part that was off.
    pub part: Part,
    /// The asked-for number without it.
    pub value: f64,
    /// How much of the asked-for number goes with it: with the part less without.
    pub effect: f64,
    /// The likeliest token without it, and its probability.
    pub top: (usize, f64),
    /// The asked-for token's probability without it.
    pub probability: f64,
    /// KL(with ‖ without) of the position's distribution, in bits.
    pub bits: f64,
}

/// Every part that can be switched off, in the order of computation: of each block its heads, its
/// attention, its MLP, then the block.
pub fn switches(run: &Run<'_>) -> Vec<Part> {
    let heads = run.config().n_heads;
    let of_block = |block| {
        let heads = (0..heads).map(move |head| Part::Head { block, head });
        heads.chain([Part::Attention(block), Part::Mlp(block), Part::Block(block)])
    };
    (0..run.config().n_blocks).flat_map(of_block).collect()
}

/// Runs the text once for each part, with that part off, and asks all questions of that run:
/// `[question][part]`. Tokens in `never_drawn` are no top token.
///
/// # Errors
/// A token or position that the run does not have. A block has no mean: with [`SwitchOff::Mean`] its
/// attention and its MLP are both set to theirs.
pub fn effects(
    run: &Run<'_>,
    questions: &[Question],
    parts: &[Part],
    how: SwitchOff,
    never_drawn: &[usize],
) -> Result<Vec<Vec<Effect>>, AnalysisError> {
    let mut before = Vec::with_capacity(questions.len());
    for question in questions {
        question.check(run)?;
        let logits = run.logits(question.position);
        let value = question.value(logits.iter().copied());
        before.push((value, log_softmax(&double(logits))));
    }
    let mut all = vec![Vec::with_capacity(parts.len()); questions.len()];
    for &part in parts {
        let changes = Interventions::from(changes(part, how));
        let ids = run.trace().ids();
        let without = run.gpt().trace_with(ids, &changes, Some(run.trace()))?;
        let without = Run::new(run.gpt(), &without)?;
        for ((question, (base, before)), effects) in questions.iter().zip(&before).zip(&mut all) {
            let logits = without.logits(question.position);
            let value = question.value(logits.iter().copied());
            let logits = double(logits);
            let after = log_softmax(&logits);
            let top = largest(&logits, 1, never_drawn)
                .first()
                .copied()
                .unwrap_or(0);
            effects.push(Effect {
                part,
                value,
                effect: base - value,
                top: (top, after[top].exp()),
                probability: after[question.token].exp(),
                bits: divergence(before, &after) / std::f64::consts::LN_2,
            });
        }
    }
    Ok(all)
}

/// The changes that switch a part off.
fn changes(part: Part, how: SwitchOff) -> Vec<Intervention> {
    let parts = match (part, how) {
        (Part::Block(block), SwitchOff::Mean) => vec![Part::Attention(block), Part::Mlp(block)],
        _ => vec![part],
    };
    let change = match how {
        SwitchOff::Zero => Change::Off,
        SwitchOff::Mean => Change::Mean,
    };
    let targets = parts.into_iter().filter_map(Part::target);
    targets
        .map(|target| Intervention { target, change })
        .collect()
}
