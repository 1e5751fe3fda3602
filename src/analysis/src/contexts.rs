//! Where in a text hidden units fire most: a unit's own list of examples.

use orrery_model::BlockTensor as B;

use crate::run::Run;

/// How many tokens before the one at which the unit fires are kept, and how many behind it.
const BEFORE: usize = 10;
const BEHIND: usize = 3;

/// A place of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// The unit's activation there.
    pub activation: f32,
    /// The tokens around it.
    pub ids: Vec<usize>,
    /// Which of them it is at which the unit fires.
    pub at: usize,
}

/// The strongest places of some units, of each window of the text the one strongest.
#[derive(Clone, Debug)]
pub struct Contexts {
    units: Vec<(usize, usize)>,
    count: usize,
    found: Vec<Vec<Context>>,
}

impl Contexts {
    /// Nothing seen yet: for these units `(block, index)` so many places each.
    pub fn new(units: Vec<(usize, usize)>, count: usize) -> Self {
        let found = vec![Vec::new(); units.len()];
        Self {
            units,
            count,
            found,
        }
    }

    /// Looks at a window of the text.
    pub fn see(&mut self, run: &Run<'_>) {
        let ids = run.trace().ids();
        for (&(block, index), found) in self.units.iter().zip(&mut self.found) {
            let hidden = run.block(block, B::FfnHidden);
            let column = hidden.column(index);
            let strongest =
                (0..column.len()).fold(
                    0,
                    |best, at| if column[at] > column[best] { at } else { best },
                );
            let activation = column[strongest];
            let weakest = found
                .last()
                .map_or(0.0, |context: &Context| context.activation);
            // what does not fire is no example
            if activation <= 0.0 || found.len() == self.count && activation <= weakest {
                continue;
            }
            let from = strongest.saturating_sub(BEFORE);
            let context = Context {
                activation,
                ids: ids[from..(strongest + BEHIND + 1).min(ids.len())].to_vec(),
                at: strongest - from,
            };
            let place = found.partition_point(|known| known.activation >= activation);
            found.insert(place, context);
            found.truncate(self.count);
        }
    }

    /// The places of each unit, the strongest first.
    pub fn found(self) -> Vec<Vec<Context>> {
        self.found
    }
}
