//! Over which range the numbers of each quantity get their colours in a show. What a colour is does not live
//! here.

use std::collections::HashMap;
use std::sync::Arc;

use crate::colour::{ColourMap, Quantity};
use crate::operand::Operand;
use crate::part::Parts;
use crate::pass::Pass;

/// So many numbers of one matrix are enough to know the range of its quantity.
const MOST_SAMPLES: usize = 1 << 18;

/// One range for each quantity over the whole show: what 97 of 100 numbers stay within, so that a
/// single outlier does not darken all the rest. Shares end at 1.
pub(crate) fn ranges(passes: &[Arc<Pass>]) -> HashMap<Quantity, f32> {
    let mut magnitudes: HashMap<Quantity, Vec<f32>> = HashMap::new();
    let mut collect = |quantity, values: &[f32]| {
        let all = magnitudes.entry(quantity).or_default();
        // of very many numbers a regular sample tells the same
        let step = values.len().div_ceil(MOST_SAMPLES).max(1);
        let some = values.iter().step_by(step).map(|x| x.abs());
        all.extend(some.filter(|x| x.is_finite()));
    };
    if let Some(pass) = passes.first() {
        collect(Quantity::Weight, pass.gpt.parameters().values());
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
        }
    }
    Quantity::ALL
        .into_iter()
        .map(|quantity| {
            let range = match quantity.map() {
                ColourMap::Sequential => 1.0,
                ColourMap::Diverging => magnitudes
                    .get_mut(&quantity)
                    .filter(|all| !all.is_empty())
                    .map_or(1.0, |all| {
                        let at = (all.len() - 1) * 97 / 100;
                        *all.select_nth_unstable_by(at, f32::total_cmp).1
                    }),
            };
            (quantity, range.max(1e-6))
        })
        .collect()
}
