//! Which words in a fact's name mean that it may change the arithmetic.

/// A name in small letters with its words apart: `activationFunction` is `activation_function`.
pub fn normal(key: &str) -> String {
    let mut name = String::new();
    let mut before = '_';
    for c in key.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            name.push('_');
        }
        let plain = if c.is_alphanumeric() { c } else { '_' };
        name.extend(plain.to_lowercase());
        before = c;
    }
    name.trim_matches('_').to_owned()
}

/// What a fact's name says of its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Of no consequence to a pass through the model
    None,
    /// Nobody knows
    Unknown,
    /// A part that every GPT has: to have it changes nothing, to lack it does
    Usual,
    /// Something that a GPT does not have: to have it changes the arithmetic
    Unusual,
}

/// Words of training, of files and of what can be seen in the tensors.
const HARMLESS: &[&str] = &[
    "accumulation",
    "adam",
    "adamw",
    "amp",
    "architectures",
    "author",
    "backend",
    "batch",
    "batchsize",
    "beam",
    "beams",
    "beta",
    "beta1",
    "beta2",
    "betas",
    "bias",
    "biases",
    "block",
    "bos",
    "cache",
    "characters",
    "chars",
    "checkpoint",
    "checkpointing",
    "checkpoints",
    "chunk",
    "ckpt",
    "clip",
    "clipping",
    "comment",
    "commit",
    "compile",
    "compiled",
    "config",
    "cooldown",
    "corpus",
    "cpu",
    "cuda",
    "data",
    "dataset",
    "date",
    "ddp",
    "debug",
    "decay",
    "description",
    "device",
    "dir",
    "distributed",
    "drop",
    "dropout",
    "dtype",
    "early",
    "eos",
    "epoch",
    "epochs",
    "eval",
    "evals",
    "evaluate",
    "every",
    "expansion",
    "experiment",
    "file",
    "finetuning",
    "flash",
    "float16",
    "folder",
    "fp16",
    "freq",
    "frequency",
    "fsdp",
    "fused",
    "generate",
    "generation",
    "git",
    "gpu",
    "gpus",
    "grad",
    "gradient",
    "host",
    "id",
    "ids",
    "implementation",
    "init",
    "initialisation",
    "initialise",
    "initialization",
    "initializer",
    "interval",
    "iter",
    "iteration",
    "iterations",
    "iters",
    "job",
    "label",
    "label2id",
    "labels",
    "lang",
    "language",
    "learning",
    "length",
    "license",
    "load",
    "local",
    "log",
    "logging",
    "loss",
    "losses",
    "lr",
    "master",
    "metric",
    "metrics",
    "momentum",
    "mps",
    "mult",
    "multiple",
    "name",
    "ngpu",
    "node",
    "nodes",
    "notes",
    "optim",
    "optimizer",
    "output",
    "pad",
    "params",
    "path",
    "patience",
    "pdrop",
    "penalty",
    "pickle",
    "pin",
    "precision",
    "prefix",
    "pretrained",
    "print",
    "problem",
    "profile",
    "project",
    "prompt",
    "pruned",
    "range",
    "rank",
    "ratio",
    "reorder",
    "repetition",
    "report",
    "resid",
    "restore",
    "resume",
    "return",
    "rng",
    "run",
    "sample",
    "sampling",
    "save",
    "saves",
    "schedule",
    "scheduler",
    "sdpa",
    "seed",
    "sep",
    "slurm",
    "source",
    "special",
    "split",
    "std",
    "step",
    "steps",
    "summary",
    "tag",
    "tags",
    "task",
    "temperature",
    "test",
    "text",
    "threads",
    "tie",
    "tied",
    "time",
    "title",
    "token",
    "tokenizer",
    "tokens",
    "torch",
    "torchscript",
    "train",
    "training",
    "transformers",
    "tying",
    "unk",
    "url",
    "user",
    "val",
    "valid",
    "validation",
    "verbose",
    "version",
    "vocab",
    "vocabulary",
    "wandb",
    "warmup",
    "words",
    "workers",
    "world",
    "zero",
];

