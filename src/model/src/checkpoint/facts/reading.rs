//! From single facts to what they say of the model.

use super::activation::{gelu_form, named_activation};
use super::said::{flag, is_off, is_usual, not_understood, quoted, size};
use super::words::{Weight, is_switch, normal, weight};
use super::{Fact, Facts, Said, Standing};
use crate::checkpoint::load::Assumptions;
use crate::config::{Activation, AttentionScaling, NormPlacement};

/// What all facts say together. What `assumptions` settle is not read.
///
/// # Errors
/// In words: a fact that is not understood and may change the arithmetic, two that contradict each
/// other, each with the option that settles it.
pub fn read(facts: &[Fact], assumptions: &Assumptions) -> Result<Facts, String> {
    let mut reader = Reader {
        facts: Facts::default(),
        scaling: [None; 2],
        told: Vec::new(),
        assumptions,
    };
    for fact in facts {
        reader.read(fact)?;
    }
    let [by_width, by_block] = reader.scaling;
    if by_width.is_some() || by_block.is_some() {
        let usual = AttentionScaling::default();
        reader.facts.scaling = Some(AttentionScaling {
            by_width: by_width.unwrap_or(usual.by_width),
            by_block: by_block.unwrap_or(usual.by_block),
        });
    }
    Ok(reader.facts)
}

struct Reader<'a> {
    facts: Facts,
    /// By width, by block
    scaling: [Option<bool>; 2],
    /// What was said of which matter, and where
    told: Vec<(&'static str, String, String)>,
    assumptions: &'a Assumptions,
}

