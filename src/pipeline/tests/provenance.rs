//! Everything on the stage says where it comes from.

mod support;

use std::collections::HashSet;

use orrery_pipeline::operation::{Cell, CellValue, Combination};
use orrery_pipeline::scene::Shows;
use orrery_pipeline::{Explanation, Scene, SceneCell, Show, ShowOptions, StageKind};

fn each_show(check: impl Fn(&Show)) {
    for config in support::configurations() {
        check(&support::show(config, "to be or", &support::options()));
    }
    let options = ShowOptions {
        tokens: 1,
        opened: [0].into(),
        ..support::options()
    };
    for config in support::large_configurations() {
        check(&support::large_show(config, 5, &options));
    }
}

#[test]
fn a_motion_knows_which_operation_made_it() {
    each_show(|show| {
        let mut moved = 0;
        for (index, segment) in show.timeline().segments().iter().enumerate() {
            let program = &show.programs()[segment.pass];
            let stage = &program.stages()[segment.stage];
            let scene = show.scene(index).expect("a scene");
            let now = || scene.groups.iter().filter(|g| g.pass == segment.pass);
            let of_this_stage = |motion: &&orrery_pipeline::motion::Motion| motion.window().1 > 0.0;
            for motion in now().flat_map(|group| group.motions.iter().filter(of_this_stage)) {
                let Some(operation) = motion.operation else {
                    continue;
                };
                let step = stage
                    .steps
                    .iter()
                    .position(|step| step.operations.contains(&operation));
                let step = step.unwrap_or_else(|| panic!("{operation} is not of {stage:?}"));
                assert!(
                    motion.window().0 >= show.steps(index)[step].start,
                    "{motion:?} begins before {:?}",
                    program.operations()[operation]
                );
                moved += 1;
            }
            if segment.kind == StageKind::BlockSummary {
                continue;
            }
            // what is made on the stage is made by somebody
            for &operation in stage.steps.iter().flat_map(|step| &step.operations) {
                let output = program.operations()[operation].output();
                let shown = now().any(|group| {
                    group
                        .layers
                        .iter()
                        .any(|layer| layer.operand() == Some(output))
                });
                let moves = now().any(|group| {
                    let mut motions = group.motions.iter();
                    motions.any(|motion| motion.operation == Some(operation))
                });
                assert!(
                    moves || !shown,
                    "{:?} moves nothing",
                    program.operations()[operation]
                );
            }
        }
        assert!(moved > 100, "{moved}");
    });
}

#[test]
fn motions_stand_in_their_order() {
    each_show(|show| {
        for index in 0..show.timeline().segments().len() {
            for group in &show.scene(index).expect("a scene").groups {
                assert!(group.motions.is_sorted_by_key(|motion| motion.order));
            }
        }
    });
}

fn close(a: f32, b: f32) -> bool {
    a == b || (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1.0)
}

/// Every cell that a scene shows at `s`, some of very many.
fn shown_cells(scene: &Scene, s: f32, most: usize) -> Vec<SceneCell> {
    let mut cells = Vec::new();
    for (index, group) in scene.groups.iter().enumerate() {
        for at in 0..group.cells() {
            let (row, column) = (at / group.columns, at % group.columns);
            let pose = group.pose(row, column, s);
            if pose.visible() && !pose.ghost {
                cells.push(SceneCell {
                    group: index,
                    row,
                    column,
                });
            }
        }
    }
    let step = cells.len().div_ceil(most).max(1);
    cells.into_iter().step_by(step).collect()
}

/// The number that a cell of a scene shows.
fn number_in(scene: &Scene, cell: SceneCell, s: f32) -> f32 {
    let group = &scene.groups[cell.group];
    let layer = group.layer_of(cell.row, cell.column, s).expect("a layer");
    let at = group.number_of(cell.row, cell.column, s).expect("a number");
    layer.values[at]
}

/// Asks about cells of every scene at some instants: at most so many at each.
fn each_explanation(
    show: &Show,
    most: usize,
    mut check: impl FnMut(&Scene, f32, SceneCell, &Explanation),
) {
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        let scene = show.scene(index).expect("a scene");
        for part in [0.13, 0.3, 0.47, 0.55, 0.63, 0.71, 0.8, 0.99] {
            let s = segment.duration() * part;
            for cell in shown_cells(scene, s, most) {
                let at = Cell::new(cell.row, cell.column);
                let group = &scene.groups[cell.group];
                let layer = group.layer_of(cell.row, cell.column, s).expect("a layer");
                match show.explain(index, s, cell.group, at) {
                    Some(explanation) => check(scene, s, cell, &explanation),
                    None => assert_eq!(layer.shows, Shows::Mark, "{:?}", segment.kind),
                }
            }
        }
    }
}

