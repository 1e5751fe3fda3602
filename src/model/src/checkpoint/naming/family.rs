//! Whose names a file has, which tells what the names themselves do not: where the norms stand and what
//! the activation is, in the program that these names come from.

use std::fmt;

use crate::config::{Activation, NormPlacement};

/// A program whose names are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// OpenAI's GPT-2, as nanoGPT and Hugging Face have it
    Gpt2,
    /// The lecture script `gpt.py`, every head's matrices apart
    Lecture,
    /// The book's `GPTModel`
    Book,
    /// minGPT of 2020
    MinGpt,
    /// TransformerLens
    Lens,
    /// Names that could be anybody's
    Unknown,
}

impl Family {
    /// Of these names.
    pub fn of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let any = |parts: &[&str]| {
            let mut names = names.clone();
            names.any(|name| parts.iter().all(|part| name.contains(part)))
        };
        if any(&["embed.W_E"]) {
            Self::Lens
        } else if any(&["token_embedding_table"]) {
            Self::Lecture
        } else if any(&["trf_blocks."]) || (any(&["W_query"]) && any(&["norm1.scale"])) {
            Self::Book
        } else if any(&["wte."]) && any(&["h.", ".attn.c_attn."]) {
            Self::Gpt2
        } else if any(&["tok_emb."])
            && any(&["blocks.", ".attn.query."])
            && any(&["blocks.", ".mlp.0."])
        {
            Self::MinGpt
        } else {
            Self::Unknown
        }
    }

    /// Where the norms stand in that program.
    pub fn norm_placement(self) -> Option<NormPlacement> {
        (self != Self::Unknown).then_some(NormPlacement::Pre)
    }

    /// The activation in that program.
    pub fn activation(self) -> Option<Activation> {
        match self {
            Self::Gpt2 | Self::MinGpt => Some(Activation::GeluErf),
            Self::Lecture => Some(Activation::Relu),
            Self::Book | Self::Lens => Some(Activation::GeluTanh),
            Self::Unknown => None,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gpt2 => "a GPT-2",
            Self::Lecture => "the lecture's gpt.py",
            Self::Book => "the book's GPTModel",
            Self::MinGpt => "minGPT of 2020",
            Self::Lens => "TransformerLens",
            Self::Unknown => "a GPT under names of its own",
        })
    }
}
