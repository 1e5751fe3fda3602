//! Builds one scene: puts matrices on the stage, lets those of the scene before fly to their new places or leave, and
//! gives operations the means to move things. It knows no particular stage.

mod arrivals;
mod bars;
mod cards;
mod copies;
mod framing;
mod scales;
mod telling;

use crate::operation::Size;
use std::collections::HashMap;

use glam::Vec3;
use ndarray::{Array2, ArrayView2};

use crate::camera::{Framing, SafeArea, Shot};
use crate::card::Card;
use crate::colour::{Quantity, Scale};
use crate::label::{Label, LabelKind};
use crate::motion::{MotionKind, Wave};
use crate::operand::{Operand, Source};
use crate::operation::InnerStep;
use crate::part::{AxisKind, Parts, Shown};
use crate::pass::Pass;
use crate::placement::Placement;
use crate::program::Program;
use crate::ranges::Range;
use crate::rich_text::RichText;
use crate::scene::{AxisLabels, Caption, Group, Layer, Role, Scene, Shows, index_of};
use crate::timeline::{Phase, Segment, Window};

use bars::Bars;
pub use bars::Heights;
use scales::Told;

/// Of the time for which parts come together, the share after which the whole has its name and they have none.
pub const NAMES_CHANGE: f32 = 0.35;

/// Index of a group in the scene under construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupIndex(usize);

/// A step of the stage: when it runs and what it makes.
#[derive(Clone, Debug)]
pub struct TimedStep {
    /// When, in seconds of the stage.
    pub window: Window,
    /// The outputs of its operations.
    pub makes: Vec<Operand>,
}

/// A scene under construction.
pub struct Staging<'a> {
    pass: &'a Pass,
    pass_index: usize,
    /// The operation that moves things now, as an index into the program's operations.
    operation: Option<usize>,
    scales: &'a HashMap<Quantity, Range>,
    groups: Vec<Group>,
    /// Which group shows an operand (in canonical form); operations that work in place add names to a group.
    standing: HashMap<Operand, GroupIndex>,
    /// The groups of the scene before, each with whether it has a place in this one.
    before: Vec<(Group, bool)>,
    /// The group whose cells are bars, if there is one.
    bars: Option<(GroupIndex, Bars)>,
    /// The group whose numbers are on the stage a second time, if there is one.
    laid_out: Option<GroupIndex>,
    /// What of long axes this stage shows.
    parts: Parts,
    /// Whether this is the first scene of the show.
    opening: bool,
    block: Option<usize>,
    appear: Window,
    compute: Window,
    steps: Vec<TimedStep>,
    duration: f32,
    captions: Vec<Caption>,
    /// Which operation some of the captions tell of, what it makes and when: their scales are found when all that
    /// moves is known.
    told: Vec<Told>,
    cards: Vec<Card>,
    /// Facts that the stage itself adds, and what is made from when on they are shown.
    facts: Vec<(Option<Operand>, String)>,
    shots: Vec<Shot>,
    labels: Vec<Label>,
    /// Labels that leave when a group becomes another matrix.
    signs: Vec<(usize, GroupIndex)>,
}

/// Where matrices wait that are not needed now: far to the left and behind, out of the picture. This is where their
/// right edge is.
const PARKING: Vec3 = Vec3::new(-74.0, 0.0, -10.0);

impl<'a> Staging<'a> {
    /// An empty stage with the given phases, after the scene `before` (of the same show).
    pub(crate) fn new(
        pass: &'a Pass,
        scales: &'a HashMap<Quantity, Range>,
        before: Option<&Scene>,
        segment: &Segment,
        (steps, parts): (Vec<TimedStep>, Parts),
    ) -> Self {
        let opening = before.is_none();
        let before = before.map_or_else(Vec::new, |scene| {
            scene
                .groups
                .iter()
                .filter(|group| !group.vanishes())
                .map(|group| {
                    let motions = group.motions.iter();
                    let group = Group {
                        motions: motions.map(|m| m.delayed(-scene.duration)).collect(),
                        ghost_from: None,
                        ..group.clone()
                    };
                    (group, false)
                })
                .collect()
        });
        Self {
            pass,
            pass_index: segment.pass,
            operation: None,
            scales,
            groups: Vec::new(),
            standing: HashMap::new(),
            before,
            bars: None,
            parts,
            laid_out: None,
            opening,
            block: segment.block,
            appear: segment.window(Phase::Appear),
            compute: segment.window(Phase::Compute),
            steps,
            duration: segment.duration(),
            captions: Vec::new(),
            told: Vec::new(),
            cards: Vec::new(),
            facts: Vec::new(),
            shots: Vec::new(),
            labels: Vec::new(),
            signs: Vec::new(),
        }
    }

    /// Where a matrix of the residual stream waits.
    fn parking(&self) -> Placement {
        let width = self.parts.features() as f32;
        // the higher the heads are, the wider the picture
        let high = 2 * self.parts.heads().columns() + self.parts.tokens();
        let further = 3.5 * high.saturating_sub(24) as f32;
        Placement::at(-width - further, 0.0).shifted(PARKING)
    }

