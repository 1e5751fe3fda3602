//! `orrery inspect`: what a file of weights holds.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use orrery_model::checkpoint::{CheckpointError, FoundTensor, OpenedModel, survey};
use orrery_model::{GptConfig, Tokenizer, TrainingFacts};
use serde::Serialize;
use serde_json::{Map, Value};

use super::model_arguments::{FileArguments, ModelArguments};
use super::output::{print, print_json};
use super::report::line;
use super::statistics::Statistics;
use super::table::table;

/// What `orrery inspect` takes.
#[derive(Clone, Debug, Args)]
pub struct InspectArguments {
    /// The model's weights: .npz, a nanoGPT checkpoint .pt, or .safetensors with its config.json
    /// [default: the environment's MODEL, or the character model that comes with the program]
    #[arg(value_name = "FILE")]
    model: Option<PathBuf>,

    #[command(flatten)]
    file: FileArguments,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// No more tokens are listed in words.
const MOST_LISTED: usize = 200;

/// One tensor of the file.
#[derive(Serialize)]
struct TensorReport {
    name: String,
    shape: Vec<usize>,
    #[serde(rename = "type")]
    number_type: &'static str,
    #[serde(flatten)]
    statistics: Statistics,
}

impl TensorReport {
    fn new(tensor: FoundTensor, values: &[f32]) -> Self {
        Self {
            name: tensor.name,
            shape: tensor.shape,
            number_type: tensor.number_type,
            statistics: Statistics::of(values),
        }
    }
}

/// How text becomes token ids.
#[derive(Serialize)]
struct TokenizerReport {
    /// What a token is
    unit: &'static str,
    /// Rows of the embedding table
    rows: usize,
    /// Of these, how many stand for text
    tokens: usize,
}

/// What is known of the model that the tensors make.
#[derive(Serialize)]
struct ModelReport<'a> {
    parameters: usize,
    /// What the weights take in this program, in single precision
    memory_bytes: usize,
    configuration: &'a GptConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenizer: Option<TokenizerReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vocabulary: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    training: Option<&'a TrainingFacts>,
}

/// Everything that is printed.
#[derive(Serialize)]
struct Report<'a> {
    file: String,
    format: String,
    #[serde(flatten)]
    model: Option<ModelReport<'a>>,
    /// How the file was read where that is not plain
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    read_as: &'a [String],
    /// Why the tensors make no model that can be run
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    tensors: Vec<TensorReport>,
}

impl<'a> ModelReport<'a> {
    fn new(model: &'a OpenedModel) -> Self {
        let parameters = model.gpt.parameters().values();
        let tokenizer = model.tokenizer.as_ref();
        Self {
            parameters: parameters.len(),
            memory_bytes: size_of_val(parameters),
            configuration: model.gpt.config(),
            tokenizer: tokenizer.map(|tokenizer| TokenizerReport {
                unit: tokenizer.unit(),
                rows: tokenizer.vocab_size(),
                tokens: tokenizer.vocab_size() - tokenizer.special().len(),
            }),
            vocabulary: tokenizer.map(|t: &Tokenizer| t.vocabulary().tokens()),
            training: model.training.as_ref(),
        }
    }

    fn lines(&self, lines: &mut Vec<String>) -> Result<()> {
        lines.push("\nConfiguration".to_owned());
        lines.extend(facts(self.configuration)?);
        lines.push("\nVocabulary".to_owned());
        match (&self.tokenizer, self.vocabulary) {
            (Some(tokenizer), Some(vocabulary)) => {
                lines.push(format!(
                    "  {} tokens, each a {}; {} that never stand for text",
                    tokenizer.rows,
                    tokenizer.unit,
                    tokenizer.rows - tokenizer.tokens
                ));
                lines.push(format!("  {}", listed(vocabulary)));
            }
            _ => lines.push("  not known; name its file with --meta".to_owned()),
        }
        if let Some(training) = self.training {
            lines.push("\nTraining".to_owned());
            lines.extend(facts(training)?);
        }
        Ok(())
    }
}

