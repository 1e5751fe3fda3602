//! Builds one scene: puts matrices on the stage, lets what stood there before fly to its new place
//! or leave, and gives the operations what they need to move things. It knows no particular stage.

use std::collections::HashMap;

use glam::Vec3;
use ndarray::{Array2, ArrayView2};

use crate::camera::{Framing, SafeArea, Shot};
use crate::colour::{Quantity, Scale};
use crate::label::{Align, Label, LabelKind};
use crate::motion::{Motion, Order, Wave};
use crate::operand::Operand;
use crate::pass::Pass;
use crate::placement::Placement;
use crate::rich_text::RichText;
use crate::scene::{AxisLabels, Caption, Group, Layer, Role, Scene};
use crate::timeline::{Phase, Segment, Window};

/// Index of a group in the scene under construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupIndex(usize);

/// A scene under construction.
pub struct Staging<'a> {
    pass: &'a Pass,
    scales: &'a HashMap<Quantity, f32>,
    groups: Vec<Group>,
    /// Who stands where, by canonical operand; in-place operations add names to a group.
    standing: HashMap<Operand, GroupIndex>,
    /// What stood on the stage before, with whether it has found its place in this one.
    before: Vec<(Group, bool)>,
    opening: bool,
    appear: Window,
    compute: Window,
    steps: Vec<Window>,
    duration: f32,
    captions: Vec<Caption>,
    shots: Vec<Shot>,
    labels: Vec<Label>,
}

/// Where matrices wait that are not needed now: far to the left, out of the picture.
const PARKING: Vec3 = Vec3::new(-90.0, 0.0, -10.0);

fn parking() -> Placement {
    Placement::at(0.0, 0.0).shifted(PARKING)
}

