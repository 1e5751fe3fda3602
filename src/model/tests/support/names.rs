//! Weights under the names that other programs give them.

use std::io::Cursor;
use std::path::Path;

use orrery_model::checkpoint::{Assumptions, load_from};
use orrery_model::{
    Activation, Biases, BlockWeight as W, CheckpointError, Gpt, GptConfig, LoadedModel,
    NormPlacement, Tokenizer, WeightId as Id,
};

use super::pickles::{Tensor, Value, checkpoint as zipped, pickle, text};

pub type Named = Vec<(String, Vec<usize>, Vec<f32>)>;

pub fn gpt(activation: Activation, biases: Biases, tied_head: bool) -> Gpt {
    let config = GptConfig {
        vocab_size: 11,
        context_length: 5,
        d_model: 6,
        n_heads: 2,
        n_blocks: 2,
        d_ff: 20,
        norm_placement: NormPlacement::Pre,
        activation,
        biases,
        final_norm: true,
        tied_head,
        ..GptConfig::default()
    };
    Gpt::random(config, 5).unwrap()
}

pub fn values(gpt: &Gpt, id: Id) -> Option<Vec<f32>> {
    gpt.parameters().get(id).map(<[f32]>::to_vec)
}

/// `[rows, columns]` turned over.
pub fn turned(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..values.len())
        .map(|at| values[at % rows * columns + at / rows])
        .collect()
}

