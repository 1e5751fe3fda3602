//! What a file says of its model is believed, or refused by name: never run as something else.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Cursor;
use std::path::Path;

use orrery_model::checkpoint::{self, Assumptions, load_from};
use orrery_model::{
    Activation, AttentionScaling, Biases, CheckpointError, Gpt, GptConfig, LoadedModel,
    NormPlacement, Tokenizer,
};
use support::checkpoints::{Around, Variant, around, parts};
use support::pickles::{Value, checkpoint as zipped, pickle, text};

/// A model of nanoGPT's kind.
fn small() -> Gpt {
    let config = GptConfig {
        vocab_size: 11,
        context_length: 5,
        d_model: 6,
        n_heads: 2,
        n_blocks: 2,
        d_ff: 24,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases: Biases::GPT2,
        final_norm: true,
        tied_head: true,
        norm_epsilon: 1e-5,
        attention_scaling: AttentionScaling::default(),
    };
    Gpt::random(config, 3).unwrap()
}

fn assumptions() -> Assumptions {
    Assumptions {
        tokenizer: Some(Tokenizer::characters(('a'..).take(11)).unwrap()),
        ..Assumptions::default()
    }
}

/// Where a fact can stand in a checkpoint.
const PLACES: [&str; 6] = [
    "",
    "model_args",
    "config",
    "hparams",
    "args",
    "config.model",
];

/// A state for an object of a class that only a script has.
fn object(class: &str, pairs: Vec<(Value, Value)>) -> Value {
    let mut instructions = format!("c{class}\n)").into_bytes();
    instructions.push(0x81);
    let state = pickle(&Value::Dict(pairs));
    instructions.extend(&state[2..state.len() - 1]);
    instructions.push(b'b');
    Value::Raw(instructions)
}

/// A checkpoint with one more fact in one place; with `as_object` the place is an object.
fn with_fact(place: &str, key: &str, said: Value, as_object: bool) -> Vec<u8> {
    let gpt = small();
    let parts = parts(&gpt, Variant::default());
    let Value::Dict(mut outer) = around(&gpt, Around::NanoGpt, parts.pairs) else {
        panic!("nanoGPT writes a dictionary");
    };
    let fact = (text(key), said);
    let made = |pairs: Vec<(Value, Value)>| match as_object {
        true => object("__main__\nSettings", pairs),
        false => Value::Dict(pairs),
    };
    let known = |outer: &[(Value, Value)], name: &str| {
        let is = |(key, _): &(Value, Value)| matches!(key, Value::Text(key) if key == name);
        outer.iter().position(is)
    };
    match place {
        "" => outer.push(fact),
        "config.model" => outer.push((text("cfg"), made(vec![(text("model"), made(vec![fact]))]))),
        place => match known(&outer, place) {
            Some(at) => {
                let Value::Dict(pairs) = &mut outer[at].1 else {
                    panic!("{place} is a dictionary");
                };
                let mut pairs = std::mem::take(pairs);
                pairs.push(fact);
                outer[at].1 = made(pairs);
            }
            None => outer.push((text(place), made(vec![fact]))),
        },
    }
    zipped(&pickle(&Value::Dict(outer)), &parts.storages)
}

fn load(bytes: &[u8], assumptions: &Assumptions) -> Result<LoadedModel, CheckpointError> {
    load_from(Cursor::new(bytes), Path::new("some.pt"), assumptions)
}