impl<'a> Staging<'a> {
    /// An empty stage with the given phases, after the scene `before` (of the same show).
    pub(crate) fn new(
        pass: &'a Pass,
        scales: &'a HashMap<Quantity, f32>,
        before: Option<&Scene>,
        segment: &Segment,
        steps: Vec<Window>,
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
            scales,
            groups: Vec::new(),
            standing: HashMap::new(),
            before,
            opening,
            appear: segment.window(Phase::Appear),
            compute: segment.window(Phase::Compute),
            steps,
            duration: segment.duration(),
            captions: Vec::new(),
            shots: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// The pass that is shown.
    pub fn pass(&self) -> &'a Pass {
        self.pass
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

    /// The numbers of a matrix; empty where this model does not have it.
    pub fn values_of(&self, operand: Operand) -> Array2<f32> {
        self.pass.matrix(operand).unwrap_or_default()
    }

    /// The scale of a matrix's quantity.
    pub fn scale_of(&self, operand: Operand) -> Scale {
        let quantity = operand.quantity();
        Scale {
            quantity,
            range: self.scales.get(&quantity).copied().unwrap_or(1.0),
        }
    }

    fn canonical(&self, operand: Operand) -> Operand {
        operand.canonical(self.pass.config())
    }

    fn push(&mut self, group: Group) -> GroupIndex {
        self.groups.push(group);
        GroupIndex(self.groups.len() - 1)
    }

    fn new_group(&self, operand: Operand, placement: Placement) -> Group {
        let values = self.values_of(operand);
        let (rows, columns) = values.dim();
        Group {
            role: Role::Matrix,
            rows,
            columns,
            placement,
            layers: vec![Layer {
                operand: Some(operand),
                name: None,
                values,
                scale: self.scale_of(operand),
            }],
            motions: Vec::new(),
            ghost_from: None,
            row_labels: AxisLabels::None,
            column_labels: AxisLabels::None,
            short_name: None,
            named: true,
            name_beside: false,
        }
    }

    /// Where a matrix stood in the scene before: itself, or the whole of which it is a part.
    fn origin_of(&mut self, operand: Operand) -> Option<Placement> {
        let config = self.pass.config();
        let d_head = config.d_head();
        let wanted = operand.canonical(config);
        let place_of = |group: &Group| -> Option<Placement> {
            let shown = group.final_layer()?.operand?.canonical(config);
            let whole = group.final_placement();
            if shown == wanted {
                return Some(whole);
            }
            if shown.transposed() == wanted {
                return Some(whole.transposed());
            }
            if (Operand {
                head: None,
                transposed: false,
                ..wanted
            }) == shown
            {
                let columns = wanted.head? * d_head;
                let part = whole.part(0, columns);
                return Some(if wanted.transposed {
                    part.transposed()
                } else {
                    part
                });
            }
            if wanted.last_row
                && (Operand {
                    last_row: false,
                    ..wanted
                }) == shown
            {
                return Some(whole.part(group.rows.saturating_sub(1), 0));
            }
            None
        };
        let at = self
            .before
            .iter()
            .position(|(group, _)| place_of(group).is_some())?;
        self.before[at].1 = true;
        place_of(&self.before[at].0)
    }

    /// Puts a matrix on the stage. If it stood on the stage before, it flies from there during the
    /// appear phase; if not, it grows in a wave.
    pub fn stand(&mut self, operand: Operand, placement: Placement) -> GroupIndex {
        self.stand_named(operand, operand, placement)
    }

    /// The same where the matrix went under another name, or was another's part, before.
    pub fn stand_named(
        &mut self,
        operand: Operand,
        before: Operand,
        placement: Placement,
    ) -> GroupIndex {
        let mut group = self.new_group(operand, placement);
        let arrival = self.appear.part(0.05, 0.95);
        match self.origin_of(before) {
            Some(origin) => {
                group.placement = origin;
                if origin != placement {
                    group.motions.push(Motion::Fly(
                        Wave::diagonal(arrival.start, arrival.end),
                        placement,
                    ));
                }
            }
            // the show begins with what its first stage has: no empty first picture
            None if self.opening => {}
            None => {
                let grow = arrival.part(0.15, 1.0);
                group
                    .motions
                    .push(Motion::Appear(Wave::diagonal(grow.start, grow.end)));
            }
        }
        let index = self.push(group);
        self.standing.insert(self.canonical(operand), index);
        index
    }

    /// Prepares the place of a matrix that an operation will make: faint dots until then.
    pub fn produce(&mut self, operand: Operand, placement: Placement) -> GroupIndex {
        let mut group = self.new_group(operand, placement);
        group.ghost_from = Some(self.appear.part(0.5, 1.0).start);
        let index = self.push(group);
        self.standing.insert(self.canonical(operand), index);
        index
    }

    /// Sends a matrix that stood on the stage out of the way, to wait until it is needed again.
    /// Does nothing if it was not there.
    pub fn park(&mut self, operand: Operand) {
        let wanted = self.canonical(operand);
        let config = self.pass.config();
        let found = self.before.iter_mut().find(|(group, taken)| {
            !taken
                && group
                    .final_layer()
                    .and_then(|layer| layer.operand)
                    .is_some_and(|shown| shown.canonical(config) == wanted)
        });
        let Some((group, taken)) = found else {
            return;
        };
        *taken = true;
        let from = group.final_placement();
        let parking = parking();
        let mut waiting = self.new_group(operand, from);
        waiting.role = Role::Parked;
        waiting.named = false;
        if from != parking {
            let leave = self.appear;
            waiting
                .motions
                .push(Motion::Fly(Wave::diagonal(leave.start, leave.end), parking));
        }
        self.push(waiting);
    }

    /// The group that shows a matrix, if it is on the stage.
    pub fn group_of(&self, operand: Operand) -> Option<GroupIndex> {
        self.standing.get(&self.canonical(operand)).copied()
    }

    /// Rows and columns of a group.
    pub fn size(&self, group: GroupIndex) -> (usize, usize) {
        let group = &self.groups[group.0];
        (group.rows, group.columns)
    }

    /// Where a group stands once it has arrived.
    pub fn placement(&self, group: GroupIndex) -> Placement {
        self.groups[group.0].final_placement()
    }

    /// Adds a motion.
    pub fn add(&mut self, group: GroupIndex, motion: Motion) {
        self.groups[group.0].motions.push(motion);
    }

    /// Names the rows and columns of a group.
    pub fn axes(&mut self, group: GroupIndex, rows: AxisLabels, columns: AxisLabels) {
        let group = &mut self.groups[group.0];
        group.row_labels = rows;
        group.column_labels = columns;
    }

    /// A group whose name stands at its left.
    pub fn name_beside(&mut self, group: GroupIndex) {
        self.groups[group.0].name_beside = true;
    }

    /// A group without its name above it.
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
        let layer = Layer {
            operand: Some(output),
            name: None,
            values: self.values_of(output),
            scale: self.scale_of(output),
        };
        self.step_inside(group, layer, wave);
        self.standing.insert(self.canonical(output), group);
    }

    /// A step inside an operation that works in place: numbers that have no name in the trace.
    pub fn step_inside(&mut self, group: GroupIndex, layer: Layer, wave: Wave) {
        let group = &mut self.groups[group.0];
        group.layers.push(layer);
        let layer = group.layers.len() - 1;
        group.motions.push(Motion::Recolour(wave, layer));
    }