impl Reader<'_> {
    fn is_ignored(&self, fact: &Fact) -> bool {
        let long = format!("{}.{}", fact.place, fact.key);
        let mut ignored = self.assumptions.ignored.iter();
        ignored.any(|name| *name == fact.key || *name == long)
    }

    /// Notes what is said of a matter; twice must be the same.
    fn tell(&mut self, matter: &'static str, what: String, fact: &Fact) -> Result<(), String> {
        let quoted = quoted(fact);
        match self.told.iter().find(|(of, ..)| *of == matter) {
            Some((_, before, quote)) if *before != what => Err(format!(
                "{quote}, but {quoted}; say which is right with --{matter}, or leave one out with --ignore \
                 {}",
                fact.key
            )),
            Some(_) => Ok(()),
            None => {
                self.told.push((matter, what, quoted));
                Ok(())
            }
        }
    }

    fn read(&mut self, fact: &Fact) -> Result<(), String> {
        if fact.said == Said::Nothing || self.is_ignored(fact) {
            return Ok(());
        }
        let name = normal(&fact.key);
        if self.is_size(&name, fact)? {
            return Ok(());
        }
        let words: Vec<&str> = name.split('_').collect();
        let has = |word: &str| words.contains(&word);
        let settled = weight(&name) == Weight::None;
        match name.as_str() {
            "activation_function"
            | "activation"
            | "act"
            | "act_fn"
            | "act_func"
            | "act_type"
            | "act_name"
            | "act_layer"
            | "activation_fn"
            | "activation_type"
            | "activation_name"
            | "activation_func"
            | "hidden_act"
            | "hidden_activation"
            | "nonlinearity"
            | "non_linearity"
            | "nonlin"
            | "non_lin"
            | "ffn_activation"
            | "ffn_act"
            | "ff_activation"
            | "mlp_activation"
            | "mlp_act"
            | "feed_forward_activation"
            | "afn" => self.activation(fact),
            "gelu" | "approximate" | "gelu_type" | "gelu_form" | "gelu_approximate"
            | "gelu_approx" | "gelu_approximation" | "approximate_gelu" | "approx_gelu"
            | "gelu_tanh" | "use_gelu_tanh" | "gelu_variant" => self.gelu(&name, fact),
            "pre_norm" | "prenorm" | "norm_first" | "pre_ln" | "preln" | "pre_layer_norm"
            | "pre_layernorm" | "is_pre_norm" | "use_pre_norm" | "normalize_before"
            | "norm_before" => self.norm(flag(&fact.said), fact),
            "post_norm" | "postnorm" | "post_ln" | "postln" | "post_layer_norm"
            | "post_layernorm" | "is_post_norm" | "use_post_norm" | "norm_last"
            | "normalize_after" | "norm_after" => {
                self.norm(flag(&fact.said).map(|post| !post), fact)
            }
            "norm_placement" | "norm_position" | "norm_order" | "norm_style" | "norm_type"
            | "norm" | "ln_position" | "ln_placement" | "normalization" | "normalization_type"
            | "layer_norm" | "layernorm" | "norm_layer" | "norm_mode" => {
                self.norm_of_some_kind(fact)
            }
            "tie_word_embeddings"
            | "tie_weights"
            | "tied_weights"
            | "weight_tying"
            | "tie_embeddings"
            | "tied_embeddings"
            | "tie_embedding"
            | "tied"
            | "tie"
            | "share_embeddings"
            | "tied_head"
            | "tie_head"
            | "tie_lm_head"
            | "shared_embeddings"
            | "tie_word_embedding"
            | "weight_tie"
            | "tie_embed"
            | "share_embedding_weights"
            | "share_weights" => match flag(&fact.said) {
                Some(tied) => {
                    self.facts.tied_head = Some(tied);
                    Ok(())
                }
                None => Err(not_understood(fact)),
            },
            "scale_attn_weights"
            | "use_attn_scale"
            | "scale_attn"
            | "scale_attention"
            | "scale_attention_scores"
            | "scale_scores" => self.scaling(0, fact),
            "scale_attn_by_inverse_layer_idx"
            | "scale_attn_by_layer"
            | "scale_attention_by_layer"
            | "scale_by_inverse_layer_idx" => self.scaling(1, fact),
            "attn_scale" | "attention_scale" | "softmax_scale" => match fact.said {
                Said::Number(number) => {
                    self.facts.score_factor = Some(number);
                    Ok(())
                }
                _ => Err(not_understood(fact)),
            },
            "model_type" | "arch" | "architecture" => match &fact.said {
                Said::Text(kind) if normal(kind).contains("gpt") => Ok(()),
                said if is_off(said) => Ok(()),
                _ => Err(not_understood(fact)),
            },
            "top_k" | "top_p" => Ok(()),
            _ if (has("eps") || has("epsilon")) && !settled => self.epsilon(&words, fact),
            _ => self.other(&name, fact),
        }
    }

    /// Takes up a size; whether the fact is one.
    fn is_size(&mut self, name: &str, fact: &Fact) -> Result<bool, String> {
        let facts = &mut self.facts;
        // what was asked for need not be what a model that was resumed has
        let exact = fact.standing == Standing::ModelOnly || fact.place.ends_with(".json");
        let (place, matters) = match name {
            "n_layer" | "n_layers" | "num_layers" | "num_hidden_layers" | "n_blocks"
            | "num_blocks" => (&mut facts.n_blocks, exact),
            "n_head"
            | "n_heads"
            | "num_heads"
            | "num_attention_heads"
            | "nhead"
            | "num_head"
            | "heads"
            | "n_attention_heads"
            | "attention_heads"
            | "nheads" => (&mut facts.n_heads, true),
            "n_kv_head"
            | "n_kv_heads"
            | "num_key_value_heads"
            | "num_kv_heads"
            | "n_head_kv"
            | "num_key_value_groups_heads"
            | "n_query_groups"
            | "n_key_value_heads" => (&mut facts.n_key_heads, true),
            "n_embd" | "n_embed" | "d_model" | "emb_dim" | "embed_dim" | "embedding_dim"
            | "hidden_size" | "model_dim" | "n_emb" | "embd_dim" | "emb_size"
            | "embedding_size" => (&mut facts.d_model, exact),
            "block_size"
            | "context_length"
            | "n_positions"
            | "n_ctx"
            | "max_seq_len"
            | "context_size"
            | "max_position_embeddings"
            | "seq_len"
            | "max_sequence_length"
            | "context_window"
            | "max_seq_length"
            | "sequence_length"
            | "max_len"
            | "ctx_len"
            | "context_len"
            | "max_context_length" => (&mut facts.context_length, exact),
            "vocab_size" | "n_vocab" | "vocabulary_size" | "d_vocab" => {
                (&mut facts.vocab_size, exact)
            }
            "n_inner" | "d_ff" | "ffn_dim" | "intermediate_size" | "dim_feedforward" | "ff_dim"
            | "d_mlp" | "d_head" | "head_dim" | "head_size" | "mlp_ratio" | "hidden_dim" => {
                return Ok(true);
            }
            _ => return Ok(false),
        };
        if matters && place.is_none() {
            *place = size(&fact.said);
            let unclear = place.is_none() && fact.standing != Standing::Training;
            if unclear && name.contains("head") && self.assumptions.n_heads.is_none() {
                return Err(format!(
                    "{}, which is no number of heads; say it with --heads",
                    quoted(fact)
                ));
            }
        }
        Ok(true)
    }

    fn activation(&mut self, fact: &Fact) -> Result<(), String> {
        if self.assumptions.activation.is_some() {
            return Ok(());
        }
        let found = match &fact.said {
            Said::Text(name) => named_activation(name),
            _ => None,
        };
        let Some(found) = found else {
            return Err(format!(
                "{}, an activation that this program does not compute (it has relu, gelu_erf and gelu_tanh); \
                 if the weights were trained with one of these, say so with --activation",
                quoted(fact)
            ));
        };
        self.chosen_activation(found, fact)
    }

    fn chosen_activation(&mut self, found: Activation, fact: &Fact) -> Result<(), String> {
        self.tell("activation", format!("{found:?}"), fact)?;
        self.facts.activation = Some(found);
        Ok(())
    }

    fn gelu(&mut self, name: &str, fact: &Fact) -> Result<(), String> {
        if self.assumptions.activation.is_some() {
            return Ok(());
        }
        let approximate = name.contains("approx") || name.contains("tanh");
        let found = match (&fact.said, flag(&fact.said)) {
            (Said::Flag(_) | Said::Number(_), Some(true)) if approximate => {
                Some(Activation::GeluTanh)
            }
            (Said::Flag(_) | Said::Number(_), Some(false)) if approximate => {
                Some(Activation::GeluErf)
            }
            (Said::Flag(true), _) => Some(Activation::GeluErf),
            (Said::Text(form), _) => gelu_form(form),
            _ => None,
        };
        match found {
            Some(found) => self.chosen_activation(found, fact),
            None => Err(format!(
                "{}, a form of GELU that is not known; say which with --activation",
                quoted(fact)
            )),
        }
    }

    fn epsilon(&mut self, words: &[&str], fact: &Fact) -> Result<(), String> {
        if self.assumptions.norm_epsilon.is_some() {
            return Ok(());
        }
        let has = |word: &str| words.contains(&word);
        if has("rms") || has("rmsnorm") {
            return Err(not_understood(fact));
        }
        let of_norm = ["ln", "norm", "layernorm", "layer"].into_iter().any(has);
        let Said::Number(epsilon) = fact.said else {
            return Err(format!(
                "{}, which is no ε; say it with --epsilon",
                quoted(fact)
            ));
        };
        let epsilon = epsilon as f32;
        let usual = 1e-5_f32;
        if !of_norm && fact.standing == Standing::Training {
            // an optimizer has an ε too
            return if epsilon == usual {
                Ok(())
            } else {
                Err(format!(
                    "{}, and it does not say whether that is the layer norms' ε or the optimizer's; say the \
                     layer norms' with --epsilon (1e-5 is usual)",
                    quoted(fact)
                ))
            };
        }
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return Err(format!(
                "{}, which is no ε; say it with --epsilon",
                quoted(fact)
            ));
        }
        self.tell("epsilon", epsilon.to_string(), fact)?;
        self.facts.norm_epsilon = Some(epsilon);
        Ok(())
    }

    fn norm(&mut self, pre: Option<bool>, fact: &Fact) -> Result<(), String> {
        if self.assumptions.norm_placement.is_some() {
            return Ok(());
        }
        let Some(pre) = pre else {
            return Err(format!(
                "{}, which does not tell where the layer norms stand; say it with --norm pre or --norm post",
                quoted(fact)
            ));
        };
        let found = if pre {
            NormPlacement::Pre
        } else {
            NormPlacement::Post
        };
        self.tell("norm", format!("{found:?}"), fact)?;
        self.facts.norm_placement = Some(found);
        Ok(())
    }

    /// A fact that may tell where the norms stand, or which norms they are.
    fn norm_of_some_kind(&mut self, fact: &Fact) -> Result<(), String> {
        let text = match &fact.said {
            Said::Text(text) => normal(text),
            _ => String::new(),
        };
        match text.as_str() {
            "pre" | "prenorm" | "pre_norm" | "pre_ln" | "before" | "first" => {
                self.norm(Some(true), fact)
            }
            "post" | "postnorm" | "post_norm" | "post_ln" | "after" | "last" => {
                self.norm(Some(false), fact)
            }
            _ if is_usual(&fact.said) => Ok(()),
            _ => Err(not_understood(fact)),
        }
    }

    fn scaling(&mut self, which: usize, fact: &Fact) -> Result<(), String> {
        match flag(&fact.said) {
            Some(flag) => {
                self.scaling[which] = Some(flag);
                Ok(())
            }
            None => Err(not_understood(fact)),
        }
    }

    /// A fact for which there is no rule.
    fn other(&self, name: &str, fact: &Fact) -> Result<(), String> {
        let weight = weight(name);
        let neutral =
            is_off(&fact.said) || is_usual(&fact.said) && !matches!(fact.said, Said::Flag(_));
        let matters = match (weight, fact.standing) {
            (Weight::None, _) => false,
            (Weight::Unusual, _) => !neutral,
            // what is switched on by a name that nobody knows may be a part of the model
            (Weight::Unknown, Standing::Training | Standing::Model) if is_switch(name) => {
                fact.said == Said::Flag(true)
            }
            (_, Standing::Training) => false,
            (Weight::Usual, _) => !is_usual(&fact.said),
            (Weight::Unknown, Standing::Model) => false,
            (Weight::Unknown, Standing::ModelOnly) => !is_off(&fact.said),
        };
        if matters {
            Err(not_understood(fact))
        } else {
            Ok(())
        }
    }
}
