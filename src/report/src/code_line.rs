//! The line of nanoGPT's `model.py` (at commit 3adf61e1, MIT licence) that computes what a tensor holds.

use orrery_model::{Activation, BlockTensor as B, GptConfig, NormPlacement, TensorId};

/// A line of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeLine {
    /// Its number in the file.
    pub line: usize,
    /// The line.
    pub code: &'static str,
    /// What this model does instead, where it is not built as nanoGPT is.
    pub but: Option<&'static str>,
}

/// The line that makes this tensor.
pub fn code_line(id: TensorId, config: &GptConfig) -> Option<CodeLine> {
    let (line, code) = match id {
        TensorId::TokenEmbedding => (177, "tok_emb = self.transformer.wte(idx)"),
        TensorId::PositionEmbedding => (178, "pos_emb = self.transformer.wpe(pos)"),
        TensorId::Embedded => (179, "x = self.transformer.drop(tok_emb + pos_emb)"),
        TensorId::Block(_, tensor) => match tensor {
            B::Input => (180, "for block in self.transformer.h:"),
            B::Output => (181, "x = block(x)"),
            B::Norm1Mean
            | B::Norm1Variance
            | B::Norm1
            | B::Norm2Mean
            | B::Norm2Variance
            | B::Norm2 => (
                27,
                "return F.layer_norm(input, self.weight.shape, self.weight, self.bias, 1e-5)",
            ),
            B::Q | B::K | B::V => (56, "q, k, v = self.c_attn(x).split(self.n_embd, dim=2)"),
            B::RawScores | B::Scores => (
                67,
                "att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))",
            ),
            B::MaskedScores => (
                68,
                "att = att.masked_fill(self.bias[:,:,:T,:T] == 0, float('-inf'))",
            ),
            B::Attention => (69, "att = F.softmax(att, dim=-1)"),
            B::HeadOutput => (71, "y = att @ v"),
            B::Concat => (72, "y = y.transpose(1, 2).contiguous().view(B, T, C)"),
            B::AttentionOutput => (75, "y = self.resid_dropout(self.c_proj(y))"),
            B::Residual1 => (104, "x = x + self.attn(self.ln_1(x))"),
            B::FfnPreActivation => (88, "x = self.c_fc(x)"),
            B::FfnHidden => (89, "x = self.gelu(x)"),
            B::FfnOutput => (90, "x = self.c_proj(x)"),
            B::Residual2 => (105, "x = x + self.mlp(self.ln_2(x))"),
        },
        TensorId::FinalNormMean | TensorId::FinalNormVariance | TensorId::FinalNorm => {
            (182, "x = self.transformer.ln_f(x)")
        }
        TensorId::Logits => (190, "logits = self.lm_head(x[:, [-1], :])"),
        TensorId::Probabilities => (324, "probs = F.softmax(logits, dim=-1)"),
    };
    let but = match (id, config.norm_placement) {
        (TensorId::Block(_, B::Residual1), NormPlacement::Post) => {
            Some("x = x + attn(x): in this model the norm comes after the sum")
        }
        (TensorId::Block(_, B::Residual2), NormPlacement::Post) => {
            Some("x = x + mlp(x): in this model the norm comes after the sum")
        }
        (TensorId::Block(_, B::FfnHidden), _) => match config.activation {
            Activation::Relu => Some("x = F.relu(x): this model's activation is ReLU"),
            Activation::GeluTanh => Some("the tanh approximation of GELU"),
            _ => None,
        },
        _ => None,
    };
    Some(CodeLine { line, code, but })
}
