//! What a checkpoint of nanoGPT says of its model beside the weights: `model_args`, and in `config` how
//! it was trained.

use std::io::{Read, Seek};

use super::gpt2::Facts;
use super::metadata::TrainingFacts;
use super::pytorch::PyTorchFile;
use super::source::TensorSource;
use crate::config::Activation;

/// Where the architecture is described, in nanoGPT and in programs made from it.
const DESCRIPTIONS: [&str; 2] = ["model_args", "config"];

/// What the file says of the architecture.
pub(super) fn facts<R: Read + Seek>(file: &PyTorchFile<R>) -> Facts {
    let size = |name: &str| {
        DESCRIPTIONS
            .into_iter()
            .find_map(|place| file.int(&[place, name]))
            .and_then(|size| usize::try_from(size).ok())
    };
    // `config` holds what was asked for, which a model that was resumed need not have
    let exact = |name: &str| {
        let size = file.int(&["model_args", name])?;
        usize::try_from(size).ok()
    };
    Facts {
        n_blocks: exact("n_layer"),
        n_heads: size("n_head"),
        d_model: exact("n_embd"),
        context_length: exact("block_size"),
        vocab_size: exact("vocab_size"),
        activation: activation(file),
        norm_epsilon: None,
        tied_head: false,
    }
}

/// nanoGPT's GELU is the error function's form, and was the tanh form until 2023. Files made from it
/// may name theirs. Of nanoGPT's own, those without a word on biases were written before it could
/// leave them out, when every block still kept its mask; then it was tanh.
fn activation<R: Read + Seek>(file: &PyTorchFile<R>) -> Option<Activation> {
    let named = DESCRIPTIONS.into_iter().find_map(|place| {
        let keys = ["activation_function", "activation", "gelu", "approximate"];
        keys.into_iter()
            .find_map(|key| named_activation(file.text(&[place, key])?))
    });
    named.or_else(|| {
        let names = || file.tensors().iter().map(|tensor| tensor.name.as_str());
        let early = file.has(&["model_args", "n_layer"])
            && !file.has(&["model_args", "bias"])
            && names().any(|name| name.ends_with("h.0.attn.bias"))
            && names().any(|name| name.ends_with("h.0.attn.c_attn.bias"));
        early.then_some(Activation::GeluTanh)
    })
}

/// The activation of this name, if it is one that is known.
pub(super) fn named_activation(name: &str) -> Option<Activation> {
    Some(match name {
        "relu" => Activation::Relu,
        "gelu" | "gelu_python" | "erf" | "none" => Activation::GeluErf,
        "gelu_new" | "new_gelu" | "gelu_pytorch_tanh" | "gelu_tanh" | "gelu_fast" | "tanh" => {
            Activation::GeluTanh
        }
        _ => return None,
    })
}

/// What the file says of its training.
pub(super) fn training<R: Read + Seek>(file: &mut PyTorchFile<R>) -> Option<TrainingFacts> {
    let whole = |number: Option<i64>| u64::try_from(number?).ok();
    let facts = TrainingFacts {
        corpus: file.text(&["config", "dataset"]).map(str::to_owned),
        steps: whole(file.int(&["iter_num"])),
        batch_size: whole(file.int(&["config", "batch_size"]))
            .and_then(|size| usize::try_from(size).ok()),
        validation_loss: file.number(&["best_val_loss"]).map(|loss| loss as f32),
        learning_rate: file
            .number(&["config", "learning_rate"])
            .map(|rate| rate as f32),
        ..TrainingFacts::default()
    };
    (facts != TrainingFacts::default()).then_some(facts)
}
