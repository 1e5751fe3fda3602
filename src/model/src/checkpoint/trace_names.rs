//! What the tensors of a trace are called in a file: this program's names, or those that nanoGPT's own
//! variables suggest, so that a trace can be laid beside one made in PyTorch.

use std::borrow::Cow;

use crate::address::number;
use crate::layout::TensorEntry;
use crate::tensor_id::{BlockTensor as B, TensorId};
use crate::trace::Trace;

/// A way to name a trace's tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceNames {
    /// As [`TensorId`] is displayed; every tensor, each in the shape it has here
    #[default]
    Orrery,
    /// `tok_emb`, `h0.ln_1`, `h0.att` and so on. Q, K and V are apart by heads,
    /// `[n_heads, tokens, d_head]`; what has no name there (means, variances, unscaled and masked
    /// scores) is left out. Only for models whose norms stand before what they feed.
    NanoGpt,
}

/// A tensor as it is written.
pub(super) struct NamedTensor<'a> {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Cow<'a, [f32]>,
}

impl TraceNames {
    /// What the token ids are called.
    pub(super) fn ids(self) -> &'static str {
        match self {
            Self::Orrery => "ids",
            Self::NanoGpt => "idx",
        }
    }

    /// What a tensor is called, if it has a name here.
    pub fn name(self, id: TensorId) -> Option<String> {
        match self {
            Self::Orrery => Some(id.to_string()),
            Self::NanoGpt => nanogpt_name(id),
        }
    }

    /// The tensor that is called so, by whichever of the names.
    pub fn id_of(name: &str) -> Option<TensorId> {
        let whole = [
            TensorId::TokenEmbedding,
            TensorId::PositionEmbedding,
            TensorId::Embedded,
            TensorId::FinalNorm,
            TensorId::Logits,
            TensorId::Probabilities,
        ];
        let of_nanogpt = |id: &TensorId| nanogpt_name(*id).is_some_and(|found| found == name);
        let in_a_block = || {
            let (block, rest) = name.strip_prefix('h')?.split_once('.')?;
            let tensor = B::ALL.into_iter().find(|&t| in_block(t) == Some(rest))?;
            Some(TensorId::Block(number(block)?, tensor))
        };
        let ours = || name.parse().ok();
        let whole = || whole.into_iter().find(of_nanogpt);
        ours().or_else(whole).or_else(in_a_block)
    }

    /// The tensors under these names, in the order of computation.
    pub(super) fn tensors(self, trace: &Trace) -> impl Iterator<Item = NamedTensor<'_>> {
        let entries = trace.layout().entries().iter();
        entries.filter_map(move |entry| match self {
            Self::Orrery => Some(NamedTensor {
                name: entry.id.to_string(),
                shape: entry.shape.clone(),
                values: Cow::Borrowed(&trace.values()[entry.range.clone()]),
            }),
            Self::NanoGpt => of_nanogpt(trace, entry),
        })
    }
}

fn of_nanogpt<'a>(trace: &'a Trace, entry: &TensorEntry<TensorId>) -> Option<NamedTensor<'a>> {
    let values = Cow::Borrowed(&trace.values()[entry.range.clone()]);
    let name = nanogpt_name(entry.id)?;
    if let TensorId::Block(block, B::Q | B::K | B::V) = entry.id {
        let scores = trace.layout().get(TensorId::Block(block, B::Scores))?;
        let &[n_heads, tokens, _] = scores.shape.as_slice() else {
            return None;
        };
        let by_heads: Vec<f32> = (0..n_heads)
            .filter_map(|head| trace.head(entry.id, head, n_heads))
            .flat_map(|head| head.iter().copied().collect::<Vec<f32>>())
            .collect();
        return Some(NamedTensor {
            name,
            shape: vec![n_heads, tokens, by_heads.len() / (n_heads * tokens)],
            values: Cow::Owned(by_heads),
        });
    }
    Some(NamedTensor {
        name,
        shape: entry.shape.clone(),
        values,
    })
}

fn nanogpt_name(id: TensorId) -> Option<String> {
    Some(match id {
        TensorId::TokenEmbedding => "tok_emb".to_owned(),
        TensorId::PositionEmbedding => "pos_emb".to_owned(),
        TensorId::Embedded => "x0".to_owned(),
        TensorId::FinalNorm => "ln_f".to_owned(),
        TensorId::Logits => "logits".to_owned(),
        TensorId::Probabilities => "probs".to_owned(),
        TensorId::Block(block, tensor) => format!("h{block}.{}", in_block(tensor)?),
        TensorId::FinalNormMean | TensorId::FinalNormVariance => return None,
    })
}

fn in_block(tensor: B) -> Option<&'static str> {
    Some(match tensor {
        B::Norm1 => "ln_1",
        B::Q => "q",
        B::K => "k",
        B::V => "v",
        B::Scores => "scores",
        B::Attention => "att",
        B::HeadOutput => "head_out",
        B::Concat => "concat",
        B::AttentionOutput => "attn_out",
        B::Residual1 => "resid_mid",
        B::Norm2 => "ln_2",
        B::FfnPreActivation => "fc",
        B::FfnHidden => "gelu",
        B::FfnOutput => "mlp_out",
        B::Residual2 => "resid_post",
        B::Input
        | B::Norm1Mean
        | B::Norm1Variance
        | B::RawScores
        | B::MaskedScores
        | B::Norm2Mean
        | B::Norm2Variance
        | B::Output => return None,
    })
}
