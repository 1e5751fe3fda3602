//! From a file's tensors to this program's weights: which of them are needed, and whether they are all
//! there in their shapes.

use super::architecture::{Architecture, Places, architecture, expected_name, sort};
use super::place::read;
use super::roles::Role;
use crate::checkpoint::error::{ArrayProblem, FileProblem};
use crate::checkpoint::facts::Facts;
use crate::checkpoint::load::Assumptions;
use crate::checkpoint::naming::Family;
use crate::checkpoint::pickle::NumberType;
use crate::checkpoint::source::{SourceTensor, TensorSource};
use crate::config::GptConfig;
use crate::gpt::{Gpt, GptError};
use crate::layout::TensorLayout;
use crate::parameters::{Parameters, parameter_layout};
use crate::tensor_id::{BlockWeight, WeightId};

/// The parts of a joint attention projection, in their order.
pub(super) const JOINT: [BlockWeight; 3] = [
    BlockWeight::QueryWeight,
    BlockWeight::KeyWeight,
    BlockWeight::ValueWeight,
];
pub(super) const JOINT_BIAS: [BlockWeight; 3] = [
    BlockWeight::QueryBias,
    BlockWeight::KeyBias,
    BlockWeight::ValueBias,
];

/// A model, and how its file was read where that is not plain, in words.
pub struct Assembled {
    pub gpt: Gpt,
    pub read_as: Vec<String>,
}

/// Reads a GPT's weights.
///
/// # Errors
/// Whatever is wrong with the tensors, by name.
pub fn assemble(
    source: &mut dyn TensorSource,
    facts: &Facts,
    assumptions: &Assumptions,
) -> Result<Assembled, FileProblem> {
    let sorted = sort(source, assumptions)?;
    let found = architecture(source, &sorted, facts, assumptions)?;
    let places = &sorted.places;
    let mut config = found.config.clone();
    assumptions.apply_gelu(&mut config)?;
    let wrong =
        |source: &dyn TensorSource, error: GptError| source.contradiction(error.to_string());
    config
        .validate()
        .map_err(|e| wrong(source, GptError::Config(e)))?;
    let layout = parameter_layout(&config);
    let bare_norms = sorted.family == Family::Lens && !has_norms(places, &config);
    let wanted = wanted(&layout, places, config.n_heads, bare_norms);
    check_shapes(source, places, &found, &wanted)?;
    // storages may be shared, but not so often that little becomes much
    let most = 3 * u128::from(source.file_len()) + (1 << 20);
    let claimed = 4 * layout.len() as u128;
    if claimed > most {
        let name = Role::Direct(WeightId::Embedding).to_string();
        return Err(source.error(&name, ArrayProblem::Implausible { claimed }));
    }
    let mut parameters = Parameters::zeros(&config);
    if bare_norms {
        for entry in layout.entries() {
            if is_gamma(entry.id) {
                parameters.values_mut()[entry.range.clone()].fill(1.0);
            }
        }
    }
    let mut wanted: Vec<(Role, usize)> = wanted
        .into_iter()
        .filter_map(|role| Some((role, *places.get(&role)?)))
        .collect();
    // in the order of the file, which is how it is read fastest
    wanted.sort_by_key(|&(_, index)| index);
    for (role, index) in wanted {
        read(source, index, role, &found, &mut parameters)?;
    }
    check_tied_head(source, places, &config, &parameters)?;
    let mut read_as = Vec::new();
    if sorted.family != Family::Gpt2 {
        let mut words = vec![
            sorted.family.to_string(),
            format!("{} heads", config.n_heads),
        ];
        words.extend(found.assumed.iter().cloned());
        if bare_norms {
            words.push(
                "norms without numbers of their own, which are folded into the weights".to_owned(),
            );
        }
        read_as.push(format!("read as: {}", words.join(", ")));
    }
    if !sorted.left_out.is_empty() {
        let names = sorted.left_out.join(", ");
        read_as.push(format!("left out: {names}, no part of the language model"));
    }
    let gpt = Gpt::new(config, parameters).map_err(|e| wrong(source, e))?;
    Ok(Assembled { gpt, read_as })
}

