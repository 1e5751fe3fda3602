//! Which architecture a file's tensors imply, and whether that is what the file says of itself.

use std::collections::{BTreeSet, HashMap};

use super::roles::Role;
use crate::checkpoint::error::{ArrayProblem, FileProblem};
use crate::checkpoint::facts::Facts;
use crate::checkpoint::load::Assumptions;
use crate::checkpoint::naming::{Family, Naming};
use crate::checkpoint::source::TensorSource;
use crate::config::{Biases, GptConfig, NormPlacement};
use crate::tensor_id::{BlockWeight, WeightId};

/// Where each role's tensor stands among the file's.
pub type Places = HashMap<Role, usize>;

/// What the tensors of a file are.
pub struct Sorted {
    pub places: Places,
    pub family: Family,
    /// The names of tensors that are no part of the language model
    pub left_out: Vec<String>,
}

/// An architecture and how its matrices stand in the file.
pub struct Architecture {
    pub config: GptConfig,
    /// `[outputs, inputs]`, as PyTorch's linear layers have them; otherwise as ours
    pub turned: bool,
    /// What of it was taken from the names and not said, in words
    pub assumed: Vec<String>,
}

/// Finds out what each tensor is.
///
/// # Errors
/// A tensor that a GPT does not have, or two that are the same weight.
pub fn sort(source: &dyn TensorSource, assumptions: &Assumptions) -> Result<Sorted, FileProblem> {
    let names = || source.tensors().iter().map(|tensor| tensor.name.as_str());
    let naming = Naming::of(names());
    let mut places = Places::new();
    let mut left_out = Vec::new();
    let mut feeds: Vec<(usize, usize, BlockWeight, usize)> = Vec::new();
    for (index, tensor) in source.tensors().iter().enumerate() {
        let name = &tensor.name;
        if assumptions.ignored.contains(name) {
            left_out.push(name.clone());
            continue;
        }
        let role = naming
            .role(name)
            .ok_or_else(|| source.error(name, ArrayProblem::Spare))?;
        match role {
            Role::OtherHead => left_out.push(name.clone()),
            Role::Mask(_) => {}
            Role::Feed(block, number, weight) => feeds.push((block, number, weight, index)),
            _ => insert(source, &mut places, role, index)?,
        }
    }
    let blocks: BTreeSet<usize> = feeds.iter().map(|&(block, ..)| block).collect();
    for block in blocks {
        let here = || feeds.iter().filter(|&&(of, ..)| of == block);
        let numbers: BTreeSet<usize> = here().map(|&(_, number, ..)| number).collect();
        for &(_, number, weight, index) in here() {
            use BlockWeight::{DownBias, DownWeight, UpWeight};
            let first = numbers.first() == Some(&number);
            if numbers.len() != 2 {
                return Err(source.error(&source.tensors()[index].name, ArrayProblem::Spare));
            }
            let role = match (first, weight) {
                (true, UpWeight) => Role::Matrix(block, weight),
                (true, _) => Role::Direct(WeightId::Block(block, weight)),
                (false, UpWeight) => Role::Matrix(block, DownWeight),
                (false, _) => Role::Direct(WeightId::Block(block, DownBias)),
            };
            insert(source, &mut places, role, index)?;
        }
    }
    // a file that keeps shared numbers once may have kept them under the head's name
    let (embedding, head) = (
        Role::Direct(WeightId::Embedding),
        Role::Direct(WeightId::HeadWeight),
    );
    if !places.contains_key(&embedding)
        && let Some(index) = places.remove(&head)
    {
        places.insert(embedding, index);
    }
    if let (Some(&a), Some(&b)) = (places.get(&embedding), places.get(&head))
        && source.share_numbers(a, b)
    {
        places.remove(&head);
    }
    Ok(Sorted {
        places,
        family: Family::of(names()),
        left_out,
    })
}

