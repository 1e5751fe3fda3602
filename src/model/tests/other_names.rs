//! The same mathematics under other names: each way of naming gives the same numbers at the same places.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;
use std::path::Path;

use orrery_model::checkpoint::{self, Assumptions, load_from};
use orrery_model::{
    Activation, Biases, BlockWeight as W, CheckpointError, Gpt, GptConfig, LoadedModel,
    NormPlacement, Tokenizer, WeightId as Id,
};
use support::pickles::{Tensor, Value, checkpoint as zipped, pickle, text};

type Named = Vec<(String, Vec<usize>, Vec<f32>)>;

fn gpt(activation: Activation, biases: Biases, tied_head: bool) -> Gpt {
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

fn values(gpt: &Gpt, id: Id) -> Option<Vec<f32>> {
    gpt.parameters().get(id).map(<[f32]>::to_vec)
}

/// `[rows, columns]` turned over.
fn turned(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..values.len())
        .map(|at| values[at % rows * columns + at / rows])
        .collect()
}

/// How a program names a block's tensors: with these, `{b}` is the block.
struct Names {
    embedding: &'static str,
    positions: &'static str,
    norms: [&'static str; 2],
    /// Query, key, value
    parts: [&'static str; 3],
    output: &'static str,
    up: &'static str,
    down: &'static str,
    last_norm: &'static str,
    head: &'static str,
    /// Of a weight and of a bias
    endings: [[&'static str; 2]; 2],
}

const BOOK: Names = Names {
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

const MINGPT: Names = Names {
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

const OWN: Names = Names {
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

fn named(gpt: &Gpt, names: &Names) -> Named {
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
fn lecture(gpt: &Gpt) -> Named {
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
fn lens(gpt: &Gpt) -> Named {
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
fn written(tensors: &Named, key: &[&str], prefix: &str) -> Vec<u8> {
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

fn assumptions(n_heads: Option<usize>) -> Assumptions {
    Assumptions {
        n_heads,
        tokenizer: Some(Tokenizer::characters(('a'..).take(11)).unwrap()),
        ..Assumptions::default()
    }
}

fn load(bytes: &[u8], assumptions: &Assumptions) -> Result<LoadedModel, CheckpointError> {
    load_from(Cursor::new(bytes), Path::new("some.pt"), assumptions)
}

#[track_caller]
fn is_read_as(bytes: &[u8], assumptions: &Assumptions, gpt: &Gpt, words: &str) {
    let loaded = load(bytes, assumptions).unwrap();
    assert_eq!(loaded.gpt.config(), gpt.config());
    assert_eq!(loaded.gpt.parameters().values(), gpt.parameters().values());
    let told = loaded.read_as.join("; ");
    assert!(told.contains("read as") && told.contains(words), "{told}");
}

#[test]
fn known_programs_names_tell_what_they_compute() {
    for biases in [
        Biases::GPT2,
        Biases {
            query: false,
            key: false,
            value: false,
            ..Biases::GPT2
        },
    ] {
        let book = gpt(Activation::GeluTanh, biases, false);
        is_read_as(
            &written(&named(&book, &BOOK), &[], ""),
            &assumptions(Some(2)),
            &book,
            "GPTModel",
        );
    }
    let mingpt = gpt(Activation::GeluErf, Biases::GPT2, false);
    is_read_as(
        &written(&named(&mingpt, &MINGPT), &[], ""),
        &assumptions(Some(2)),
        &mingpt,
        "minGPT",
    );
    let biases = Biases {
        query: false,
        key: false,
        value: false,
        head: true,
        ..Biases::GPT2
    };
    let model = gpt(Activation::Relu, biases, false);
    // the tensors show how many heads there are
    is_read_as(
        &written(&lecture(&model), &[], ""),
        &assumptions(None),
        &model,
        "gpt.py",
    );
    let biases = Biases {
        head: true,
        ..Biases::GPT2
    };
    let model = gpt(Activation::GeluTanh, biases, false);
    is_read_as(
        &written(&lens(&model), &[], ""),
        &assumptions(None),
        &model,
        "TransformerLens",
    );
}

#[test]
fn names_that_could_be_anybody_s_do_not_tell_the_activation() {
    let model = gpt(Activation::Relu, Biases::GPT2, true);
    let bytes = written(&named(&model, &OWN), &[], "");
    let error = load(&bytes, &assumptions(Some(2))).unwrap_err().to_string();
    assert!(
        error.contains("--activation") && !error.contains("--norm"),
        "{error}"
    );
    let said = Assumptions {
        activation: Some(Activation::Relu),
        ..assumptions(Some(2))
    };
    is_read_as(&bytes, &said, &model, "norms before");
    // without a norm at the end nothing shows where the others stand
    let mut tensors = named(&model, &OWN);
    tensors.retain(|(name, ..)| !name.starts_with("norm."));
    let error = load(&written(&tensors, &[], ""), &said)
        .unwrap_err()
        .to_string();
    assert!(error.contains("--norm"), "{error}");
}

#[test]
fn weights_are_found_under_any_key_and_any_prefix() {
    let model = gpt(Activation::GeluTanh, Biases::GPT2, false);
    let tensors = named(&model, &BOOK);
    for key in [
        &["net"][..],
        &["params"],
        &["model_state"],
        &["ema_model"],
        &["checkpoint", "model"],
        &["a", "b", "c"],
        &["state_dict"],
    ] {
        is_read_as(
            &written(&tensors, key, ""),
            &assumptions(Some(2)),
            &model,
            "GPTModel",
        );
    }
    for prefix in [
        "net.",
        "gpt.",
        "module.",
        "_fsdp_wrapped_module.",
        "_orig_mod.module.",
        "model.net.",
        "mine.",
        "one.two.three.",
    ] {
        is_read_as(
            &written(&tensors, &["net"], prefix),
            &assumptions(Some(2)),
            &model,
            "GPTModel",
        );
    }
}

#[test]
fn of_several_sets_of_weights_the_usual_or_the_named_one_is_taken() {
    let model = gpt(Activation::GeluTanh, Biases::GPT2, false);
    let tensors = named(&model, &BOOK);
    let write = |names: [&str; 2]| {
        let mut first = written_pairs(&tensors, 0);
        let second = written_pairs(&tensors, tensors.len());
        first.1.extend(second.1);
        let outer = Value::Dict(vec![
            (text(names[0]), Value::Ordered(first.0)),
            (text(names[1]), Value::Ordered(second.0)),
        ]);
        zipped(&pickle(&outer), &first.1)
    };
    let loaded = load(&write(["ema", "model"]), &assumptions(Some(2))).unwrap();
    let told = loaded.read_as.join("; ");
    assert!(
        told.contains("'model'") && told.contains("--weights-key"),
        "{told}"
    );
    let doubt = write(["ema", "net"]);
    let error = load(&doubt, &assumptions(Some(2))).unwrap_err().to_string();
    for part in ["'ema'", "'net'", "--weights-key"] {
        assert!(error.contains(part), "{error}");
    }
    let named = |key: &str| Assumptions {
        weights_key: Some(key.to_owned()),
        ..assumptions(Some(2))
    };
    assert!(load(&doubt, &named("ema")).is_ok());
    let error = load(&doubt, &named("nowhere")).unwrap_err().to_string();
    assert!(error.contains("'ema'"), "{error}");
}

fn written_pairs(tensors: &Named, first: usize) -> (Vec<(Value, Value)>, Vec<(String, Vec<u8>)>) {
    let mut pairs = Vec::new();
    let mut storages = Vec::new();
    for (at, (name, shape, values)) in tensors.iter().enumerate() {
        let key = (first + at).to_string();
        let strides = match shape.as_slice() {
            [_, columns] => vec![*columns, 1],
            _ => vec![1; shape.len()],
        };
        let tensor = Tensor {
            class: "Float",
            key: key.clone(),
            device: "cpu",
            storage_len: values.len(),
            offset: 0,
            shape: shape.clone(),
            strides,
            parameter: false,
        };
        pairs.push((text(name), Value::Tensor(tensor)));
        storages.push((
            key,
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        ));
    }
    (pairs, storages)
}

#[test]
fn other_heads_are_left_out_and_told_and_adapters_get_a_word() {
    let model = gpt(Activation::GeluTanh, Biases::GPT2, false);
    let mut tensors = named(&model, &BOOK);
    tensors.push(("score.weight".into(), vec![3, 6], vec![0.0; 18]));
    let loaded = load(&written(&tensors, &[], ""), &assumptions(Some(2))).unwrap();
    assert_eq!(loaded.gpt.parameters().values(), model.gpt_values());
    assert!(loaded.read_as.join(";").contains("score.weight"));
    tensors.push(("trf_blocks.0.att.rotary".into(), vec![3], vec![0.0; 3]));
    let error = load(&written(&tensors, &[], ""), &assumptions(Some(2)))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("rotary") && error.contains("--ignore"),
        "{error}"
    );
    let lora = vec![
        (
            "base_model.model.h.0.attn.c_attn.lora_A.weight".to_owned(),
            vec![2, 6],
            vec![0.0; 12],
        ),
        (
            "base_model.model.h.0.attn.c_attn.lora_B.weight".to_owned(),
            vec![18, 2],
            vec![0.0; 36],
        ),
    ];
    let error = load(&written(&lora, &[], ""), &assumptions(Some(2)))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("adapter") && error.contains("merge"),
        "{error}"
    );
}

trait Values {
    fn gpt_values(&self) -> &[f32];
}

impl Values for Gpt {
    fn gpt_values(&self) -> &[f32] {
        self.parameters().values()
    }
}

#[test]
fn a_folder_and_its_shards_are_one_model() {
    let model = gpt(Activation::GeluTanh, Biases::GPT2, true);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    checkpoint::save_safetensors(&path("model.safetensors"), &model, None, None).unwrap();
    // a folder means the file in it
    let loaded = checkpoint::load_with(folder.path(), &assumptions(None)).unwrap();
    assert_eq!(
        loaded.gpt.parameters().values(),
        model.parameters().values()
    );

    // the same tensors in three files
    let bytes = std::fs::read(path("model.safetensors")).unwrap();
    let whole = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut map = serde_json::Map::new();
    let mut parts: [Vec<(String, safetensors::tensor::TensorView<'_>)>; 3] = Default::default();
    for (at, (name, view)) in whole.tensors().into_iter().enumerate() {
        let file = format!("model-0000{}-of-00003.safetensors", at % 3 + 1);
        map.insert(name.clone(), file.into());
        parts[at % 3].push((name, view));
    }
    for (at, part) in parts.into_iter().enumerate() {
        let bytes = safetensors::serialize(part, None).unwrap();
        std::fs::write(
            path(&format!("model-0000{}-of-00003.safetensors", at + 1)),
            bytes,
        )
        .unwrap();
    }
    let index = serde_json::json!({"metadata": {}, "weight_map": map});
    std::fs::write(path("model.safetensors.index.json"), index.to_string()).unwrap();
    std::fs::remove_file(path("model.safetensors")).unwrap();
    for named in [
        "",
        "model.safetensors.index.json",
        "model-00002-of-00003.safetensors",
    ] {
        let loaded = checkpoint::load_with(&path(named), &assumptions(None)).unwrap();
        assert_eq!(
            loaded.gpt.parameters().values(),
            model.parameters().values(),
            "{named}"
        );
    }
    sharded_in_pytorch_s_files(&model, &whole);
    // what the index says is checked, and leads nowhere else
    std::fs::remove_file(path("model-00003-of-00003.safetensors")).unwrap();
    let error = checkpoint::load_with(folder.path(), &assumptions(None))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("model-00003-of-00003.safetensors"),
        "{error}"
    );
    let index = serde_json::json!({"weight_map": {"wte.weight": "../elsewhere.safetensors"}});
    std::fs::write(path("model.safetensors.index.json"), index.to_string()).unwrap();
    let error = checkpoint::load_with(folder.path(), &assumptions(None))
        .unwrap_err()
        .to_string();
    assert!(error.contains("elsewhere"), "{error}");
    std::fs::remove_file(path("model.safetensors.index.json")).unwrap();
    let shard = path("model-00001-of-00003.safetensors");
    let error = checkpoint::load_with(&shard, &assumptions(None))
        .unwrap_err()
        .to_string();
    assert!(error.contains("index"), "{error}");
}

/// The same tensors in two `.bin` files with their index, as transformers wrote large models before.
fn sharded_in_pytorch_s_files(model: &Gpt, whole: &safetensors::SafeTensors<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let config = {
        let written = tempfile::tempdir().unwrap();
        let file = written.path().join("model.safetensors");
        checkpoint::save_safetensors(&file, model, None, None).unwrap();
        std::fs::read(written.path().join("config.json")).unwrap()
    };
    std::fs::write(path("config.json"), config).unwrap();
    let mut map = serde_json::Map::new();
    let mut parts: [Named; 2] = Default::default();
    for (at, (name, view)) in whole.tensors().into_iter().enumerate() {
        let numbers = view.data().chunks_exact(4);
        let numbers = numbers.map(|four| f32::from_le_bytes(four.try_into().unwrap()));
        map.insert(
            name.clone(),
            format!("pytorch_model-0000{}-of-00002.bin", at % 2 + 1).into(),
        );
        parts[at % 2].push((name, view.shape().to_vec(), numbers.collect()));
    }
    for (at, part) in parts.iter().enumerate() {
        let name = format!("pytorch_model-0000{}-of-00002.bin", at + 1);
        std::fs::write(path(&name), written(part, &[], "")).unwrap();
    }
    let index = serde_json::json!({"metadata": {}, "weight_map": map});
    std::fs::write(path("pytorch_model.bin.index.json"), index.to_string()).unwrap();
    for named in [
        "",
        "pytorch_model.bin.index.json",
        "pytorch_model-00001-of-00002.bin",
    ] {
        let loaded = checkpoint::load_with(&path(named), &assumptions(None)).unwrap();
        assert_eq!(
            loaded.gpt.parameters().values(),
            model.parameters().values(),
            "{named}"
        );
    }
    std::fs::remove_file(path("pytorch_model-00002-of-00002.bin")).unwrap();
    let error = checkpoint::load_with(folder.path(), &assumptions(None))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("pytorch_model-00002-of-00002.bin"),
        "{error}"
    );
}
