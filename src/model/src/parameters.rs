//! The weights of a GPT as one flat memory with a name for each part.

use std::sync::Arc;

use ndarray::{ArrayView2, ArrayViewD, IxDyn};

use crate::config::GptConfig;
use crate::layout::TensorLayout;
use crate::tensor_id::{BlockWeight, WeightId};

/// Every weight that this configuration has, with its shape, in file order. Matrices are stored so
/// that `y = x·W`: `[inputs, outputs]`; the head, like the embedding, is `[vocab_size, d_model]`.
pub fn parameter_layout(config: &GptConfig) -> TensorLayout<WeightId> {
    let (d, ff, biases) = (config.d_model, config.d_ff, &config.biases);
    let mut tensors = vec![
        (WeightId::Embedding, vec![config.vocab_size, d]),
        (WeightId::PositionEmbedding, vec![config.context_length, d]),
    ];
    for block in 0..config.n_blocks {
        for weight in BlockWeight::ALL {
            let (exists, shape) = match weight {
                BlockWeight::QueryWeight
                | BlockWeight::KeyWeight
                | BlockWeight::ValueWeight
                | BlockWeight::OutputWeight => (true, vec![d, d]),
                BlockWeight::QueryBias => (biases.query, vec![d]),
                BlockWeight::KeyBias => (biases.key, vec![d]),
                BlockWeight::ValueBias => (biases.value, vec![d]),
                BlockWeight::OutputBias => (biases.attention_output, vec![d]),
                BlockWeight::UpWeight => (true, vec![d, ff]),
                BlockWeight::UpBias => (biases.feed_forward_up, vec![ff]),
                BlockWeight::DownWeight => (true, vec![ff, d]),
                BlockWeight::DownBias => (biases.feed_forward_down, vec![d]),
                BlockWeight::Norm1Gamma | BlockWeight::Norm2Gamma => (true, vec![d]),
                BlockWeight::Norm1Beta | BlockWeight::Norm2Beta => (biases.layer_norm, vec![d]),
            };
            if exists {
                tensors.push((WeightId::Block(block, weight), shape));
            }
        }
    }
    if config.final_norm {
        tensors.push((WeightId::FinalGamma, vec![d]));
        if biases.layer_norm {
            tensors.push((WeightId::FinalBeta, vec![d]));
        }
    }
    if !config.tied_head {
        tensors.push((WeightId::HeadWeight, vec![config.vocab_size, d]));
    }
    if biases.head {
        tensors.push((WeightId::HeadBias, vec![config.vocab_size]));
    }
    TensorLayout::new(tensors)
}

/// All weights of a GPT (or anything of the same layout: gradients, moments).
#[derive(Clone, Debug)]
pub struct Parameters {
    layout: Arc<TensorLayout<WeightId>>,
    values: Vec<f32>,
}

impl Parameters {
    /// All zero.
    pub fn zeros(config: &GptConfig) -> Self {
        let layout = Arc::new(parameter_layout(config));
        let values = vec![0.0; layout.len()];
        Self { layout, values }
    }

    /// These numbers, in the order of [`parameter_layout`]; `None` if they are too many or too few.
    pub fn from_values(config: &GptConfig, values: Vec<f32>) -> Option<Self> {
        let layout = Arc::new(parameter_layout(config));
        (values.len() == layout.len()).then_some(Self { layout, values })
    }

    /// The names, shapes and places.
    pub fn layout(&self) -> &TensorLayout<WeightId> {
        &self.layout
    }

    /// All numbers in layout order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers in layout order, to be changed.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// One weight's numbers, row-major, if this model has it.
    pub fn get(&self, id: WeightId) -> Option<&[f32]> {
        Some(&self.values[self.layout.get(id)?.range.clone()])
    }

    /// One weight's numbers, to be changed.
    pub fn get_mut(&mut self, id: WeightId) -> Option<&mut [f32]> {
        let range = self.layout.get(id)?.range.clone();
        Some(&mut self.values[range])
    }

    /// One weight in its shape, if this model has it.
    pub fn tensor(&self, id: WeightId) -> Option<ArrayViewD<'_, f32>> {
        let entry = self.layout.get(id)?;
        ArrayViewD::from_shape(IxDyn(&entry.shape), &self.values[entry.range.clone()]).ok()
    }

    /// One weight as a matrix; a vector is one row.
    pub fn matrix(&self, id: WeightId) -> Option<ArrayView2<'_, f32>> {
        let entry = self.layout.get(id)?;
        let columns = *entry.shape.last()?;
        let rows = entry.range.len() / columns;
        ArrayView2::from_shape((rows, columns), &self.values[entry.range.clone()]).ok()
    }
}
