//! The places that a script gives to all cells of a scene, asked for once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use glam::Vec3;
use orrery_pipeline::motion::MotionKind;
use orrery_pipeline::scene::{Group, Role, Shows};
use orrery_pipeline::{Scene, Source};
use rhai::{Engine, Position};

use crate::engine::{Used, bounded};
use crate::error::ScriptError;
use crate::facts::{CellOf, MatrixFacts};
use crate::place::Place;
use crate::script::Script;

/// Where a cell is to be at a key time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub position: Vec3,
    /// Shares of the usual size.
    pub size: Vec3,
    pub light: f32,
}

/// The cells of a group, row by row, at each key time.
pub(crate) type Table = Arc<Vec<Vec<Entry>>>;

/// Whether a group is asked about: matrices of the stage are; what flies and waits, and what is bars already, is not.
pub(crate) fn is_asked_about(group: &Group) -> bool {
    group.role == Role::Matrix
        && group.layers.iter().any(|layer| layer.operand().is_some())
        && !has_bars(group)
}

/// Whether the stage makes bars of its cells.
pub(crate) fn has_bars(group: &Group) -> bool {
    let mut motions = group.motions.iter();
    motions.any(|motion| matches!(motion.kind, MotionKind::Reshape(..)))
}

/// Where the middle of a group's usual place is.
fn middle(group: &Group) -> Vec3 {
    let bounds = group.final_placement().bounds(group.size());
    bounds.least.midpoint(bounds.most)
}

fn facts(group: &Group, index: usize, count: usize) -> MatrixFacts {
    let operand = group.layers.iter().find_map(|layer| match layer.shows {
        Shows::Matrix(operand) => Some(operand),
        _ => None,
    });
    let whole = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let middle = middle(group);
    MatrixFacts {
        name: operand
            .map_or(String::new(), |operand| operand.name().to_string())
            .into(),
        weight: operand.is_some_and(|operand| matches!(operand.source, Source::Weight(_))),
        rows: group.rows,
        columns: group.columns,
        whole_rows: group.whole.rows,
        whole_columns: group.whole.columns,
        block: operand
            .and_then(|operand| operand.block())
            .map_or(-1, whole),
        head: operand.and_then(|operand| operand.head).map_or(-1, whole),
        index,
        count,
        x: middle.x,
        y: middle.y,
        time: 0.0,
    }
}

/// A matrix at a key time: its group, and what the script is told of it.
struct Question<'a> {
    group: usize,
    of: &'a Group,
    facts: MatrixFacts,
    seconds: f32,
}

/// The tables of all groups of a scene; none for those that are not asked about. All processors answer together.
///
/// # Errors
/// What is wrong with the script, and where.
pub(crate) fn tables(script: &Script, scene: &Scene) -> Result<Vec<Option<Table>>, ScriptError> {
    let asked = || {
        scene
            .groups
            .iter()
            .enumerate()
            .filter(|(_, group)| is_asked_about(group))
    };
    let count = asked().count();
    let questions: Vec<Question<'_>> = asked()
        .enumerate()
        .flat_map(|(index, (group, of))| {
            let facts = facts(of, index, count);
            script.about().times.iter().map(move |&time| Question {
                group,
                of,
                facts: MatrixFacts {
                    time,
                    ..facts.clone()
                },
                seconds: time * scene.duration,
            })
        })
        .collect();
    let used = Arc::new(Used::default());
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(questions.len()));
    let answer = || {
        let engine = bounded(&used);
        while let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = question.group;
            let table = table(
                script,
                &engine,
                question.of,
                &question.facts,
                question.seconds,
            );
            let order = (at, question.facts.time);
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((order, table));
        }
    };
    std::thread::scope(|scope| {
        let helpers = std::thread::available_parallelism()
            .map_or(1, |all| all.get())
            .min(8)
            - 1;
        for _ in 0..helpers.min(questions.len().saturating_sub(1)) {
            // where no thread can be had, this one answers alone
            let _ = std::thread::Builder::new()
                .name("script".into())
                .spawn_scoped(scope, answer);
        }
        answer();
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    // whoever was first does not matter
    answers.sort_by(|(a, _), (b, _)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut tables: Vec<Option<Vec<Vec<Entry>>>> = vec![None; scene.groups.len()];
    for ((group, _), table) in answers {
        tables[group].get_or_insert_default().push(table?);
    }
    Ok(tables
        .into_iter()
        .map(|table| table.map(Arc::new))
        .collect())
}

fn checked(script: &Script, facts: &MatrixFacts, place: Place) -> Result<Place, ScriptError> {
    match place.problem() {
        None => Ok(place),
        Some(problem) => Err(ScriptError::at(
            script.file(),
            Position::NONE,
            format!("it {problem}, for a cell of {}", facts.name),
        )),
    }
}

/// The cells of a group at a key time, `s` seconds after the stage's begin.
fn table(
    script: &Script,
    engine: &Engine,
    group: &Group,
    facts: &MatrixFacts,
    s: f32,
) -> Result<Vec<Entry>, ScriptError> {
    let usual = group.final_placement();
    let whole = match script.matrix(engine, facts)? {
        Some(place) => Some(checked(script, facts, place)?),
        None => None,
    };
    let scale = whole.map_or(1.0, |place| place.size[0]);
    let there = whole.map(|place| Vec3::new(place.x, place.y, place.z));
    let cells = (0..group.rows).flat_map(|row| (0..group.columns).map(move |c| (row, c)));
    if !script.has_cell() {
        let entry = |(row, column)| {
            let home = usual.position(row, column);
            Entry {
                position: there.map_or(home, |there| there + (home - middle(group)) * scale),
                size: Vec3::splat(scale),
                light: whole.map_or(0.0, |place| place.light),
            }
        };
        return Ok(cells.map(entry).collect());
    }
    let asked: Vec<CellOf> = cells
        .map(|(row, column)| {
            let home = usual.position(row, column);
            let layer = group.layer_of(row, column, s);
            let layer = layer.or(group.layers.first());
            let value = layer.and_then(|layer| layer.values.get((row, column)).copied());
            let tint = layer.map(|layer| layer.tint(row, column));
            CellOf {
                row,
                column,
                whole_row: group.whole_row(row),
                whole_column: group.whole_column(column),
                value: value.filter(|value| value.is_finite()).unwrap_or_default(),
                share: tint.map_or(0.0, |tint| tint.coordinate),
                masked: tint.is_none_or(|tint| tint.masked),
                x: home.x,
                y: home.y,
                z: home.z,
                time: facts.time,
            }
        })
        .collect();
    let places = script.cells(engine, facts, &asked)?;
    let mut entries = Vec::with_capacity(places.len());
    for place in places {
        let place = checked(script, facts, place)?;
        let own = Vec3::new(place.x, place.y, place.z);
        entries.push(Entry {
            position: there.map_or(own, |there| there + own * scale),
            size: Vec3::from(place.size) * scale,
            light: place.light,
        });
    }
    Ok(entries)
}
