//! A board: a scene in which a visualization places matrices of the whole pass where it likes, whatever the stage
//! shows. Those that are made already are there, those that the stage makes come when it makes them, and the places of
//! those to come are marked. Times, numbers and words are the show's own.

use glam::Vec3;

use super::{Made, Setting, framing_of};
use crate::bounds::Bounds;
use crate::camera::{SafeArea, Shot};
use crate::colour::Scale;
use crate::label::Label;
use crate::motion::{MotionKind, Origin, Wave};
use crate::operand::Operand;
use crate::operation::Size;
use crate::part::Parts;
use crate::placement::Placement;
use crate::scene::{AxisLabels, Group, Layer, Role, Scene};
use crate::stage::labels::at_place;
use crate::stage_kind::StageKind;
use crate::timeline::Window;

/// A time that no stage reaches.
const NEVER: f32 = 1e6;

/// A scene under construction.
#[derive(Debug)]
pub struct Board<'a> {
    setting: Setting<'a>,
    parts: Parts,
    scene: Scene,
    /// The matrices that each group shows, one after the other.
    chains: Vec<Vec<Operand>>,
    corners: Vec<Vec3>,
    /// Whether the matrices of all blocks are made when those of the stage's block are.
    all_at_once: bool,
}

impl<'a> Board<'a> {
    /// An empty board for a segment, with its words.
    pub fn new(setting: &Setting<'a>) -> Self {
        let standard = setting.standard();
        let segment = setting.segment();
        // the same parts in every stage, so that nothing changes its size from one to the next
        let most = StageKind::ALL
            .into_iter()
            .find(|kind| kind.description().shows_attention)
            .unwrap_or(segment.kind);
        let pages = setting.show().pages();
        let block = segment.block.or(Some(0));
        Self {
            parts: Parts::of_stage(setting.pass(), most, block, pages),
            scene: Scene {
                groups: Vec::new(),
                labels: Vec::new(),
                shots: Vec::new(),
                duration: standard.duration,
                captions: standard.captions.clone(),
                cards: standard.cards.clone(),
                parts: standard.parts.clone(),
            },
            setting: *setting,
            chains: Vec::new(),
            corners: Vec::new(),
            all_at_once: false,
        }
    }

    /// Lets every block do what the stage's block does.
    pub fn play_all_blocks(&mut self) {
        self.all_at_once = true;
    }

    /// A matrix of any block, as the one of the stage's block that stands for it.
    fn stands_for(&self, operand: Operand) -> Operand {
        match (
            self.all_at_once,
            operand.block(),
            self.setting.segment().block,
        ) {
            (true, Some(_), Some(on)) => operand.in_block(on),
            _ => operand,
        }
    }

    fn made(&self, operand: Operand) -> Option<Made> {
        self.setting.made(self.stands_for(operand))
    }

    /// What is shown of long axes.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// How much of a matrix the board shows; none where the model does not have it.
    pub fn size(&self, operand: Operand) -> Option<Size> {
        let Size { rows, columns } = self.setting.pass().size(operand)?;
        let (shown_rows, shown_columns) = self.parts.of(operand);
        Some(Size::new(
            shown_rows.as_ref().map_or(rows, |shown| shown.len()),
            shown_columns.as_ref().map_or(columns, |shown| shown.len()),
        ))
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.scene.groups.iter().map(Group::cells).sum()
    }

    fn layer(&self, operand: Operand) -> Option<Layer> {
        let (rows, columns) = self.parts.of(operand);
        let quantity = operand.quantity();
        let values = self.setting.pass().part(operand, rows, columns)?;
        let scale = Scale {
            quantity,
            range: self.setting.show().range(quantity),
        };
        Some(Layer::of_matrix(operand, values, scale, (rows, columns)))
    }

