//! How the next token is drawn.

use clap::Args;
use orrery_model::{SamplingError, SamplingSettings};

/// Settings of the draw on the command line.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Drawing the next token")]
pub struct SamplingArguments {
    /// Below 1 the likely become likelier; 0 always takes the likeliest token
    #[arg(
        long,
        value_name = "T",
        default_value_t = 0.8,
        allow_negative_numbers = true
    )]
    pub temperature: f32,

    /// Draw from the K likeliest tokens only
    #[arg(long, value_name = "K")]
    pub top_k: Option<usize>,

    /// Draw from the likeliest tokens that together reach the probability P
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub top_p: Option<f32>,

    /// The same seed draws the same tokens, on every machine
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

impl SamplingArguments {
    /// The settings, checked.
    ///
    /// # Errors
    /// A number outside of its range.
    pub fn settings(&self) -> Result<SamplingSettings, SamplingError> {
        let settings = SamplingSettings {
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            seed: self.seed,
        };
        settings.validate()?;
        Ok(settings)
    }
}
