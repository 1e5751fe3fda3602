//! What a block computes, in a line: derived from the model that is shown.

use orrery_model::{GptConfig, NormPlacement};

use crate::rich_text::RichText;

/// `X → LN(X + attn(X)) → …`: the residual stream through one block.
pub(crate) fn block_line(config: &GptConfig) -> RichText {
    RichText::parse(match config.norm_placement {
        NormPlacement::Post => {
            "x_{1} = LN(X + attention(X)),   Y = LN(x_{1} + feed-forward(x_{1}))"
        }
        NormPlacement::Pre => "x_{1} = X + attention(LN(X)),   Y = x_{1} + feed-forward(LN(x_{1}))",
    })
}

/// The whole model in a line.
pub(crate) fn model_line(config: &GptConfig) -> RichText {
    let blocks = match config.n_blocks {
        1 => "1 block".to_owned(),
        n => format!("{n} blocks"),
    };
    let block = match config.norm_placement {
        NormPlacement::Post => "x → LN(x + attention(x)) → LN(x + feed-forward(x))",
        NormPlacement::Pre => "x → x + attention(LN(x)) → x + feed-forward(LN(x))",
    };
    let head = match (config.final_norm, config.tied_head) {
        (true, true) => "logits = LN(x)·E^{T}",
        (true, false) => "logits = LN(x)·W_{U}^{T}",
        (false, true) => "logits = x·E^{T}",
        (false, false) => "logits = x·W_{U}^{T}",
    };
    let bias = if config.biases.head { " + b_{U}" } else { "" };
    RichText::parse(&format!(
        "E[id] + P[place]  →  {blocks}: {block}  →  {head}{bias}"
    ))
}
