//! `orrery train --check-grad`: is the derived gradient the loss's gradient?

use color_eyre::Result;
use color_eyre::eyre::{ensure, eyre};
use orrery_model::{Gpt, GptConfig};
use orrery_training::corpus::windows;
use orrery_training::{Batch, Corpus, check_gradient};

use super::super::output::print;
use super::super::table::table;

/// The largest relative error that rounding explains.
const TOLERANCE: f64 = 1e-6;
/// Windows of text that the loss is taken over.
const WINDOWS: usize = 4;
/// Numbers of each tensor that are compared.
const ENTRIES: usize = 40;

/// Compares the gradient at weights drawn at random with differences of the loss and prints a table.
///
/// # Errors
/// Sizes that no GPT has, too little text, or a gradient that is wrong.
pub fn run(config: &GptConfig, corpus: &Corpus, seed: u64) -> Result<()> {
    let mut batch = Batch::new(config.context_length);
    for window in windows(corpus.training().len(), config.context_length).take(WINDOWS) {
        batch.push(&corpus.training()[window]);
    }
    ensure!(
        batch.scored() > 0,
        "the text is too short to check a gradient on"
    );
    // not the weights that training begins with: their attention is all but even, so that its weights
    // have gradients near nothing, whose differences are rounding
    let weights = Gpt::random(config.clone(), seed)?.into_parameters();
    let checks = check_gradient(config, weights.values(), &batch, ENTRIES, seed)?;
    let mut rows = table(&["Tensor", "compared", "left out at kinks", "largest error"]);
    for check in &checks {
        rows.add_row([
            check.tensor.to_string(),
            check.compared.to_string(),
            check.skipped.to_string(),
            format!("{:.1e}", check.largest_error),
        ]);
    }
    print(&format!("{}\n", rows.trim_fmt()))?;
    let worst = checks
        .iter()
        .max_by(|a, b| a.largest_error.total_cmp(&b.largest_error))
        .ok_or_else(|| eyre!("the model has no weights to check"))?;
    ensure!(
        worst.largest_error <= TOLERANCE,
        "the gradient of {} is wrong: its relative error is {:.1e}, above {TOLERANCE:.0e}",
        worst.tensor,
        worst.largest_error
    );
    print(&format!(
        "The gradient is right: its largest relative error is {:.1e} ({}).\n",
        worst.largest_error, worst.tensor
    ))?;
    Ok(())
}
