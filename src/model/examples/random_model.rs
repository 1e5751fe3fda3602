//! Writes a model with random weights, to look at how a size of model shows:
//! `cargo run --example random_model -- OUT.npz BLOCKS HEADS D_MODEL CONTEXT SYMBOLS`.

use std::error::Error;
use std::path::Path;

use orrery_model::{Activation, Biases, Gpt, GptConfig, NormPlacement, Tokenizer, checkpoint};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [out, sizes @ ..] = &arguments[..] else {
        return Err("say where to write the model".into());
    };
    let sizes = sizes
        .iter()
        .map(|size| size.parse())
        .collect::<Result<Vec<usize>, _>>()?;
    let &[n_blocks, n_heads, d_model, context_length, vocab_size] = &sizes[..] else {
        return Err("say blocks, heads, d_model, context, symbols".into());
    };
    let config = GptConfig {
        n_blocks,
        n_heads,
        d_model,
        d_ff: 4 * d_model,
        context_length,
        vocab_size,
        norm_placement: NormPlacement::Pre,
        activation: Activation::GeluErf,
        biases: Biases::NONE,
        final_norm: true,
        ..GptConfig::default()
    };
    // the printable characters of ASCII, then whatever letters come
    let letters = (' '..='~').chain('¡'..).take(vocab_size);
    let tokenizer = Tokenizer::characters(letters)?;
    checkpoint::save(Path::new(out), &Gpt::random(config, 11)?, &tokenizer, None)?;
    Ok(())
}