    /// Puts a matrix somewhere, or several of one size that take each other's place, in the order in which they are
    /// made. The answer is the number of the group; none where the model has none of them.
    pub fn put(&mut self, chain: &[Operand], placement: Placement) -> Option<usize> {
        let known = |operand: &Operand| self.made(*operand).is_some();
        let chain: Vec<Operand> = chain.iter().copied().filter(known).collect();
        let first = *chain.first()?;
        let mut group = Group::new(Role::Matrix, placement, self.layer(first)?);
        let (rows, columns) = self.parts.of(first);
        (group.shown_rows, group.shown_columns) = (rows.clone(), columns.clone());
        group.whole = self.setting.pass().size(first)?;
        group.pass = self.setting.segment().pass;
        let Bounds { least, most } = placement.bounds(group.size());
        self.corners.extend([least, most]);
        self.scene.groups.push(group);
        self.chains.push(chain);
        Some(self.scene.groups.len() - 1)
    }

    /// What stands along the rows and the columns of a group.
    pub fn axes(&mut self, group: usize, rows: AxisLabels, columns: AxisLabels) {
        if let Some(group) = self.scene.groups.get_mut(group) {
            (group.row_labels, group.column_labels) = (rows, columns);
        }
    }

    /// Leaves the name of a group away.
    pub fn unnamed(&mut self, group: usize) {
        if let Some(group) = self.scene.groups.get_mut(group) {
            group.named = false;
        }
    }

    /// Names a group without its size, where there is no room for both.
    pub fn unsized_name(&mut self, group: usize) {
        if let Some(group) = self.scene.groups.get_mut(group) {
            group.sized = false;
        }
    }

    /// A label of the visualization's own.
    pub fn label(&mut self, label: Label) {
        self.scene.labels.push(label);
    }

    /// The whole stage, in its own seconds.
    pub fn always(&self) -> Window {
        // words do not fade where one stage of the board follows another
        Window::new(-1.0, self.scene.duration + 1.0)
    }

    /// The box around everything that was put.
    pub fn bounds(&self) -> Bounds {
        let points = self.corners.iter().map(|&point| Bounds::new(point, point));
        points
            .reduce(Bounds::union)
            .unwrap_or(Bounds::new(Vec3::ZERO, Vec3::ZERO))
    }

    /// The groups so far.
    pub fn groups(&self) -> &[Group] {
        &self.scene.groups
    }

    /// Moves the camera from `start` on, within so many seconds, to everything that was put, seen from `yaw` and
    /// `pitch` (radians); `room` is left free around it, in units.
    pub fn frame(
        &mut self,
        (start, seconds): (f32, f32),
        angles: (f32, f32),
        room: Vec3,
        safe: SafeArea,
    ) {
        let Bounds { least, most } = self.bounds();
        let points: Vec<Vec3> = [least - room, most + room]
            .into_iter()
            .flat_map(|a| {
                [least - room, most + room].map(move |b| {
                    [
                        a,
                        Vec3::new(a.x, b.y, b.z),
                        Vec3::new(b.x, a.y, b.z),
                        Vec3::new(b.x, b.y, a.z),
                    ]
                })
            })
            .flatten()
            .collect();
        self.scene.shots.push(Shot {
            start,
            seconds,
            framing: framing_of(&points, angles, safe),
        });
    }

    /// Where the matrices are of which a matrix is made, those with a row for each of its rows.
    fn origin(&self, operation: usize, of: Operand, rows: usize) -> Option<Origin> {
        let program = self.setting.program();
        let operation = program.operations().get(operation)?;
        let stored = |operand: Operand| program.numbers().stored(operand);
        let block = of.block();
        let inputs = operation.inputs().into_iter();
        let mut inputs = inputs.map(|input| match block {
            Some(block) if input.block().is_some() => input.in_block(block),
            _ => input,
        });
        inputs.find_map(|input| {
            let at = self.chains.iter().position(|chain| {
                chain.iter().any(|&shown| {
                    shown == input || (shown.head.is_none() && stored(shown) == stored(input))
                })
            })?;
            let group = &self.scene.groups[at];
            (group.rows == rows).then_some(Origin::Row(group.placement, group.columns))
        })
    }

