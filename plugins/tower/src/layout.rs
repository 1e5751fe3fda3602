//! Where the floors of the tower are, and what stands around it.

use bevy::math::Vec3;
use orrery_plugin_api::pipeline::{
    Operand, OperationKind, Placement, Size, Source,
    scene::AxisLabels,
    shaping::{Board, Setting},
};

/// More cells than this are not put on the stage.
const MOST_CELLS: usize = 15_000;
/// Between what stands beside each other on a floor, in units.
const GAP: f32 = 3.0;
/// Between the floors, as they are seen, in units.
const BETWEEN_FLOORS: f32 = 3.2;

/// A matrix that lies on a floor, its first cell at a point: columns to the right, rows towards the viewer.
fn lying(origin: Vec3) -> Placement {
    Placement {
        origin,
        right: Vec3::X,
        down: Vec3::Z,
        ..Placement::at(0.0, 0.0)
    }
}

/// What one floor shows, in the order of computation: the residual stream, and on each side what is made of it.
#[derive(Debug, Default)]
struct Floor {
    stream: Vec<Vec<Operand>>,
    /// Made by the heads: at the left.
    attention: Vec<Vec<Operand>>,
    /// Made by the feed-forward and whatever follows the heads: at the right.
    rest: Vec<Vec<Operand>>,
}

/// What a block makes, sorted.
fn floor(setting: &Setting<'_>, block: usize) -> Floor {
    let program = setting.program();
    let mut floor = Floor::default();
    let mut after_heads = false;
    let of_block = program.operations().iter().filter(|operation| {
        let output = operation.output();
        output.block() == Some(block) && matches!(output.source, Source::Value(_))
    });
    for operation in of_block {
        let output = operation.output();
        let inputs = operation.inputs();
        if floor.stream.is_empty() {
            let weight = |operand: &&Operand| !matches!(operand.source, Source::Weight(_));
            floor.stream.extend(inputs.iter().find(weight).map(|&input| vec![input]));
        }
        match operation.kind() {
            OperationKind::SplitHeads | OperationKind::PassOn => {}
            OperationKind::Scale
            | OperationKind::Mask
            | OperationKind::Softmax
            | OperationKind::Activation => {
                let all = floor.attention.iter_mut().chain(&mut floor.rest);
                let mut all = all.filter(|chain| chain.last() == inputs.first());
                if let Some(chain) = all.next() {
                    chain.push(output);
                }
            }
            OperationKind::Add | OperationKind::LayerNorm => floor.stream.push(vec![output]),
            OperationKind::Concat => {
                after_heads = true;
                floor.attention.push(vec![output]);
            }
            _ if after_heads => floor.rest.push(vec![output]),
            _ => floor.attention.push(vec![output]),
        }
    }
    floor
}

/// Puts all floors on the board, the first at the foot. The answer is how many matrices there is no room for.
pub(crate) fn put(setting: &Setting<'_>, board: &mut Board<'_>, pitch: f32) -> usize {
    let n_blocks = setting.pass().config().n_blocks;
    let floors: Vec<Floor> = (0..n_blocks).map(|block| floor(setting, block)).collect();
    let mut left_out = 0;
    let depth = floors
        .iter()
        .flat_map(|floor| &floor.stream)
        .filter_map(|chain| board.size(chain[0]))
        .map(|size| size.rows)
        .max()
        .unwrap_or(1) as f32;
    // the floors are so far apart that none hides another from the camera
    let step = (depth * pitch.sin() + BETWEEN_FLOORS) / pitch.cos().max(0.3);
    // what stands nearest to the stream is put first on every floor, so that all floors are alike
    type Side = fn(&Floor) -> &Vec<Vec<Operand>>;
    let sides: [(Side, f32); 3] = [
        (|floor| &floor.stream, 0.0),
        (|floor| &floor.attention, -1.0),
        (|floor| &floor.rest, 1.0),
    ];
    let wide = |board: &Board<'_>, chains: &[Vec<Operand>]| -> f32 {
        let sizes = chains.iter().filter_map(|chain| board.size(chain[0]));
        sizes.map(|size| size.columns as f32 + GAP).sum()
    };
    let stream = floors.first().map_or(0.0, |floor| wide(board, &floor.stream));
    for (side, direction) in sides {
        let most = floors.iter().map(|floor| side(floor).len()).max().unwrap_or(0);
        let mut reached = if direction > 0.0 { stream + GAP } else { 0.0 };
        if direction < 0.0 {
            reached = -GAP;
        }
        for at in 0..most {
            let size = floors
                .iter()
                .find_map(|floor| board.size(*side(floor).get(at)?.first()?));
            let Some(Size { rows, columns }) = size else {
                continue;
            };
            if board.cells() + rows * columns * n_blocks > MOST_CELLS {
                left_out += n_blocks;
                continue;
            }
            let left = if direction < 0.0 {
                reached - columns as f32
            } else {
                reached
            };
            for (block, floor) in floors.iter().enumerate() {
                let Some(chain) = side(floor).get(at) else {
                    continue;
                };
                let y = block as f32 * step;
                let group = board.put(chain, lying(Vec3::new(left, y, 0.0)));
                if let Some(group) = group.filter(|_| direction == 0.0 && at == 0) {
                    board.axes(group, AxisLabels::Tokens, AxisLabels::None);
                }
            }
            reached = if direction < 0.0 {
                left - GAP
            } else {
                left + columns as f32 + GAP
            };
        }
    }
    left_out
}
