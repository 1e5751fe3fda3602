//! A model in several files, in a folder.

#![allow(clippy::unwrap_used)]

mod support;

use orrery_model::{Activation, Biases, Gpt, checkpoint};
use support::names::{Named, assumptions, gpt, written};

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