#[test]
fn one_fact_that_is_not_understood_is_refused_by_name_wherever_it_stands() {
    let number = |number: f64| Value::Float(number);
    for (key, said, option) in [
        ("activation", text("silu"), "--activation"),
        ("activation_function", text("tanh"), "--activation"),
        ("act_fn", text("relu2"), "--activation"),
        ("hidden_act", text("LeakyReLU"), "--activation"),
        ("activationFunction", text("swish"), "--activation"),
        ("gelu", text("quick"), "--activation"),
        ("norm", text("rmsnorm"), "--ignore"),
        ("norm_type", text("RMSNorm"), "--ignore"),
        ("rms_norm_eps", number(1e-6), "--ignore"),
        ("use_rope", Value::Bool(true), "--ignore"),
        ("rotary_dim", Value::Int(16), "--ignore"),
        ("qk_norm", Value::Bool(true), "--ignore"),
        ("logit_softcap", number(30.0), "--ignore"),
        ("parallel_residual", Value::Bool(true), "--ignore"),
        ("sliding_window", Value::Int(3), "--ignore"),
        ("position_embedding_type", text("rotary"), "--ignore"),
        ("n_experts", Value::Int(4), "--ignore"),
        ("layer_norm_epsilon", text("small"), "--epsilon"),
        ("pre_norm", text("perhaps"), "--norm"),
        ("residual_scale", number(0.5), "--ignore"),
        ("alibi", Value::Bool(true), "--ignore"),
        ("alibi_bias", Value::Bool(true), "--ignore"),
        ("clip_qkv", number(8.0), "--ignore"),
        ("attn_logit_clip", number(5.0), "--ignore"),
        ("use_logn_attn", Value::Bool(true), "--ignore"),
        ("n_sink_tokens", Value::Int(4), "--ignore"),
        ("token_shift", Value::Bool(true), "--ignore"),
        ("hyper_connections", Value::Bool(true), "--ignore"),
        ("n_loops", Value::Int(3), "--ignore"),
        ("use_frobnication", Value::Bool(true), "--ignore"),
    ] {
        for place in PLACES {
            for as_object in [false, true] {
                // what only a model's own description can mean
                if key == "position_embedding_type"
                    && !matches!(place, "model_args" | "config.model")
                {
                    continue;
                }
                let bytes = with_fact(place, key, said.clone(), as_object);
                let error = load(&bytes, &assumptions()).expect_err(key).to_string();
                for part in ["some.pt", key, option] {
                    assert!(error.contains(part), "{place}: {error}");
                }
            }
        }
    }
    // what nobody knows counts where a model is described and nothing else
    let bytes = with_fact("model_args", "frobnication", Value::Int(3), false);
    let error = load(&bytes, &assumptions()).unwrap_err().to_string();
    assert!(
        error.contains("frobnication") && error.contains("--ignore"),
        "{error}"
    );
    let settled = Assumptions {
        ignored: vec!["frobnication".to_owned()],
        ..assumptions()
    };
    assert!(load(&bytes, &settled).is_ok());
}

#[test]
fn one_fact_that_is_understood_is_run_wherever_it_stands() {
    let plain = small().config().clone();
    type Change = fn(&mut GptConfig);
    let cases: [(&str, Value, Change); 9] = [
        ("activation", text("relu"), |c| {
            c.activation = Activation::Relu
        }),
        ("activation", text("nn.ReLU()"), |c| {
            c.activation = Activation::Relu
        }),
        ("activation_function", text("gelu_new"), |c| {
            c.activation = Activation::GeluTanh
        }),
        ("approximate", text("tanh"), |c| {
            c.activation = Activation::GeluTanh
        }),
        ("layer_norm_epsilon", Value::Float(1e-3), |c| {
            c.norm_epsilon = 1e-3
        }),
        ("ln_eps", Value::Float(1e-6), |c| c.norm_epsilon = 1e-6),
        ("norm_first", Value::Bool(false), |c| {
            c.norm_placement = NormPlacement::Post
        }),
        ("scale_attn_by_inverse_layer_idx", Value::Bool(true), |c| {
            c.attention_scaling.by_block = true;
        }),
        ("scale_attn_weights", Value::Bool(false), |c| {
            c.attention_scaling.by_width = false;
        }),
    ];
    for (key, said, change) in cases {
        let mut expected = plain.clone();
        change(&mut expected);
        for place in PLACES {
            for as_object in [false, true] {
                let bytes = with_fact(place, key, said.clone(), as_object);
                let loaded = load(&bytes, &assumptions()).unwrap();
                assert_eq!(loaded.gpt.config(), &expected, "{place}.{key}");
            }
        }
    }
    // the form of GELU as a class, which is never built
    let class = Value::Raw(b"ctorch.nn.modules.activation\nReLU\n".to_vec());
    let loaded = load(
        &with_fact("model_args", "act", class, false),
        &assumptions(),
    )
    .unwrap();
    assert_eq!(loaded.gpt.config().activation, Activation::Relu);
}

