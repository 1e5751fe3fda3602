//! The end of a pass by itself: what the model's head makes of a row of the residual stream.

use std::sync::Arc;

use crate::forward::{Arena, Pass};
use crate::gpt::Gpt;
use crate::layout::TensorLayout;
use crate::trace::{Trace, head_tensors};

impl Gpt {
    /// What the head makes of a row of the residual stream `[d_model]`, as at the end of [`Gpt::trace`]: the final
    /// norm if the model has one, the logits, their softmax. `id` is the token whose row it is. The trace has this one
    /// token and only the tensors of the head. None if the row is not `d_model` wide.
    pub fn trace_head(&self, id: usize, row: &[f32]) -> Option<Trace> {
        if row.len() != self.config().d_model {
            return None;
        }
        let layout = Arc::new(TensorLayout::new(head_tensors(self.config(), 1)));
        let mut trace = Trace::zeros(&[id], layout.clone());
        let pass = Pass {
            gpt: self,
            rows: 1,
            past: 0,
            edits: None,
        };
        pass.head(row, &mut Arena::of_trace(trace.values_mut(), &layout));
        Some(trace)
    }
}
