//! One pass through the model and the draw that follows it: everything a show of it needs.

use crate::operation::Size;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2, Slice};
use orrery_model::{BlockTensor, Draw, Gpt, GptConfig, SamplingSettings, TensorId, Trace};

use crate::operand::{Operand, SamplingTensor, Source};
use crate::operation::likeliest;
use crate::part::Shown;

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
    /// The text so far, what the context has already forgotten included.
    pub text: String,
    /// The same with the drawn token.
    pub text_after: String,
    /// What [`Pass::lens`] has given, by block; empty cells to begin with.
    pub lenses: Box<[OnceLock<Option<Trace>>]>,
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

    /// What the model's head makes of the last row that leaves a block, as if no block came after it: a trace of one
    /// token with the tensors of the head. Computed when it is first asked for. None if there is no such block.
    pub fn lens(&self, block: usize) -> Option<&Trace> {
        let read = || {
            let id = TensorId::Block(block, BlockTensor::Output);
            let rows = self.trace.matrix(id)?;
            let last = rows.nrows().checked_sub(1)?;
            let row = rows.row(last);
            self.gpt.trace_head(self.trace.ids()[last], row.as_slice()?)
        };
        self.lenses.get(block)?.get_or_init(read).as_ref()
    }

    /// A step of the sampling `[vocab_size]`.
    fn sampling_values(&self, tensor: SamplingTensor) -> Cow<'_, [f32]> {
        let draw = &self.draw;
        match tensor {
            SamplingTensor::Tempered => Cow::from(&draw.scaled_logits),
            SamplingTensor::Kept => {
                let mut kept = vec![f32::NEG_INFINITY; draw.scaled_logits.len()];
                for candidate in &draw.candidates {
                    kept[candidate.token_id] = draw.scaled_logits[candidate.token_id];
                }
                kept.into()
            }
            SamplingTensor::Probabilities => Cow::from(&draw.probabilities),
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

    /// The numbers of an operand `[rows, columns]`, if this model has it, without a copy where the model
    /// or the trace holds them.
    pub fn view(&self, operand: Operand) -> Option<CowArray<'_, f32, Ix2>> {
        let whole: CowArray<'_, f32, Ix2> = match (operand.source, operand.head) {
            (Source::Weight(id), _) => self.gpt.parameters().matrix(id)?.into(),
            (Source::Value(id), None) => self.trace.matrix(id)?.into(),
            (Source::Value(id), Some(head)) => {
                self.trace.head(id, head, self.config().n_heads)?.into()
            }
            (Source::Lens(block, id), _) => self.lens(block)?.matrix(id)?.into(),
            (Source::Likeliest(block), _) => {
                let all = self.lens(block)?.matrix(TensorId::Probabilities)?;
                all.select(Axis(1), &likeliest(all)).into()
            }
            (Source::Sampling(tensor), _) => {
                let values = self.sampling_values(tensor);
                let shape = (1, values.len());
                match values {
                    Cow::Borrowed(values) => ArrayView2::from_shape(shape, values).ok()?.into(),
                    Cow::Owned(values) => Array2::from_shape_vec(shape, values).ok()?.into(),
                }
            }
        };
        let from = if operand.last_row {
            whole.nrows().saturating_sub(1)
        } else {
            0
        };
        let mut rows = whole;
        rows.slice_axis_inplace(Axis(0), Slice::from(from..));
        Some(if operand.transposed {
            rows.reversed_axes()
        } else {
            rows
        })
    }

    /// The size of an operand, if this model has it.
    pub fn size(&self, operand: Operand) -> Option<Size> {
        match operand.source {
            Source::Sampling(_) => Some(Size::new(1, self.draw.scaled_logits.len())),
            _ => Some(self.view(operand)?.dim().into()),
        }
    }

    /// The numbers of an operand `[rows, columns]`, if this model has it.
    pub fn matrix(&self, operand: Operand) -> Option<Array2<f32>> {
        let view = self.view(operand)?;
        Some(view.as_standard_layout().into_owned())
    }

    /// The numbers of these rows and columns of an operand.
    pub fn part(&self, operand: Operand, rows: &Shown, columns: &Shown) -> Option<Array2<f32>> {
        let view = self.view(operand)?;
        Some(select(view.view(), rows, columns))
    }
}

/// These rows and columns of a matrix.
pub(crate) fn select(whole: ArrayView2<'_, f32>, rows: &Shown, columns: &Shown) -> Array2<f32> {
    match (rows, columns) {
        (None, None) => whole.as_standard_layout().into_owned(),
        (Some(rows), None) => whole.select(Axis(0), rows),
        (None, Some(columns)) => whole.select(Axis(1), columns),
        // one number after the other: of a large vocabulary few columns are shown
        (Some(rows), Some(columns)) => {
            Array2::from_shape_fn((rows.len(), columns.len()), |(row, column)| {
                whole[(rows[row], columns[column])]
            })
        }
    }
}
