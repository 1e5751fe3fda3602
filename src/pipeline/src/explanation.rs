//! Where a number on the stage comes from and where it goes: its value, the operation and all terms that made it,
//! the cells it was made of and the cells it takes part in. What an answer costs grows with the terms of the one
//! cell that is asked about.

use ndarray::{ArrayView2, CowArray, Ix2};

use crate::notation::Notation;
use crate::number_place::NumberPlace;
use crate::operand::Operand;
use crate::operation::{Cell, CellValue, Dependency, InnerStep, Made, Operation, Size, Terms};
use crate::pass::Pass;
use crate::program::Program;
use crate::scene::{Scene, SceneCell, Shows};
use crate::show::Show;
use crate::timeline::Phase;

/// A cell that a number was made of, or takes part in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelatedCell {
    /// Whose number it is, and the number.
    pub number: CellValue,
    /// Where the scene shows it at this time; none where it does not.
    pub shown: Option<SceneCell>,
}

/// Everything that is known of one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Its name, with its place in the whole matrix: `A⁽¹⁾[h₃ → l₂]` as in captions, in a line of plain text.
    pub name: String,
    /// The matrix; none for a step inside an operation.
    pub operand: Option<Operand>,
    /// Its row and column in the whole matrix, or in the whole of the step.
    pub cell: Cell,
    /// The number.
    pub value: f32,
    /// What its operation computed, where a change to the run then put this number there.
    pub computed: Option<f32>,
    /// The operation that made it, as an index into the program of its pass; none for a weight.
    pub operation: Option<usize>,
    /// The arithmetic; none for a weight.
    pub terms: Option<Terms>,
    /// The cells it was made of.
    pub dependencies: Vec<RelatedCell>,
    /// The cells that operations make of it.
    pub dependents: Vec<RelatedCell>,
}

impl Show {
    /// Where the number comes from that a cell of a group shows at `s` seconds of a segment. None where there is no
    /// such cell, or where it shows no number of the model: marks in the picture, cells that walk no more.
    pub fn explain(&self, segment: usize, s: f32, group: usize, cell: Cell) -> Option<Explanation> {
        let cell = SceneCell {
            group,
            row: cell.row,
            column: cell.column,
        };
        self.explain_in(self.scene(segment)?, s, cell)
    }

    /// The same in a scene that a visualization has shaped.
    pub fn explain_in(&self, scene: &Scene, s: f32, cell: SceneCell) -> Option<Explanation> {
        let shown = scene.groups.get(cell.group)?;
        let layer = shown.layer_of(cell.row, cell.column, s)?;
        let (row, column) = shown.number_of(cell.row, cell.column, s)?;
        let value = *layer.values.get((row, column))?;
        let cell = Cell::new(shown.whole_row(row), shown.whole_column(column));
        let on = Asked::new(self, (scene, s), shown.pass)?;
        match layer.shows {
            Shows::Matrix(operand) | Shows::Copy(operand) => on.number(operand, cell),
            Shows::Step(operation, step) => on.step((operation, step), cell, value),
            Shows::Mark => None,
        }
    }

    /// The same for a number by its name, whether the segment shows it or not. None where the model has no such
    /// number.
    pub fn explain_number(
        &self,
        segment: usize,
        s: f32,
        operand: Operand,
        cell: Cell,
    ) -> Option<Explanation> {
        let scene = self.scene(segment)?.as_ref();
        let pass = self.timeline().segments().get(segment)?.pass;
        Asked::new(self, (scene, s), pass)?.number(operand, cell)
    }
}

impl Show {
    /// When a pass has just made a matrix, as segment and seconds of it; for a weight, the middle of the first stage
    /// that shows it. None for what a pass neither makes nor shows.
    pub fn made_at(&self, pass: usize, operand: Operand) -> Option<(usize, f32)> {
        let program = self.programs().get(pass)?;
        let segments = self.timeline().segments().iter().enumerate();
        let mut of_pass = segments.filter(|(_, segment)| segment.pass == pass);
        if let Some((operation, _)) = program.maker_of(operand) {
            return of_pass.find_map(|(index, segment)| {
                let stage = program.stages().get(segment.stage)?;
                let runs = |step: &crate::program::Step| step.operations.contains(&operation);
                let step = stage.steps.iter().position(runs)?;
                let window = self.steps(index).get(step);
                // a block in summary does not play its steps one by one
                let computed = segment.window(Phase::Compute).end;
                Some((index, window.map_or(computed, |window| window.end)))
            });
        }
        of_pass.find_map(|(index, segment)| {
            let scene = self.scene(index)?;
            scene.group_of(operand, program.numbers())?;
            Some((index, segment.window(Phase::Compute).part(0.5, 1.0).start))
        })
    }
}

/// When and of what is asked.
struct Asked<'a> {
    show: &'a Show,
    scene: &'a Scene,
    s: f32,
    pass: &'a Pass,
    pass_index: usize,
    program: &'a Program,
}

/// The numbers that go into an operation, and their shapes.
struct Inputs<'a> {
    operands: Vec<Operand>,
    values: Vec<CowArray<'a, f32, Ix2>>,
}

impl<'a> Inputs<'a> {
    fn of(operation: &dyn Operation, pass: &'a Pass) -> Option<Self> {
        let operands = operation.inputs();
        let values = operands.iter().map(|&operand| pass.view(operand));
        Some(Self {
            values: values.collect::<Option<_>>()?,
            operands,
        })
    }

    fn views(&self) -> Vec<ArrayView2<'_, f32>> {
        self.values.iter().map(|values| values.view()).collect()
    }

    fn sizes(&self) -> Vec<Size> {
        self.values
            .iter()
            .map(|values| values.dim().into())
            .collect()
    }
}

