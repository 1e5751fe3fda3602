//! Where the floors of the tower are, and what stands around it.

use bevy::math::Vec3;
use orrery_plugin_api::pipeline::{
    Label, LabelKind, Operand, OperationKind, Placement, RichText, Size, Source,
    label::Align,
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
            floor
                .stream
                .extend(inputs.iter().find(weight).map(|&input| vec![input]));
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

/// Where the matrices of a list are: a lane behind a lane, each read to the right.
#[derive(Clone, Debug, Default)]
struct Lanes {
    /// Of each matrix: its place from the left, and its lane, the hindmost first.
    places: Vec<(f32, usize)>,
    width: f32,
    lanes: usize,
}

impl Lanes {
    /// In lanes of at most this width.
    fn new(widths: &[f32], most: f32) -> Self {
        let mut all = Self::default();
        let mut x = 0.0f32;
        for &width in widths {
            if x > 0.0 && x + width > most {
                (x, all.lanes) = (0.0, all.lanes + 1);
            }
            all.places.push((x, all.lanes));
            all.width = all.width.max(x + width);
            x += width + GAP;
        }
        all.lanes += 1;
        all
    }
}

/// Room for the tower in a picture of 1280 × 720, in pixels.
const PICTURE: (f32, f32) = (1150.0, 410.0);

/// Which list of a floor.
type Side = fn(&Floor) -> &Vec<Vec<Operand>>;
/// At the left, in the middle, at the right.
const SIDES: [Side; 3] = [
    |floor| &floor.attention,
    |floor| &floor.stream,
    |floor| &floor.rest,
];

/// Puts all floors on the board, the first at the foot. The answer is how many matrices there is no room for.
pub(crate) fn put(setting: &Setting<'_>, board: &mut Board<'_>, pitch: f32) -> usize {
    let n_blocks = setting.pass().config().n_blocks;
    let mut floors: Vec<Floor> = (0..n_blocks).map(|block| floor(setting, block)).collect();
    let left_out = leave_out(board, &mut floors);
    let Some(first) = floors.first() else {
        return left_out;
    };
    let size = |chain: &Vec<Operand>| chain.first().and_then(|&operand| board.size(operand));
    let rows = SIDES.iter().flat_map(|side| side(first)).filter_map(size);
    let depth = rows.map(|size| size.rows).max().unwrap_or(1) as f32 + GAP;
    let widths = SIDES.map(|side| -> Vec<f32> {
        let sizes = side(first).iter().filter_map(size);
        sizes.map(|size| size.columns as f32).collect()
    });
    // seen from above, a floor is as high as it is deep there; it must not hide the one below it
    let (sin, cos) = pitch.sin_cos();
    let height = |lanes: usize| depth * lanes as f32 * sin + BETWEEN_FLOORS;
    let folded = |most: usize| {
        let lanes = widths.clone().map(|widths| {
            let longest = widths.iter().copied().fold(0.0, f32::max);
            let all: f32 = widths.iter().map(|width| width + GAP).sum();
            let mut lanes = Lanes::new(&widths, all);
            for part in 1..=24 {
                let narrower = Lanes::new(&widths, longest.max(all * (1.0 - part as f32 / 25.0)));
                if narrower.lanes <= most {
                    lanes = narrower;
                }
            }
            lanes
        });
        let deepest = lanes.iter().map(|side| side.lanes).max().unwrap_or(1);
        let width: f32 = lanes.iter().map(|side| side.width + 2.0 * GAP).sum();
        let seen = height(deepest) * n_blocks as f32;
        ((PICTURE.0 / width).min(PICTURE.1 / seen), lanes, deepest)
    };
    let best = (1..=5)
        .map(folded)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or_default();
    let (_, lanes, deepest) = best;
    let step = height(deepest) / cos.max(0.3);
    for (block, floor) in floors.iter().enumerate() {
        let mut left = 0.0;
        for (side, lanes) in SIDES.iter().zip(&lanes) {
            // lists with fewer lanes stand in the middle of the floor's depth
            let front = 0.5 * (deepest - lanes.lanes) as f32 * depth;
            for (at, chain) in side(floor).iter().enumerate() {
                let Some(&(x, lane)) = lanes.places.get(at) else {
                    continue;
                };
                let z = front + lane as f32 * depth;
                let origin = Vec3::new(left + x, block as f32 * step, z);
                let Some(group) = board.put(chain, lying(origin)) else {
                    continue;
                };
                // all floors are alike: the highest has the names
                if block + 1 < n_blocks {
                    board.unnamed(group);
                }
            }
            left += lanes.width + 2.0 * GAP;
        }
        let place = Vec3::new(-GAP, block as f32 * step, 0.5 * deepest as f32 * depth);
        let words = RichText::parse(&format!("block {}", block + 1));
        let always = board.always();
        board.label(Label {
            align: Align::Right,
            ..Label::new(LabelKind::Note, words, place, always)
        });
    }
    left_out
}

/// Takes what there is no room for out of all floors: the widest matrices first, the residual stream never.
fn leave_out(board: &Board<'_>, floors: &mut [Floor]) -> usize {
    let cells = |chain: &Vec<Operand>| {
        let first = chain.first().and_then(|&operand| board.size(operand));
        first.map_or(0, Size::cells)
    };
    let mut left_out = 0;
    loop {
        let all: usize = floors
            .iter()
            .flat_map(|floor| SIDES.iter().flat_map(move |side| side(floor)))
            .map(cells)
            .sum();
        if all <= MOST_CELLS {
            return left_out;
        }
        for floor in floors.iter_mut() {
            let largest = |list: &[Vec<Operand>]| list.iter().map(cells).max().unwrap_or(0);
            let list = if largest(&floor.attention) > largest(&floor.rest) {
                &mut floor.attention
            } else {
                &mut floor.rest
            };
            let Some(at) = (0..list.len()).max_by_key(|&at| cells(&list[at])) else {
                return left_out;
            };
            list.remove(at);
            left_out += 1;
        }
    }
}