fn is_gamma(id: WeightId) -> bool {
    use BlockWeight::{Norm1Gamma, Norm2Gamma};
    matches!(
        id,
        WeightId::FinalGamma | WeightId::Block(_, Norm1Gamma | Norm2Gamma)
    )
}

/// Whether any norm has numbers of its own. TransformerLens folds them into the weights behind them.
fn has_norms(places: &Places, config: &GptConfig) -> bool {
    use BlockWeight::{Norm1Gamma, Norm2Gamma};
    let of_block = |block| [Norm1Gamma, Norm2Gamma].map(|weight| WeightId::Block(block, weight));
    let mut all = (0..config.n_blocks).flat_map(of_block);
    all.any(|id| places.contains_key(&Role::Direct(id)))
}

/// The roles in which a file may hold a weight, in the order of preference.
fn holding(id: WeightId, n_heads: usize) -> Vec<Vec<Role>> {
    let mut ways = vec![vec![Role::holding(id)]];
    match id {
        WeightId::HeadWeight => ways.push(vec![Role::UnEmbedding]),
        WeightId::Block(block, weight) if JOINT.contains(&weight) => {
            ways.push(vec![Role::Matrix(block, weight)]);
            ways.push(vec![Role::Heads(block, weight)]);
            ways.push(of_heads(block, weight, n_heads));
        }
        WeightId::Block(block, weight) if JOINT_BIAS.contains(&weight) => {
            ways.push(vec![Role::Direct(id)]);
            ways.push(of_heads(block, weight, n_heads));
        }
        _ => {}
    }
    ways
}

fn of_heads(block: usize, weight: BlockWeight, n_heads: usize) -> Vec<Role> {
    // more than any file has tensors would only be missing
    let heads = 0..n_heads.min(1 << 12);
    heads
        .map(|head| Role::OfHead(block, head, weight))
        .collect()
}

/// Every role that a model of this layout needs, once.
fn wanted(
    layout: &TensorLayout<WeightId>,
    places: &Places,
    n_heads: usize,
    bare_norms: bool,
) -> Vec<Role> {
    let mut wanted: Vec<Role> = Vec::new();
    for entry in layout.entries() {
        if bare_norms && is_gamma(entry.id) {
            continue;
        }
        let ways = holding(entry.id, n_heads);
        let begun = |way: &&Vec<Role>| way.iter().any(|role| places.contains_key(role));
        let way = ways.iter().find(begun).or(ways.first());
        for &role in way.into_iter().flatten() {
            // the parts of a joint tensor stand near each other
            if !wanted[wanted.len().saturating_sub(6)..].contains(&role) {
                wanted.push(role);
            }
        }
    }
    wanted
}

/// The shape that a role's tensor has in the file.
fn shape_in_file(role: Role, config: &GptConfig, turned: bool, found: &[usize]) -> Vec<usize> {
    use BlockWeight as W;
    let (d, d_head) = (config.d_model, config.d_head());
    let matrix = |inputs, outputs| {
        if turned {
            vec![outputs, inputs]
        } else {
            vec![inputs, outputs]
        }
    };
    match role {
        Role::Attention(_) => matrix(d, 3 * d),
        Role::AttentionBias(_) => vec![3 * d],
        Role::Matrix(_, W::UpWeight) => matrix(d, config.d_ff),
        Role::Matrix(_, W::DownWeight) => matrix(config.d_ff, d),
        // the heads one below the other, which is the same order
        Role::Matrix(_, W::OutputWeight) if found.len() == 3 => vec![config.n_heads, d_head, d],
        Role::Direct(WeightId::Block(_, W::QueryBias | W::KeyBias | W::ValueBias))
            if found.len() == 2 =>
        {
            vec![config.n_heads, d_head]
        }
        Role::Matrix(..) => matrix(d, d),
        Role::OfHead(_, _, weight) if JOINT.contains(&weight) => matrix(d, d_head),
        Role::OfHead(..) => vec![d_head],
        Role::Heads(..) => vec![config.n_heads, d, d_head],
        Role::UnEmbedding => vec![d, config.vocab_size],
        Role::Direct(WeightId::Embedding | WeightId::HeadWeight) => vec![config.vocab_size, d],
        Role::Direct(WeightId::PositionEmbedding) if found.len() == 3 => {
            vec![1, config.context_length, d]
        }
        Role::Direct(WeightId::PositionEmbedding) => vec![config.context_length, d],
        Role::Direct(WeightId::HeadBias) => vec![config.vocab_size],
        Role::Direct(WeightId::Block(_, W::UpBias)) => vec![config.d_ff],
        Role::Direct(_) | Role::Feed(..) | Role::Mask(_) | Role::OtherHead => vec![d],
    }
}