fn insert(
    source: &dyn TensorSource,
    places: &mut Places,
    role: Role,
    index: usize,
) -> Result<(), FileProblem> {
    if places.insert(role, index).is_some() {
        let problem = ArrayProblem::Damaged("it comes twice, under two names".to_owned());
        return Err(source.error(&source.tensors()[index].name, problem));
    }
    Ok(())
}

/// A tensor in the file by its role.
struct Tensors<'a> {
    source: &'a dyn TensorSource,
    places: &'a Places,
}

impl Tensors<'_> {
    fn has(&self, role: Role) -> bool {
        self.places.contains_key(&role)
    }

    fn shape(&self, role: Role) -> Result<&[usize], FileProblem> {
        let missing = || {
            self.source
                .error(&self.expected_name(role), ArrayProblem::Missing)
        };
        let index = *self.places.get(&role).ok_or_else(missing)?;
        Ok(&self.source.tensors()[index].shape)
    }

    fn matrix(&self, role: Role) -> Result<[usize; 2], FileProblem> {
        match *self.shape(role)? {
            // a table of positions may have an axis for the batch
            [1, rows, columns] | [rows, columns] => Ok([rows, columns]),
            ref shape => {
                let name = &self.source.tensors()[self.places[&role]].name;
                let problem = ArrayProblem::WrongAxes {
                    expected: 2,
                    found: shape.len(),
                };
                Err(self.source.error(name, problem))
            }
        }
    }

    fn expected_name(&self, role: Role) -> String {
        expected_name(self.source, self.places, role)
    }
}

/// What a tensor that is missing would be called: as the same one of another block, or else as GPT-2's.
pub fn expected_name(source: &dyn TensorSource, places: &Places, role: Role) -> String {
    let (Role::Matrix(block, weight) | Role::Direct(WeightId::Block(block, weight))) = role else {
        return role.to_string();
    };
    let of_another = places.iter().find_map(|(other, &index)| match *other {
        Role::Matrix(other, of) | Role::Direct(WeightId::Block(other, of)) if of == weight => {
            Some((other, index))
        }
        _ => None,
    });
    let Some((other, index)) = of_another else {
        return role.to_string();
    };
    let name = &source.tensors()[index].name;
    let mut parts: Vec<String> = name.split('.').map(str::to_owned).collect();
    match parts.iter_mut().find(|part| **part == other.to_string()) {
        Some(part) => {
            *part = block.to_string();
            parts.join(".")
        }
        None => role.to_string(),
    }
}

