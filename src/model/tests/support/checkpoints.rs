//! A GPT's weights as nanoGPT would have saved them, in any of the ways that a file can differ.

use half::{bf16, f16};
use orrery_model::{BlockWeight as W, Gpt, WeightId};

use super::pickles::{Tensor, Value, checkpoint, pickle, text};

/// How the numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    Single,
    Double,
    Half,
    Brain,
}

/// How a tensor lies in its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    Plain,
    /// Behind other numbers, and with some after it
    Offset,
    /// Column by column
    Turned,
    /// All tensors in one storage
    Joint,
}

/// What the file holds around the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// As nanoGPT writes it, optimizer and all
    NanoGpt,
    /// `model_args` without a word on biases
    Early,
    /// The state dict alone
    Bare,
}

/// A way to write a checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    pub numbers: Numbers,
    pub lie: Lie,
    pub around: Around,
    pub prefix: &'static str,
    pub device: &'static str,
    pub masks: bool,
    pub parameters: bool,
    /// The head's own name for the embedding's numbers
    pub tied_head_named: bool,
}

impl Default for Variant {
    fn default() -> Self {
        Self {
            numbers: Numbers::Single,
            lie: Lie::Plain,
            around: Around::NanoGpt,
            prefix: "",
            device: "cpu",
            masks: false,
            parameters: false,
            tied_head_named: true,
        }
    }
}

/// A named matrix or vector.
struct Weight {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// The tensors as PyTorch's layers have them.
fn weights(gpt: &Gpt) -> Vec<Weight> {
    let config = gpt.config();
    let (d, ff) = (config.d_model, config.d_ff);
    let get = |id: WeightId| gpt.parameters().get(id).map(<[f32]>::to_vec);
    let mut all = Vec::new();
    let mut add = |name: String, shape: &[usize], values: Option<Vec<f32>>| {
        if let Some(values) = values {
            let shape = shape.to_vec();
            all.push(Weight {
                name,
                shape,
                values,
            });
        }
    };
    // [inputs, outputs] to [outputs, inputs]
    let turned = |values: Option<Vec<f32>>, inputs: usize, outputs: usize| -> Option<Vec<f32>> {
        let values = values?;
        let at = |i: usize| values[i % inputs * outputs + i / inputs];
        Some((0..values.len()).map(at).collect())
    };
    let joint = |parts: [Option<Vec<f32>>; 3]| -> Option<Vec<f32>> {
        let parts: Option<Vec<Vec<f32>>> = parts.into_iter().collect();
        Some(parts?.concat())
    };
    let (vocab, context) = (config.vocab_size, config.context_length);
    add(
        "transformer.wte.weight".into(),
        &[vocab, d],
        get(WeightId::Embedding),
    );
    add(
        "transformer.wpe.weight".into(),
        &[context, d],
        get(WeightId::PositionEmbedding),
    );
    for block in 0..config.n_blocks {
        let id = |weight| WeightId::Block(block, weight);
        let mut add = |name: &str, shape: &[usize], values| {
            add(format!("transformer.h.{block}.{name}"), shape, values);
        };
        add("ln_1.weight", &[d], get(id(W::Norm1Gamma)));
        add("ln_1.bias", &[d], get(id(W::Norm1Beta)));
        let qkv = [W::QueryWeight, W::KeyWeight, W::ValueWeight];
        let qkv = joint(qkv.map(|weight| turned(get(id(weight)), d, d)));
        add("attn.c_attn.weight", &[3 * d, d], qkv);
        let biases = [W::QueryBias, W::KeyBias, W::ValueBias];
        add(
            "attn.c_attn.bias",
            &[3 * d],
            joint(biases.map(|weight| get(id(weight)))),
        );
        add(
            "attn.c_proj.weight",
            &[d, d],
            turned(get(id(W::OutputWeight)), d, d),
        );
        add("attn.c_proj.bias", &[d], get(id(W::OutputBias)));
        add("ln_2.weight", &[d], get(id(W::Norm2Gamma)));
        add("ln_2.bias", &[d], get(id(W::Norm2Beta)));
        add(
            "mlp.c_fc.weight",
            &[ff, d],
            turned(get(id(W::UpWeight)), d, ff),
        );
        add("mlp.c_fc.bias", &[ff], get(id(W::UpBias)));
        add(
            "mlp.c_proj.weight",
            &[d, ff],
            turned(get(id(W::DownWeight)), ff, d),
        );
        add("mlp.c_proj.bias", &[d], get(id(W::DownBias)));
    }
    add(
        "transformer.ln_f.weight".into(),
        &[d],
        get(WeightId::FinalGamma),
    );
    add(
        "transformer.ln_f.bias".into(),
        &[d],
        get(WeightId::FinalBeta),
    );
    add(
        "lm_head.weight".into(),
        &[vocab, d],
        get(WeightId::HeadWeight),
    );
    all
}

fn bytes(numbers: Numbers, values: &[f32]) -> Vec<u8> {
    let each = |value: &f32| -> Vec<u8> {
        match numbers {
            Numbers::Single => value.to_le_bytes().to_vec(),
            Numbers::Double => f64::from(*value).to_le_bytes().to_vec(),
            Numbers::Half => f16::from_f32(*value).to_le_bytes().to_vec(),
            Numbers::Brain => bf16::from_f32(*value).to_le_bytes().to_vec(),
        }
    };
    values.iter().flat_map(each).collect()
}

fn class(numbers: Numbers) -> &'static str {
    match numbers {
        Numbers::Single => "Float",
        Numbers::Double => "Double",
        Numbers::Half => "Half",
        Numbers::Brain => "BFloat16",
    }
}

fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The parts of a file: the state dict's pairs, and the storages.
pub struct Parts {
    pub pairs: Vec<(Value, Value)>,
    pub storages: Vec<(String, Vec<u8>)>,
}

pub fn parts(gpt: &Gpt, variant: Variant) -> Parts {
    let mut pairs = Vec::new();
    let mut storages: Vec<(String, Vec<f32>)> = Vec::new();
    let weights = weights(gpt);
    let total: usize = weights.iter().map(|weight| weight.values.len()).sum();
    if variant.lie == Lie::Joint {
        storages.push(("0".to_owned(), Vec::new()));
    }
    let mut named = Vec::new();
    for Weight {
        name,
        shape,
        values,
    } in weights
    {
        let mut strides = row_major(&shape);
        let mut stored = values;
        if let (Lie::Turned, &[rows, columns]) = (variant.lie, shape.as_slice()) {
            stored = (0..stored.len())
                .map(|i| stored[i % rows * columns + i / rows])
                .collect();
            strides = vec![1, rows];
        }
        let count = stored.len();
        let (key, offset, storage_len) = match variant.lie {
            Lie::Joint => {
                let joint = &mut storages[0].1;
                let offset = joint.len();
                joint.extend(stored);
                ("0".to_owned(), offset, total)
            }
            Lie::Offset => {
                let mut longer = vec![9.0; 5];
                longer.extend(stored);
                longer.extend([8.0; 3]);
                let key = storages.len().to_string();
                storages.push((key.clone(), longer));
                (key, 5, count + 8)
            }
            Lie::Plain | Lie::Turned => {
                let key = storages.len().to_string();
                storages.push((key.clone(), stored));
                (key, 0, count)
            }
        };
        named.push((
            name,
            Tensor {
                class: class(variant.numbers),
                key,
                device: variant.device,
                storage_len,
                offset,
                shape,
                strides,
                parameter: variant.parameters,
            },
        ));
    }
    if variant.tied_head_named && gpt.config().tied_head {
        let embedding = named[0].1.clone();
        named.push(("lm_head.weight".to_owned(), embedding));
    }
    let mut storages: Vec<(String, Vec<u8>)> = storages
        .into_iter()
        .map(|(key, values)| (key, bytes(variant.numbers, &values)))
        .collect();
    if variant.masks {
        let context = gpt.config().context_length;
        let key = storages.len().to_string();
        storages.push((key.clone(), vec![1; context * context]));
        for block in 0..gpt.config().n_blocks {
            let mask = Tensor {
                class: "Bool",
                key: key.clone(),
                device: variant.device,
                storage_len: context * context,
                offset: 0,
                shape: vec![1, 1, context, context],
                strides: vec![context * context, context * context, context, 1],
                parameter: false,
            };
            named.push((format!("transformer.h.{block}.attn.bias"), mask));
        }
    }
    for (name, tensor) in named {
        pairs.push((
            text(&format!("{}{name}", variant.prefix)),
            Value::Tensor(tensor),
        ));
    }
    Parts { pairs, storages }
}

/// The file.
pub fn written(gpt: &Gpt, variant: Variant) -> Vec<u8> {
    let Parts { pairs, storages } = parts(gpt, variant);
    checkpoint(&pickle(&around(gpt, variant.around, pairs)), &storages)
}

/// What stands around a state dict of these pairs.
pub fn around(gpt: &Gpt, around: Around, pairs: Vec<(Value, Value)>) -> Value {
    let state = Value::Ordered(pairs);
    let config = gpt.config();
    let int = |number: usize| Value::Int(number as i64);
    let mut arguments = vec![
        (text("n_layer"), int(config.n_blocks)),
        (text("n_head"), int(config.n_heads)),
        (text("n_embd"), int(config.d_model)),
        (text("block_size"), int(config.context_length)),
        (text("vocab_size"), int(config.vocab_size)),
        (text("dropout"), Value::Float(0.0)),
    ];
    match around {
        Around::Bare => return state,
        Around::NanoGpt => arguments.push((text("bias"), Value::Bool(config.biases.layer_norm))),
        Around::Early => {}
    }
    Value::Dict(vec![
        (text("model"), state),
        (
            text("optimizer"),
            Value::Dict(vec![(text("state"), Value::Dict(Vec::new()))]),
        ),
        (text("model_args"), Value::Dict(arguments)),
        (text("iter_num"), Value::Int(1200)),
        (text("best_val_loss"), Value::Float(1.25)),
        (
            text("config"),
            Value::Dict(vec![
                (text("dataset"), text("verses")),
                (text("device"), text("cuda:3")),
                (text("batch_size"), Value::Int(12)),
                (
                    text("betas"),
                    Value::List(vec![Value::Float(0.9), Value::None]),
                ),
            ]),
        ),
    ])
}
