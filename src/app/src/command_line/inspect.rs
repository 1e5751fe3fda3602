//! `orrery inspect`: what a file of weights holds.

use std::path::PathBuf;

use clap::Args;
use color_eyre::Result;
use orrery_model::{GptConfig, LoadedModel, TrainingFacts};
use serde::Serialize;
use serde_json::{Map, Value};

use super::model_arguments::ModelArguments;
use super::output::{print, print_json};
use super::statistics::Statistics;
use super::table::table;

/// What `orrery inspect` takes.
#[derive(Clone, Debug, Args)]
pub struct InspectArguments {
    /// The model's weights, a .npz file [default: the character model that comes with the program]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Attention heads, for a file that does not say [default: 4]
    #[arg(long, value_name = "N", requires = "file")]
    heads: Option<usize>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One weight.
#[derive(Serialize)]
struct TensorReport {
    name: String,
    shape: Vec<usize>,
    #[serde(flatten)]
    statistics: Statistics,
}

/// Everything that is printed.
#[derive(Serialize)]
struct Report<'a> {
    file: String,
    parameters: usize,
    configuration: &'a GptConfig,
    vocabulary: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    training: Option<&'a TrainingFacts>,
    tensors: Vec<TensorReport>,
}

impl<'a> Report<'a> {
    fn new(file: String, model: &'a LoadedModel) -> Self {
        let parameters = model.gpt.parameters();
        let tensors = parameters
            .layout()
            .entries()
            .iter()
            .map(|entry| TensorReport {
                name: entry.id.to_string(),
                shape: entry.shape.clone(),
                statistics: Statistics::of(&parameters.values()[entry.range.clone()]),
            })
            .collect();
        Self {
            file,
            parameters: parameters.values().len(),
            configuration: model.gpt.config(),
            vocabulary: model.tokenizer.vocabulary().tokens(),
            training: model.metadata.as_ref().and_then(|m| m.training.as_ref()),
            tensors,
        }
    }

    fn text(&self) -> Result<String> {
        let mut lines = vec![format!("{}: {} parameters", self.file, self.parameters)];
        lines.push("\nConfiguration".to_owned());
        lines.extend(facts(self.configuration)?);
        lines.push(format!("\nVocabulary\n  {}", self.vocabulary_line()));
        if let Some(training) = self.training {
            lines.push("\nTraining".to_owned());
            lines.extend(facts(training)?);
        }
        let mut tensors = table(&["Tensor", "shape", "min", "max", "mean", "std"]);
        for tensor in &self.tensors {
            let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
            let s = tensor.statistics;
            let numbers = [s.min, s.max, s.mean, s.standard_deviation].map(|x| format!("{x:.4}"));
            let mut row = vec![tensor.name.clone(), shape.join(" × ")];
            row.extend(numbers);
            tensors.add_row(row);
        }
        lines.push(format!("\n{}\n", tensors.trim_fmt()));
        Ok(lines.join("\n"))
    }

    /// The tokens between spaces, those that cannot be seen in quotes.
    fn vocabulary_line(&self) -> String {
        let visible = |token: &String| {
            if token.chars().any(|c| c.is_whitespace() || c.is_control()) {
                format!("{token:?}")
            } else {
                token.clone()
            }
        };
        let tokens: Vec<String> = self.vocabulary.iter().map(visible).collect();
        tokens.join(" ")
    }
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

/// Prints the configuration, the vocabulary, what is known of the training, and each tensor.
///
/// # Errors
/// A file that is not a model, or standard output that cannot be written to.
pub fn run(arguments: &InspectArguments) -> Result<()> {
    let file = ModelArguments {
        model: arguments.file.clone(),
        heads: arguments.heads,
    };
    let model = file.load()?;
    let report = Report::new(file.name(), &model);
    if arguments.json {
        print_json(&report)?;
    } else {
        print(&report.text()?)?;
    }
    Ok(())
}