/// Words that go before the suspicious ones beside them: `max_grad_norm`, `attn_dropout`.
const SETTLING: &[&str] = &[
    "adam",
    "adamw",
    "amp",
    "bias",
    "biases",
    "checkpointing",
    "clip",
    "clipping",
    "data",
    "ddp",
    "decay",
    "distributed",
    "drop",
    "dropout",
    "flash",
    "fsdp",
    "grad",
    "gradient",
    "implementation",
    "init",
    "initializer",
    "label",
    "labels",
    "learning",
    "log",
    "logging",
    "loss",
    "lr",
    "optim",
    "optimizer",
    "pdrop",
    "precision",
    "reorder",
    "sampling",
    "scaler",
    "scheduler",
    "sdpa",
    "std",
    "summary",
    "tokenizer",
    "wandb",
    "warmup",
];

/// Words of parts that every GPT has.
const USUAL: &[&str] = &[
    "attention",
    "attn",
    "autoregressive",
    "causal",
    "layernorm",
    "learned",
    "ln",
    "mask",
    "masked",
    "norm",
    "normalization",
    "norms",
    "pos",
    "position",
    "positional",
    "positions",
    "residual",
    "residuals",
    "softmax",
];

/// Words of what a GPT does not have.
const UNUSUAL: &[&str] = &[
    "act",
    "activation",
    "activations",
    "alibi",
    "bidirectional",
    "bottleneck",
    "cap",
    "cross",
    "deepnorm",
    "differential",
    "eps",
    "epsilon",
    "expert",
    "experts",
    "gate",
    "gated",
    "gating",
    "geglu",
    "gelu",
    "glu",
    "gqa",
    "kv",
    "layerscale",
    "leaky",
    "logit",
    "logits",
    "lora",
    "moe",
    "mqa",
    "multiplier",
    "mup",
    "nonlin",
    "nonlinearity",
    "parallel",
    "qk",
    "query",
    "rel",
    "relative",
    "relu",
    "rezero",
    "rms",
    "rmsnorm",
    "rope",
    "rotary",
    "router",
    "sandwich",
    "scale",
    "scaled",
    "scaling",
    "share",
    "shared",
    "silu",
    "sinusoidal",
    "sliding",
    "slope",
    "softcap",
    "softcapping",
    "sparse",
    "swiglu",
    "swish",
    "theta",
    "window",
];

/// The weight of a fact of this name, which is [`normal`].
pub fn weight(name: &str) -> Weight {
    let words = || name.split('_');
    let any = |list: &[&str]| words().any(|word| list.binary_search(&word).is_ok());
    if any(SETTLING) {
        Weight::None
    } else if any(UNUSUAL) {
        Weight::Unusual
    } else if any(USUAL) {
        Weight::Usual
    } else if any(HARMLESS) {
        Weight::None
    } else {
        Weight::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [HARMLESS, SETTLING, USUAL, UNUSUAL] {
            let unsorted = list.windows(2).find(|pair| pair[0] >= pair[1]);
            assert_eq!(unsorted, None);
        }
    }

    #[test]
    fn what_training_says_is_told_from_what_changes_a_pass() {
        for harmless in [
            "attn_pdrop",
            "max_grad_norm",
            "grad_clip",
            "learning_rate",
            "init_scale",
            "wandb_log",
            "summary_activation",
            "reorder_and_upcast_attn",
            "adam_epsilon",
            "qkv_bias",
            "batch_size",
        ] {
            assert_eq!(weight(harmless), Weight::None, "{harmless}");
        }
        for unusual in [
            "rope_theta",
            "use_rotary",
            "n_kv_heads",
            "qk_norm",
            "logit_softcap",
            "parallel_residual",
            "sliding_window",
            "n_experts",
            "attn_scale",
            "act2",
        ] {
            let found = weight(&normal(unusual));
            assert!(found == Weight::Unusual || unusual == "act2", "{unusual}");
        }
        assert_eq!(weight("causal"), Weight::Usual);
        assert_eq!(weight("frobnicate"), Weight::Unknown);
        assert_eq!(normal("activationFunction"), "activation_function");
        assert_eq!(normal("pre-norm"), "pre_norm");
    }
}
