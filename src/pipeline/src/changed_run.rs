//! A show of a changed run: a head that is off, an edge that is cut, a number that is set. Every number shown is
//! that of the changed run; where a change put a number that its operation did not compute, both are told.

use std::ops::ControlFlow;
use std::sync::Arc;

use orrery_model::{GenerationError, Gpt, Interventions, Tokenizer};

use crate::operand::{Operand, Source};
use crate::operation::{Formula, Made, Operation, Terms};
use crate::pacing::Pacing;
use crate::show::{Show, ShowError, ShowOptions};

/// What was changed in a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangedRun {
    /// As it was typed.
    typed: String,
    /// As it is done: where numbers are first made, without the weights, which the model has already.
    pub done: Interventions,
}

impl Show {
    /// As [`Show::new`], of a changed run. Changes of numbers that are handed on under other names are made
    /// where the numbers are first made.
    ///
    /// # Errors
    /// As [`Show::new`], and changes that this model or this text does not have, or that cannot be shown.
    pub fn changed(
        gpt: &Arc<Gpt>,
        tokenizer: &Tokenizer,
        prompt: &[usize],
        pacing: &Pacing,
        options: &ShowOptions,
        interventions: &Interventions,
    ) -> Result<Self, ShowError> {
        let refused = GenerationError::Intervention;
        // a changed weight stands on the stage as it is
        let changed = gpt.with_changed_weights(interventions).map_err(refused)?;
        let changed = changed.map(Arc::new);
        let made = interventions.where_made(gpt.config()).map_err(refused)?;
        let run = ChangedRun {
            typed: interventions.to_string(),
            done: made.without_weights(),
        };
        let gpt = changed.as_ref().unwrap_or(gpt);
        let watch = &mut |_| ControlFlow::Continue(());
        Self::of_run((gpt, run), tokenizer, prompt, pacing, options, watch)
    }

    /// What was changed in the run, as it is typed; empty if nothing was.
    pub fn changes(&self) -> &str {
        &self.run.typed
    }

    /// What an operation's terms make of a number of one of its matrices, where a change put another number there.
    pub(crate) fn computed(&self, operand: Operand, terms: &Terms, value: f32) -> Option<f32> {
        let Source::Value(id) = operand.source else {
            return None;
        };
        if !self.run.done.changes(id) {
            return None;
        }
        let computed = terms.combined();
        // an operation's own arithmetic differs from the model's in the last digits
        let near = (computed - value).abs() <= 1e-5 * computed.abs().max(1.0);
        (computed != value && !near).then_some(computed)
    }

    /// The same for the worked number of a caption.
    pub(crate) fn computed_for(&self, operation: &dyn Operation, formula: &Formula) -> Option<f32> {
        let operand = match formula.made {
            Made::Output => operation.output(),
            Made::Side(at) => *operation.side_outputs().get(at)?,
            Made::Step(_) => return None,
        };
        self.computed(operand, &formula.terms, formula.value)
    }
}
