//! The line of nanoGPT's `model.py` (at commit 3adf61e1, MIT licence) that computes what a tensor holds.

use orrery_model::{
    Activation, BlockTensor as B, GptConfig, NormPlacement, SamplingSettings, TensorId,
};

/// A line of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLine {
    /// Its number in the file.
    pub line: usize,
    /// The line.
    pub code: &'static str,
    /// The shape of what it makes in this run, as PyTorch would write it.
    pub shape: String,
    /// What this model does instead, where it is not built as nanoGPT is.
    pub but: Option<String>,
}

/// The lines that make this tensor of a run of so many tokens.
pub fn code_lines(id: TensorId, config: &GptConfig, tokens: usize) -> Vec<CodeLine> {
    let (line, code) = line_of(id);
    let first = CodeLine {
        line,
        code,
        shape: shape(id, config, tokens),
        but: but(id, config),
    };
    // queries, keys and values are made together, then taken apart by head
    let by_head = match id {
        TensorId::Block(_, B::K) => Some((
            57,
            "k = k.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)",
        )),
        TensorId::Block(_, B::Q) => Some((
            58,
            "q = q.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)",
        )),
        TensorId::Block(_, B::V) => Some((
            59,
            "v = v.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)",
        )),
        _ => None,
    };
    let second = by_head.map(|(line, code)| CodeLine {
        line,
        code,
        shape: written(&[1, config.n_heads, tokens, config.d_head()]),
        but: None,
    });
    std::iter::once(first).chain(second).collect()
}

/// The lines that draw the next token with these settings; top-p, which nanoGPT does not have, is not among them.
pub fn draw_lines(settings: &SamplingSettings, vocab_size: usize) -> Vec<CodeLine> {
    let row = || written(&[1, vocab_size]);
    let greedy = settings.temperature == 0.0;
    let off = (settings.top_k.is_none() || greedy).then(|| "top_k is None: skipped".to_owned());
    let line = |line, code, shape: String, but| CodeLine {
        line,
        code,
        shape,
        but,
    };
    vec![
        line(
            318,
            "logits = logits[:, -1, :] / temperature",
            row(),
            greedy.then(|| {
                "temperature 0: nothing is divided, the likeliest token is taken".to_owned()
            }),
        ),
        line(
            321,
            "v, _ = torch.topk(logits, min(top_k, logits.size(-1)))",
            settings
                .top_k
                .map_or_else(String::new, |k| written(&[1, k.min(vocab_size)])),
            off.clone(),
        ),
        line(
            322,
            "logits[logits < v[:, [-1]]] = -float('Inf')",
            row(),
            off,
        ),
        line(324, "probs = F.softmax(logits, dim=-1)", row(), None),
        line(
            326,
            "idx_next = torch.multinomial(probs, num_samples=1)",
            written(&[1, 1]),
            Some(if greedy {
                "the likeliest token".to_owned()
            } else {
                "the token into whose share u falls, when all shares lie end to end in the order of their ids: the same distribution, a random number that can be looked up".to_owned()
            }),
        ),
    ]
}

/// A shape as PyTorch writes it.
fn written(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    format!("({})", sizes.join(", "))
}

/// The shape of what the line makes; a batch has one text.
fn shape(id: TensorId, config: &GptConfig, tokens: usize) -> String {
    let (width, heads) = (config.d_model, config.n_heads);
    match id {
        TensorId::PositionEmbedding => written(&[tokens, width]),
        TensorId::Logits => written(&[1, 1, config.vocab_size]),
        TensorId::Probabilities => written(&[1, config.vocab_size]),
        TensorId::Block(_, tensor) => match tensor {
            B::RawScores | B::Scores | B::MaskedScores | B::Attention => {
                written(&[1, heads, tokens, tokens])
            }
            B::HeadOutput => written(&[1, heads, tokens, config.d_head()]),
            B::FfnPreActivation | B::FfnHidden => written(&[1, tokens, config.d_ff]),
            _ => written(&[1, tokens, width]),
        },
        _ => written(&[1, tokens, width]),
    }
}

/// The line that makes a tensor.
fn line_of(id: TensorId) -> (usize, &'static str) {
    match id {
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
    }
}

/// What this model does instead of the line.
fn but(id: TensorId, config: &GptConfig) -> Option<String> {
    let scaling = config.attention_scaling;
    let post = config.norm_placement == NormPlacement::Post;
    let other_epsilon = config.norm_epsilon != 1e-5;
    let text = match id {
        TensorId::Block(_, B::Residual1) if post => {
            "x = x + attn(x): in this model the norm comes after the sum"
        }
        TensorId::Block(_, B::Residual2) if post => {
            "x = x + mlp(x): in this model the norm comes after the sum"
        }
        TensorId::Block(_, B::RawScores) => {
            "att = q @ k.transpose(-2, -1): here before it is divided"
        }
        TensorId::Block(_, B::Scores) if scaling.by_block => {
            "this model divides by the block's number too"
        }
        TensorId::Block(_, B::Scores) if !scaling.by_width => {
            "att = q @ k.transpose(-2, -1): this model divides by nothing"
        }
        TensorId::Block(_, B::Norm1Mean | B::Norm1Variance | B::Norm1)
        | TensorId::Block(_, B::Norm2Mean | B::Norm2Variance | B::Norm2)
            if other_epsilon =>
        {
            return Some(format!("with ε = {} in this model", config.norm_epsilon));
        }
        TensorId::Block(_, B::FfnHidden) => match config.activation {
            Activation::Relu => "x = F.relu(x): this model's activation is ReLU",
            Activation::GeluTanh => "the tanh approximation of GELU",
            _ => return None,
        },
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_those_of_the_run() {
        let config = GptConfig {
            d_model: 16,
            n_heads: 4,
            d_ff: 64,
            ..GptConfig::default()
        };
        let lines = code_lines(TensorId::Block(0, B::K), &config, 10);
        assert_eq!(
            lines
                .iter()
                .map(|line| (line.line, line.shape.as_str()))
                .collect::<Vec<_>>(),
            [(56, "(1, 10, 16)"), (57, "(1, 4, 10, 4)")]
        );
        let attention = code_lines(TensorId::Block(1, B::Attention), &config, 10);
        assert_eq!(attention[0].shape, "(1, 4, 10, 10)");
        let settings = SamplingSettings {
            top_k: Some(7),
            ..SamplingSettings::default()
        };
        let lines = draw_lines(&settings, 31);
        assert_eq!(lines[1].shape, "(1, 7)");
        assert!(lines[1].but.is_none());
    }
}
