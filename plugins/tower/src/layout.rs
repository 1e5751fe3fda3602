//! Where the floors of the tower are, and what stands around it.

use bevy::math::Vec3;
use orrery_plugin_api::pipeline::{
    Label, LabelKind, Operand, OperationKind, Placement, RichText, Size, Source,
    label::Align,
    shaping::{Board, Setting},
};

/// More cells than this are not put on the stage.
const MOST_CELLS: usize = 80_000;
/// Between what stands beside each other on a floor, in units.
const GAP: f32 = 3.0;
/// Between what stands above each other, in units.
const BETWEEN_LANES: f32 = 2.0;
/// Between the floors, in units.
const BETWEEN_FLOORS: f32 = 3.0;
/// Pixels that a name needs above its matrix.
const NAME: f32 = 22.0;
/// How far the residual stream stands before what is around it, in units.
const BEFORE: f32 = 5.0;

/// A matrix that stands upright, its first cell at a point.
fn upright(origin: Vec3) -> Placement {
    Placement {
        origin,
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

/// Where the matrices of a list are: a lane above a lane, as the tower grows, each read to the right.
#[derive(Clone, Debug, Default)]
struct Lanes {
    /// Of each matrix: its place from the left, and its lane, the lowest first.
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

/// Of the matrices that take each other's place.
fn size_of(board: &Board<'_>, chain: &[Operand]) -> Option<Size> {
    chain.first().and_then(|&operand| board.size(operand))
}

/// Room for the tower in a picture of 1280 × 720, in pixels.
const PICTURE: (f32, f32) = (1150.0, 410.0);

/// Which list of a floor.
type Side = fn(&Floor) -> &Vec<Vec<Operand>>;
/// Which of the sides is the residual stream.
const STREAM: usize = 1;
/// At the left, in the middle, at the right.
const SIDES: [Side; 3] = [
    |floor| &floor.attention,
    |floor| &floor.stream,
    |floor| &floor.rest,
];

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Built {
    /// How many matrices there is no room for.
    pub left_out: usize,
    /// How high a line of words is, in units.
    pub line: f32,
}

/// Puts all floors on the board, the first at the foot.
pub(crate) fn put(setting: &Setting<'_>, board: &mut Board<'_>) -> Built {
    let n_blocks = setting.pass().config().n_blocks;
    let mut floors: Vec<Floor> = (0..n_blocks).map(|block| floor(setting, block)).collect();
    let left_out = leave_out(board, &mut floors);
    let Some(first) = floors.first() else {
        return Built::default();
    };
    let size = |chain: &Vec<Operand>| size_of(board, chain);
    let rows = SIDES.iter().flat_map(|side| side(first)).filter_map(size);
    let depth = rows.map(|size| size.rows).max().unwrap_or(1) as f32 + BETWEEN_LANES;
    let widths = SIDES.map(|side| -> Vec<f32> {
        let sizes = side(first).iter().filter_map(size);
        sizes.map(|size| size.columns as f32).collect()
    });
    // the highest floor has the names, so its lanes are farther apart
    let scale = |lanes: usize| {
        let floor = depth * lanes as f32 + BETWEEN_FLOORS;
        (PICTURE.1 - lanes as f32 * NAME).max(1.0) / (floor * n_blocks as f32)
    };
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
        ((PICTURE.0 / width).min(scale(deepest)), lanes, deepest)
    };
    let best = (1..=5)
        .map(folded)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or_default();
    let (pixels, lanes, deepest) = best;
    let step = depth * deepest as f32 + BETWEEN_FLOORS;
    let name = (NAME / pixels.max(0.1) - BETWEEN_LANES).max(0.0);
    for (block, floor) in floors.iter().enumerate() {
        // all floors are alike: the highest has the names
        let highest = block + 1 == n_blocks;
        let lane_step = if highest { depth + name } else { depth };
        let foot = block as f32 * step;
        let mut left = 0.0;
        for (at, (side, lanes)) in SIDES.iter().zip(&lanes).enumerate() {
            let z = if at == STREAM { BEFORE } else { 0.0 };
            // lists with fewer lanes stand in the middle of the floor
            let lowest = foot + 0.5 * (deepest - lanes.lanes) as f32 * lane_step;
            for (at, chain) in side(floor).iter().enumerate() {
                let (Some(&(x, lane)), Some(size)) = (lanes.places.get(at), size_of(board, chain))
                else {
                    continue;
                };
                let top = lowest + lane as f32 * lane_step + size.rows as f32;
                let Some(group) = board.put(chain, upright(Vec3::new(left + x, top, z))) else {
                    continue;
                };
                if highest {
                    board.unsized_name(group);
                } else {
                    board.unnamed(group);
                }
            }
            left += lanes.width + 2.0 * GAP;
        }
        let middle = foot + 0.5 * (deepest as f32 * lane_step);
        let words = RichText::parse(&format!("block {}", block + 1));
        let always = board.always();
        board.label(Label {
            align: Align::Right,
            ..Label::new(LabelKind::Note, words, Vec3::new(-GAP, middle, 0.0), always)
        });
    }
    Built {
        left_out,
        line: NAME / pixels.max(0.1),
    }
}

/// Takes what there is no room for out of all floors: the widest matrices first, the residual stream never.
fn leave_out(board: &Board<'_>, floors: &mut [Floor]) -> usize {
    let cells = |chain: &Vec<Operand>| size_of(board, chain).map_or(0, Size::cells);
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
