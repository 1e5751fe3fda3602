//! Where a number stands on the stage.

use super::{Group, Scene};
use crate::number_place::{NumberPlace, Numbers};
use crate::operand::Operand;
use crate::operation::Cell;
use crate::part::Shown;

/// A cell of a group of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SceneCell {
    /// Index of the group.
    pub group: usize,
    /// Its row in the group.
    pub row: usize,
    /// Its column in the group.
    pub column: usize,
}

/// Which of the shown indices is this one of the whole axis.
pub(crate) fn index_of(shown: &Shown, whole: usize) -> Option<usize> {
    match shown {
        Some(shown) => shown.binary_search(&whole).ok(),
        None => Some(whole),
    }
}

impl Scene {
    /// The group that shows a matrix at some time, under this name, another of its names, or turned; that which
    /// shows it for itself before a waiting copy.
    pub fn group_of(&self, operand: Operand, numbers: &Numbers) -> Option<usize> {
        let of_it = |group: &Group| {
            let shown = group.layers.iter().filter_map(super::Layer::operand);
            let mut shown = shown.map(|shown| numbers.canonical(shown));
            let wanted = numbers.canonical(operand);
            shown.any(|shown| shown == wanted || shown.transposed() == wanted)
        };
        let groups = || self.groups.iter().enumerate();
        let found = |role| groups().find(|(_, group)| group.role == role && of_it(group));
        let anywhere = || groups().find(|(_, group)| of_it(group));
        found(super::Role::Matrix)
            .or_else(anywhere)
            .map(|(index, _)| index)
    }

    /// The cell in another picture of the same stage that shows at `s` what a cell of this one shows; none where nothing
    /// does. A visualization may have other groups, in another order.
    pub fn counterpart(&self, cell: SceneCell, s: f32, picture: &Scene) -> Option<SceneCell> {
        let group = self.groups.get(cell.group)?;
        let shows = group.layer_of(cell.row, cell.column, s)?.shows;
        let (row, column) = (group.whole_row(cell.row), group.whole_column(cell.column));
        let same = |(index, found): (usize, &Group)| {
            let row = index_of(&found.shown_rows, row).filter(|&row| row < found.rows)?;
            let column = index_of(&found.shown_columns, column);
            let column = column.filter(|&column| column < found.columns)?;
            let alike = found.pass == group.pass && found.layer_of(row, column, s)?.shows == shows;
            alike.then_some(SceneCell {
                group: index,
                row,
                column,
            })
        };
        // the same number may be on the stage twice: where the groups are the same, in the same one
        let own = picture.groups.get(cell.group);
        let own = own.and_then(|found| same((cell.group, found)));
        own.or_else(|| picture.groups.iter().enumerate().find_map(same))
    }

    /// The matrix that a group shows at `s` seconds of the stage, in the middle of its waves.
    pub fn operand_of(&self, group: usize, s: f32) -> Option<Operand> {
        self.groups.get(group)?.layer_at(s)?.operand()
    }

    /// The groups and layers in which numbers of a matrix may stand, its matrix itself before what waits or leaves.
    pub(crate) fn holders(&self, operand: Operand, pass: usize, numbers: &Numbers) -> Holders {
        let wanted = numbers.stored(operand);
        let mut layers = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            for (at, layer) in group.layers.iter().enumerate() {
                let shown = layer.operand().filter(|_| group.pass == pass);
                if let Some(shown) = shown.filter(|&shown| numbers.stored(shown) == wanted) {
                    layers.push((group.role != super::Role::Matrix, index, at, shown));
                }
            }
        }
        layers.sort_by_key(|&(aside, ..)| aside);
        Holders(layers)
    }
}

/// Whether it stands aside, group, layer and operand of each layer in which numbers may be looked for.
pub(crate) struct Holders(Vec<(bool, usize, usize, Operand)>);

impl Holders {
    /// The cell of the scene that shows a number at `s`, if one does.
    pub fn cell_of(
        &self,
        scene: &Scene,
        place: NumberPlace,
        numbers: &Numbers,
        s: f32,
    ) -> Option<SceneCell> {
        let mut cells = self.0.iter().filter_map(|&(_, index, layer, operand)| {
            let group = scene.groups.get(index)?;
            let Cell { row, column } = numbers.cell_at(operand, place)?;
            let row = index_of(&group.shown_rows, row).filter(|&row| row < group.rows)?;
            let column = index_of(&group.shown_columns, column);
            let column = column.filter(|&column| column < group.columns)?;
            let shown = group.layer_of(row, column, s)?;
            let pose = group.pose(row, column, s);
            let there = pose.visible() && !pose.ghost;
            (std::ptr::eq(shown, &group.layers[layer]) && there).then_some(SceneCell {
                group: index,
                row,
                column,
            })
        });
        cells.next()
    }
}
