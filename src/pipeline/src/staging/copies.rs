//! Cells that exist only while an operation runs, and parts that become a whole.

use super::*;
use crate::motion::{Motion, ProductRole};

impl<'a> Staging<'a> {
    fn transient(&mut self, of: GroupIndex, values: Array2<f32>, placement: Placement) -> Group {
        let original = &self.groups[of.0];
        let shown = original.final_layer().and_then(Layer::operand);
        let layer = Layer {
            shows: shown.map_or(Shows::Mark, Shows::Copy),
            values,
            scale: original.layers[0].scale,
            masked: None,
        };
        Group {
            named: false,
            named_from: None,
            shown_rows: original.shown_rows.clone(),
            shown_columns: original.shown_columns.clone(),
            whole: original.whole,
            ..Group::new(Role::Transient, placement, layer)
        }
    }

    /// The numbers that the group shows in the end.
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

    /// Copies of a one-row group, `rows` of them one below the other, placed on another group's grid.
    pub fn repeated_row(&mut self, group: GroupIndex, rows: usize, on: Placement) -> GroupIndex {
        let row = self.final_values(group);
        let values = row
            .broadcast((rows, row.ncols()))
            .map(|all: ArrayView2<'_, f32>| all.to_owned())
            .unwrap_or_default();
        let lifted = on.shifted(Vec3::Z * 0.9);
        let mut copies = self.transient(group, values, lifted);
        copies.placement.cell_size *= 0.6;
        copies.shown_rows = Some(vec![0; rows].into());
        self.push(copies)
    }

    /// How many products that begin with this window a group is the left factor of already.
    pub fn products_over(&self, a: GroupIndex, window: Window) -> usize {
        let begins = |motion: &&Motion| match &motion.kind {
            MotionKind::Product(schedule, ProductRole::Left) => schedule.start == window.start,
            _ => false,
        };
        self.groups[a.0].motions.iter().filter(begins).count()
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

    /// Numbers of a step inside an operation that stand beside its matrix for a while; without a step, marks that
    /// stand for no number.
    pub fn aside(
        &mut self,
        step: Option<InnerStep>,
        (values, scale): (Array2<f32>, Scale),
        placement: Placement,
    ) -> GroupIndex {
        let layer = Layer {
            shows: self.shows_step(step),
            values,
            scale,
            masked: None,
        };
        self.push(Group::new(Role::Transient, placement, layer))
    }

    /// Says which rows of the whole a group's rows are.
    pub fn rows_of(&mut self, group: GroupIndex, rows: Shown) {
        self.groups[group.0].shown_rows = rows;
    }

    /// Numbers that are on the stage already, a second time at another place, to be moved by the caller: operations
    /// do not find this group under the operand's name.
    pub fn lay_out(&mut self, operand: Operand, placement: Placement) -> GroupIndex {
        let group = self.new_group(operand, placement);
        let index = self.push(group);
        self.laid_out = Some(index);
        index
    }

    /// The group that was laid out, if there is one.
    pub fn laid_out(&self) -> Option<GroupIndex> {
        self.laid_out
    }

    /// Lets a group's flight to its place happen in this window instead of the appear phase.
    pub fn arrive_during(&mut self, group: GroupIndex, window: Window) {
        self.groups[group.0].arrive_during(window, self.operation);
    }

    /// Parts that have flown together become the whole: it takes their place at the window's end.
    pub fn replace_parts(&mut self, whole: GroupIndex, parts: &[Operand], window: Window) {
        let instant = Wave::at(window.end);
        self.groups[whole.0].ghost_from = None;
        self.groups[whole.0].named_from = Some(window.part(NAMES_CHANGE, 1.0).start);
        self.add(whole, MotionKind::Appear(instant));
        for &part in parts {
            if let Some(part) = self.group_of(part) {
                self.add(part, MotionKind::Disappear(instant));
            }
        }
    }
}
