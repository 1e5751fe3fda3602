//! What is no GPT as this program computes one, told by the names of its tensors: models of other
//! architectures, and the changes that an adapter has learned.

use super::error::FileProblem;
use super::source::TensorSource;

/// An architecture that this program does not compute.
struct Architecture {
    /// Parts of names, each of which some tensor has.
    names: &'static [&'static str],
    /// What it is, and what of it is computed in another way.
    is: &'static str,
}

const ARCHITECTURES: [Architecture; 9] = [
    Architecture {
        names: &["gpt_neox."],
        is: "a GPT-NeoX, whose positions are rotary",
    },
    Architecture {
        names: &["embed_in.", ".attention.query_key_value."],
        is: "a GPT-NeoX, whose positions are rotary",
    },
    Architecture {
        names: &["embed_tokens.", ".mlp.gate_proj."],
        is: "a Llama or a relative of it, with RMS norms, rotary positions and a gated feed-forward part",
    },
    Architecture {
        names: &[".attn.q_proj.", ".mlp.fc_in."],
        is: "a GPT-J, whose positions are rotary",
    },
    Architecture {
        names: &["word_embeddings_layernorm.", ".query_key_value."],
        is: "a BLOOM, whose positions are slopes on the scores (ALiBi)",
    },
    Architecture {
        names: &["encoder.layer.", ".attention.self.query."],
        is: "a BERT or a relative of it, which has no causal mask and writes no text",
    },
    Architecture {
        names: &["decoder.embed_positions.", ".self_attn.q_proj."],
        is: "an OPT, whose first position is the third row of its table",
    },
    Architecture {
        names: &[".mixer.A_log"],
        is: "a Mamba, which has no attention",
    },
    Architecture {
        names: &[".time_decay"],
        is: "an RWKV, which has no attention",
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
        .find(|known| known.names.iter().all(any));
    known.map_or(Ok(()), |known| {
        Err(file.contradiction(format!(
            "it is {}; this program computes GPTs with layer norms, learned positions and a causal mask, as \
             GPT-2 and nanoGPT have them (orrery inspect lists its tensors all the same)",
            known.is
        )))
    })
}
