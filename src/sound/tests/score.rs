//! Sight and sound: every note belongs to something that is seen at that moment.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use orrery_pipeline::machine::SlabKind;
use orrery_pipeline::motion::{Act, MotionKind, ProductRole};
use orrery_pipeline::stage::WholeModel;
use orrery_pipeline::{OperationKind, Show};
use orrery_sound::{Cause, Event, RATE, Score, Sonification};

fn score(show: &Show) -> Score {
    Score::new(show, &Sonification::shipped().unwrap())
}

/// Seconds since its segment began.
fn seconds_in(show: &Show, event: &Event) -> f32 {
    let start = show.timeline().segments()[event.segment as usize].start;
    (event.at as f64 / f64::from(RATE) - start) as f32
}

#[test]
fn notes_are_in_order_and_within_their_motions() {
    let show = support::small_show();
    let score = score(&show);
    assert!(score.events().len() > 1000, "{}", score.events().len());
    assert!(score.events().is_sorted_by_key(|event| event.at));
    let mut operations = BTreeSet::new();
    for event in score.events() {
        let s = seconds_in(&show, event);
        let segment = &show.timeline().segments()[event.segment as usize];
        assert!(s >= -1e-4 && s <= segment.duration() + 1e-3, "{event:?}");
        assert!(
            event.hz > 20.0 && event.hz < 16_000.0 && event.gain > 0.0 && event.pan.abs() <= 1.0,
            "{event:?}"
        );
        let Cause::Cell {
            act,
            operation,
            group,
            motion,
            row,
            column,
            ..
        } = event.cause
        else {
            continue;
        };
        operations.extend(operation);
        let scene = show.scene(event.segment as usize).unwrap();
        let group = &scene.groups[group as usize];
        let motion = &group.motions[motion as usize];
        let (start, end) = motion.window();
        let acts = motion.acts(group).unwrap();
        // a cell whose number is told comes before its turn
        let ahead = acts.is_ahead(row as usize, column as usize);
        assert!(
            (ahead || s >= start - 1e-3) && s <= end + 1e-3,
            "{s} is not in {start}…{end}: {event:?}"
        );
        assert_eq!(acts.act, act);
        let at = acts.at(row as usize, column as usize).unwrap();
        assert!((at - s).abs() < 2e-4, "{at} {s}");
        // who made the motion names the voice
        let program = &show.programs()[segment.pass];
        let made = motion.operation.map(|at| program.operations()[at].kind());
        assert_eq!(operation, made);
        // what is heard is seen
        if !matches!(motion.kind, MotionKind::Product(_, ProductRole::Walkers)) {
            assert!(
                group.pose(row as usize, column as usize, s).visible(),
                "{event:?}"
            );
        }
    }
    // all operations of this show are heard
    let all = show
        .programs()
        .iter()
        .flat_map(|program| program.operations());
    let silent: BTreeSet<OperationKind> = all
        .map(|o| o.kind())
        .filter(|k| !operations.contains(k))
        .collect();
    assert_eq!(silent, BTreeSet::new());
}

#[test]
fn every_stage_has_notes_of_its_own() {
    let show = support::small_show();
    let score = score(&show);
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        let of_stage = score
            .events()
            .iter()
            .filter(|event| event.segment as usize == index);
        let others = of_stage
            .clone()
            .filter(|e| !matches!(e.cause, Cause::Enter | Cause::Rest))
            .count();
        let whole = segment.kind.description().whole_model;
        assert!(others > 0, "{:?} has only its chimes", segment.kind);
        // the whole model is heard while the data runs through it, and when the view flies
        let any = |cause: fn(&Cause) -> bool| of_stage.clone().any(|event| cause(&event.cause));
        assert_eq!(
            whole == WholeModel::Opens,
            any(|cause| matches!(cause, Cause::Machine { .. }))
        );
        assert_eq!(
            whole != WholeModel::Hidden,
            any(|cause| matches!(cause, Cause::View))
        );
    }
}

#[test]
fn masked_cells_are_silent_and_the_others_are_not() {
    let show = support::small_show();
    let score = score(&show);
    let mut heard = 0;
    for event in score.events() {
        let (value, masked) = match event.cause {
            Cause::Cell {
                group,
                motion,
                row,
                column,
                value,
                act,
                ..
            } => {
                let scene = show.scene(event.segment as usize).unwrap();
                let group = &scene.groups[group as usize];
                let acts = group.motions[motion as usize].acts(group).unwrap();
                let product = act == Act::Multiply;
                (
                    value,
                    !product && acts.layer.tint(row as usize, column as usize).masked,
                )
            }
            Cause::Machine {
                slab,
                row,
                column,
                value,
            } => {
                let segment = &show.timeline().segments()[event.segment as usize];
                let machine = show.machine(segment.pass).unwrap();
                let slab = &machine.slabs[slab as usize];
                assert!(matches!(slab.kind, SlabKind::Weight | SlabKind::Value));
                (value, slab.tint(row as usize, column as usize).masked)
            }
            _ => continue,
        };
        assert!(value.is_finite() && !masked, "{event:?}");
        heard += usize::from(matches!(
            event.cause,
            Cause::Cell {
                operation: Some(OperationKind::Mask),
                ..
            }
        ));
    }
    assert!(
        heard > 5,
        "the closing of the mask is heard by those that stay open: {heard}"
    );
}

