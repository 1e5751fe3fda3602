//! Which numbers are told on screen, one after the other, and that their cells are seen meanwhile: the cell that is
//! worked out is made first and lit, and what it is made of is lit less. So the number in the caption and the cell
//! that moves are the same one.

use orrery_model::TensorId;

use super::scales::Told;
use super::*;
use crate::motion::Lit;
use crate::operand::SamplingTensor;
use crate::operation::{Cell, Dependency, Made, Operation, Saying};
use crate::scene::{Ahead, SceneCell, Worked};

/// A number is told for at least so long, in seconds of the show.
pub const LEAST_TOLD: f32 = 2.5;
/// Light of the cell whose number is told, and how far it comes forward, in units.
const TOLD: (f32, f32) = (1.0, 0.5);
/// The same of the cells that it is made of.
const MADE_OF: (f32, f32) = (0.55, 0.2);
/// No more cells are lit in one matrix.
const MOST_LIT: usize = 1024;

impl<'a> Staging<'a> {
    /// What is said of an operation while its step runs, with the numbers that are told meanwhile. What is said last
    /// in a stage stays until its end.
    pub(crate) fn tell(&mut self, program: &Program, at: usize, window: Window, last: bool) {
        let operation = &program.operations()[at];
        let sayings = operation.sayings();
        for (which, saying) in sayings.iter().enumerate() {
            let ends = sayings.get(which + 1).map_or(1.0, |next| next.from);
            let own = window.part(saying.from, ends);
            let until = match last && which + 1 == sayings.len() {
                true => self.duration,
                false => own.end,
            };
            let ends_it = which + 1 == sayings.len();
            let worked = self.work(operation.as_ref(), (at, ends_it), saying, (own, until));
            let words = saying.words.clone() + &self.lying(operation.as_ref(), &saying.words);
            self.told.push(Told {
                caption: self.captions.len(),
                operation: at,
                makes: saying.makes,
                window: own,
            });
            let caption = Caption {
                operation: Some(at),
                worked,
                ..Caption::new(own, words, saying.symbols.clone())
            };
            self.caption(caption);
        }
    }

    /// That a matrix which acts is drawn with rows and columns exchanged, where the words do not say it already.
    fn lying(&self, operation: &dyn Operation, words: &str) -> String {
        const LAID: &str = "laid on its side";
        if words.contains(LAID) {
            return String::new();
        }
        let lies = |operand: &Operand| {
            let Some(group) = self.group_of(*operand) else {
                return false;
            };
            let place = self.placement(group);
            let lying = place.right.y.abs() > place.right.x.abs();
            let size = self.size(group);
            (lying || operand.transposed) && size.rows > 1 && size.columns > 1
        };
        let inputs = operation.inputs();
        let Some(operand) = inputs.iter().find(|operand| lies(operand)) else {
            return String::new();
        };
        let name = Operand {
            head: None,
            transposed: false,
            ..*operand
        };
        format!(" {} is drawn {LAID}.", name.name())
    }

    /// The group in which something that an operation makes is seen.
    pub(super) fn group_making(
        &self,
        operation: &dyn Operation,
        at: usize,
        made: Made,
    ) -> Option<GroupIndex> {
        match made {
            Made::Output if operation.output() == SamplingTensor::Cumulative.into() => {
                self.laid_out
            }
            Made::Output => self.group_of(operation.output()),
            Made::Side(side) => self.group_of(*operation.side_outputs().get(side)?),
            Made::Step(_) => {
                let shows = |group: &Group| group.layers.iter().any(|layer| makes(layer, at, made));
                self.groups.iter().position(shows).map(GroupIndex)
            }
        }
    }

    /// Chooses the cells that are worked out during `own`, the last of them until `until`, lets them be made first and
    /// lights them. None where there is no time to read a number, or where what is made is not seen.
    fn work(
        &mut self,
        operation: &dyn Operation,
        (at, is_last): (usize, bool),
        saying: &Saying,
        (own, until): (Window, f32),
    ) -> Vec<Worked> {
        let count = ((own.end - own.start + 1e-3) / LEAST_TOLD) as usize;
        let Some(made) = saying.makes.filter(|_| count > 0) else {
            return Vec::new();
        };
        let Some(group) = self.group_making(operation, at, made) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for nth in 0..count {
            let Window { start, end } =
                own.part(nth as f32 / count as f32, (nth + 1) as f32 / count as f32);
            let window = Window::new(start, if nth + 1 == count { until } else { end });
            let (row, column) = self.chosen(operation, made, group, (nth, count));
            let cell = {
                let group = &self.groups[group.0];
                Cell::new(group.whole_row(row), group.whole_column(column))
            };
            let origin = self.light_what_it_is_made_of(operation, (made, cell), group, window);
            // a pin stands where it stands
            let pin = made == Made::Step(InnerStep::RandomNumber);
            if !pin {
                self.groups[group.0].ahead.push(Ahead {
                    cell: (row, column),
                    from: window.start,
                    // no step of it follows the last
                    until: if is_last { f32::INFINITY } else { own.end },
                    operation: at,
                    origin,
                });
            }
            // what lies in the strip stays in its plane
            let forward = if self.stays_in_its_plane(group) || pin {
                0.0
            } else {
                TOLD.1
            };
            self.light(group, vec![(row, column)], (TOLD.0, forward), window);
            all.push(Worked {
                window,
                made,
                cell,
                shown: SceneCell {
                    group: group.0,
                    row,
                    column,
                },
            });
        }
        all
    }