/// The architecture.
///
/// # Errors
/// A tensor that is missing or of the wrong form, a fact that contradicts the tensors, or something that
/// changes the arithmetic and that nobody says.
pub fn architecture(
    source: &dyn TensorSource,
    sorted: &Sorted,
    facts: &Facts,
    assumptions: &Assumptions,
) -> Result<Architecture, FileProblem> {
    let (places, family) = (&sorted.places, sorted.family);
    let tensors = Tensors { source, places };
    let has = |role: Role| tensors.has(role);
    let [vocab_size, d_model] = tensors.matrix(Role::Direct(WeightId::Embedding))?;
    let [context_length, _] = tensors.matrix(Role::Direct(WeightId::PositionEmbedding))?;
    let up = tensors.matrix(Role::Matrix(0, BlockWeight::UpWeight))?;
    let turned = if has(Role::Attention(0)) {
        tensors.matrix(Role::Attention(0))? == [d_model.saturating_mul(3), d_model]
    } else {
        // PyTorch's layers have their outputs first; a square matrix does not show it
        up[1] == d_model && (up[0] != d_model || family != Family::Lens)
    };
    let d_ff = if turned { up[0] } else { up[1] };

    let blocks = places.keys().filter_map(|role| match *role {
        Role::Attention(block)
        | Role::Matrix(block, _)
        | Role::AttentionBias(block)
        | Role::Heads(block, _)
        | Role::OfHead(block, ..)
        | Role::Direct(WeightId::Block(block, _)) => Some(block),
        _ => None,
    });
    let n_blocks = blocks.max().map_or(0, |last| last + 1);
    for (block, _) in (0..n_blocks).zip(0..=places.len()) {
        let any = has(Role::Attention(block))
            || has(Role::Matrix(block, BlockWeight::QueryWeight))
            || has(Role::Heads(block, BlockWeight::QueryWeight))
            || has(Role::OfHead(block, 0, BlockWeight::QueryWeight));
        if !any {
            let joint = has(Role::Attention(0)) || family == Family::Gpt2;
            let missing = match joint {
                true => Role::Attention(block),
                false => Role::Matrix(block, BlockWeight::QueryWeight),
            };
            return Err(source.error(&tensors.expected_name(missing), ArrayProblem::Missing));
        }
    }
    let said = [
        ("n_layer", facts.n_blocks, n_blocks),
        ("n_embd", facts.d_model, d_model),
        ("block_size", facts.context_length, context_length),
        ("vocab_size", facts.vocab_size, vocab_size),
    ];
    for (name, said, found) in said {
        if said.is_some_and(|said| said != found) {
            return Err(source.contradiction(format!(
                "it says that its {name} is {}, but its tensors have {found}; if the tensors are right, say \
                 --ignore {name}",
                said.unwrap_or_default()
            )));
        }
    }
    let n_heads = heads(&tensors, d_model, facts, assumptions)?;
    let bias = |weight| {
        let of_block = |block| {
            has(Role::Direct(WeightId::Block(block, weight)))
                || has(Role::OfHead(block, 0, weight))
                || (Role::holding(WeightId::Block(block, weight)) == Role::AttentionBias(block)
                    && has(Role::AttentionBias(block)))
        };
        (0..n_blocks).any(of_block)
    };
    let final_norm =
        matches!(family, Family::Gpt2 | Family::Lens) || has(Role::Direct(WeightId::FinalGamma));
    let mut assumed = Vec::new();
    let mut unsaid: Vec<&str> = Vec::new();
    let norm_placement = assumptions
        .norm_placement
        .or(facts.norm_placement)
        .or_else(|| family.norm_placement())
        .or_else(|| final_norm.then_some(NormPlacement::Pre));
    let activation = assumptions.activation.or(facts.activation).or_else(|| {
        // Hugging Face's matrices stand as x·W has them, and its models say their activation themselves
        let hugging_face = family == Family::Gpt2 && !turned;
        family.activation().filter(|_| !hugging_face)
    });
    if norm_placement.is_none() {
        unsaid.push("whether the norms stand before or behind (--norm pre or --norm post)");
    }
    if activation.is_none() {
        unsaid.push("what its activation is (--activation relu, gelu_erf or gelu_tanh)");
    }
    let (Some(norm_placement), Some(activation)) = (norm_placement, activation) else {
        return Err(source.contradiction(format!(
            "its tensors are those of a GPT, but neither they nor the file say {}",
            unsaid.join(", nor ")
        )));
    };
    if assumptions
        .norm_placement
        .or(facts.norm_placement)
        .is_none()
    {
        assumed.push(match norm_placement {
            NormPlacement::Pre => "norms before".to_owned(),
            NormPlacement::Post => "norms behind".to_owned(),
        });
    }
    if assumptions.activation.or(facts.activation).is_none() && assumptions.gelu.is_none() {
        assumed.push(activation.words().to_owned());
    }
    let tied_head = match facts.tied_head {
        Some(true) => true,
        tied => {
            let own = has(Role::Direct(WeightId::HeadWeight)) || has(Role::UnEmbedding);
            if tied == Some(false) && !own && family == Family::Gpt2 && !source.shares_head() {
                return Err(source.contradiction(
                    "it says that its head is not the embedding (tie_word_embeddings), but it has no head of \
                     its own; if the embedding is the head, say --ignore tie_word_embeddings"
                        .to_owned(),
                ));
            }
            !own
        }
    };
    let config = GptConfig {
        vocab_size,
        context_length,
        d_model,
        n_heads,
        n_blocks,
        d_ff,
        norm_placement,
        activation,
        biases: Biases {
            query: bias(BlockWeight::QueryBias),
            key: bias(BlockWeight::KeyBias),
            value: bias(BlockWeight::ValueBias),
            attention_output: bias(BlockWeight::OutputBias),
            feed_forward_up: bias(BlockWeight::UpBias),
            feed_forward_down: bias(BlockWeight::DownBias),
            layer_norm: bias(BlockWeight::Norm1Beta)
                || bias(BlockWeight::Norm2Beta)
                || has(Role::Direct(WeightId::FinalBeta)),
            head: has(Role::Direct(WeightId::HeadBias)),
        },
        final_norm,
        tied_head,
        norm_epsilon: assumptions
            .norm_epsilon
            .or(facts.norm_epsilon)
            .unwrap_or(1e-5),
        attention_scaling: facts.scaling.unwrap_or_default(),
    };
    check_score_factor(source, &config, facts)?;
    Ok(Architecture {
        config,
        turned,
        assumed,
    })
}

