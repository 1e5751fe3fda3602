//! The old show goes on while the next is made, and what was asked for comes.

use std::time::Duration;

use bevy::{ecs::system::RunSystemOnce, time::TimeUpdateStrategy};

use super::*;
use crate::{
    show::{Now, transport::RealTimePlugin},
    test_support::{Gate, app_with_small_show, await_shows, set_clock},
};

/// Time from frame to frame, in seconds.
const FRAME: f64 = 0.1;

fn app() -> App {
    let mut app = app_with_small_show();
    app.add_plugins(RealTimePlugin)
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f64(
            FRAME,
        )));
    // the clock goes from its second frame on
    for _ in 0..3 {
        app.update();
    }
    app
}

fn ask(app: &mut App, ask: impl Fn(&mut Shows) + Send + Sync + 'static) {
    let world = app.world_mut();
    world
        .run_system_once(move |mut shows: Shows| ask(&mut shows))
        .unwrap();
}

fn ask_for_prompt(app: &mut App, prompt: &'static str) {
    ask(app, move |shows| {
        shows.run(|settings| settings.prompt = prompt.into());
    });
}

fn open_block(app: &mut App, block: usize) {
    ask(app, move |shows| {
        shows.lay_out(Start::SameMoment, |settings| {
            settings.options.opened.insert(block);
        });
    });
}

fn on(app: &App) -> &CurrentShow {
    app.world().resource()
}

fn time(app: &App) -> f64 {
    app.world().resource::<Transport>().time()
}

#[test]
fn the_old_show_goes_on_while_the_next_is_made_however_long_that_takes() {
    let mut app = app();
    let gate = Gate::before_shows(&mut app);
    ask_for_prompt(&mut app, "the king");
    let begin = time(&app);
    for frame in 1..=50 {
        app.update();
        let passed = time(&app) - begin;
        assert!((passed - f64::from(frame) * FRAME).abs() < 1e-6, "{frame}");
        assert_eq!(app.world().resource::<Now>().time, time(&app));
        assert_eq!(
            (on(&app).settings.prompt.as_str(), on(&app).revision),
            ("hello", 0)
        );
        assert!(app.world().resource::<NextShow>().is_under_way());
    }
    gate.open();
    await_shows(&mut app);
    assert_eq!(
        (on(&app).settings.prompt.as_str(), on(&app).revision),
        ("the king", 1)
    );
    assert_eq!(on(&app).show.prompt_tokens(), 8);
    assert_eq!(time(&app), 0.0);
    app.update();
    assert_eq!(time(&app), FRAME);
}

#[test]
fn a_show_that_is_given_up_never_comes() {
    let mut app = app();
    let gate = Gate::before_shows(&mut app);
    ask_for_prompt(&mut app, "the king");
    app.update();
    app.world_mut().resource_mut::<NextShow>().dismiss();
    gate.open();
    for _ in 0..20 {
        app.update();
        assert_eq!(on(&app).revision, 0);
    }
    assert!(app.world().resource::<NextShow>().problem().is_none());
}

#[test]
fn of_two_prompts_the_second_comes_and_the_first_does_not() {
    let mut app = app();
    let gate = Gate::before_shows(&mut app);
    ask_for_prompt(&mut app, "the king");
    app.update();
    ask_for_prompt(&mut app, "the queen");
    gate.open();
    await_shows(&mut app);
    assert_eq!(
        (on(&app).settings.prompt.as_str(), on(&app).revision),
        ("the queen", 1)
    );
    assert!(app.world().resource::<NextShow>().problem().is_none());
}

#[test]
fn what_is_opened_meanwhile_is_opened_in_both_shows_and_the_moment_stays_in_the_old() {
    let mut app = app();
    set_clock(&mut app, 7.0, false);
    let gate = Gate::before_shows(&mut app);
    ask_for_prompt(&mut app, "the king");
    open_block(&mut app, 1);
    while on(&app).revision == 0 {
        app.update();
    }
    assert_eq!(on(&app).settings.prompt, "hello");
    assert_eq!(on(&app).settings.options.opened, [0, 1].into());
    assert_eq!(time(&app), 7.0);
    gate.open();
    await_shows(&mut app);
    assert_eq!(
        (on(&app).settings.prompt.as_str(), on(&app).revision),
        ("the king", 2)
    );
    assert_eq!(on(&app).settings.options.opened, [0, 1].into());
    let blocks = on(&app).show.timeline().segments().iter();
    let in_full = blocks.filter(|segment| segment.pass == 0 && segment.block == Some(1));
    assert!(in_full.count() > 1);
}

#[test]
fn a_prompt_that_cannot_be_shown_is_explained_until_another_can() {
    let mut app = app();
    set_clock(&mut app, 7.0, false);
    ask_for_prompt(&mut app, "hi #5");
    await_shows(&mut app);
    let problem = |app: &App| {
        let next = app.world().resource::<NextShow>();
        next.problem().map(ToString::to_string)
    };
    assert!(problem(&app).unwrap().contains("'#' at position 4"));
    assert_eq!((on(&app).revision, time(&app)), (0, 7.0));
    ask_for_prompt(&mut app, "hi");
    await_shows(&mut app);
    assert_eq!(problem(&app), None);
    assert_eq!(on(&app).settings.prompt, "hi");
}