#[test]
fn what_training_says_is_no_reason_to_refuse() {
    for (key, said) in [
        ("learning_rate", Value::Float(1e-3)),
        ("max_grad_norm", Value::Float(1.0)),
        ("attn_dropout", Value::Float(0.1)),
        ("adam_eps", Value::Float(1e-8)),
        ("use_flash_attention", Value::Bool(true)),
        ("rope", Value::Bool(false)),
        ("alibi", Value::None),
        ("init_scale", Value::Float(0.02)),
        ("bias", Value::Bool(true)),
        ("position_embedding_type", text("learned")),
        ("use_tensorboard", Value::Bool(true)),
        ("grad_norm_clip", Value::Float(1.0)),
        ("n_loops", Value::Int(0)),
    ] {
        for place in PLACES {
            let bytes = with_fact(place, key, said.clone(), false);
            let loaded = load(&bytes, &assumptions()).unwrap();
            assert_eq!(loaded.gpt.config(), small().config(), "{place}.{key}");
        }
    }
}

#[test]
fn what_is_said_in_two_ways_is_refused_and_an_option_settles_it() {
    let gpt = small();
    let parts = parts(&gpt, Variant::default());
    let Value::Dict(mut outer) = around(&gpt, Around::NanoGpt, parts.pairs) else {
        panic!("nanoGPT writes a dictionary");
    };
    outer.push((text("activation"), text("relu")));
    outer.push((
        text("hparams"),
        Value::Dict(vec![(text("activation"), text("gelu"))]),
    ));
    let bytes = zipped(&pickle(&Value::Dict(outer)), &parts.storages);
    let error = load(&bytes, &assumptions()).unwrap_err().to_string();
    for part in ["relu", "gelu", "hparams", "--activation"] {
        assert!(error.contains(part), "{error}");
    }
    let settled = Assumptions {
        activation: Some(Activation::Relu),
        ..assumptions()
    };
    let loaded = load(&bytes, &settled).unwrap();
    assert_eq!(loaded.gpt.config().activation, Activation::Relu);
}

