//! Trains from the command line.
use orrery_model::GptConfig;
use orrery_training::{Corpus, Trainer, TrainingOptions};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1])?;
    let get = |name: &str, default: f64| -> f64 {
        args.iter()
            .position(|a| a == name)
            .map_or(default, |i| args[i + 1].parse().unwrap())
    };
    let ids: Vec<usize> = text
        .chars()
        .flat_map(|c| c.to_lowercase())
        .filter_map(|c| {
            if c == '\n' {
                Some(0)
            } else {
                " !'.?abcdefghijklmnopqrstuvwxyz".find(c)
            }
        })
        .collect();
    println!("{} tokens", ids.len());
    let corpus = Corpus::new(&ids, 0, 0.1)?;
    let mut options = TrainingOptions {
        epochs: get("--epochs", 1.0) as u64,
        batch_size: get("--batch-size", 64.0) as usize,
        learning_rate: get("--lr", 3e-3),
        learning_rate_min: get("--lr-min", 1e-4),
        seed: get("--seed", 1.0) as u64,
        threads: get("--threads", 1.0) as usize,
        ..Default::default()
    };
    options.optimizer.beta2 = get("--beta2", 0.99);
    options.optimizer.weight_decay = get("--weight-decay", 0.01);
    let config = GptConfig {
        context_length: get("--context", 16.0) as usize,
        ..Default::default()
    };
    let mut trainer = Trainer::new(&config, corpus, options)?;
    println!(
        "{} steps, {} parameters",
        trainer.total_steps(),
        trainer.parameters().values().len()
    );
    let start = Instant::now();
    let (mut sum, mut n, mut tokens) = (0.0, 0, 0);
    let every = get("--validate-every", 10.0) as u64;
    let mut spent = 0.0;
    while !trainer.is_finished() {
        let t = Instant::now();
        let report = trainer.step()?;
        spent += t.elapsed().as_secs_f64();
        sum += report.loss;
        n += 1;
        tokens += report.tokens;
        if report.ends_epoch
            && ((report.epoch + 1) % every == 0 || report.epoch < 2 || trainer.is_finished())
        {
            let score = trainer.validate();
            println!(
                "epoch {} step {} train {:.4} val {:.4} acc {:.3} norm {:.3} lr {:.2e} {:.0} tokens/s {:.1}s",
                report.epoch + 1,
                report.step,
                sum / n as f64,
                score.mean_loss(),
                score.accuracy(),
                report.gradient_norm,
                report.learning_rate,
                tokens as f64 / spent,
                start.elapsed().as_secs_f64()
            );
            sum = 0.0;
            n = 0;
        }
    }
    Ok(())
}
