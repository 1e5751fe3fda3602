//! What a checkpoint of PyTorch says of its model beside the weights: nanoGPT's `model_args` and
//! `config`, and what other scripts have in their places, dictionaries and objects alike.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::facts::{Fact, Said, Standing};
use super::metadata::TrainingFacts;
use super::pickle::{Heap, Id, Value};
use super::pytorch::PyTorchFile;
use super::source::TensorSource;

/// Places that describe a model and nothing else, by the last part of their name.
const OF_A_MODEL: [&str; 13] = [
    "model_args",
    "model_arg",
    "model_config",
    "model_cfg",
    "model_kwargs",
    "model_params",
    "model_hparams",
    "gpt_config",
    "gptconf",
    "gptconfig",
    "transformer_config",
    "model",
    "arch",
];

/// Places that hold the state of something else than the model.
const OF_SOMETHING_ELSE: [&str; 12] = [
    "optimizer",
    "optimizers",
    "optim",
    "scheduler",
    "schedulers",
    "scaler",
    "rng",
    "callbacks",
    "loops",
    "history",
    "losses",
    "dataloader",
];

/// How deep facts are looked for, and how many at most.
const DEEPEST: usize = 4;
const MOST: usize = 10_000;

/// All facts that stand beside the weights.
pub(super) fn facts<R: Read + Seek>(file: &PyTorchFile<R>) -> Vec<Fact> {
    let mut gathering = Gathering {
        heap: file.heap(),
        weights: file.weights().map(|found| found.at),
        facts: Vec::new(),
        left: MOST,
    };
    gathering.enter(file.root(), "", Standing::Training, DEEPEST);
    // what describes the model goes before what was asked for
    gathering.facts.sort_by_key(|fact| match fact.standing {
        Standing::ModelOnly => 0,
        Standing::Model => 1,
        Standing::Training => 2,
    });
    gathering.facts
}

struct Gathering<'a> {
    heap: &'a Heap,
    weights: Option<Id>,
    facts: Vec<Fact>,
    left: usize,
}

/// The last part of a dotted name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl Gathering<'_> {
    fn enter(&mut self, id: Id, place: &str, standing: Standing, deeper: usize) {
        let heap = self.heap;
        let members = heap.members(id);
        let tensors = |&&(_, id): &&(&str, Id)| matches!(heap.get(id), Value::Tensor(_));
        // numbers of an optimizer, or other weights
        if Some(id) == self.weights || members.iter().filter(tensors).count() > 1 {
            return;
        }
        // of equal names the last counts
        let last_of: HashMap<&str, Id> = members.iter().copied().collect();
        for (key, id) in members
            .into_iter()
            .filter(|(key, id)| last_of.get(key) == Some(id))
        {
            let Some(left) = self.left.checked_sub(1) else {
                return;
            };
            self.left = left;
            let below = if place.is_empty() {
                key.to_owned()
            } else {
                format!("{place}.{key}")
            };
            if let Some(said) = said(heap, id) {
                self.facts.push(Fact {
                    place: place.to_owned(),
                    key: key.to_owned(),
                    said,
                    standing,
                });
            } else if deeper > 0 && !is_of_something_else(key) {
                let standing = self.standing(id, key, standing);
                self.enter(id, &below, standing, deeper - 1);
            }
        }
    }

    /// What a place describes: a model where its name says so, or where it has a model's sizes and
    /// nothing of a training.
    fn standing(&self, id: Id, key: &str, around: Standing) -> Standing {
        if OF_A_MODEL.contains(&key.to_lowercase().as_str()) {
            return Standing::ModelOnly;
        }
        let has = |names: &[&str]| {
            names
                .iter()
                .any(|name| self.heap.member(id, name).is_some())
        };
        let sizes = has(&[
            "n_head",
            "n_heads",
            "num_heads",
            "num_attention_heads",
            "nhead",
        ]) || has(&["n_embd", "d_model", "emb_dim", "n_embed", "hidden_size"]);
        let training = has(&[
            "learning_rate",
            "lr",
            "max_iters",
            "batch_size",
            "epochs",
            "num_epochs",
        ]) || has(&[
            "weight_decay",
            "max_steps",
            "optimizer",
            "dataset",
            "eval_interval",
        ]);
        match (sizes, training) {
            (true, false) => Standing::Model,
            _ if around == Standing::ModelOnly => around,
            _ => Standing::Training,
        }
    }
}