impl<'a> Asked<'a> {
    fn new(show: &'a Show, (scene, s): (&'a Scene, f32), pass: usize) -> Option<Self> {
        Some(Self {
            show,
            scene,
            s,
            pass: show.passes().get(pass)?.as_ref(),
            pass_index: pass,
            program: show.programs().get(pass)?,
        })
    }

    /// A number of a matrix.
    fn number(&self, operand: Operand, cell: Cell) -> Option<Explanation> {
        let numbers = self.program.numbers();
        let place = numbers.place(operand, cell);
        let value = *self.pass.view(operand)?.get((cell.row, cell.column))?;
        let mut explanation = Explanation {
            name: Notation::of(self.pass).cell(operand, cell).to_string(),
            operand: Some(operand),
            cell,
            value,
            computed: None,
            operation: None,
            terms: None,
            dependencies: Vec::new(),
            dependents: self.dependents(place),
        };
        if let Some((at, made)) = self.program.maker_of(operand) {
            let operation = self.program.operations().get(at)?.as_ref();
            let (_, output) = operation
                .outputs()
                .into_iter()
                .find(|&(of, _)| of == made)?;
            let cell = numbers.cell_at(output, place)?;
            explanation.operation = Some(at);
            self.made_by(operation, (made, cell), Some(place), &mut explanation)?;
        }
        Some(explanation)
    }

    /// A number of a step inside an operation.
    fn step(&self, (at, step): (usize, InnerStep), cell: Cell, value: f32) -> Option<Explanation> {
        let operation = self.program.operations().get(at)?.as_ref();
        let sizes = Inputs::of(operation, self.pass)?.sizes();
        let dependents = operation.dependents_of_step(&sizes, step, cell);
        let mut explanation = Explanation {
            name: Notation::of(self.pass)
                .named_cell(step.name(), operation.output(), cell)
                .to_string(),
            operand: None,
            cell,
            value,
            computed: None,
            operation: Some(at),
            terms: None,
            dependencies: Vec::new(),
            dependents: self.related(operation, dependents, None),
        };
        self.made_by(operation, (Made::Step(step), cell), None, &mut explanation)?;
        Some(explanation)
    }

    /// The terms of a cell that an operation makes, and the cells they are of.
    fn made_by(
        &self,
        operation: &dyn Operation,
        (made, cell): (Made, Cell),
        own: Option<NumberPlace>,
        explanation: &mut Explanation,
    ) -> Option<()> {
        let inputs = Inputs::of(operation, self.pass)?;
        let dependencies = operation.dependencies(&inputs.sizes(), made, cell);
        let numbers = self.program.numbers();
        let holders: Vec<_> = inputs
            .operands
            .iter()
            .map(|&operand| self.scene.holders(operand, self.pass_index, numbers))
            .collect();
        for Dependency { input, cell } in dependencies {
            let operand = *inputs.operands.get(input)?;
            let place = numbers.place(operand, cell);
            let shown = (Some(place) != own)
                .then(|| holders[input].cell_of(self.scene, place, numbers, self.s));
            explanation.dependencies.push(RelatedCell {
                number: CellValue {
                    operand,
                    cell,
                    value: *inputs.values[input].get((cell.row, cell.column))?,
                },
                shown: shown.flatten(),
            });
        }
        let terms = operation.terms(&inputs.views(), made, cell);
        let mut outputs = operation.outputs().into_iter();
        if let Some((_, operand)) = outputs.find(|&(of, _)| of == made) {
            explanation.computed = self.show.computed(operand, &terms, explanation.value);
        }
        explanation.terms = Some(terms);
        Some(())
    }

    /// The cells that operations make of a number.
    fn dependents(&self, place: NumberPlace) -> Vec<RelatedCell> {
        let numbers = self.program.numbers();
        let mut all = Vec::new();
        for &(at, input) in self.program.readers_of(place.stored) {
            let Some(operation) = self.program.operations().get(at) else {
                continue;
            };
            let operands = operation.inputs();
            let cell = operands
                .get(input)
                .and_then(|&operand| numbers.cell_at(operand, place));
            let sizes = operands.iter().map(|&operand| self.pass.size(operand));
            let sizes: Option<Vec<_>> = sizes.collect();
            if let (Some(cell), Some(sizes)) = (cell, sizes) {
                let of = Dependency { input, cell };
                let cells = operation.dependents(&sizes, of);
                all.extend(self.related(operation.as_ref(), cells, Some(place)));
            }
        }
        all
    }

    /// Cells that an operation makes, with their numbers and where they are shown; `own` is not among them.
    fn related(
        &self,
        operation: &dyn Operation,
        cells: Vec<(Made, Cell)>,
        own: Option<NumberPlace>,
    ) -> Vec<RelatedCell> {
        let numbers = self.program.numbers();
        let mut related = Vec::with_capacity(cells.len());
        for (made, operand) in operation.outputs() {
            let Some(values) = self.pass.view(operand) else {
                continue;
            };
            let holders = self.scene.holders(operand, self.pass_index, numbers);
            for &(_, cell) in cells.iter().filter(|&&(of, _)| of == made) {
                let place = numbers.place(operand, cell);
                let value = values.get((cell.row, cell.column));
                if let Some(&value) = value.filter(|_| Some(place) != own) {
                    related.push(RelatedCell {
                        number: CellValue {
                            operand,
                            cell,
                            value,
                        },
                        shown: holders.cell_of(self.scene, place, numbers, self.s),
                    });
                }
            }
        }
        related
    }
}
