//! The same mathematics under other names: each way of naming gives the same numbers at the same places.

#![allow(clippy::unwrap_used)]

mod support;

use orrery_model::checkpoint::Assumptions;
use orrery_model::{Activation, Biases, Gpt};
use support::names::{
    BOOK, MINGPT, Named, OWN, assumptions, gpt, is_read_as, lecture, lens, load, named, written,
};
use support::pickles::{Tensor, Value, checkpoint as zipped, pickle, text};

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
fn norms_that_are_folded_into_the_weights_are_computed_all_the_same() {
    let biases = Biases {
        head: true,
        ..Biases::GPT2
    };
    let model = gpt(Activation::GeluTanh, biases, false);
    let folded: Named = lens(&model)
        .into_iter()
        .filter(|(name, ..)| !name.contains("ln"))
        .collect();
    let loaded = load(&written(&folded, &[], ""), &assumptions(None)).unwrap();
    let told = loaded.read_as.join(";");
    assert!(told.contains("folded"), "{told}");
    // a last norm with factors of one is there, as in the blocks
    let found = loaded.gpt;
    assert!(found.config().final_norm);
    let same: Named = lens(&model)
        .into_iter()
        .map(|(name, shape, values)| match name {
            name if name.contains("ln") => {
                let value = if name.ends_with(".w") { 1.0 } else { 0.0 };
                let values = vec![value; values.len()];
                (name, shape, values)
            }
            name => (name, shape, values),
        })
        .collect();
    let spelled = load(&written(&same, &[], ""), &assumptions(None))
        .unwrap()
        .gpt;
    let logits = |gpt: &Gpt| gpt.trace(&[1, 4, 0]).unwrap().values().to_vec();
    assert_eq!(logits(&found), logits(&spelled));
    // one that is left out where the others have numbers is missing
    let without: Named = lens(&model)
        .into_iter()
        .filter(|(name, ..)| !name.starts_with("ln_final"))
        .collect();
    let error = load(&written(&without, &[], ""), &assumptions(None))
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing"), "{error}");
}

#[test]
fn a_model_of_another_architecture_is_refused_by_its_name() {
    let cases: [(&str, &[&str]); 9] = [
        (
            "GPT-NeoX",
            &[
                "gpt_neox.embed_in.weight",
                "gpt_neox.layers.0.attention.query_key_value.weight",
            ],
        ),
        (
            "Llama",
            &[
                "model.embed_tokens.weight",
                "model.layers.0.mlp.gate_proj.weight",
            ],
        ),
        (
            "GPT-J",
            &[
                "transformer.h.0.attn.q_proj.weight",
                "transformer.h.0.mlp.fc_in.weight",
            ],
        ),
        (
            "BERT",
            &["bert.encoder.layer.0.attention.self.query.weight"],
        ),
        (
            "BLOOM",
            &[
                "word_embeddings_layernorm.weight",
                "h.0.self_attention.query_key_value.weight",
            ],
        ),
        (
            "OPT",
            &[
                "decoder.embed_positions.weight",
                "decoder.layers.0.self_attn.q_proj.weight",
            ],
        ),
        (
            "encoder",
            &[
                "decoder.embed_positions.weight",
                "decoder.layers.0.self_attn.q_proj.weight",
                "decoder.layers.0.encoder_attn.q_proj.weight",
            ],
        ),
        ("Mamba", &["backbone.layers.0.mixer.A_log"]),
        ("RWKV", &["rwkv.blocks.0.attention.time_decay"]),
    ];
    for (name, tensors) in cases {
        let tensors: Named = tensors
            .iter()
            .map(|&tensor| (tensor.to_owned(), vec![6, 6], vec![0.0; 36]))
            .collect();
        let error = load(&written(&tensors, &[], ""), &assumptions(Some(2))).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(name) && error.contains("inspect"), "{error}");
    }
    // who has a table of positions may have borrowed the other names
    let borrowed = [
        "wpe.weight",
        "h.0.attn.q_proj.weight",
        "h.0.mlp.fc_in.weight",
    ];
    let tensors: Named = borrowed
        .iter()
        .map(|&tensor| (tensor.to_owned(), vec![6, 6], vec![0.0; 36]))
        .collect();
    let error = load(&written(&tensors, &[], ""), &assumptions(Some(2))).unwrap_err();
    assert!(!error.to_string().contains("GPT-J"), "{error}");
}
