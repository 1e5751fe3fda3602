//! Writes the first inputs of every fuzz target to `fuzz/corpus`: small files of every format and
//! variant, and the reference files where they are.
//!
//! ```sh
//! cargo run --release --manifest-path fuzz/Cargo.toml --example seeds
//! ```

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use orrery_fuzz::{entries, npz_with, tiny};
use orrery_model::checkpoint::save_safetensors;
use orrery_model::{Gpt, GptConfig, Tokenizer};
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};

#[path = "../../src/model/tests/support/checkpoints.rs"]
#[allow(dead_code, missing_docs)]
mod checkpoints;
#[path = "../../src/model/tests/support/pickles.rs"]
#[allow(dead_code, missing_docs)]
mod pickles;

use checkpoints::{Around, Lie, Numbers, Variant};

/// Writes one input of a target.
fn seed(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join(name), bytes).expect("there is room");
}

/// Every way in which a checkpoint can be written.
fn variants() -> Vec<Variant> {
    let default = Variant::default;
    let numbers = [Numbers::Double, Numbers::Half, Numbers::Brain];
    let lies = [Lie::Offset, Lie::Turned, Lie::Joint];
    let mut variants = vec![
        default(),
        Variant {
            around: Around::Early,
            masks: true,
            ..default()
        },
        Variant {
            around: Around::Bare,
            tied_head_named: false,
            ..default()
        },
        Variant {
            prefix: "_orig_mod.",
            parameters: true,
            device: "cuda:1",
            ..default()
        },
    ];
    variants.extend(numbers.map(|numbers| Variant {
        numbers,
        ..default()
    }));
    variants.extend(lies.map(|lie| Variant { lie, ..default() }));
    variants
}

fn pytorch(gpt: &Gpt) {
    for (at, variant) in variants().into_iter().enumerate() {
        let pairs = checkpoints::parts(gpt, variant).pairs;
        let description = pickles::pickle(&checkpoints::around(gpt, variant.around, pairs));
        seed("pytorch_description", &format!("variant{at}"), &description);
        seed(
            "file",
            &format!("variant{at}.pt"),
            &checkpoints::written(gpt, variant),
        );
    }
}

fn safetensors(gpt: &Gpt, tokenizer: &Tokenizer) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.safetensors");
    save_safetensors(&path, gpt, Some(tokenizer), None).expect("there is room");
    let bytes = fs::read(&path).expect("it was written");
    seed("file", "model.safetensors", &bytes);
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    let header = &bytes[8..8 + length as usize];
    let config = fs::read(path.with_file_name("config.json")).expect("it was written too");
    seed(
        "safetensors_description",
        "own",
        &[header, b"\0", &config].concat(),
    );
    // without this program's own word
    let mut tensors: serde_json::Value = serde_json::from_slice(header).expect("it is JSON");
    if let Some(tensors) = tensors.as_object_mut() {
        tensors.remove("__metadata__");
    }
    let header = tensors.to_string();
    seed(
        "safetensors_description",
        "foreign",
        &[header.as_bytes(), b"\0", &config].concat(),
    );
}

fn npz() {
    let entries = entries();
    for (at, (_, array)) in entries.iter().enumerate() {
        for metadata in 0..2 {
            let choice = (2 * at + metadata) as u8;
            seed(
                "npz_array",
                &format!("{choice}"),
                &[&[choice], &array[..]].concat(),
            );
        }
    }
    for metadata in [true, false] {
        let whole = npz_with(&entries, 0, &entries[0].1, metadata);
        seed("file", &format!("model{metadata}.npz"), &whole);
    }
}

/// Files of other programs, if they are small enough to be tried often.
fn reference() {
    const LONGEST: u64 = 1 << 16;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures");
    for folder in [
        "charlm",
        "nanogpt/char-bard",
        "nanogpt/word-knock",
        "nanogpt/variants",
    ] {
        let Ok(files) = fs::read_dir(root.join(folder)) else {
            eprintln!("left out: the reference files '{folder}' are not here");
            continue;
        };
        for path in files.filter_map(|file| Some(file.ok()?.path())) {
            let (Some(name), Some(ending)) = (path.file_name(), path.extension()) else {
                continue;
            };
            let name = format!("{}-{}", folder.replace('/', "-"), name.display());
            let bytes = fs::read(&path).expect("it is there");
            match ending.to_str() {
                Some("pkl") => seed("vocabulary", &name, &bytes),
                Some("pt") => seed("pytorch_description", &name, &description(&bytes)),
                _ => {}
            }
            if matches!(ending.to_str(), Some("pt" | "npz")) && bytes.len() as u64 <= LONGEST {
                seed("file", &name, &bytes);
            }
        }
    }
}

