//! The operation table tells the truth: what is shown as an operation's inputs gives what is shown
//! as its output, and depends on what it says it depends on.

mod support;

use ndarray::{Array2, ArrayView2};
use orrery_model::SamplingSettings;
use orrery_pipeline::operation::{Cell, Dependency, InnerStep, Made, formula};
use orrery_pipeline::{Operation, Pass, ShowOptions, Size};

fn close(a: f32, b: f32) -> bool {
    a == b || (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1.0)
}

fn inputs_of(pass: &Pass, operation: &dyn Operation) -> Vec<Array2<f32>> {
    operation
        .inputs()
        .into_iter()
        .map(|input| {
            pass.matrix(input)
                .unwrap_or_else(|| panic!("{operation:?} reads {input:?}, which is not there"))
        })
        .collect()
}

fn each_operation(check: impl Fn(&Pass, &dyn Operation)) {
    let greedy = ShowOptions {
        sampling: SamplingSettings {
            temperature: 0.0,
            ..support::options().sampling
        },
        ..support::options()
    };
    for config in support::configurations() {
        for options in [support::options(), greedy.clone()] {
            let show = support::show(config.clone(), "to be or", &options);
            for (pass, program) in show.passes().iter().zip(show.programs()) {
                let blocks = pass.config().n_blocks;
                assert!(program.operations().len() > blocks * (9 + 8 * pass.config().n_heads));
                for operation in program.operations() {
                    check(pass, operation.as_ref());
                }
            }
        }
    }
}

#[test]
fn every_output_follows_from_its_shown_inputs() {
    each_operation(|pass, operation| {
        let inputs = inputs_of(pass, operation);
        let views: Vec<ArrayView2<'_, f32>> = inputs.iter().map(|input| input.view()).collect();
        let made = operation.evaluate(&views);
        let shown = std::iter::once(operation.output()).chain(operation.side_outputs());
        let mut count = 0;
        for (made, operand) in made.iter().zip(shown) {
            let shown = pass.matrix(operand).expect("an output is shown");
            assert_eq!(made.dim(), shown.dim(), "{operation:?}");
            for ((at, &a), &b) in made.indexed_iter().zip(&shown) {
                assert!(close(a, b), "{operation:?} at {at:?}: {a} is shown as {b}");
            }
            count += 1;
        }
        assert_eq!(count, 1 + operation.side_outputs().len());
    });
}

#[test]
fn a_cell_depends_on_what_it_says_and_on_nothing_else() {
    each_operation(|pass, operation| {
        let inputs = inputs_of(pass, operation);
        let sizes: Vec<Size> = inputs.iter().map(|input| input.dim().into()).collect();
        let output = pass.matrix(operation.output()).expect("an output");
        let (rows, columns) = output.dim();
        let cell = Cell::new(rows / 2, columns / 3);
        let dependencies = operation.dependencies(&sizes, Made::Output, cell);
        for dependency in &dependencies {
            let Size { rows, columns } = sizes[dependency.input];
            assert!(
                dependency.cell.row < rows && dependency.cell.column < columns,
                "{operation:?}: {dependency:?} is outside its input"
            );
        }
        // everything else is disturbed: the cell must not notice
        let disturbed: Vec<Array2<f32>> = inputs
            .iter()
            .enumerate()
            .map(|(input, values)| {
                let mut values = values.clone();
                for ((row, column), value) in values.indexed_iter_mut() {
                    let named = dependencies
                        .iter()
                        .any(|d| d.input == input && d.cell == Cell::new(row, column));
                    if !named && value.is_finite() {
                        *value += 0.25 + row as f32 * 0.5;
                    }
                }
                values
            })
            .collect();
        let evaluate = |inputs: &[Array2<f32>]| {
            let views: Vec<ArrayView2<'_, f32>> = inputs.iter().map(|input| input.view()).collect();
            operation.evaluate(&views)[0][(cell.row, cell.column)]
        };
        assert_eq!(evaluate(&inputs), evaluate(&disturbed), "{operation:?}");
    });
}

#[test]
fn formulas_name_the_cell_and_end_in_its_value() {
    each_operation(|pass, operation| {
        for saying in operation.sayings() {
            let Some(made) = saying.makes else {
                continue;
            };
            let size = match made {
                Made::Output => pass.size(operation.output()).expect("an output"),
                Made::Side(side) => {
                    let side = operation.side_outputs()[side];
                    pass.size(side).expect("a side output")
                }
                Made::Step(InnerStep::RowSum) => {
                    Size::new(pass.size(operation.output()).expect("an output").rows, 1)
                }
                Made::Step(InnerStep::RandomNumber) => Size::new(1, 1),
                Made::Step(_) => pass.size(operation.output()).expect("an output"),
            };
            for nth in 0..3 {
                let cell = operation.worked(made, size, (nth, 3));
                assert!(cell.row < size.rows, "{operation:?}");
                let formula = formula(operation, pass, made, cell).expect("a formula");
                if made == Made::Output {
                    let output = pass.matrix(operation.output()).expect("an output");
                    assert!(
                        close(formula.value, output[(cell.row, cell.column)]),
                        "{formula}"
                    );
                }
                let line = formula.to_string();
                assert!(!line.contains("NaN") && !line.contains("_{"), "{line}");
                assert!(line.starts_with(&formula.cell.to_string()), "{line}");
                assert!(!saying.words.is_empty() && !saying.symbols.is_empty());
            }
        }
    });
}

#[test]
fn what_depends_on_a_cell_is_what_says_that_it_does() {
    each_operation(|pass, operation| {
        let inputs = inputs_of(pass, operation);
        let sizes: Vec<Size> = inputs.iter().map(|input| input.dim().into()).collect();
        for (made, operand) in operation.outputs() {
            let (rows, columns) = pass.matrix(operand).expect("an output").dim();
            for cell in [Cell::new(rows / 2, columns / 3), Cell::new(0, columns - 1)] {
                for dependency in operation.dependencies(&sizes, made, cell) {
                    let dependents = operation.dependents(&sizes, dependency);
                    assert!(
                        dependents.contains(&(made, cell)),
                        "{operation:?}: {dependency:?} does not know of {made:?} {cell:?}"
                    );
                }
            }
        }
        for (input, &Size { rows, columns }) in sizes.iter().enumerate() {
            let cell = Cell::new(rows - 1, columns / 2);
            let of = Dependency { input, cell };
            for (made, cell) in operation.dependents(&sizes, of) {
                let dependencies = operation.dependencies(&sizes, made, cell);
                assert!(
                    dependencies.contains(&of),
                    "{operation:?}: {made:?} {cell:?}"
                );
            }
        }
    });
}

#[test]
fn the_terms_of_every_cell_make_its_number() {
    each_operation(|pass, operation| {
        let inputs = inputs_of(pass, operation);
        let views: Vec<ArrayView2<'_, f32>> = inputs.iter().map(|input| input.view()).collect();
        for (made, operand) in operation.outputs() {
            let values = pass.matrix(operand).expect("an output");
            for ((row, column), &value) in values.indexed_iter() {
                let terms = operation.terms(&views, made, Cell::new(row, column));
                assert!(
                    close(terms.combined(), value),
                    "{operation:?} at {row}, {column}: {} is not {value}",
                    terms.combined()
                );
            }
        }
    });
}
