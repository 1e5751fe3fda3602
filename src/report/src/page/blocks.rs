//! The blocks: every tensor in the order of computation, per head where there are heads, each with its
//! shape, its formula, what happens in words, and the line of code.

use maud::{Markup, html};
use orrery_model::{BlockTensor as B, BlockWeight, TensorId, WeightId};
use orrery_pipeline::Operand;

use super::{Page, section};
use crate::code_line::{CodeLine, code_lines};

/// A tensor: heading, words, code, and a place for its matrices.
pub fn panel(page: &Page<'_>, id: TensorId, level: u8) -> Markup {
    if !page.pack.tensors.contains(&id) {
        return html! {};
    }
    let Some(entry) = page.run.trace().layout().get(id) else {
        return html! {};
    };
    let config = page.run.config();
    let shape: Vec<String> = entry.shape.iter().map(usize::to_string).collect();
    let name = id.to_string();
    let by_heads = entry.shape.len() == 3
        || matches!(id, TensorId::Block(_, B::Q | B::K | B::V)) && config.n_heads > 1;
    let heads = if by_heads { config.n_heads } else { 1 };
    let title = title(id);
    let lines = code_lines(id, config, page.run.tokens());
    html! {
        article.tensor id={ "tensor-" (name) } {
            @match level {
                3 => { h3 { (title) " " span.shape { "[" (shape.join(", ")) "]" } } }
                _ => { h4 { (title) " " span.shape { "[" (shape.join(", ")) "]" } } }
            }
            p.formula { code { (name) } " " span.symbols { (Operand::from(id).name()) } }
            (code(&lines))
            div.matrices data-tensor=(name) data-heads=[(heads > 1).then_some(heads)] {}
        }
    }
}

/// Lines of code with the shapes of what they make; struck where this model does otherwise.
pub fn code(lines: &[CodeLine]) -> Markup {
    html! {
        @for line in lines {
            p.code {
                small { "model.py:" (line.line) } " "
                @match &line.but {
                    Some(but) => { s { code { (line.code) } } " " code.but { (but) } }
                    None => { code { (line.code) } }
                }
                @if !line.shape.is_empty() { " " code.shape { "# " (line.shape) } }
            }
        }
    }
}

/// What a tensor is, in words.
pub fn title(id: TensorId) -> &'static str {
    match id {
        TensorId::TokenEmbedding => "Token embedding",
        TensorId::PositionEmbedding => "Position embedding",
        TensorId::Embedded => "Sum of both",
        TensorId::FinalNormMean => "Mean before the final norm",
        TensorId::FinalNormVariance => "Variance before the final norm",
        TensorId::FinalNorm => "Final norm",
        TensorId::Logits => "Logits",
        TensorId::Probabilities => "Probabilities",
        TensorId::Block(_, tensor) => match tensor {
            B::Input => "What enters the block",
            B::Norm1Mean | B::Norm2Mean => "Mean of each row",
            B::Norm1Variance | B::Norm2Variance => "Variance of each row",
            B::Norm1 => "Norm 1",
            B::Q => "Queries",
            B::K => "Keys",
            B::V => "Values",
            B::RawScores => "Scores, not yet divided",
            B::Scores => "Scores",
            B::MaskedScores => "Scores, masked",
            B::Attention => "Attention",
            B::HeadOutput => "Head outputs",
            B::Concat => "Heads side by side",
            B::AttentionOutput => "What the attention adds",
            B::Residual1 => "Residual sum 1",
            B::Norm2 => "Norm 2",
            B::FfnPreActivation => "Hidden layer, before the activation",
            B::FfnHidden => "Hidden layer",
            B::FfnOutput => "What the MLP adds",
            B::Residual2 => "Residual sum 2",
            B::Output => "What leaves the block",
        },
    }
}

/// Panels one after the other; a norm with its mean and variance before it on one line.
pub fn panels(page: &Page<'_>, ids: &[TensorId]) -> Markup {
    let statistic = |id: &TensorId| {
        matches!(id, TensorId::FinalNormMean | TensorId::FinalNormVariance)
            || matches!(
                id,
                TensorId::Block(
                    _,
                    B::Norm1Mean | B::Norm1Variance | B::Norm2Mean | B::Norm2Variance
                )
            )
    };
    let mut groups: Vec<&[TensorId]> = Vec::new();
    let mut rest = ids;
    while let Some(first) = rest.first() {
        let together = if statistic(first) {
            rest.len().min(3)
        } else {
            1
        };
        let (group, others) = rest.split_at(together);
        groups.push(group);
        rest = others;
    }
    html! {
        @for group in groups {
            @if group.len() > 1 { div.norm { @for &id in group { (panel(page, id, 3)) } } }
            @else { @for &id in group { (panel(page, id, 3)) } }
        }
    }
}

pub fn block(page: &Page<'_>, block: usize) -> Markup {
    let ids = page
        .pack
        .tensors
        .iter()
        .copied()
        .filter(|id| matches!(id, TensorId::Block(at, _) if *at == block))
        .collect::<Vec<_>>();
    // every block has the same matrices: the page makes the others of the first
    let like_first = block > 0 && {
        let of = |at: usize| {
            let of_block = page.pack.tensors.iter().filter_map(move |id| match id {
                TensorId::Block(block, tensor) if *block == at => Some(*tensor),
                _ => None,
            });
            of_block.collect::<Vec<_>>()
        };
        of(0) == of(block)
    };
    let biased = page
        .run
        .gpt()
        .parameters()
        .get(WeightId::Block(block, BlockWeight::OutputBias))
        .is_some();
    section(
        &format!("h{block}"),
        &format!("Block {}", block + 1),
        html! {
            details open[block == 0] {
                summary { "All matrices of block " (block + 1) ", in the order of computation" }
                @if like_first { div data-like="h0" {} } @else { (panels(page, &ids)) }
                p.quiet { "The heads of one row of attention are independent of each other; only W_O" @if biased { " and b_O bring" } @else { " brings" } " them together. Where the code says flash attention (model.py:64), one call computes the same as lines 67 to 71." }
            }
        },
    )
}
