//! `--model random`: a model of any shape that has learned nothing, for comparison and for lessons.

use color_eyre::Result;
use color_eyre::eyre::{WrapErr, bail, eyre};
use orrery_model::checkpoint::named_activation;
use orrery_model::{Biases, FileFormat, Gpt, GptConfig, LoadedModel, NormPlacement, Tokenizer};

/// What is said of the model, if this names an untrained one: `random`, or `random:d_model=64,seed=1`.
pub fn description(name: &str) -> Option<&str> {
    match name.strip_prefix("random")? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    }
}

/// The model: the shipped character model's shape, but for what is said.
///
/// # Errors
/// A name or number that is not understood, or sizes that no GPT has.
pub fn load(description: &str) -> Result<LoadedModel> {
    let mut config = GptConfig::default();
    let mut seed = 0;
    let mut d_ff = None;
    for part in description
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let number = || -> Result<usize> {
            value
                .parse()
                .map_err(|_| eyre!("--model random: {name} takes a whole number, not '{value}'"))
        };
        let flag = || match value {
            "" | "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(eyre!(
                "--model random: {name} takes true or false, not '{value}'"
            )),
        };
        match name {
            "vocab_size" => config.vocab_size = number()?,
            "context_length" | "block_size" => config.context_length = number()?,
            "d_model" | "n_embd" => config.d_model = number()?,
            "n_heads" | "n_head" => config.n_heads = number()?,
            "n_blocks" | "n_layer" => config.n_blocks = number()?,
            "d_ff" => d_ff = Some(number()?),
            "seed" => seed = number()? as u64,
            "norm_placement" | "norm" => {
                config.norm_placement = match value {
                    "pre" => NormPlacement::Pre,
                    "post" => NormPlacement::Post,
                    _ => bail!("--model random: {name} is pre or post, not '{value}'"),
                }
            }
            "activation" => {
                config.activation = named_activation(value).ok_or_else(|| {
                    eyre!("--model random: {name} is relu, gelu_erf or gelu_tanh, not '{value}'")
                })?;
            }
            "biases" => {
                config.biases = match value {
                    "charlm" => Biases::CHARLM,
                    "gpt2" => Biases::GPT2,
                    "none" => Biases::NONE,
                    _ => bail!("--model random: {name} is charlm, gpt2 or none, not '{value}'"),
                }
            }
            "final_norm" => config.final_norm = flag()?,
            "tied_head" => config.tied_head = flag()?,
            _ => bail!(
                "--model random has no '{name}'; there are vocab_size, context_length, d_model, n_heads, \
                 n_blocks, d_ff, norm_placement, activation, biases, final_norm, tied_head and seed, as in \
                 --model random:d_model=64,n_blocks=4"
            ),
        }
    }
    let usual = GptConfig::default();
    config.d_ff = d_ff.unwrap_or(match config.d_model == usual.d_model {
        true => usual.d_ff,
        false => config.d_model.saturating_mul(4),
    });
    let wrong = || "--model random: there is no such model";
    let tokenizer = vocabulary(config.vocab_size)?;
    let gpt = Gpt::random(config, seed).wrap_err_with(wrong)?;
    Ok(LoadedModel {
        gpt,
        tokenizer,
        metadata: None,
        training: None,
        format: FileFormat::Npz,
        read_as: Vec::new(),
        dataset: None,
    })
}

/// A vocabulary of so many tokens: the character model's, bytes, GPT-2's, or as many characters.
fn vocabulary(rows: usize) -> Result<Tokenizer> {
    let made = match rows {
        32 => Ok(Tokenizer::charlm()),
        256 => Tokenizer::bytes(),
        50_257.. => Tokenizer::gpt2(rows),
        _ => Tokenizer::characters(
            ['\n']
                .into_iter()
                .chain(' '..='~')
                .chain('\u{a1}'..)
                .take(rows),
        ),
    };
    made.wrap_err("--model random: there is no such vocabulary")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_shape_can_be_asked_for_and_the_seed_counts() {
        let model =
            load("d_model=8, n_heads=2,n_blocks=3,vocab_size=65,norm=pre,final_norm").unwrap();
        let config = model.gpt.config();
        assert_eq!(
            (config.d_model, config.n_heads, config.n_blocks, config.d_ff),
            (8, 2, 3, 32)
        );
        assert!(config.final_norm && config.norm_placement == NormPlacement::Pre);
        assert_eq!(model.tokenizer.vocab_size(), 65);
        let values = |description| {
            load(description)
                .unwrap()
                .gpt
                .into_parameters()
                .values()
                .to_vec()
        };
        assert_eq!(values(""), values("seed=0"));
        assert_ne!(values("seed=1"), values("seed=2"));
        for wrong in [
            "d_model=x",
            "size=3",
            "d_model=5,n_heads=2",
            "norm=mid",
            "n_blocks=0",
        ] {
            assert!(
                format!("{:#}", load(wrong).unwrap_err()).contains("--model random"),
                "{wrong}"
            );
        }
        assert_eq!(description("random:seed=1"), Some("seed=1"));
        assert_eq!(description("randomly"), None);
    }
}
