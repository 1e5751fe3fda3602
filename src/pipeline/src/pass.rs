//! One pass through the model and the draw that follows it: everything a show of it needs.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use orrery_model::{Draw, Gpt, GptConfig, SamplingSettings, Trace};

use crate::operand::{Operand, SamplingTensor, Source};

/// One pass: the trace of the text so far and the draw of the next token.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The model.
    pub gpt: Arc<Gpt>,
    /// Every value of the pass.
    pub trace: Trace,
    /// The draw of the next token.
    pub draw: Draw,
    /// How it was drawn.
    pub sampling: SamplingSettings,
    /// Ids that are never drawn (padding).
    pub never_drawn: Arc<[usize]>,
    /// The tokens of the pass as text, one for each row.
    pub tokens: Vec<String>,
    /// All tokens of the vocabulary as text, by id.
    pub vocabulary: Arc<[String]>,
    /// The text before the pass's first token (what the context has already forgotten).
    pub forgotten: String,
}

impl Pass {
    /// The model's configuration.
    pub fn config(&self) -> &GptConfig {
        self.gpt.config()
    }

    /// The drawn token as text.
    pub fn drawn(&self) -> &str {
        self.vocabulary
            .get(self.draw.token_id)
            .map_or("", String::as_str)
    }

    /// The text that the model sees, with what it has forgotten before it.
    pub fn text(&self) -> String {
        format!("{}{}", self.forgotten, self.tokens.concat())
    }

    /// A step of the sampling `[vocab_size]`.
    fn sampling_values(&self, tensor: SamplingTensor) -> Vec<f32> {
        let draw = &self.draw;
        match tensor {
            SamplingTensor::Tempered => draw.scaled_logits.clone(),
            SamplingTensor::Kept => {
                let mut kept = vec![f32::NEG_INFINITY; draw.scaled_logits.len()];
                for candidate in &draw.candidates {
                    kept[candidate.token_id] = draw.scaled_logits[candidate.token_id];
                }
                kept
            }
            SamplingTensor::Probabilities => draw.probabilities.clone(),
            SamplingTensor::Cumulative => draw
                .probabilities
                .iter()
                .scan(0.0f64, |sum, &p| {
                    *sum += f64::from(p);
                    Some(*sum as f32)
                })
                .collect(),
        }
    }

    /// The numbers of an operand `[rows, columns]`, if this model has it.
    pub fn matrix(&self, operand: Operand) -> Option<Array2<f32>> {
        let whole: Array2<f32> = match (operand.source, operand.head) {
            (Source::Weight(id), _) => self.gpt.parameters().matrix(id)?.to_owned(),
            (Source::Value(id), None) => self.trace.matrix(id)?.to_owned(),
            (Source::Value(id), Some(head)) => {
                self.trace.head(id, head, self.config().n_heads)?.to_owned()
            }
            (Source::Sampling(tensor), _) => {
                let values = self.sampling_values(tensor);
                Array2::from_shape_vec((1, values.len()), values).ok()?
            }
        };
        let rows = if operand.last_row {
            last_row(whole.view())
        } else {
            whole
        };
        Some(if operand.transposed {
            rows.reversed_axes().as_standard_layout().into_owned()
        } else {
            rows
        })
    }
}

fn last_row(values: ArrayView2<'_, f32>) -> Array2<f32> {
    let from = values.nrows().saturating_sub(1);
    values.split_at(ndarray::Axis(0), from).1.to_owned()
}
