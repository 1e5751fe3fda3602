//! Which scales the legend has while an operation is told: those of all colours that are on the stage meanwhile, of what
//! acts first. They are found when all motions are known.

use super::telling::makes;
use super::*;
use crate::operation::{Cell, Made, Operation};

/// So many scales stand beside each other.
const MOST_SCALES: usize = 6;

/// What a caption tells of.
pub(super) struct Told {
    /// As an index into the captions.
    pub caption: usize,
    /// As an index into the program's operations.
    pub operation: usize,
    /// What is made meanwhile.
    pub makes: Option<Made>,
    /// When, in seconds of the stage.
    pub window: Window,
}

impl Staging<'_> {
    /// Gives the captions that tell of operations the quantities whose colours are on the stage meanwhile.
    pub(crate) fn find_scales(&mut self, program: &Program) {
        for told in std::mem::take(&mut self.told) {
            let operation = program.operations()[told.operation].as_ref();
            let quantities = self.acting(operation, &told);
            if let Some(caption) = self.captions.get_mut(told.caption) {
                caption.quantities = quantities;
            }
        }
    }

    /// What is made first, then what it is made of, then what only stands by.
    fn acting(&self, operation: &dyn Operation, told: &Told) -> Vec<Quantity> {
        let at = told.operation;
        let mut all = Vec::new();
        let mut add = |quantity: Option<Quantity>| {
            if let Some(quantity) = quantity.filter(|quantity| !all.contains(quantity)) {
                all.push(quantity);
            }
        };
        match told.makes {
            Some(made @ Made::Step(_)) => {
                let group = self.group_making(operation, at, made);
                let layers = group.map(|group| self.groups[group.0].layers.iter());
                let step =
                    layers.and_then(|mut layers| layers.find(|layer| makes(layer, at, made)));
                add(step.map(|layer| layer.scale.quantity));
            }
            Some(Made::Side(side)) => {
                let side = operation.side_outputs().get(side).copied();
                add(side.map(Operand::quantity));
            }
            Some(Made::Output) | None => add(Some(operation.output().quantity())),
        }
        // an input that has become something else by now, or is not there, gives its numbers but no colour
        let begun = told.window.part(0.05, 1.0);
        let seen = || {
            let matrices = self.groups.iter();
            let matrices = matrices.filter(|group| {
                matches!(group.role, Role::Matrix | Role::Transient) && group.cells() > 0
            });
            matrices.flat_map(|group| group.shown_during(begun))
        };
        let steps_of_its_own =
            |layer: &&Layer| matches!(layer.shows, Shows::Step(of, _) if of == at);
        let inputs = operation.inputs();
        let shapes = inputs.iter().map(|&input| self.pass.size(input));
        let shapes = shapes.collect::<Option<Vec<_>>>().unwrap_or_default();
        // of the inputs those of which this step is made
        let read = told.makes.filter(|_| !shapes.is_empty()).map(|made| {
            let dependencies = operation.dependencies(&shapes, made, Cell::new(0, 0));
            let read = dependencies.iter().filter_map(|one| inputs.get(one.input));
            read.copied().collect::<Vec<Operand>>()
        });
        let read = read.unwrap_or(inputs);
        let sides = operation.side_outputs();
        let among = |operands: &[Operand], layer: &Layer| {
            let operand = layer.operand();
            operand.is_some_and(|operand| operands.contains(&operand))
        };
        seen()
            .filter(steps_of_its_own)
            .chain(seen().filter(|layer| among(&read, layer)))
            .chain(seen().filter(|layer| among(&sides, layer)))
            .for_each(|layer| add(Some(layer.scale.quantity)));
        seen()
            .filter(|layer| layer.operand().is_some())
            .for_each(|layer| add(Some(layer.scale.quantity)));
        all.truncate(MOST_SCALES);
        all
    }
}
