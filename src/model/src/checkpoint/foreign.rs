//! What is no GPT as this program computes one, told by the names of its tensors: models of other
//! architectures, and the changes that an adapter has learned.

use super::error::FileProblem;
use super::source::TensorSource;

/// An architecture that this program does not compute.
struct Architecture {
    /// Parts of names, each of which some tensor has.
    names: &'static [&'static str],
    /// Parts of names that no tensor has.
    without: &'static [&'static str],
    /// What it is, and what of it is computed in another way.
    is: &'static str,
}

/// What the names of learned positions have in them. Who has a table of positions may have borrowed the other names.
const POSITIONS: &[&str] = &["wpe", "pos_", "position"];

const ARCHITECTURES: [Architecture; 9] = [
    Architecture {
        names: &[".attention.query_key_value.", "embed_in."],
        without: POSITIONS,
        is: "a GPT-NeoX, whose positions are rotary",
    },
    Architecture {
        names: &[".mlp.gate_proj.", "embed_tokens."],
        without: POSITIONS,
        is: "a Llama or a relative of it, with rotary positions and a gated feed-forward part",
    },
    Architecture {
        names: &[".attn.q_proj.", ".mlp.fc_in."],
        without: POSITIONS,
        is: "a GPT-J, whose positions are rotary",
    },
    Architecture {
        names: &[".query_key_value.", "word_embeddings_layernorm."],
        without: POSITIONS,
        is: "a BLOOM, whose positions are slopes on the scores (ALiBi)",
    },
    Architecture {
        names: &[".attention.self.query.", "encoder.layer."],
        without: &[],
        is: "a BERT or a relative of it, which has no causal mask",
    },
    Architecture {
        names: &[".encoder_attn."],
        without: &[],
        is: "a decoder that reads what an encoder made of another input",
    },
    Architecture {
        names: &[".self_attn.q_proj.", "decoder.embed_positions."],
        without: &[".encoder_attn."],
        is: "an OPT, whose first position is the third row of its table",
    },
    Architecture {
        names: &[".mixer.A_log"],
        without: &[],
        is: "a Mamba or a relative of it, whose blocks keep a state and need not attend",
    },
    Architecture {
        names: &[".time_decay"],
        without: &[],
        is: "an RWKV, whose blocks keep a state and do not attend",
    },
];

/// Refuses an adapter, and a model of another architecture, with a word on what it is.
///
/// # Errors
/// [`FileProblem::Model`].
pub(super) fn check(file: &dyn TensorSource) -> Result<(), FileProblem> {
    let any = |part: &&str| {
        let mut tensors = file.tensors().iter();
        tensors.any(|tensor| tensor.name.contains(part))
    };
    if ["lora_", ".lora.", "adapter_"].iter().any(any) {
        return Err(file.contradiction(
            "it is a LoRA adapter, the change that was learned and no model by itself; merge it into its model \
             first, where peft is: python -c \"from peft import AutoPeftModelForCausalLM as M; \
             M.from_pretrained('FOLDER').merge_and_unload().save_pretrained('merged')\""
                .to_owned(),
        ));
    }
    let known = ARCHITECTURES
        .iter()
        .find(|known| known.names.iter().all(any) && !known.without.iter().any(any));
    known.map_or(Ok(()), |known| {
        Err(file.contradiction(format!(
            "it is {}; this program computes GPTs with layer norms, learned positions and a causal mask, as \
             GPT-2 and nanoGPT have them (orrery inspect lists its tensors all the same)",
            known.is
        )))
    })
}
