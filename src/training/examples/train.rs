//! Trains the default model from the command line: `train TEXT MODEL.npz [--option value]…`. The state
//! for resuming lies beside the model. A thin driver for experiments; `orrery train` is the real one.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use orrery_model::{Gpt, GptConfig, Tokenizer, checkpoint};
use orrery_training::{Corpus, Trainer, TrainingOptions, TrainingState};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [text, model, flags @ ..] = arguments.as_slice() else {
        return Err("usage: train TEXT MODEL.npz [--option value]…".into());
    };
    let (text_path, model) = (Path::new(text), Path::new(model));
    let flags: HashMap<&str, &str> = flags
        .chunks_exact(2)
        .filter_map(|pair| Some((pair[0].strip_prefix("--")?, pair[1].as_str())))
        .collect();
    let text = std::fs::read_to_string(text_path)?;
    let corpus = Corpus::new(&text, Tokenizer::charlm(), 0.1)?;
    println!(
        "{} tokens to learn from, {} held out, {} characters dropped",
        corpus.training().len(),
        corpus.validation().len(),
        corpus.dropped()
    );
    let state_path = model.with_extension("state");
    let mut trainer = match flags.contains_key("resume") {
        true => Trainer::resume(TrainingState::load(&state_path)?, corpus)?,
        false => {
            let config = GptConfig {
                context_length: number(&flags, "context", 16)?,
                ..GptConfig::default()
            };
            Trainer::new(&config, corpus, options(&flags)?)?
        }
    };
    println!(
        "{} parameters, {} steps, {:?}",
        trainer.parameters().values().len(),
        trainer.total_steps(),
        trainer.options()
    );
    let every: u64 = number(&flags, "validate-every", 10)?;
    let corpus_name = text_path.file_stem().unwrap_or_default().to_string_lossy();
    let (mut losses, mut steps, mut tokens) = (0.0, 0, 0);
    // A resumed run does not overwrite what is better.
    let mut best = match trainer.step_count() {
        0 => f64::INFINITY,
        _ => trainer.validate().mean_loss(),
    };
    let (mut stepping, start) = (0.0, Instant::now());
    while !trainer.is_finished() {
        let before = Instant::now();
        let report = trainer.step()?;
        stepping += before.elapsed().as_secs_f64();
        (losses, steps) = (losses + report.loss, steps + 1);
        tokens += report.tokens;
        let epoch = report.epoch + 1;
        if report.ends_epoch && (epoch <= 2 || epoch % every == 0 || trainer.is_finished()) {
            let score = trainer.validate();
            println!(
                "epoch {epoch} step {} training {:.4} validation {:.4} accuracy {:.4} rate {:.2e} {:.0} tokens/s {:.0} s",
                report.step,
                losses / f64::from(steps),
                score.mean_loss(),
                score.accuracy(),
                report.learning_rate,
                tokens as f64 / stepping,
                start.elapsed().as_secs_f64()
            );
            (losses, steps) = (0.0, 0);
            trainer.state().save(&state_path)?;
            if score.mean_loss() < best {
                best = score.mean_loss();
                let gpt = Gpt::new(trainer.config().clone(), trainer.parameters().clone())?;
                let mut facts = trainer.facts(&corpus_name);
                facts.seconds = Some(stepping.round());
                checkpoint::save(model, &gpt, &Tokenizer::charlm(), Some(&facts))?;
            }
        }
    }
    Ok(())
}

fn number<T: std::str::FromStr<Err: Error + 'static>>(
    flags: &HashMap<&str, &str>,
    name: &str,
    default: T,
) -> Outcome<T> {
    Ok(match flags.get(name) {
        Some(value) => value.parse()?,
        None => default,
    })
}

fn options(flags: &HashMap<&str, &str>) -> Outcome<TrainingOptions> {
    let mut options = TrainingOptions::default();
    options.epochs = number(flags, "epochs", options.epochs)?;
    options.batch_size = number(flags, "batch-size", options.batch_size)?;
    options.learning_rate = number(flags, "lr", options.learning_rate)?;
    options.learning_rate_min = number(flags, "lr-min", options.learning_rate_min)?;
    options.seed = number(flags, "seed", options.seed)?;
    options.threads = number(flags, "threads", options.threads)?;
    let optimizer = &mut options.optimizer;
    optimizer.weight_decay = number(flags, "weight-decay", optimizer.weight_decay)?;
    optimizer.beta2 = number(flags, "beta2", optimizer.beta2)?;
    optimizer.max_norm = number(flags, "max-norm", optimizer.max_norm)?;
    Ok(options)
}
