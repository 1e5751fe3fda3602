//! The weights that training begins with.

use orrery_model::{BlockWeight as W, GptConfig, NormPlacement, Parameters, WeightId};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Standard deviation of both embedding tables.
const EMBEDDING_DEVIATION: f32 = 0.1;

/// Draws weights: γ = 1, biases and β = 0, projections uniform with variance 1/inputs (those that end
/// a residual branch, in a pre-norm model, divided by the number of branches, as in GPT-2). The same
/// seed gives the same weights on every machine.
pub fn initialize(config: &GptConfig, seed: u64) -> Parameters {
    let mut parameters = Parameters::zeros(config);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let entries = parameters.layout().entries().to_vec();
    for entry in entries {
        let branches = match config.norm_placement {
            NormPlacement::Pre => 2.0 * config.n_blocks as f32,
            NormPlacement::Post => 1.0,
        };
        let inputs = entry.shape.first().copied().unwrap_or(1) as f32;
        let deviation = match entry.id {
            WeightId::Embedding | WeightId::PositionEmbedding => EMBEDDING_DEVIATION,
            WeightId::HeadWeight => (config.d_model as f32).sqrt().recip(),
            WeightId::Block(_, W::OutputWeight | W::DownWeight) => {
                (inputs * branches).sqrt().recip()
            }
            _ if entry.shape.len() == 2 => inputs.sqrt().recip(),
            _ => 0.0,
        };
        let constant = match entry.id {
            WeightId::FinalGamma | WeightId::Block(_, W::Norm1Gamma | W::Norm2Gamma) => 1.0,
            _ => 0.0,
        };
        // A uniform distribution over ±√3·σ has the standard deviation σ.
        let reach = 3.0_f32.sqrt() * deviation;
        for value in &mut parameters.values_mut()[entry.range] {
            *value = constant;
            if reach > 0.0 {
                *value = (random.random::<f32>() * 2.0 - 1.0) * reach;
            }
        }
    }
    parameters
}