/// The `data.pkl` of a checkpoint.
fn description(checkpoint: &[u8]) -> Vec<u8> {
    let config = Config {
        // as the reader does, and for its reason
        archive_offset: ArchiveOffset::Known(0),
    };
    let zip = ZipArchive::with_config(config, Cursor::new(checkpoint));
    let mut zip = zip.expect("it is a zip");
    let mut bytes = Vec::new();
    for entry in 0..zip.len() {
        let mut file = zip.by_index(entry).expect("it is there");
        if file.name().is_ok_and(|name| name.ends_with("/data.pkl")) {
            file.read_to_end(&mut bytes).expect("it is whole");
        }
    }
    bytes
}

/// Vocabularies in words and letters, and one instruction of each kind.
fn vocabularies() {
    use pickles::{Value, pickle, text};
    let pairs = |turned: bool| {
        let pair = |(id, token): (usize, char)| {
            let (id, token) = (Value::Int(id as i64), text(&token.to_string()));
            if turned { (token, id) } else { (id, token) }
        };
        Value::Dict("abcdef\n é".chars().enumerate().map(pair).collect())
    };
    let tokens = ["the", "cat", "<unk>", "."].map(text).to_vec();
    for (name, value) in [
        (
            "itos",
            vec![(text("itos"), pairs(false)), (text("stoi"), pairs(true))],
        ),
        (
            "stoi",
            vec![
                (text("vocab_size"), Value::Int(9)),
                (text("stoi"), pairs(true)),
            ],
        ),
        ("list", vec![(text("itos"), Value::List(tokens))]),
    ] {
        seed("vocabulary", name, &pickle(&Value::Dict(value)));
    }
    for (name, bytes) in [
        ("protocol0", &b"(dp0\nVitos\np1\n(lp2\nVa\np3\naS'it\\'s'\np4\naVb\\u00e9\np5\nas."[..]),
        ("protocol4", b"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94\x8c\x04itos\x94]\x94(\x8c\x01a\x94\x8c\x01b\x94es."),
        ("numbers", b"(I42\nL-7L\nI01\nF1.5\nM\x01\x02J\xff\xff\xff\xff\x8a\x02\0\xffG?\xf8\0\0\0\0\0\0t."),
        ("names", b"ccollections\nOrderedDict\n(]NN\x86atR}b."),
        ("sets", b"c__builtin__\nset\n(]K\x01atRN\x88\x890011."),
    ] {
        seed("vocabulary", name, bytes);
    }
}

/// Tokenizers of Hugging Face's library, an index, and changes as they are typed.
fn of_people() {
    let all = include_str!("../../src/model/tests/data/tokenizers.json");
    let all: serde_json::Value = serde_json::from_str(all).expect("it is JSON");
    for (name, tokenizer) in all.as_object().expect("it is a table") {
        let json = tokenizer["json"].to_string();
        seed("tokenizer_json", name, json.as_bytes());
    }
    seed(
        "index",
        "usual",
        br#"{"metadata": {}, "weight_map": {"wte.weight": "model-00001-of-00001.safetensors"}}"#,
    );
    for (name, text) in [
        ("head", "h2.head3=off, h1.mlp=off"),
        ("edge", "h0.att.2[5,3]=cut,h0.att.2[5,3]=0.9"),
        ("other", "h3.resid_post[4,*]<B[5], block1_W_Q[3,2]*=0.5"),
        ("address", "block0.attention.1[3,last]"),
    ] {
        seed("typed", name, text.as_bytes());
    }
}

fn main() {
    of_people();
    let gpt = tiny(true);
    let tokenizer = Tokenizer::characters("abcdefgh".chars()).expect("no letter comes twice");
    pytorch(&gpt);
    let hugging = Gpt::random(
        GptConfig {
            d_ff: 4 * gpt.config().d_model,
            ..gpt.config().clone()
        },
        2,
    );
    safetensors(&hugging.expect("it is valid"), &tokenizer);
    npz();
    vocabularies();
    reference();
}