    /// The pass that is shown.
    pub fn pass(&self) -> &'a Pass {
        self.pass
    }

    /// The stage's block; 0 for stages that belong to none.
    pub fn block(&self) -> usize {
        self.block.unwrap_or_default()
    }

    /// The appear phase.
    pub fn appear(&self) -> Window {
        self.appear
    }

    /// The compute phase.
    pub fn compute(&self) -> Window {
        self.compute
    }

    /// Seconds of the stage.
    pub fn duration(&self) -> f32 {
        self.duration
    }

    /// The numbers of a matrix, as far as this stage shows them; empty where this model does not have it.
    pub fn values_of(&self, operand: Operand) -> Array2<f32> {
        let (rows, columns) = self.parts.of(operand);
        self.pass.part(operand, rows, columns).unwrap_or_default()
    }

    /// What this stage shows of numbers that have the size of a whole matrix.
    pub fn shown_of(&self, operand: Operand, whole: &Array2<f32>) -> Array2<f32> {
        let (rows, columns) = self.parts.of(operand);
        crate::pass::select(whole.view(), rows, columns)
    }

    /// What of long axes this stage shows.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The scale of a matrix's quantity.
    pub fn scale_of(&self, operand: Operand) -> Scale {
        self.scale_of_quantity(operand.quantity())
    }

    /// The scale that a quantity has in the whole show.
    pub fn scale_of_quantity(&self, quantity: Quantity) -> Scale {
        Scale {
            quantity,
            range: self.scales.get(&quantity).map_or(1.0, |range| range.reach),
        }
    }

    fn canonical(&self, operand: Operand) -> Operand {
        operand.canonical(self.pass.config())
    }

    fn push(&mut self, mut group: Group) -> GroupIndex {
        group.pass = self.pass_index;
        self.groups.push(group);
        GroupIndex(self.groups.len() - 1)
    }

    /// The numbers of a matrix, as far as they are shown, with their scale.
    fn layer_of(&self, operand: Operand) -> Layer {
        let values = self.values_of(operand);
        let scale = self.scale_of(operand);
        Layer::of_matrix(operand, values, scale, self.parts.of(operand))
    }

    fn new_group(&self, operand: Operand, placement: Placement) -> Group {
        let layer = self.layer_of(operand);
        let (rows, columns) = self.parts.of(operand);
        let whole = self
            .pass
            .view(operand)
            .map_or(Size::default(), |view| view.dim().into());
        Group {
            shown_rows: rows.clone(),
            shown_columns: columns.clone(),
            whole,
            ..Group::new(Role::Matrix, placement, layer)
        }
    }

    /// The group that shows a matrix, if it is on the stage.
    pub fn group_of(&self, operand: Operand) -> Option<GroupIndex> {
        self.standing.get(&self.canonical(operand)).copied()
    }

    /// How much of a matrix a group shows.
    pub fn size(&self, group: GroupIndex) -> Size {
        self.groups[group.0].size()
    }

    /// Where a group is once it has arrived.
    pub fn placement(&self, group: GroupIndex) -> Placement {
        self.groups[group.0].final_placement()
    }

    /// Adds a motion.
    pub fn add(&mut self, group: GroupIndex, motion: MotionKind) {
        self.groups[group.0].add(motion, self.operation);
    }

    /// Adds a motion that makes nothing and follows the camera: the cell that is told ahead of the others does not hurry
    /// through it.
    pub fn adapt(&mut self, group: GroupIndex, motion: MotionKind) {
        self.groups[group.0].add(motion, None);
    }

    /// Lets an operation of the program move what it needs; its motions know that they are its own.
    pub(crate) fn choreograph(&mut self, program: &Program, operation: usize, window: Window) {
        self.operation = Some(operation);
        program.operations()[operation].choreograph(self, window);
        self.operation = None;
    }

    /// Names the rows and columns of a group.
    pub fn axes(&mut self, group: GroupIndex, rows: AxisLabels, columns: AxisLabels) {
        let group = &mut self.groups[group.0];
        group.row_labels = rows;
        group.column_labels = columns;
    }

    /// Writes a group's name at its left.
    pub fn name_beside(&mut self, group: GroupIndex) {
        self.groups[group.0].name_beside = true;
    }

    /// A matrix that leaves its place keeps its name until then, and has none at the new one.
    pub fn named_until(&mut self, group: GroupIndex, until: f32) {
        self.unnamed(group);
        let group = &self.groups[group.0];
        if let Some(operand) = group.layers.first().and_then(Layer::operand) {
            let window = Window::new(0.0, until);
            let label = crate::stage::labels::name_of(group, operand, group.placement, window);
            self.label(label);
        }
    }

    /// Leaves out a group's name.
    pub fn unnamed(&mut self, group: GroupIndex) {
        self.groups[group.0].named = false;
    }

    /// An operation that works in place: the group that shows `input` shows `output` after the wave.
    /// Where the output has a place of its own, nothing happens here.
    pub fn transform(&mut self, input: Operand, output: Operand, wave: Wave) {
        if self.group_of(output).is_some() {
            return;
        }
        let Some(group) = self.group_of(input) else {
            return;
        };
        let layer = self.layer_of(output);
        self.recolour(group, layer, wave);
        self.standing.insert(self.canonical(output), group);
    }

    /// A step inside an operation that works in place: numbers that have no name in the trace.
    pub fn step_inside(
        &mut self,
        group: GroupIndex,
        step: InnerStep,
        (values, scale): (Array2<f32>, Scale),
        wave: Wave,
    ) {
        // what was masked stays so, whatever number a step makes of it
        let before = self.groups[group.0].final_layer();
        let masked = before.and_then(|layer| {
            let masked = layer.values.mapv(|value| !value.is_finite());
            masked.iter().any(|&masked| masked).then_some(masked)
        });
        let layer = Layer {
            shows: self.shows_step(Some(step)),
            values,
            scale,
            masked,
        };
        self.recolour(group, layer, wave);
    }

    /// A step of the operation that moves things now.
    fn shows_step(&self, step: Option<InnerStep>) -> Shows {
        let step = self.operation.zip(step);
        step.map_or(Shows::Mark, |(operation, step)| {
            Shows::Step(operation, step)
        })
    }

    fn recolour(&mut self, group: GroupIndex, layer: Layer, wave: Wave) {
        let layers = &mut self.groups[group.0].layers;
        layers.push(layer);
        let layer = layers.len() - 1;
        self.add(group, MotionKind::Recolour(wave, layer));
    }

    /// The column of a token in a group along the vocabulary.
    pub fn column_of(&self, group: GroupIndex, token_id: usize) -> Option<usize> {
        let group = &self.groups[group.0];
        index_of(&group.shown_columns, token_id).filter(|&column| column < group.columns)
    }

    /// The token in a column of a group along the vocabulary.
    pub fn symbol(&self, group: GroupIndex, column: usize) -> &'a str {
        let id = self.groups[group.0].whole_column(column);
        self.pass.vocabulary.get(id).map_or("", String::as_str)
    }

    /// Which row of a group is this row of the whole matrix.
    pub fn row_of(&self, group: GroupIndex, whole_row: usize) -> Option<usize> {
        let group = &self.groups[group.0];
        index_of(&group.shown_rows, whole_row).filter(|&row| row < group.rows)
    }

    /// What must be said of axes that are not shown as a whole.
    fn remarks(&self) -> String {
        let here = |kind: AxisKind| {
            self.groups.iter().any(|group| {
                let operand = group.layers.first().and_then(Layer::operand);
                let seen = group.role == Role::Matrix;
                operand.filter(|_| seen).is_some_and(|operand| {
                    let (rows, columns) = operand.axes();
                    rows == kind || columns == kind
                })
            })
        };
        self.parts.remark(here)
    }

    /// A shorter name above a group than its operand's.
    pub fn short_name(&mut self, group: GroupIndex, name: &str) {
        self.groups[group.0].short_name = Some(RichText::parse(name));
    }

    /// Does not mark the places of a group's cells that do not exist yet.
    pub fn no_ghosts(&mut self, group: GroupIndex) {
        self.groups[group.0].ghost_from = None;
    }

    /// One row of a group lights up.
    pub fn pulse_row(&mut self, group: GroupIndex, row: usize, window: Window) {
        self.add(
            group,
            MotionKind::PulseRow(Wave::together(window.start, window.end), row),
        );
    }

    /// When the step runs that makes this operand; none if the stage does not make it.
    pub fn step_making(&self, operand: Operand) -> Option<Window> {
        let step = self.steps.iter().find(|step| step.makes.contains(&operand));
        step.map(|step| step.window)
    }

    /// Lets a group of the scene before leave when the stage begins.
    fn depart(&self, group: &mut Group) {
        group.role = Role::Departing;
        group.named = false;
        group.row_labels = AxisLabels::None;
        group.column_labels = AxisLabels::None;
        let leave = Window::new(0.0, self.appear.part(0.0, 0.5).end.max(0.05));
        let wave = Wave::diagonal(leave.start, leave.end);
        group.add(MotionKind::Disappear(wave), None);
    }

    /// The finished scene: groups of the scene before that have no place here leave, or go on waiting.
    pub(crate) fn finish(mut self) -> Scene {
        self.end_marks(self.duration);
        for (mut group, taken) in std::mem::take(&mut self.before) {
            if taken {
                continue;
            }
            if group.role != Role::Parked {
                self.depart(&mut group);
            }
            self.groups.push(group);
        }
        let mut labels = self.labels;
        for (label, group) in self.signs {
            if let Some(changes) = self.groups[group.0].name_times().get(1) {
                let window = &mut labels[label].window;
                window.end = window.end.min(changes.0);
            }
        }
        for group in &self.groups {
            crate::stage::labels::of_group(group, self.pass, self.duration, &mut labels);
        }
        let mut scene = Scene {
            groups: self.groups,
            duration: self.duration,
            shots: self.shots,
            captions: self.captions,
            cards: self.cards,
            labels,
            parts: self.parts,
        };
        if scene.is_dense() {
            // dots smaller than pixels would only flicker
            for group in &mut scene.groups {
                group.ghost_from = None;
            }
        }
        scene
    }
}