impl Report<'_> {
    fn text(&self) -> Result<String> {
        let mut lines = Vec::new();
        if let Some(model) = &self.model {
            lines.push(format!(
                "{}: {}, {} parameters, {} in memory",
                self.file,
                self.format,
                model.parameters,
                size(model.memory_bytes)
            ));
            model.lines(&mut lines)?;
        } else {
            lines.push(format!("{}: {}", self.file, self.format));
        }
        lines.extend(self.read_as.iter().cloned());
        if let Some(problem) = &self.problem {
            lines.push(format!("\nThis cannot be run: {problem}"));
        }
        let headings = [
            "Tensor", "shape", "type", "min", "max", "mean", "std", "NaN", "infinite",
        ];
        let mut tensors = table(&headings);
        for tensor in &self.tensors {
            let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
            let s = tensor.statistics;
            let numbers = [s.min, s.max, s.mean, s.standard_deviation].map(|x| format!("{x:.4}"));
            let mut row = vec![tensor.name.clone(), shape.join(" × ")];
            row.push(tensor.number_type.to_owned());
            row.extend(numbers);
            row.extend([s.nan, s.infinite].map(|count| count.to_string()));
            tensors.add_row(row);
        }
        lines.push(format!("\n{}\n", tensors.trim_fmt()));
        Ok(lines.join("\n"))
    }
}

/// Bytes in a unit that a person reads.
fn size(bytes: usize) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// The tokens between spaces, those that cannot be seen in quotes.
fn listed(vocabulary: &[String]) -> String {
    let visible = |token: &String| {
        if token.chars().any(|c| c.is_whitespace() || c.is_control()) {
            format!("{token:?}")
        } else {
            token.clone()
        }
    };
    let mut tokens: Vec<String> = vocabulary.iter().take(MOST_LISTED).map(visible).collect();
    if vocabulary.len() > MOST_LISTED {
        tokens.push(format!("and {} more", vocabulary.len() - MOST_LISTED));
    }
    tokens.join(" ")
}

/// The known members of a JSON object, one a line; of an inner object the names of what is true.
fn facts(object: &impl Serialize) -> Result<Vec<String>> {
    // through text: a Value made directly would show single-precision numbers with double digits
    let members: Map<String, Value> = serde_json::from_str(&serde_json::to_string(object)?)?;
    let line = |(name, value): (&String, &Value)| match value {
        Value::Null => None,
        Value::Object(inner) => {
            let yes = inner
                .iter()
                .filter(|(_, value)| **value == Value::Bool(true));
            let names: Vec<&str> = yes.map(|(name, _)| name.as_str()).collect();
            let names = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            Some(format!("  {name}: {names}"))
        }
        Value::String(text) => Some(format!("  {name}: {text}")),
        other => Some(format!("  {name}: {other}")),
    };
    Ok(members.iter().filter_map(line).collect())
}

/// Prints the configuration, the vocabulary, what is known of the training, and each tensor. A file
/// that is no model, or one that cannot be run, is described as far as it can be, with the reason.
///
/// # Errors
/// A file that cannot be read, or standard output that cannot be written to.
pub fn run(arguments: &InspectArguments) -> Result<()> {
    let file = ModelArguments {
        model: arguments.model.clone(),
        file: arguments.file.clone(),
    };
    let opened = file.open();
    let (model, mut problem) = match opened {
        Ok(model) => (Some(model), None),
        Err(error) => (None, Some(error)),
    };
    let mut tensors = Vec::new();
    let format = match (file.path(), &model) {
        (Some(path), _) => {
            let surveyed = survey(&path, |tensor, values| -> Result<(), CheckpointError> {
                tensors.push(TensorReport::new(tensor, values));
                Ok(())
            });
            match (surveyed, problem.take()) {
                (Ok(format), why) => {
                    problem = why;
                    format.to_string()
                }
                // a file that cannot even be looked at is what its model's refusal says it is
                (Err(_), Some(why)) => return Err(why),
                (Err(error), None) => return Err(error.into()),
            }
        }
        (None, Some(model)) => {
            let parameters = model.gpt.parameters();
            tensors.extend(parameters.layout().entries().iter().map(|entry| {
                let found = FoundTensor {
                    name: entry.id.to_string(),
                    shape: entry.shape.clone(),
                    number_type: "f32",
                };
                TensorReport::new(found, &parameters.values()[entry.range.clone()])
            }));
            model.format.to_string()
        }
        (None, None) => match problem {
            Some(why) => return Err(why),
            None => String::new(),
        },
    };
    let report = Report {
        file: file.name(),
        format,
        read_as: model.as_ref().map_or(&[], |model| &model.read_as),
        model: model.as_ref().map(ModelReport::new),
        problem: problem.as_ref().map(line),
        tensors,
    };
    if arguments.json {
        print_json(&report)?;
    } else {
        print(&report.text()?)?;
    }
    Ok(())
}