/// A number that scores are said to be scaled by must be the usual one.
fn check_score_factor(
    source: &dyn TensorSource,
    config: &GptConfig,
    facts: &Facts,
) -> Result<(), FileProblem> {
    let Some(factor) = facts.score_factor else {
        return Ok(());
    };
    let root = (config.d_model as f64 / config.n_heads.max(1) as f64).sqrt();
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-4 * b;
    if near(factor, root) || near(factor, 1.0 / root) || factor == 1.0 {
        return Ok(());
    }
    Err(source.contradiction(format!(
        "it says that its attention is scaled by {factor}, not by the root of a head's width, {root:.4}, which \
         is what is computed here; if that is right all the same, say --ignore attn_scale"
    )))
}

/// The number of heads: as the tensors show it, the file says it, or the caller.
fn heads(
    tensors: &Tensors<'_>,
    d_model: usize,
    facts: &Facts,
    assumptions: &Assumptions,
) -> Result<usize, FileProblem> {
    let source = tensors.source;
    let apart = (0..)
        .take_while(|&head| tensors.has(Role::OfHead(0, head, BlockWeight::QueryWeight)))
        .count();
    let shown = if apart > 0 {
        Some(apart)
    } else if tensors.has(Role::Heads(0, BlockWeight::QueryWeight)) {
        tensors
            .shape(Role::Heads(0, BlockWeight::QueryWeight))?
            .first()
            .copied()
    } else {
        None
    };
    if let Some(keys) = facts.n_key_heads
        && facts.n_heads.is_some_and(|heads| heads != keys)
    {
        return Err(source.contradiction(format!(
            "it says that several of its {} heads share one of {keys} keys (grouped queries), which is not \
             computed here; a model with as many keys as heads can be opened",
            facts.n_heads.unwrap_or_default()
        )));
    }
    match (shown.or(facts.n_heads), assumptions.n_heads) {
        (Some(said), Some(assumed)) if said != assumed => Err(source.contradiction(format!(
            "it says that its model has {said} heads, not {assumed}; leave out --heads"
        ))),
        (Some(n_heads), _) | (None, Some(n_heads)) => {
            if facts.n_heads.is_some_and(|said| said != n_heads) {
                return Err(source.contradiction(format!(
                    "it says that its model has {} heads, but its tensors have {n_heads}",
                    facts.n_heads.unwrap_or_default()
                )));
            }
            Ok(n_heads)
        }
        (None, None) => Err(source.contradiction(format!(
            "it does not say how many attention heads share its width of {d_model}, and its tensors do not \
             show it; say how many (--heads)"
        ))),
    }
}