    /// Row and column in the group of the cell that is worked out as the `nth` of `count`. Of numbers along the
    /// vocabulary that of the token that is drawn comes first, then those of others that are likely.
    fn chosen(
        &self,
        operation: &dyn Operation,
        made: Made,
        group: GroupIndex,
        (nth, count): (usize, usize),
    ) -> (usize, usize) {
        let size = self.size(group);
        let Cell { row, column } = operation.worked(made, size, (nth, count));
        let along = operation.output().axes().1 == AxisKind::Vocabulary;
        if !along || size.columns < 2 {
            return (row, column);
        }
        let lens = matches!(operation.output().source, Source::Lens(..));
        if lens {
            return (row, self.likeliest_of_lens(operation).unwrap_or(column));
        }
        let drawn = self.pass.draw.token_id;
        let candidates = self.pass.draw.candidates.iter().map(|one| one.token_id);
        let mut ids = std::iter::once(drawn).chain(candidates.filter(|&id| id != drawn));
        // where nothing else can be drawn, the drawn token once more
        let id = ids.nth(nth).unwrap_or(drawn);
        let last = size.columns.saturating_sub(1);
        (row, self.column_of(group, id).unwrap_or(column.min(last)))
    }

    /// The column of the token that would be likeliest if the model ended after a block.
    fn likeliest_of_lens(&self, operation: &dyn Operation) -> Option<usize> {
        let block = operation.output().block()?;
        let probabilities = self
            .pass
            .view(Operand::lens(block, TensorId::Probabilities))?;
        let likeliest = *crate::operation::likeliest(probabilities.view()).first()?;
        let group = self.group_of(operation.output())?;
        self.column_of(group, likeliest)
    }

    /// Lights the cells that a cell is made of, and gives their middle, where they are not in the same group.
    fn light_what_it_is_made_of(
        &mut self,
        operation: &dyn Operation,
        (made, cell): (Made, Cell),
        own: GroupIndex,
        window: Window,
    ) -> Option<Vec3> {
        let inputs = operation.inputs();
        let shapes = inputs.iter().map(|&input| self.pass.size(input));
        let shapes = shapes.collect::<Option<Vec<_>>>()?;
        let mut lit: Vec<(GroupIndex, Vec<(usize, usize)>)> = Vec::new();
        for Dependency { input, cell } in operation.dependencies(&shapes, made, cell) {
            let Some(group) = inputs.get(input).and_then(|&input| self.group_of(input)) else {
                continue;
            };
            let shown = &self.groups[group.0];
            let row = index_of(&shown.shown_rows, cell.row).filter(|&row| row < shown.rows);
            let column = index_of(&shown.shown_columns, cell.column);
            let column = column.filter(|&column| column < shown.columns);
            let Some(at) = row.zip(column) else {
                continue;
            };
            match lit.iter_mut().find(|(of, _)| *of == group) {
                Some((_, cells)) if cells.len() < MOST_LIT => cells.push(at),
                Some(_) => {}
                None => lit.push((group, vec![at])),
            }
        }
        let (mut middle, mut count) = (Vec3::ZERO, 0);
        for (group, cells) in lit {
            if group == own {
                // a row that is reduced, or divided by its sum, is lit where it is
                self.light(group, cells, (MADE_OF.0, 0.0), window);
                continue;
            }
            let shown = &self.groups[group.0];
            for &(row, column) in &cells {
                let pose = shown.pose(row, column, window.start);
                if pose.visible() && !pose.ghost {
                    middle += pose.position;
                    count += 1;
                }
            }
            let (light, forward) = MADE_OF;
            let forward = if self.stays_in_its_plane(group) {
                0.0
            } else {
                forward
            };
            self.light(group, cells, (light, forward), window);
        }
        (count > 0).then(|| middle / count as f32)
    }

    /// Whether a group's lengths are read against a scale: nearer to the viewer they would be longer.
    fn stays_in_its_plane(&self, group: GroupIndex) -> bool {
        let is_bars = self.bars.as_ref().is_some_and(|&(bars, _)| bars == group);
        is_bars || self.laid_out == Some(group)
    }

    /// Lights cells of a group while a window lasts.
    fn light(
        &mut self,
        group: GroupIndex,
        mut cells: Vec<(usize, usize)>,
        (light, forward): (f32, f32),
        window: Window,
    ) {
        cells.sort_unstable();
        cells.dedup();
        let lit = Lit {
            cells: cells.into(),
            light,
            forward,
        };
        let wave = Wave::together(window.start, window.end);
        self.add(group, MotionKind::Light(wave, lit));
    }
}

/// Whether a layer shows a step of an operation.
pub(super) fn makes(layer: &Layer, at: usize, made: Made) -> bool {
    matches!(layer.shows, Shows::Step(operation, step) if operation == at && made == Made::Step(step))
}