    fn transient(&mut self, of: GroupIndex, values: Array2<f32>, placement: Placement) -> Group {
        let source = &self.groups[of.0];
        let (rows, columns) = values.dim();
        Group {
            role: Role::Transient,
            rows,
            columns,
            placement,
            layers: vec![Layer {
                operand: None,
                name: None,
                values,
                scale: source.layers[0].scale,
            }],
            motions: Vec::new(),
            ghost_from: None,
            row_labels: AxisLabels::None,
            column_labels: AxisLabels::None,
            short_name: None,
            named: false,
            name_beside: false,
        }
    }

    /// Numbers of the group as it is shown at last.
    fn final_values(&self, group: GroupIndex) -> Array2<f32> {
        self.groups[group.0]
            .final_layer()
            .map(|layer| layer.values.clone())
            .unwrap_or_default()
    }

    /// Copies of a group's cells, at its place, to be moved and made to vanish by the caller.
    pub fn copies_of(&mut self, group: GroupIndex) -> GroupIndex {
        let values = self.final_values(group);
        let placement = self.placement(group);
        let mut copies = self.transient(group, values, placement);
        if let Some(layer) = self.groups[group.0].final_layer() {
            copies.layers[0].scale = layer.scale;
        }
        self.push(copies)
    }

    /// Copies of a one-row group, `rows` times under each other, placed on another group's grid.
    pub fn repeated_row(&mut self, group: GroupIndex, rows: usize, on: Placement) -> GroupIndex {
        let row = self.final_values(group);
        let values = row
            .broadcast((rows, row.ncols()))
            .map(|all: ArrayView2<'_, f32>| all.to_owned())
            .unwrap_or_default();
        let lifted = on.shifted(Vec3::Z * 0.9);
        let mut copies = self.transient(group, values, lifted);
        copies.placement.cell_size *= 0.6;
        self.push(copies)
    }

    /// The copies of B's columns that walk in a product: `inner × slots` cells over B's numbers.
    pub fn walkers(&mut self, b: GroupIndex, inner: usize, slots: usize) -> GroupIndex {
        let values = self.final_values(b);
        let placement = self.placement(b);
        let mut walkers = self.transient(b, values, placement);
        walkers.rows = inner;
        walkers.columns = slots;
        self.push(walkers)
    }

    /// Numbers inside an operation that stand beside its matrix for a while.
    pub fn aside(
        &mut self,
        name: &'static str,
        values: Array2<f32>,
        scale: Scale,
        placement: Placement,
    ) -> GroupIndex {
        let (rows, columns) = values.dim();
        self.push(Group {
            role: Role::Transient,
            rows,
            columns,
            placement,
            layers: vec![Layer {
                operand: None,
                name: Some(name),
                values,
                scale,
            }],
            motions: Vec::new(),
            ghost_from: None,
            row_labels: AxisLabels::None,
            column_labels: AxisLabels::None,
            short_name: None,
            named: true,
            name_beside: false,
        })
    }

    /// Lets a group's flight to its place happen in this window instead of the appear phase.
    pub fn arrive_during(&mut self, group: GroupIndex, window: Window) {
        for motion in &mut self.groups[group.0].motions {
            if let Motion::Fly(wave, _) | Motion::Appear(wave) = motion {
                (wave.start, wave.end) = window.pair();
            }
        }
    }

    /// Parts that have flown together become the whole: it takes their place at the window's end.
    pub fn replace_parts(&mut self, whole: GroupIndex, parts: &[Operand], window: Window) {
        let instant = Wave::together(window.end, window.end + 1e-3);
        self.groups[whole.0].ghost_from = None;
        self.add(whole, Motion::Appear(instant));
        for &part in parts {
            if let Some(part) = self.group_of(part) {
                self.add(part, Motion::Disappear(instant));
            }
        }
    }

    /// Puts a matrix on the stage that grows in its place during a window of its own.
    pub fn enter_at(
        &mut self,
        operand: Operand,
        placement: Placement,
        window: (f32, f32),
    ) -> GroupIndex {
        let mut group = self.new_group(operand, placement);
        group
            .motions
            .push(Motion::Appear(Wave::diagonal(window.0, window.1)));
        let index = self.push(group);
        self.standing.insert(self.canonical(operand), index);
        index
    }

    /// A shorter name above a group than its operand's.
    pub fn short_name(&mut self, group: GroupIndex, name: &str) {
        self.groups[group.0].short_name = Some(RichText::parse(name));
    }

    /// Places of cells that do not exist yet are not marked.
    pub fn no_ghosts(&mut self, group: GroupIndex) {
        self.groups[group.0].ghost_from = None;
    }

    /// One row of a group lights up.
    pub fn pulse_row(&mut self, group: GroupIndex, row: usize, window: Window) {
        self.add(
            group,
            Motion::PulseRow(Wave::together(window.start, window.end), row),
        );
    }

    /// Everything that stood there before stays where it is through this stage.
    pub fn keep_all(&mut self) {
        for (group, taken) in std::mem::take(&mut self.before) {
            if !taken {
                self.groups.push(group);
            }
        }
    }

    /// When a step of the stage runs.
    pub fn step_window(&self, step: usize) -> Window {
        self.steps.get(step).copied().unwrap_or(self.compute)
    }

    /// Frames a box from the begin of the stage.
    pub fn frame_box(&mut self, bounds: (Vec3, Vec3), safe: SafeArea) {
        self.shots.push(Shot {
            start: 0.0,
            seconds: self.appear.end.clamp(0.1, 1.4),
            framing: Framing::around(bounds, safe),
        });
    }

    /// What is said while an operation runs.
    pub fn caption(&mut self, caption: Caption) {
        self.captions.push(caption);
    }

    /// A label of the stage's own.
    pub fn label(&mut self, label: Label) {
        self.labels.push(label);
    }

    /// A sign between operands, there from the end of the appear phase to the end of the stage.
    pub fn operator(&mut self, sign: &str, anchor: Vec3) {
        let window = Window::new(self.appear.part(0.7, 1.0).start, self.duration);
        self.label(Label {
            kind: LabelKind::Operator,
            text: RichText::parse(sign),
            detail: String::new(),
            anchor,
            flight: None,
            along_axis: None,
            room: None,
            align: Align::Centre,
            window,
        });
    }

    /// Moves the camera: from `start` on, within `seconds`, to a box around these groups.
    pub fn frame(&mut self, start: f32, seconds: f32, groups: &[GroupIndex], safe: SafeArea) {
        let bounds = groups
            .iter()
            .map(|&group| {
                let (rows, columns) = self.size(group);
                self.placement(group).bounds(rows, columns)
            })
            .reduce(|(least, most), (l, m)| (least.min(l), most.max(m)));
        let Some((least, most)) = bounds else {
            return;
        };
        // names above, token labels at the left, indices below
        let room = (Vec3::new(1.6, 1.2, 0.0), Vec3::new(0.6, 1.6, 0.0));
        let framing = Framing::around((least - room.0, most + room.1), safe);
        self.shots.push(Shot {
            start,
            seconds,
            framing,
        });
    }

    /// The same around everything that the stage has placed.
    pub fn frame_all(&mut self, safe: SafeArea) {
        let all: Vec<GroupIndex> = (0..self.groups.len())
            .filter(|&at| self.groups[at].role == Role::Matrix)
            .map(GroupIndex)
            .collect();
        let seconds = self.appear.end.clamp(0.1, 1.4);
        self.frame(0.0, seconds, &all, safe);
    }

    /// Leaves a waiting copy of a matrix behind: it parts from the matrix at the begin of the window
    /// and flies out of the way, to come back when the matrix is needed again.
    pub fn leave_copy(&mut self, operand: Operand, window: Window) {
        let Some(original) = self.group_of(operand) else {
            return;
        };
        let from = self.placement(original);
        let mut copy = self.new_group(operand, from);
        copy.role = Role::Parked;
        copy.named = false;
        copy.motions.push(Motion::Appear(Wave::together(
            window.start,
            window.start + 1e-3,
        )));
        copy.motions.push(Motion::Fly(
            Wave::diagonal(window.start, window.end),
            parking(),
        ));
        self.push(copy);
    }

    /// The finished scene: what stood there before and has no place here leaves or goes on waiting.
    pub(crate) fn finish(mut self) -> Scene {
        for (mut group, taken) in std::mem::take(&mut self.before) {
            if taken {
                continue;
            }
            if group.role != Role::Parked {
                group.role = Role::Departing;
                group.named = false;
                group.row_labels = AxisLabels::None;
                group.column_labels = AxisLabels::None;
                let leave = Window::new(0.0, self.appear.part(0.0, 0.5).end.max(0.05));
                group.motions.push(Motion::Disappear(Wave {
                    start: leave.start,
                    end: leave.end,
                    spread: 0.5,
                    order: Order::Diagonal,
                }));
            }
            self.groups.push(group);
        }
        for group in &mut self.groups {
            group
                .motions
                .sort_by(|a, b| a.window().0.total_cmp(&b.window().0));
        }
        let mut labels = self.labels;
        for group in &self.groups {
            crate::stage::labels::of_group(group, self.pass, self.duration, &mut labels);
        }
        Scene {
            groups: self.groups,
            duration: self.duration,
            shots: self.shots,
            captions: self.captions,
            labels,
        }
    }
}
