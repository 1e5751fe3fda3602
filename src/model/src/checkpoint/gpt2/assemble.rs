//! From a file's tensors to this program's weights: matrices are turned over and taken apart on their
//! way from the file, strip by strip, so that nothing is in memory twice.

use super::architecture::{Architecture, Facts, Places, architecture, places};
use super::roles::Role;
use crate::arithmetic::Strip;
use crate::checkpoint::error::{ArrayProblem, CheckpointError};
use crate::checkpoint::load::Assumptions;
use crate::checkpoint::pickle::NumberType;
use crate::checkpoint::source::{SourceTensor, TensorSource};
use crate::config::GptConfig;
use crate::gpt::{Gpt, GptError};
use crate::layout::TensorLayout;
use crate::parameters::{Parameters, parameter_layout};
use crate::tensor_id::{BlockWeight, WeightId};

/// The parts of a joint attention projection, in their order.
const JOINT: [BlockWeight; 3] = [
    BlockWeight::QueryWeight,
    BlockWeight::KeyWeight,
    BlockWeight::ValueWeight,
];
const JOINT_BIAS: [BlockWeight; 3] = [
    BlockWeight::QueryBias,
    BlockWeight::KeyBias,
    BlockWeight::ValueBias,
];

/// Reads a GPT-2's weights.
///
/// # Errors
/// Whatever is wrong with the tensors, by name.
pub fn assemble(
    source: &mut dyn TensorSource,
    facts: &Facts,
    assumptions: &Assumptions,
) -> Result<Gpt, CheckpointError> {
    let places = places(source)?;
    let found = architecture(source, &places, facts, assumptions)?;
    let mut config = found.config.clone();
    assumptions.apply_gelu(&mut config, source.path())?;
    let wrong =
        |source: &dyn TensorSource, error: GptError| source.contradiction(error.to_string());
    config
        .validate()
        .map_err(|e| wrong(source, GptError::Config(e)))?;
    check_shapes(source, &places, &found)?;
    let layout = parameter_layout(&config);
    // storages may be shared, but not so often that little becomes much
    let most = 3 * u128::from(source.file_len()) + (1 << 20);
    let claimed = 4 * layout.len() as u128;
    if claimed > most {
        let name = Role::Direct(WeightId::Embedding).to_string();
        return Err(source.error(&name, ArrayProblem::Implausible { claimed }));
    }
    let mut parameters = Parameters::zeros(&config);
    let mut wanted: Vec<(Role, usize)> = wanted(&layout)
        .into_iter()
        .filter_map(|role| Some((role, *places.get(&role)?)))
        .collect();
    // in the order of the file, which is how it is read fastest
    wanted.sort_by_key(|&(_, index)| index);
    for (role, index) in wanted {
        read(source, index, role, &found, &mut parameters)?;
    }
    Gpt::new(config, parameters).map_err(|e| wrong(source, e))
}

/// Every role that a model of this layout needs, once.
fn wanted(layout: &TensorLayout<WeightId>) -> Vec<Role> {
    let mut wanted: Vec<Role> = Vec::new();
    for entry in layout.entries() {
        let role = Role::holding(entry.id);
        // the parts of a joint tensor stand near each other
        if !wanted[wanted.len().saturating_sub(6)..].contains(&role) {
            wanted.push(role);
        }
    }
    wanted
}

/// The shape that a role's tensor has in the file.
fn shape_in_file(role: Role, config: &GptConfig, turned: bool) -> Vec<usize> {
    let d = config.d_model;
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
        Role::Matrix(_, BlockWeight::UpWeight) => matrix(d, config.d_ff),
        Role::Matrix(_, BlockWeight::DownWeight) => matrix(config.d_ff, d),
        Role::Matrix(..) => matrix(d, d),
        Role::Direct(WeightId::Embedding | WeightId::HeadWeight) => vec![config.vocab_size, d],
        Role::Direct(WeightId::PositionEmbedding) => vec![config.context_length, d],
        Role::Direct(WeightId::HeadBias) => vec![config.vocab_size],
        Role::Direct(WeightId::Block(_, BlockWeight::UpBias)) => vec![config.d_ff],
        Role::Direct(_) | Role::Mask(_) => vec![d],
    }
}

