//! Over which range the numbers of each quantity get their colours in a show. What a colour is does not live
//! here.

use std::collections::HashMap;
use std::sync::Arc;

use orrery_model::{BlockTensor, TensorId};

use crate::colour::{ColourMap, Quantity};
use crate::operand::Operand;
use crate::part::Parts;
use crate::pass::Pass;

/// So many numbers of one matrix are enough to know the range of its quantity.
const MOST_SAMPLES: usize = 1 << 16;

/// What the exponentials of a row, relative to its largest, add up to, of the shares that they became: the largest is
/// 1 before the division.
fn sum_of_exp(shares: &[f32]) -> f32 {
    1.0 / shares.iter().copied().fold(f32::MIN_POSITIVE, f32::max)
}

/// Over what the numbers of a quantity are coloured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// How far the scale reaches from its middle.
    pub reach: f32,
    /// Whether some numbers lie below its lower end, and some above its upper end: they get the colours of the
    /// ends.
    pub clips: (bool, bool),
}

/// One range for each quantity over the whole show: what 97 of 100 numbers stay within, so that a
/// single outlier does not darken all the rest. Shares end at 1.
pub(crate) fn ranges(passes: &[Arc<Pass>]) -> HashMap<Quantity, Range> {
    let mut all: HashMap<Quantity, Vec<f32>> = HashMap::new();
    let mut collect = |quantity: Quantity, values: &[f32]| {
        let all = all.entry(quantity).or_default();
        // of very many numbers a regular sample tells the same
        let step = values.len().div_ceil(MOST_SAMPLES).max(1);
        let some = values.iter().step_by(step).map(|x| x - quantity.centre());
        all.extend(some.filter(|x| x.is_finite()));
    };
    if let Some(pass) = passes.first() {
        let parameters = pass.gpt.parameters();
        for entry in parameters.layout().entries() {
            let quantity = Operand::from(entry.id).quantity();
            collect(quantity, &parameters.values()[entry.range.clone()]);
        }
    }
    for pass in passes {
        for entry in pass.trace.layout().entries() {
            let quantity = Operand::from(entry.id).quantity();
            let candidates = || Parts::largest_logits(pass);
            if let Some(shown) = (quantity == Quantity::Logit).then(candidates).flatten() {
                // of a large vocabulary the largest are shown: they must not all be beyond the scale
                let logits = pass.part(entry.id.into(), &None, &Some(shown));
                let logits: Vec<f32> = logits.into_iter().flatten().collect();
                collect(quantity, &logits);
                continue;
            }
            collect(quantity, &pass.trace.values()[entry.range.clone()]);
            if let TensorId::Block(_, BlockTensor::Attention) = entry.id {
                let shares = &pass.trace.values()[entry.range.clone()];
                let rows = shares.chunks(pass.trace.tokens().max(1));
                collect(
                    Quantity::ExponentialSum,
                    &rows.map(sum_of_exp).collect::<Vec<_>>(),
                );
            }
        }
        collect(
            Quantity::ExponentialSum,
            &[sum_of_exp(&pass.draw.probabilities)],
        );
        // what is drawn is divided by the temperature
        collect(Quantity::Logit, &pass.draw.scaled_logits);
    }
    Quantity::ALL
        .into_iter()
        .map(|quantity| {
            let numbers = all.get(&quantity).filter(|all| !all.is_empty());
            let reach = match numbers {
                _ if quantity.ends_at_one() => 1.0,
                None => 1.0,
                Some(numbers) => {
                    let mut sizes: Vec<f32> = numbers.iter().map(|x| x.abs()).collect();
                    let at = (sizes.len() - 1) * 97 / 100;
                    *sizes.select_nth_unstable_by(at, f32::total_cmp).1
                }
            };
            let reach = reach.max(1e-6);
            let beyond = |side: f32| {
                let mut numbers = numbers.into_iter().flatten();
                numbers.any(|x| x * side > reach * (1.0 + 1e-5))
            };
            let clips = (
                quantity.map() == ColourMap::Diverging && beyond(-1.0),
                !quantity.ends_at_one() && beyond(1.0),
            );
            (quantity, Range { reach, clips })
        })
        .collect()
}
