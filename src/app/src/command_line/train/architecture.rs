//! Sizes and variants of the model to train: from a RON file, from flags, or the default's.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use color_eyre::Result;
use color_eyre::eyre::{WrapErr, eyre};
use orrery_model::{Activation, Biases, GptConfig, NormPlacement};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a RON file may say, each optional, by the names of the configuration that `inspect` prints.
#[derive(Clone, Debug, Default, PartialEq, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Architecture {
    /// The most tokens that one pass sees [default: 16]
    #[arg(long, value_name = "N")]
    context_length: Option<usize>,

    /// Width of the residual stream [default: 16]
    #[arg(long, value_name = "N")]
    d_model: Option<usize>,

    /// Attention heads in each block [default: 4]
    #[arg(long, value_name = "N")]
    n_heads: Option<usize>,

    /// Transformer blocks [default: 4]
    #[arg(long, value_name = "N")]
    n_blocks: Option<usize>,

    /// Width of the feed-forward's hidden layer [default: 128]
    #[arg(long, value_name = "N")]
    d_ff: Option<usize>,

    /// Where the layer norms stand [default: post]
    #[arg(long, value_name = "PLACE", value_parser = names::<NormPlacement>(&["pre", "post"]))]
    norm_placement: Option<NormPlacement>,

    /// The feed-forward's non-linearity [default: relu]
    #[arg(long, value_name = "NAME", value_parser = names::<Activation>(&["relu", "gelu_erf", "gelu_tanh"]))]
    activation: Option<Activation>,

    /// Which biases exist: charlm's in feed-forward and norms, gpt2's everywhere but the head, none
    /// [default: charlm]
    #[arg(long, value_name = "WHICH", value_parser = biases())]
    biases: Option<Biases>,

    /// A layer norm before the output projection [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    final_norm: Option<bool>,

    /// The output projection is the transposed embedding [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    tied_head: Option<bool>,
}

/// Takes one of these names, by which the type reads itself.
fn names<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names)
        .try_map(|name| serde_json::from_value::<T>(Value::String(name)))
}

fn biases() -> impl TypedValueParser<Value = Biases> {
    PossibleValuesParser::new(["charlm", "gpt2", "none"]).map(|name| match name.as_str() {
        "gpt2" => Biases::GPT2,
        "none" => Biases::NONE,
        _ => Biases::CHARLM,
    })
}

/// The model to train on the command line.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "The model to train")]
pub struct ArchitectureArguments {
    /// A RON file with any of the following, such as (d_model: 64, norm_placement: pre)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    flags: Architecture,
}

impl ArchitectureArguments {
    /// The architecture for a vocabulary of this size: flags go before the file, the file before the
    /// default.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or sizes that no GPT has.
    pub fn config(&self, vocab_size: usize) -> Result<GptConfig> {
        let file = match &self.config {
            Some(file) => read(file)?,
            None => Architecture::default(),
        };
        let config = merge(&self.flags, file, vocab_size);
        config.validate()?;
        Ok(config)
    }
}

fn read(file: &Path) -> Result<Architecture> {
    let text = fs::read_to_string(file)
        .wrap_err_with(|| format!("cannot read the configuration {}", file.display()))?;
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options
        .from_str(&text)
        .map_err(|error| eyre!("{}:{error}", file.display()))
}

fn merge(flags: &Architecture, file: Architecture, vocab_size: usize) -> GptConfig {
    let default = GptConfig::default();
    macro_rules! pick {
        ($name:ident) => {
            flags.$name.or(file.$name).unwrap_or(default.$name)
        };
    }
    GptConfig {
        vocab_size,
        context_length: pick!(context_length),
        d_model: pick!(d_model),
        n_heads: pick!(n_heads),
        n_blocks: pick!(n_blocks),
        d_ff: pick!(d_ff),
        norm_placement: pick!(norm_placement),
        activation: pick!(activation),
        biases: pick!(biases),
        final_norm: pick!(final_norm),
        tied_head: pick!(tied_head),
        norm_epsilon: default.norm_epsilon,
        attention_scaling: default.attention_scaling,
    }
}
