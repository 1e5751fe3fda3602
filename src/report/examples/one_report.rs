//! Writes one report without the application: `one_report MODEL TEXT FILE [--compare TEXT]`. It builds in
//! seconds where the application takes minutes; `orrery report` has all the options.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use orrery_model::checkpoint::{Assumptions, load_vocabulary, open};
use orrery_model::{Interventions, SamplingSettings};
use orrery_report::{Request, Weights, report};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, text, file, more @ ..] = arguments.as_slice() else {
        return Err("one_report MODEL TEXT FILE [--compare TEXT]".into());
    };
    let path = Path::new(model);
    let opened = open(path, &Assumptions::default())?;
    let tokenizer = match opened.tokenizer {
        Some(tokenizer) => tokenizer,
        None => load_vocabulary(&path.with_file_name("meta.pkl"))?,
    };
    let compare = match more {
        [option, text] if option == "--compare" => Some(tokenizer.encode(text)?),
        _ => None,
    };
    let corpus = std::fs::read_to_string("assets/corpus/shakespeare.txt").ok();
    let corpus = corpus.map(|text| tokenizer.encode_lossy(&text[..65536.min(text.len())]).0);
    let request = Request {
        ids: tokenizer.encode(text)?,
        gpt: Arc::new(opened.gpt),
        tokenizer: Arc::new(tokenizer),
        model_name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        training: None,
        sampling: SamplingSettings::default(),
        tokens: 1,
        compare,
        interventions: Interventions::default(),
        corpus: corpus.filter(|ids| ids.len() > 5000),
        weights: Weights::Auto,
        max_size: 5_000_000,
        title: None,
        command: format!("orrery report --model {model} --text '{text}'"),
        card: None,
    };
    let made = report(&request)?;
    std::fs::write(file, &made.html)?;
    println!("{file}: {} bytes, {:?}", made.html.len(), made.tier);
    Ok(())
}