/// Checks that every weight is there in its shape, before anything is read.
fn check_shapes(
    source: &dyn TensorSource,
    places: &Places,
    Architecture { config, turned }: &Architecture,
) -> Result<(), CheckpointError> {
    for role in wanted(&parameter_layout(config)) {
        let Some(&index) = places.get(&role) else {
            return Err(source.error(&role.to_string(), ArrayProblem::Missing));
        };
        let SourceTensor {
            name,
            shape,
            number,
        } = &source.tensors()[index];
        let expected = shape_in_file(role, config, *turned);
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
    Ok(())
}

/// Reads one tensor to its place or places.
fn read(
    source: &mut dyn TensorSource,
    index: usize,
    role: Role,
    architecture: &Architecture,
    parameters: &mut Parameters,
) -> Result<(), CheckpointError> {
    let shape = source.tensors()[index].shape.clone();
    let width = shape.last().copied().unwrap_or(1);
    let layout = parameters.layout().clone();
    let start = |id| layout.get(id).map_or(0, |entry| entry.range.start);
    let (turned, d) = (architecture.turned, architecture.config.d_model);
    let values = parameters.values_mut();
    let mut done = 0;
    let mut sink = |numbers: &[f32]| {
        check_finite(numbers, done, &shape)?;
        match role {
            Role::Matrix(block, weight) if turned => {
                let strip = Strip {
                    numbers,
                    width,
                    first: done / width,
                };
                let start = start(WeightId::Block(block, weight));
                strip.turn_into(&mut values[start..], shape[0]);
            }
            Role::Attention(block) if turned => {
                // a strip may reach over the seam between two parts
                for (part, weight) in JOINT.into_iter().enumerate() {
                    let (from, to) = (part * d * width, (part + 1) * d * width);
                    let (from, to) = (from.max(done), to.min(done + numbers.len()));
                    if from < to {
                        let strip = Strip {
                            numbers: &numbers[from - done..to - done],
                            width,
                            first: from / width - part * d,
                        };
                        let start = start(WeightId::Block(block, weight));
                        strip.turn_into(&mut values[start..], d);
                    }
                }
            }
            Role::Attention(block) | Role::AttentionBias(block) => {
                let parts = if matches!(role, Role::Attention(_)) {
                    JOINT
                } else {
                    JOINT_BIAS
                };
                for (row, numbers) in (done / width..).zip(numbers.chunks_exact(width)) {
                    for (weight, numbers) in parts.into_iter().zip(numbers.chunks_exact(d)) {
                        let start = start(WeightId::Block(block, weight)) + row * d;
                        values[start..start + d].copy_from_slice(numbers);
                    }
                }
            }
            Role::Matrix(block, weight) => {
                let start = start(WeightId::Block(block, weight)) + done;
                values[start..start + numbers.len()].copy_from_slice(numbers);
            }
            Role::Direct(id) => {
                let start = start(id) + done;
                values[start..start + numbers.len()].copy_from_slice(numbers);
            }
            Role::Mask(_) => {}
        }
        done += numbers.len();
        Ok(())
    };
    source.read(index, &mut sink)
}

/// Every number must be one. `before` are the tensor's numbers that came earlier.
fn check_finite(numbers: &[f32], before: usize, shape: &[usize]) -> Result<(), ArrayProblem> {
    const EXPONENT: u32 = 0x7f80_0000;
    // all of them, so that the compiler can look at many at once
    let bad = numbers
        .iter()
        .fold(false, |bad, x| bad | (x.to_bits() & EXPONENT == EXPONENT));
    if !bad {
        return Ok(());
    }
    let at = numbers.iter().position(|x| !x.is_finite()).unwrap_or(0);
    let mut rest = before + at;
    let mut index = vec![0; shape.len()];
    for (place, extent) in index.iter_mut().zip(shape).rev() {
        *place = rest % extent;
        rest /= extent;
    }
    Err(ArrayProblem::NotFinite {
        value: numbers[at].into(),
        index,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_that_is_none_is_named_by_its_place() {
        let problem = check_finite(&[0.0, f32::NAN], 6, &[2, 4]).unwrap_err();
        let ArrayProblem::NotFinite { index, .. } = problem else {
            panic!("{problem}");
        };
        assert_eq!(index, [1, 3]);
    }
}