    /// Gives each group the motions that show when its numbers are made.
    fn animate(&mut self, group: usize) {
        let chain = self.chains[group].clone();
        let rows = self.scene.groups[group].rows;
        let made: Vec<Made> = chain
            .iter()
            .map(|&operand| self.made(operand).unwrap_or(Made::Before))
            .collect();
        // what is there when the stage begins is the last that was made before
        let begins = made.iter().rposition(|made| *made == Made::Before);
        let first = begins.unwrap_or(0);
        let mut motions = Vec::new();
        match made[first] {
            Made::Before => {}
            Made::Later => {
                let wave = Wave::together(NEVER, NEVER);
                motions.push((MotionKind::Appear(wave), None));
            }
            Made::Now(window, operation) => {
                let wave = Wave::rows(window.start, window.end);
                let kind = match self.origin(operation, chain[first], rows) {
                    Some(origin) => MotionKind::Arrive(wave, origin),
                    None => MotionKind::Appear(wave),
                };
                motions.push((kind, Some(operation)));
            }
        }
        let mut layers: Vec<Layer> = self.layer(chain[first]).into_iter().collect();
        for (&operand, made) in chain.iter().zip(&made).skip(first + 1) {
            if let (Made::Now(window, operation), Some(layer)) = (*made, self.layer(operand)) {
                layers.push(layer);
                let wave = Wave::rows(window.start, window.end);
                motions.push((
                    MotionKind::Recolour(wave, layers.len() - 1),
                    Some(operation),
                ));
            }
        }
        let group = &mut self.scene.groups[group];
        group.layers = layers;
        group.ghost_from = Some(f32::MIN);
        for (kind, operation) in motions {
            group.add(kind, operation);
        }
    }

    /// Lets what an operation reads light up while it runs.
    fn light_up(&mut self) {
        let program = self.setting.program();
        let windows = self.setting.steps_of(self.setting.index());
        let stored = |operand: Operand| program.numbers().stored(operand);
        for (step, window) in self.setting.stage().steps.iter().zip(windows) {
            for &operation in &step.operations {
                let Some(runs) = program.operations().get(operation) else {
                    continue;
                };
                for input in runs.inputs() {
                    let (on, all) = (self.setting.segment().block, self.all_at_once);
                    for (group, chain) in self.scene.groups.iter_mut().zip(&self.chains) {
                        let read = chain.iter().any(|&shown| {
                            let shown = match (shown.block(), on) {
                                (Some(_), Some(on)) if all => shown.in_block(on),
                                _ => shown,
                            };
                            shown == input
                                || (shown.head.is_none() && stored(shown) == stored(input))
                        });
                        let lit = group.motions.iter().any(|motion| {
                            matches!(motion.kind, MotionKind::Pulse(_))
                                && motion.window() == window.pair()
                        });
                        if read && !lit && chain.len() == 1 {
                            let wave = Wave::rows(window.start, window.end);
                            group.add(MotionKind::Pulse(wave), Some(operation));
                        }
                    }
                }
            }
        }
    }

    /// The scene: everything in its place, with its motions and its names.
    pub fn finish(mut self) -> Scene {
        for group in 0..self.scene.groups.len() {
            self.animate(group);
        }
        self.light_up();
        if self.scene.is_dense() {
            // dots smaller than pixels would only flicker
            for group in &mut self.scene.groups {
                group.ghost_from = None;
            }
        }
        let always = self.always();
        let mut labels = std::mem::take(&mut self.scene.labels);
        for group in &self.scene.groups {
            at_place(
                group,
                group.placement,
                always,
                self.setting.pass(),
                &mut labels,
            );
        }
        self.scene.labels = labels;
        self.scene
    }
}