#[test]
fn the_terms_of_every_shown_cell_make_its_number() {
    let mut kinds = std::collections::BTreeMap::new();
    let mut check = |show: &Show, most: usize| {
        each_explanation(show, most, |scene, s, cell, explanation| {
            assert_eq!(
                explanation.value,
                number_in(scene, cell, s),
                "{explanation:?}"
            );
            let Some(terms) = &explanation.terms else {
                assert!(explanation.operation.is_none() && explanation.dependencies.is_empty());
                return;
            };
            assert!(
                close(terms.combined(), explanation.value),
                "{}: {} is shown as {}",
                explanation.name,
                terms.combined(),
                explanation.value
            );
            *kinds.entry(terms.combination.word()).or_insert(0) += 1;
            let of = |number: &CellValue| (number.operand, number.cell);
            let made_of: HashSet<_> = explanation
                .dependencies
                .iter()
                .map(|related| of(&related.number))
                .collect();
            for number in terms
                .all
                .iter()
                .flat_map(orrery_pipeline::operation::Term::cells)
            {
                // mean and variance are themselves made of the row
                let statistic = matches!(terms.combination, Combination::Normalised { .. })
                    && number.cell.column == 0;
                assert!(
                    statistic || made_of.contains(&of(&number)),
                    "{}: {number:?}",
                    explanation.name
                );
            }
        });
    };
    for config in support::configurations() {
        for temperature in [0.8, 0.0] {
            let mut options = support::options();
            options.tokens = 2;
            options.sampling.temperature = temperature;
            check(&support::show(config.clone(), "to be or", &options), 40);
        }
    }
    let options = ShowOptions {
        tokens: 1,
        opened: [0].into(),
        ..support::options()
    };
    for config in support::large_configurations() {
        check(&support::large_show(config, 7, &options), 6);
    }
    println!("{kinds:?}");
    for kind in [
        "same",
        "sum",
        "quotient",
        "activation",
        "share of the sum",
        "layer norm",
        "excluded",
        "drawn",
    ] {
        assert!(kinds.contains_key(kind), "{kind}: {kinds:?}");
    }
}

#[test]
fn related_cells_are_shown_where_it_is_said_or_not_at_all() {
    let (mut shown, mut not_shown) = (0, 0);
    let mut check = |show: &Show, most: usize| {
        each_explanation(show, most, |scene, s, cell, explanation| {
            let numbers = show.programs()[scene.groups[cell.group].pass].numbers();
            let own = explanation
                .operand
                .map(|operand| numbers.place(operand, explanation.cell));
            let related = explanation
                .dependencies
                .iter()
                .chain(&explanation.dependents);
            for related in related {
                let number = related.number;
                let place = numbers.place(number.operand, number.cell);
                if let Some(at) = related.shown {
                    let pose = scene.groups[at.group].pose(at.row, at.column, s);
                    assert!(pose.visible() && !pose.ghost, "{related:?}");
                    assert_eq!(number_in(scene, at, s), number.value, "{related:?}");
                    shown += 1;
                    continue;
                }
                not_shown += 1;
                // no cell of any matrix shows it then
                for (index, group) in scene.groups.iter().enumerate() {
                    let here = scene.groups[cell.group].pass == group.pass;
                    let operands = group.layers.iter().filter_map(|layer| layer.operand());
                    for operand in operands.filter(|_| here && Some(place) != own) {
                        let Some(at) = numbers.cell_at(operand, place) else {
                            continue;
                        };
                        let row = (0..group.rows).find(|&row| group.whole_row(row) == at.row);
                        let mut columns = 0..group.columns;
                        let column = columns.find(|&c| group.whole_column(c) == at.column);
                        let (Some(row), Some(column)) = (row, column) else {
                            continue;
                        };
                        let pose = group.pose(row, column, s);
                        let layer = group.layer_of(row, column, s).expect("a layer");
                        assert!(
                            !pose.visible() || pose.ghost || layer.operand() != Some(operand),
                            "{number:?} stands in group {index}"
                        );
                    }
                }
            }
        });
    };
    for config in support::configurations() {
        let options = ShowOptions {
            tokens: 1,
            ..support::options()
        };
        check(&support::show(config, "to be", &options), 25);
    }
    let options = ShowOptions {
        tokens: 1,
        opened: [0].into(),
        ..support::options()
    };
    for config in support::large_configurations() {
        check(&support::large_show(config, 5, &options), 4);
    }
    assert!(shown > 10_000 && not_shown > 1_000, "{shown}, {not_shown}");
}

#[test]
fn a_number_is_found_by_its_name_as_by_its_cell() {
    let show = support::show(
        support::configurations().swap_remove(1),
        "to be",
        &support::options(),
    );
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        let scene = show.scene(index).expect("a scene");
        let s = segment.duration() * 0.8;
        for cell in shown_cells(scene, s, 40) {
            let group = &scene.groups[cell.group];
            let layer = group.layer_of(cell.row, cell.column, s).expect("a layer");
            let (Some(operand), true) = (layer.operand(), group.pass == segment.pass) else {
                continue;
            };
            let at = Cell::new(cell.row, cell.column);
            let seen = show.explain(index, s, cell.group, at).expect("a number");
            let named = show.explain_number(index, s, operand, seen.cell);
            assert_eq!(named.as_ref(), Some(&seen));
            let found = scene.group_of(operand, show.programs()[segment.pass].numbers());
            assert!(found.is_some(), "{operand:?}");
        }
    }
}

#[test]
fn side_outputs_are_found_and_made_of_their_row() {
    each_show(|show| {
        let pass = &show.passes()[0];
        let program = &show.programs()[0];
        let mut found = 0;
        for (at, operation) in program.operations().iter().enumerate() {
            for (made, operand) in operation.outputs().into_iter().skip(1) {
                assert_eq!(program.maker_of(operand), Some((at, made)));
                let rows = pass.matrix(operation.inputs()[0]).expect("its input");
                let last = rows.nrows() - 1;
                let row = rows.row(last).to_owned();
                let mean = row.mean().expect("numbers");
                let wanted = match made {
                    orrery_pipeline::operation::Made::Side(0) => mean,
                    _ => row
                        .mapv(|x| (x - mean) * (x - mean))
                        .mean()
                        .expect("numbers"),
                };
                let explained = show.explain_number(0, 0.0, operand, Cell::new(last, 0));
                let explained = explained.expect("a statistic");
                assert!(close(explained.value, wanted));
                let terms = explained.terms.expect("terms");
                assert!(close(terms.combined(), wanted) && terms.all.len() == row.len());
                assert_eq!(explained.dependencies.len(), row.len());
                found += 1;
            }
        }
        assert!(found >= 2);
    });
}