/// How a program names a block's tensors: with these, `{b}` is the block.
pub struct Names {
    pub embedding: &'static str,
    pub positions: &'static str,
    pub norms: [&'static str; 2],
    /// Query, key, value
    pub parts: [&'static str; 3],
    pub output: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub last_norm: &'static str,
    pub head: &'static str,
    /// Of a weight and of a bias
    pub endings: [[&'static str; 2]; 2],
}

pub const BOOK: Names = Names {
    embedding: "tok_emb.weight",
    positions: "pos_emb.weight",
    norms: ["trf_blocks.{b}.norm1", "trf_blocks.{b}.norm2"],
    parts: [
        "trf_blocks.{b}.att.W_query",
        "trf_blocks.{b}.att.W_key",
        "trf_blocks.{b}.att.W_value",
    ],
    output: "trf_blocks.{b}.att.out_proj",
    up: "trf_blocks.{b}.ff.layers.0",
    down: "trf_blocks.{b}.ff.layers.2",
    last_norm: "final_norm",
    head: "out_head.weight",
    endings: [["weight", "bias"], ["scale", "shift"]],
};

pub const MINGPT: Names = Names {
    embedding: "tok_emb.weight",
    positions: "pos_emb",
    norms: ["blocks.{b}.ln1", "blocks.{b}.ln2"],
    parts: [
        "blocks.{b}.attn.query",
        "blocks.{b}.attn.key",
        "blocks.{b}.attn.value",
    ],
    output: "blocks.{b}.attn.proj",
    up: "blocks.{b}.mlp.0",
    down: "blocks.{b}.mlp.2",
    last_norm: "ln_f",
    head: "head.weight",
    endings: [["weight", "bias"], ["weight", "bias"]],
};

pub const OWN: Names = Names {
    embedding: "token_embedding.weight",
    positions: "position_embedding.weight",
    norms: ["layers.{b}.attn_norm", "layers.{b}.ffn_norm"],
    parts: [
        "layers.{b}.self_attn.q_proj",
        "layers.{b}.self_attn.k_proj",
        "layers.{b}.self_attn.v_proj",
    ],
    output: "layers.{b}.self_attn.o_proj",
    up: "layers.{b}.feed_forward.fc1",
    down: "layers.{b}.feed_forward.fc2",
    last_norm: "norm",
    head: "output.weight",
    endings: [["weight", "bias"], ["weight", "bias"]],
};

pub fn named(gpt: &Gpt, names: &Names) -> Named {
    let config = gpt.config();
    let (d, ff) = (config.d_model, config.d_ff);
    let mut all: Named = Vec::new();
    let mut add = |name: String, shape: &[usize], values: Option<Vec<f32>>| {
        if let Some(values) = values {
            all.push((name, shape.to_vec(), values));
        }
    };
    add(
        names.embedding.into(),
        &[config.vocab_size, d],
        values(gpt, Id::Embedding),
    );
    let positions = match names.positions.ends_with("weight") {
        true => vec![config.context_length, d],
        false => vec![1, config.context_length, d],
    };
    add(
        names.positions.into(),
        &positions,
        values(gpt, Id::PositionEmbedding),
    );
    for block in 0..config.n_blocks {
        let of = |weight| values(gpt, Id::Block(block, weight));
        let name = |pattern: &str| pattern.replace("{b}", &block.to_string());
        let [linear, norm] = names.endings;
        for (pattern, gamma, beta) in [
            (names.norms[0], W::Norm1Gamma, W::Norm1Beta),
            (names.norms[1], W::Norm2Gamma, W::Norm2Beta),
        ] {
            add(format!("{}.{}", name(pattern), norm[0]), &[d], of(gamma));
            add(format!("{}.{}", name(pattern), norm[1]), &[d], of(beta));
        }
        for (pattern, weight, bias, inputs, outputs) in [
            (names.parts[0], W::QueryWeight, W::QueryBias, d, d),
            (names.parts[1], W::KeyWeight, W::KeyBias, d, d),
            (names.parts[2], W::ValueWeight, W::ValueBias, d, d),
            (names.output, W::OutputWeight, W::OutputBias, d, d),
            (names.up, W::UpWeight, W::UpBias, d, ff),
            (names.down, W::DownWeight, W::DownBias, ff, d),
        ] {
            let matrix = of(weight).map(|values| turned(&values, inputs, outputs));
            add(
                format!("{}.{}", name(pattern), linear[0]),
                &[outputs, inputs],
                matrix,
            );
            add(
                format!("{}.{}", name(pattern), linear[1]),
                &[outputs],
                of(bias),
            );
        }
    }
    let [_, norm] = names.endings;
    add(
        format!("{}.{}", names.last_norm, norm[0]),
        &[d],
        values(gpt, Id::FinalGamma),
    );
    add(
        format!("{}.{}", names.last_norm, norm[1]),
        &[d],
        values(gpt, Id::FinalBeta),
    );
    add(
        names.head.into(),
        &[config.vocab_size, d],
        values(gpt, Id::HeadWeight),
    );
    all
}

/// The lecture's: every head's matrices apart, without biases.
pub fn lecture(gpt: &Gpt) -> Named {
    let config = gpt.config();
    let (d, d_head) = (config.d_model, config.d_head());
    let mut all = named(
        gpt,
        &Names {
            embedding: "token_embedding_table.weight",
            positions: "position_embedding_table.weight",
            norms: ["blocks.{b}.ln1", "blocks.{b}.ln2"],
            parts: ["Q{b}", "K{b}", "V{b}"],
            output: "blocks.{b}.sa.proj",
            up: "blocks.{b}.ffwd.net.0",
            down: "blocks.{b}.ffwd.net.2",
            last_norm: "ln_f",
            head: "lm_head.weight",
            endings: [["weight", "bias"], ["weight", "bias"]],
        },
    );
    if let Some(bias) = values(gpt, Id::HeadBias) {
        all.push(("lm_head.bias".to_owned(), vec![config.vocab_size], bias));
    }
    let whole: Named = all
        .extract_if(.., |(name, ..)| name.starts_with(['Q', 'K', 'V']))
        .collect();
    for (name, _, values) in whole {
        let which = match &name[..1] {
            "Q" => "query",
            "K" => "key",
            _ => "value",
        };
        let block = &name[1..2];
        for head in 0..config.n_heads {
            // rows of a matrix [outputs, inputs] belong to heads
            let rows = values[head * d_head * d..(head + 1) * d_head * d].to_vec();
            let name = format!("blocks.{block}.sa.heads.{head}.{which}.weight");
            all.push((name, vec![d_head, d], rows));
            let tril = format!("blocks.{block}.sa.heads.{head}.tril");
            all.push((tril, vec![5, 5], vec![1.0; 25]));
        }
    }
    all
}

/// TransformerLens's: heads along an axis of their own, matrices as `x·W` has them.
pub fn lens(gpt: &Gpt) -> Named {
    let config = gpt.config();
    let (d, ff, heads, d_head) = (config.d_model, config.d_ff, config.n_heads, config.d_head());
    let get = |id| values(gpt, id).unwrap();
    let mut all: Named = vec![
        (
            "embed.W_E".into(),
            vec![config.vocab_size, d],
            get(Id::Embedding),
        ),
        (
            "pos_embed.W_pos".into(),
            vec![config.context_length, d],
            get(Id::PositionEmbedding),
        ),
        ("ln_final.w".into(), vec![d], get(Id::FinalGamma)),
        ("ln_final.b".into(), vec![d], get(Id::FinalBeta)),
        (
            "unembed.W_U".into(),
            vec![d, config.vocab_size],
            turned(&get(Id::HeadWeight), config.vocab_size, d),
        ),
        (
            "unembed.b_U".into(),
            vec![config.vocab_size],
            get(Id::HeadBias),
        ),
    ];
    for block in 0..config.n_blocks {
        let of = |weight| get(Id::Block(block, weight));
        let mut add = |name: &str, shape: &[usize], values: Vec<f32>| {
            all.push((format!("blocks.{block}.{name}"), shape.to_vec(), values));
        };
        for (letter, weight, bias) in [
            ("Q", W::QueryWeight, W::QueryBias),
            ("K", W::KeyWeight, W::KeyBias),
            ("V", W::ValueWeight, W::ValueBias),
        ] {
            let whole = of(weight);
            let mut apart = Vec::new();
            for head in 0..heads {
                for row in 0..d {
                    let start = row * d + head * d_head;
                    apart.extend_from_slice(&whole[start..start + d_head]);
                }
            }
            add(&format!("attn.W_{letter}"), &[heads, d, d_head], apart);
            add(&format!("attn.b_{letter}"), &[heads, d_head], of(bias));
        }
        add("attn.W_O", &[heads, d_head, d], of(W::OutputWeight));
        add("attn.b_O", &[d], of(W::OutputBias));
        add("mlp.W_in", &[d, ff], of(W::UpWeight));
        add("mlp.b_in", &[ff], of(W::UpBias));
        add("mlp.W_out", &[ff, d], of(W::DownWeight));
        add("mlp.b_out", &[d], of(W::DownBias));
        for (name, gamma, beta) in [
            ("ln1", W::Norm1Gamma, W::Norm1Beta),
            ("ln2", W::Norm2Gamma, W::Norm2Beta),
        ] {
            add(&format!("{name}.w"), &[d], of(gamma));
            add(&format!("{name}.b"), &[d], of(beta));
        }
        add("attn.mask", &[5, 5], vec![1.0; 25]);
    }
    all
}

/// A file of these tensors, under a key or as it is.
pub fn written(tensors: &Named, key: &[&str], prefix: &str) -> Vec<u8> {
    let mut pairs = Vec::new();
    let mut storages = Vec::new();
    for (at, (name, shape, values)) in tensors.iter().enumerate() {
        let mut strides = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * shape[axis];
        }
        let tensor = Tensor {
            class: "Float",
            key: at.to_string(),
            device: "cpu",
            storage_len: values.len(),
            offset: 0,
            shape: shape.clone(),
            strides,
            parameter: false,
        };
        pairs.push((text(&format!("{prefix}{name}")), Value::Tensor(tensor)));
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        storages.push((at.to_string(), bytes));
    }
    let mut outer = Value::Ordered(pairs);
    for name in key.iter().rev() {
        outer = Value::Dict(vec![(text(name), outer), (text("step"), Value::Int(3))]);
    }
    zipped(&pickle(&outer), &storages)
}

pub fn assumptions(n_heads: Option<usize>) -> Assumptions {
    Assumptions {
        n_heads,
        tokenizer: Some(Tokenizer::characters(('a'..).take(11)).unwrap()),
        ..Assumptions::default()
    }
}

pub fn load(bytes: &[u8], assumptions: &Assumptions) -> Result<LoadedModel, CheckpointError> {
    load_from(Cursor::new(bytes), Path::new("some.pt"), assumptions)
}

#[track_caller]
pub fn is_read_as(bytes: &[u8], assumptions: &Assumptions, gpt: &Gpt, words: &str) {
    let loaded = load(bytes, assumptions).unwrap();
    assert_eq!(loaded.gpt.config(), gpt.config());
    assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
    let told = loaded.read_as.join("; ");
    assert!(told.contains("read as") && told.contains(words), "{told}");
}