/// Checks that every weight is there in its shape, before anything is read.
fn check_shapes(
    source: &dyn TensorSource,
    places: &Places,
    Architecture { config, turned, .. }: &Architecture,
    wanted: &[Role],
) -> Result<(), FileProblem> {
    for &role in wanted {
        let Some(&index) = places.get(&role) else {
            let name = expected_name(source, places, role);
            return Err(source.error(&name, ArrayProblem::Missing));
        };
        let SourceTensor {
            name,
            shape,
            number,
        } = &source.tensors()[index];
        let expected = shape_in_file(role, config, *turned, shape);
        if *shape != expected {
            let found = shape.clone();
            return Err(source.error(name, ArrayProblem::WrongShape { expected, found }));
        }
        use NumberType::{BF16, F16, F32, F64};
        if !matches!(number, F64 | F32 | F16 | BF16) {
            let kind = number.name().to_owned();
            return Err(source.error(name, ArrayProblem::UnsupportedType(kind)));
        }
    }
    let mut spare = places
        .iter()
        .filter(|(role, _)| !wanted.contains(role) && !is_tied_head(**role, config));
    match spare.next() {
        Some((_, &index)) => Err(source.error(&source.tensors()[index].name, ArrayProblem::Spare)),
        None => Ok(()),
    }
}

/// Whether it is a head that the file says is the embedding.
fn is_tied_head(role: Role, config: &GptConfig) -> bool {
    config.tied_head && matches!(role, Role::Direct(WeightId::HeadWeight) | Role::UnEmbedding)
}

/// A head that stands in the file although it is said to be the embedding must be the embedding.
fn check_tied_head(
    source: &mut dyn TensorSource,
    places: &Places,
    config: &GptConfig,
    parameters: &Parameters,
) -> Result<(), FileProblem> {
    let turned = Role::UnEmbedding;
    let roles = [Role::Direct(WeightId::HeadWeight), turned];
    let own = roles
        .into_iter()
        .find_map(|role| Some((role, *places.get(&role)?)));
    let (Some((role, index)), true) = (own, config.tied_head) else {
        return Ok(());
    };
    let embedding = parameters.get(WeightId::Embedding).unwrap_or_default();
    let (rows, width) = (config.vocab_size, config.d_model);
    let same_len = source.tensors()[index].shape.iter().product::<usize>() == rows * width;
    let (mut done, mut same) = (0, same_len);
    let mut compare = |numbers: &[f32]| {
        same &= numbers.iter().zip(done..).all(|(number, at)| {
            let at = match role == turned {
                true => at % rows * width + at / rows,
                false => at,
            };
            embedding.get(at) == Some(number)
        });
        done += numbers.len();
        Ok(())
    };
    if same_len {
        source.read(index, &mut compare)?;
    }
    if same {
        return Ok(());
    }
    let head = &source.tensors()[index].name;
    Err(source.contradiction(format!(
        "it says that its head is its embedding (tie_word_embeddings), as a GPT-2's is where nothing is said, \
         but its {head} holds other numbers; say --ignore tie_word_embeddings if the head is right, --ignore \
         {head} if the embedding is"
    )))
}