#[test]
fn within_one_motion_pitch_rises_with_the_number() {
    let show = support::small_show();
    let score = score(&show);
    let mut motions: std::collections::BTreeMap<(u32, u32, u32), Vec<(f32, f32)>> =
        Default::default();
    for event in score.events() {
        if let Cause::Cell { group, motion, value, act, .. } = event.cause
            // a choice is a chord
            && act != Act::Choose
        {
            motions
                .entry((event.segment, group, motion))
                .or_default()
                .push((value, event.hz));
        }
    }
    let mut steps = 0;
    for mut notes in motions.into_values() {
        notes.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in notes.windows(2) {
            assert!(pair[1].1 >= pair[0].1 - 1e-3, "{pair:?}");
            steps += usize::from(pair[1].1 > pair[0].1);
        }
    }
    assert!(steps > 100, "{steps}");
}

#[test]
fn a_sure_draw_sounds_other_than_an_unsure_one() {
    let show = support::small_show();
    let score = score(&show);
    let chosen: Vec<&Event> = score
        .events()
        .iter()
        .filter(|e| {
            matches!(
                e.cause,
                Cause::Cell {
                    act: Act::Choose,
                    operation: Some(OperationKind::Draw),
                    ..
                }
            )
        })
        .collect();
    for (at, pass) in show.passes().iter().enumerate() {
        let of_pass = |e: &&&Event| show.timeline().segments()[e.segment as usize].pass == at;
        let notes: Vec<&&Event> = chosen.iter().filter(of_pass).collect();
        let base = notes.iter().map(|e| e.gain).fold(0.0, f32::max);
        let lowest = notes.iter().map(|e| e.hz).fold(f32::MAX, f32::min);
        let part = |semitones: f32| {
            let wanted = lowest * 2f32.powf(semitones / 12.0);
            notes
                .iter()
                .filter(|e| (e.hz / wanted - 1.0).abs() < 0.01)
                .map(|e| e.gain)
                .sum::<f32>()
                / base
        };
        let p = pass.draw.probabilities[pass.draw.token_id];
        let (fifth, beside) = (part(7.0), part(1.0));
        assert!((fifth - 0.9 * p).abs() < 0.03 || p < 0.02, "{p}: {fifth}");
        assert!(
            (beside - 0.8 * (1.0 - p)).abs() < 0.03 || p > 0.98,
            "{p}: {beside}"
        );
    }
}

#[test]
fn the_same_show_has_the_same_score() {
    assert_eq!(score(&support::small_show()), score(&support::small_show()));
}

#[test]
fn the_cell_that_is_told_is_heard_as_it_is_seen() {
    /// A cell that comes from elsewhere is there after 0.8 s.
    const TOGETHER: f32 = 0.8;
    let show = support::small_show();
    let score = score(&show);
    let table = Sonification::shipped().unwrap();
    let mut told: std::collections::BTreeMap<OperationKind, u32> = Default::default();
    for (index, segment) in show.timeline().segments().iter().enumerate() {
        let Some(scene) = show.scene(index) else {
            continue;
        };
        for caption in &scene.captions {
            let Some(operation) = caption.operation else {
                continue;
            };
            let kind = show.programs()[segment.pass].operations()[operation].kind();
            for worked in &caption.worked {
                let cell = worked.shown;
                let from = worked.window.start;
                // what the operation does to it from now on; a cell that was made before, or that is covered, has
                // nothing more to say
                let group = &scene.groups[cell.group];
                let own = group
                    .motions
                    .iter()
                    .filter(|motion| motion.operation == Some(operation));
                let acts = own.filter_map(|motion| motion.acts(group));
                let ahead: Vec<_> = acts
                    .filter(|acts| table.mapping(Some(kind), acts.act).is_some())
                    .filter(|acts| !acts.layer.tint(cell.row, cell.column).masked)
                    .filter_map(|acts| Some((acts.act, acts.at(cell.row, cell.column)?)))
                    .filter(|&(_, at)| (from..worked.window.end).contains(&at))
                    .collect();
                for (act, at) in ahead {
                    assert!(
                        at < from + TOGETHER,
                        "{kind:?} {act:?}: lit at {from}, acts at {at}"
                    );
                    let heard = score.events().iter().any(|event| {
                        let of_cell = matches!(event.cause, Cause::Cell { act: by, group, row, column, .. }
                            if by == act && (group as usize, row as usize, column as usize)
                                == (cell.group, cell.row, cell.column));
                        event.segment as usize == index
                            && of_cell
                            && (seconds_in(&show, event) - at).abs() < 1e-3
                    });
                    assert!(
                        heard,
                        "{kind:?} {act:?} at {at} of stage {index} is not heard"
                    );
                    *told.entry(kind).or_default() += 1;
                }
            }
        }
    }
    // all that make numbers which are told one by one
    assert!(told.len() >= 10, "{told:?}");
}