#[test]
fn the_config_beside_a_bare_state_dict_is_what_is_run() {
    let gpt = small();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pytorch_model.bin");
    let variant = Variant {
        around: Around::Bare,
        ..Variant::default()
    };
    std::fs::write(&file, support::checkpoints::written(&gpt, variant)).unwrap();
    let config = |more: &str| {
        let text = format!("\u{feff}{{\"model_type\": \"gpt2\", \"n_head\": 2{more}}}");
        std::fs::write(folder.path().join("config.json"), text).unwrap();
        checkpoint::load_with(&file, &assumptions())
    };
    let loaded = config("").unwrap();
    assert_eq!(loaded.gpt.config().activation, Activation::GeluTanh);
    let more = r#", "activation_function": "relu", "layer_norm_epsilon": 0.01,
        "scale_attn_by_inverse_layer_idx": true"#;
    let loaded = config(more).unwrap();
    let expected = GptConfig {
        activation: Activation::Relu,
        norm_epsilon: 0.01,
        attention_scaling: AttentionScaling {
            by_width: true,
            by_block: true,
        },
        ..gpt.config().clone()
    };
    assert_eq!(loaded.gpt.config(), &expected);
    for (more, part) in [
        (r#", "activation_function": "tanh""#, "activation_function"),
        (r#", "n_layer": 3"#, "n_layer"),
        (r#", "use_rotary": true"#, "use_rotary"),
        (r#", "add_cross_attention": true"#, "add_cross_attention"),
    ] {
        let error = config(more).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn attention_scaled_by_block_is_computed_so() {
    let gpt = small();
    let config = GptConfig {
        attention_scaling: AttentionScaling {
            by_width: true,
            by_block: true,
        },
        ..gpt.config().clone()
    };
    let scaled = Gpt::new(config, gpt.parameters().clone()).unwrap();
    let trace = scaled.trace(&[1, 2, 3]).unwrap();
    for block in 0..2 {
        let of = |tensor| {
            let id = orrery_model::TensorId::Block(block, tensor);
            trace
                .tensor(id)
                .unwrap()
                .iter()
                .copied()
                .collect::<Vec<f32>>()
        };
        let raw = of(orrery_model::BlockTensor::RawScores);
        let scores = of(orrery_model::BlockTensor::Scores);
        for (raw, score) in raw.iter().zip(scores) {
            let expected = raw / (3.0_f32.sqrt() * (block + 1) as f32);
            assert!((score - expected).abs() < 1e-6, "{score} {expected}");
        }
    }
}

/// A checkpoint of nanoGPT's kind with one more member.
fn with_member(key: &str, value: Value) -> Vec<u8> {
    let gpt = small();
    let parts = parts(&gpt, Variant::default());
    let Value::Dict(mut outer) = around(&gpt, Around::NanoGpt, parts.pairs) else {
        panic!("nanoGPT writes a dictionary");
    };
    outer.push((text(key), value));
    zipped(&pickle(&Value::Dict(outer)), &parts.storages)
}

#[test]
fn a_vocabulary_beside_the_weights_is_read_and_told() {
    let letters = |count: u8| {
        (0..count)
            .map(|at| char::from(b'k' - at))
            .collect::<String>()
    };
    let table = |count: u8| {
        let pairs = letters(count);
        let pairs = pairs.chars().zip(0..);
        Value::Dict(
            pairs
                .map(|(c, id)| (text(&c.to_string()), Value::Int(id)))
                .collect(),
        )
    };
    let open = |bytes: &[u8]| load(bytes, &Assumptions::default());
    for (key, value, place) in [
        ("stoi", table(11), "'stoi'"),
        (
            "tokenizer",
            Value::Dict(vec![(text("stoi"), table(11))]),
            "'tokenizer.stoi'",
        ),
        (
            "meta",
            object("__main__\nVocabulary", vec![(text("stoi"), table(11))]),
            "'meta.stoi'",
        ),
        ("chars", text(&letters(11)), "'chars'"),
    ] {
        let loaded = open(&with_member(key, value.clone())).unwrap();
        assert_eq!(loaded.tokenizer.encode("ka").unwrap(), [0, 10]);
        let told = loaded.read_as.join(";");
        assert!(told.contains(place) && told.contains("11 tokens"), "{told}");
        // what is named goes first
        let loaded = load(&with_member(key, value), &assumptions()).unwrap();
        assert_eq!(loaded.tokenizer.encode("ka").unwrap(), [10, 0]);
    }
    // fewer tokens than rows: the rows beyond are never drawn
    let loaded = open(&with_member("stoi", table(9))).unwrap();
    assert_eq!(loaded.tokenizer.special(), [9, 10]);
    // a word that may mean something else is no vocabulary unless it fits
    let error = open(&with_member("vocab", text("gpt")))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("11 tokens but does not say which"),
        "{error}"
    );
    for (key, value) in [
        ("stoi", table(12)),
        ("stoi", Value::Dict(vec![(text("a"), text("b"))])),
    ] {
        let error = open(&with_member(key, value)).unwrap_err().to_string();
        assert!(
            error.contains("'stoi'") && error.contains("--meta"),
            "{error}"
        );
    }
}

#[test]
fn a_head_of_its_own_contradicts_a_configuration_that_ties_it() {
    let untied = GptConfig {
        tied_head: false,
        ..small().config().clone()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let model = Gpt::random(untied, 4).unwrap();
    checkpoint::save_safetensors(&path, &model, None, None).unwrap();
    let config = folder.path().join("config.json");
    let written = std::fs::read_to_string(&config).unwrap();
    let open = |ignored: &[&str]| {
        let ignored = ignored.iter().map(|&name| name.to_owned()).collect();
        checkpoint::load_with(
            &path,
            &Assumptions {
                ignored,
                ..assumptions()
            },
        )
    };
    assert_eq!(
        open(&[]).unwrap().gpt.parameters().values(),
        model.parameters().values()
    );
    // nothing said is what a GPT-2 usually is
    let unsaid: Vec<&str> = written
        .lines()
        .filter(|line| !line.contains("tie_word"))
        .collect();
    assert!(unsaid.len() < written.lines().count());
    std::fs::write(&config, unsaid.join("\n")).unwrap();
    let error = open(&[]).unwrap_err().to_string();
    for part in ["tie_word_embeddings", "lm_head.weight", "--ignore"] {
        assert!(error.contains(part), "{error}");
    }
    let found = open(&["tie_word_embeddings"]).unwrap();
    assert_eq!(found.gpt.parameters().values(), model.parameters().values());
    assert!(open(&["lm_head.weight"]).unwrap().gpt.config().tied_head);
}
