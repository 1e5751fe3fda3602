//! Where the numbers of a file's tensors go among this program's weights: matrices are turned over and taken
//! apart on their way from the file, strip by strip, so that nothing is in memory twice.

use super::architecture::Architecture;
use super::assemble::{JOINT, JOINT_BIAS};
use super::roles::Role;
use crate::arithmetic::Strip;
use crate::checkpoint::error::{ArrayProblem, FileProblem};
use crate::checkpoint::source::{TensorSource, check_finite};
use crate::parameters::Parameters;
use crate::tensor_id::WeightId;

/// Some whole rows of a tensor.
struct Piece<'a> {
    role: Role,
    shape: &'a [usize],
    /// How many of the tensor's numbers come before.
    before: usize,
    numbers: &'a [f32],
}

/// Reads one tensor to its place or places.
pub(super) fn read(
    source: &mut dyn TensorSource,
    index: usize,
    role: Role,
    architecture: &Architecture,
    parameters: &mut Parameters,
) -> Result<(), FileProblem> {
    let shape = source.tensors()[index].shape.clone();
    let mut before = 0;
    source.read(index, &mut |numbers| {
        let piece = Piece {
            role,
            shape: &shape,
            before,
            numbers,
        };
        before += numbers.len();
        place(&piece, architecture, parameters)
    })
}

/// Puts a piece where its numbers belong.
fn place(
    piece: &Piece<'_>,
    architecture: &Architecture,
    parameters: &mut Parameters,
) -> Result<(), ArrayProblem> {
    let Piece {
        role,
        shape,
        before: done,
        numbers,
    } = *piece;
    check_finite(numbers, done, shape)?;
    let width = shape.last().copied().unwrap_or(1);
    let layout = parameters.layout().clone();
    let start = |id| layout.get(id).map_or(0, |entry| entry.range.start);
    let (turned, d) = (architecture.turned, architecture.config.d_model);
    let d_head = architecture.config.d_head();
    let values = parameters.values_mut();
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
        Role::OfHead(block, head, weight) if JOINT.contains(&weight) && turned => {
            let strip = Strip {
                numbers,
                width,
                first: done / width,
            };
            let start = start(WeightId::Block(block, weight)) + head * d_head;
            strip.turn_into(&mut values[start..], d);
        }
        Role::OfHead(block, head, weight) if JOINT.contains(&weight) => {
            for (row, numbers) in (done / width..).zip(numbers.chunks_exact(width)) {
                let start = start(WeightId::Block(block, weight)) + row * d + head * d_head;
                values[start..start + d_head].copy_from_slice(numbers);
            }
        }
        Role::OfHead(block, head, weight) => {
            let start = start(WeightId::Block(block, weight)) + head * d_head + done;
            values[start..start + numbers.len()].copy_from_slice(numbers);
        }
        Role::Heads(block, weight) => {
            for (row, numbers) in (done / width..).zip(numbers.chunks_exact(width)) {
                let (head, row) = (row / d, row % d);
                let start = start(WeightId::Block(block, weight)) + row * d + head * d_head;
                values[start..start + d_head].copy_from_slice(numbers);
            }
        }
        Role::UnEmbedding => {
            let strip = Strip {
                numbers,
                width,
                first: done / width,
            };
            strip.turn_into(&mut values[start(WeightId::HeadWeight)..], d);
        }
        Role::Direct(id) => {
            let start = start(id) + done;
            values[start..start + numbers.len()].copy_from_slice(numbers);
        }
        Role::Feed(..) | Role::Mask(_) | Role::OtherHead => {}
    }
    Ok(())
}