fn is_of_something_else(key: &str) -> bool {
    let first = key.split('_').next().unwrap_or_default().to_lowercase();
    OF_SOMETHING_ELSE.contains(&first.as_str())
}

/// What a single value says; nothing for what has members of its own, and for weights.
fn said(heap: &Heap, id: Id) -> Option<Said> {
    Some(match heap.get(id) {
        Value::None => Said::Nothing,
        Value::Bool(flag) => Said::Flag(*flag),
        Value::Int(number) => Said::Number(*number as f64),
        Value::Float(number) => Said::Number(*number),
        Value::Text(text) => Said::Text(text.to_string()),
        Value::Name(name) => Said::Text(last(name).to_owned()),
        Value::Object(object) => {
            let inner = heap
                .member(id, "_val")
                .or_else(|| heap.member(id, "_value_"));
            if let Some(inner) = inner {
                return said(heap, inner);
            }
            if heap.member(id, "_modules").is_some() {
                // a layer of PyTorch: its class says which, and of GELU its form
                let form = heap.member(id, "approximate");
                let form = form.and_then(|form| heap.text(form)).unwrap_or_default();
                Said::Text(format!("{}({form})", last(&object.class)))
            } else if let (&[value], true) = (&*object.arguments, object.state.is_none()) {
                // a member of an enumeration, or a path
                said(heap, value).unwrap_or_else(|| Said::Other(last(&object.class).to_owned()))
            } else if object.state.is_none() && object.pairs.is_empty() {
                Said::Other(format!("an object of {}", object.class))
            } else {
                return None;
            }
        }
        Value::List(items) if items.is_empty() => Said::Nothing,
        Value::List(_) => Said::Other("a list".to_owned()),
        Value::Tuple(_) => Said::Other("a tuple".to_owned()),
        Value::Large | Value::Bytes(_) | Value::Format(_) | Value::Array | Value::Global(_) => {
            Said::Other(heap.get(id).kind().to_owned())
        }
        Value::Dict(_) | Value::Storage(_) | Value::Tensor(_) => return None,
    })
}

/// Whether the file is one of nanoGPT's from before it could leave biases out, when every block still
/// kept its mask; then its GELU was the tanh form.
pub(super) fn is_early<R: Read + Seek>(file: &PyTorchFile<R>) -> bool {
    let names = || file.tensors().iter().map(|tensor| tensor.name.as_str());
    file.has(&["model_args", "n_layer"])
        && !file.has(&["model_args", "bias"])
        && names().any(|name| name.ends_with("h.0.attn.bias"))
        && names().any(|name| name.ends_with("h.0.attn.c_attn.bias"))
}

/// The name of the data that nanoGPT trained on, in whose folder the vocabulary is.
pub(super) fn dataset<R: Read + Seek>(file: &PyTorchFile<R>) -> Option<String> {
    let name = file.text(&["config", "dataset"])?;
    // a folder's name, nothing that leads elsewhere
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    let inside = name.chars().all(plain) && !name.starts_with('.') && !name.is_empty();
    inside.then(|| name.to_owned())
}

/// What the file says of its training.
pub(super) fn training<R: Read + Seek>(file: &mut PyTorchFile<R>) -> Option<TrainingFacts> {
    let whole = |number: Option<i64>| u64::try_from(number?).ok();
    let facts = TrainingFacts {
        corpus: file.text(&["config", "dataset"]).map(str::to_owned),
        steps: whole(file.int(&["iter_num"])),
        batch_size: whole(file.int(&["config", "batch_size"]))
            .and_then(|size| usize::try_from(size).ok()),
        validation_loss: ["best_val_loss", "val_loss"]
            .into_iter()
            .find_map(|name| file.number(&[name]))
            .map(|loss| loss as f32),
        learning_rate: file
            .number(&["config", "learning_rate"])
            .map(|rate| rate as f32),
        ..TrainingFacts::default()
    };
    (facts != TrainingFacts::default()).then_some(facts)
}
