//! Keys and what follows from them, without a window system and without a renderer.

use std::time::Duration;

use bevy::{
    input::{
        ButtonState, InputPlugin,
        keyboard::{Key, KeyboardInput},
    },
    prelude::*,
    time::TimeUpdateStrategy,
    window::{PrimaryWindow, WindowMode},
};

use super::{
    camera_keys::{CameraKeysPlugin, OwnPath},
    cinematic::{CinematicMode, CinematicPlugin},
    help_overlay::HelpOverlay,
    keys::KeysPlugin,
    open_model::{ModelOpening, OpenModel, OpenModelPlugin},
    opened_blocks::OpenedBlocksPlugin,
    prompt_field::{NewPrompt, PromptFieldPlugin},
    steering::SteeringPlugin,
};
use orrery_pipeline::camera::CameraPose;

use crate::{
    camera::{CameraControl, CameraStand, Direction, ProjectionInUse},
    show::{
        CurrentShow, NextShow, Now, Transport, current::PaletteInUse, transport::RealTimePlugin,
    },
    test_support::{app_with_small_show, await_shows, set_clock},
    third_party::{egui::Typing, file_dialog::FileChooser},
};

fn app() -> App {
    let mut app = app_with_small_show();
    app.add_plugins((
        InputPlugin,
        KeysPlugin,
        SteeringPlugin,
        PromptFieldPlugin,
        OpenedBlocksPlugin,
        RealTimePlugin,
    ))
    .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(
        100,
    )))
    .init_resource::<CameraControl>()
    .init_resource::<ProjectionInUse>();
    app.world_mut().spawn((Window::default(), PrimaryWindow));
    app.update();
    app
}

fn send(app: &mut App, key: Key, key_code: KeyCode, state: ButtonState, repeat: bool) {
    let world = app.world_mut();
    let window = world
        .query_filtered::<Entity, With<PrimaryWindow>>()
        .single(world)
        .unwrap();
    world.write_message(KeyboardInput {
        key_code,
        logical_key: key,
        state,
        text: None,
        repeat,
        window,
    });
}

fn press(app: &mut App, key: Key) {
    send(app, key, KeyCode::F35, ButtonState::Pressed, false);
    app.update();
}

fn press_sign(app: &mut App, sign: &str) {
    press(app, Key::Character(sign.into()));
}

fn transport(app: &App) -> Transport {
    *app.world().resource::<Transport>()
}

fn window_mode(app: &mut App) -> WindowMode {
    let world = app.world_mut();
    let mut windows = world.query::<&Window>();
    windows.single(world).unwrap().mode
}

#[test]
fn space_pauses_and_plays() {
    let mut app = app();
    press(&mut app, Key::Space);
    let paused = transport(&app);
    assert!(!paused.is_playing());
    app.update();
    assert_eq!(transport(&app), paused);
    press(&mut app, Key::Space);
    app.update();
    assert!(transport(&app).time() > paused.time());
}

#[test]
fn what_passed_during_a_rest_is_not_played() {
    let mut app = app();
    set_clock(&mut app, 3.0, false);
    app.update();
    app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs(2)));
    press(&mut app, Key::Space);
    assert!(transport(&app).is_playing());
    assert_eq!(transport(&app).time(), 3.0);
}

#[test]
fn arrows_step_through_stages_and_tokens_and_keep_the_pause() {
    let mut app = app();
    let show = app.world().resource::<CurrentShow>().show.clone();
    let starts: Vec<f64> = show.timeline().segments().iter().map(|s| s.start).collect();
    let second_token = show.timeline().segments().iter().find(|s| s.pass == 1);
    let second_token = second_token.unwrap().start;

    set_clock(&mut app, 0.0, false);
    press(&mut app, Key::ArrowRight);
    press(&mut app, Key::ArrowRight);
    assert_eq!(transport(&app).time(), starts[2]);
    press(&mut app, Key::ArrowLeft);
    assert_eq!(transport(&app).time(), starts[1]);

    let shift = (Key::Shift, KeyCode::ShiftLeft);
    send(
        &mut app,
        shift.0.clone(),
        shift.1,
        ButtonState::Pressed,
        false,
    );
    press(&mut app, Key::ArrowRight);
    assert_eq!(transport(&app).time(), second_token);
    press(&mut app, Key::ArrowLeft);
    assert_eq!(transport(&app).time(), 0.0);
    assert!(!transport(&app).is_playing(), "the pause is kept");

    send(&mut app, shift.0, shift.1, ButtonState::Released, false);
    set_clock(&mut app, 0.0, true);
    press(&mut app, Key::ArrowRight);
    assert!(transport(&app).is_playing() && transport(&app).time() >= starts[1]);
}

#[test]
fn with_ctrl_only_the_keys_that_are_meant_with_it_act() {
    let mut app = app();
    app.add_plugins(OpenModelPlugin);
    set_clock(&mut app, 3.0, false);
    let before = transport(&app);
    let dialog_is_open = |app: &App| app.world().resource::<FileChooser>().is_open();
    press_sign(&mut app, "o");
    assert!(!dialog_is_open(&app));
    set_clock(&mut app, 3.0, false);
    await_shows(&mut app);
    let revision = |app: &App| app.world().resource::<CurrentShow>().revision;
    let opened = revision(&app);
    set_clock(&mut app, 3.0, false);

    let command = if cfg!(target_os = "macos") {
        (Key::Super, KeyCode::SuperLeft)
    } else {
        (Key::Control, KeyCode::ControlLeft)
    };
    send(&mut app, command.0, command.1, ButtonState::Pressed, false);
    for sign in ["r", "+", "."] {
        press_sign(&mut app, sign);
    }
    press(&mut app, Key::Space);
    assert_eq!(transport(&app), before);
    press_sign(&mut app, "?");
    assert!(!app.world().resource::<HelpOverlay>().open);
    app.world_mut().resource_mut::<HelpOverlay>().open = true;
    press_sign(&mut app, "o");
    assert!(dialog_is_open(&app));
    assert!(!app.world().resource::<HelpOverlay>().open, "it gives way");
    await_shows(&mut app);
    assert_eq!(revision(&app), opened, "the block stays as it is");
}

#[test]
fn escape_takes_a_message_away_before_it_leaves() {
    let mut app = app();
    app.add_plugins(OpenModelPlugin);
    app.update();
    // a vocabulary without its model
    app.world_mut().write_message(OpenModel("meta.pkl".into()));
    app.update();
    assert!(app.world().resource::<ModelOpening>().problem().is_some());
    press(&mut app, Key::Escape);
    assert!(!app.world().resource::<ModelOpening>().is_dismissable());
    assert!(app.should_exit().is_none());
    press(&mut app, Key::Escape);
    assert_eq!(app.should_exit(), Some(AppExit::Success));
}

#[test]
fn held_arrows_repeat_and_a_held_space_does_not() {
    let mut app = app();
    set_clock(&mut app, 0.0, false);
    for repeat in [false, true, true] {
        send(
            &mut app,
            Key::ArrowRight,
            KeyCode::ArrowRight,
            ButtonState::Pressed,
            repeat,
        );
        send(
            &mut app,
            Key::Space,
            KeyCode::Space,
            ButtonState::Pressed,
            repeat,
        );
    }
    app.update();
    let show = app.world().resource::<CurrentShow>().show.clone();
    assert!(transport(&app).time() >= show.timeline().segments()[3].start);
    assert!(transport(&app).is_playing());
}

#[test]
fn speed_home_end_restart_and_single_frames() {
    let mut app = app();
    let duration = app.world().resource::<CurrentShow>().duration();
    set_clock(&mut app, 5.0, false);
    press_sign(&mut app, "+");
    assert_eq!(transport(&app).speed(), 1.5);
    press_sign(&mut app, "=");
    assert_eq!(transport(&app).speed(), 2.0);
    press_sign(&mut app, "-");
    assert_eq!(transport(&app).speed(), 1.5);
    press_sign(&mut app, ".");
    assert!((transport(&app).time() - 5.0 - 1.0 / 30.0).abs() < 1e-9);
    set_clock(&mut app, 5.0, true);
    press_sign(&mut app, ",");
    assert!(
        !transport(&app).is_playing() && (transport(&app).time() - 5.0 + 1.0 / 30.0).abs() < 1e-9
    );
    press(&mut app, Key::End);
    assert_eq!(transport(&app).time(), duration);
    press(&mut app, Key::Home);
    assert_eq!(transport(&app).time(), 0.0);
    set_clock(&mut app, 5.0, false);
    press_sign(&mut app, "R");
    assert_eq!(
        (transport(&app).time(), transport(&app).is_playing()),
        (0.0, false)
    );
}

#[test]
fn camera_keys_give_back_and_toggle() {
    let mut app = app();
    let show = app.world().resource::<CurrentShow>().show.clone();
    let pose = show.framing(1.0).unwrap().fit(1.7, 0.5);
    app.world_mut().spawn(CameraStand(pose));
    *app.world_mut().resource_mut::<CameraControl>() = CameraControl::User;
    press_sign(&mut app, "p");
    let projection = *app.world().resource::<ProjectionInUse>();
    assert_eq!(projection, ProjectionInUse::Orthographic);
    assert_eq!(
        *app.world().resource::<CameraControl>(),
        CameraControl::User
    );
    press_sign(&mut app, "c");
    assert!(matches!(
        *app.world().resource::<CameraControl>(),
        CameraControl::Returning { from, .. } if from == pose
    ));
}

#[test]
fn escape_leaves_help_then_full_screen_then_the_program() {
    let mut app = app();
    press_sign(&mut app, "f");
    assert_ne!(window_mode(&mut app), WindowMode::Windowed);
    press_sign(&mut app, "?");
    assert!(app.world().resource::<HelpOverlay>().open);
    press(&mut app, Key::Escape);
    assert!(!app.world().resource::<HelpOverlay>().open);
    assert_ne!(window_mode(&mut app), WindowMode::Windowed);
    press(&mut app, Key::Escape);
    assert_eq!(window_mode(&mut app), WindowMode::Windowed);
    assert!(app.should_exit().is_none());
    press(&mut app, Key::Escape);
    assert_eq!(app.should_exit(), Some(AppExit::Success));
}

#[test]
fn keys_are_letters_while_a_text_field_has_them() {
    let mut app = app();
    set_clock(&mut app, 3.0, false);
    let before = transport(&app);
    app.world_mut().resource_mut::<Typing>().0 = true;
    for sign in ["r", "+", "h", "."] {
        press_sign(&mut app, sign);
    }
    for key in [Key::Space, Key::ArrowRight, Key::Escape] {
        press(&mut app, key);
    }
    assert_eq!(transport(&app), before);
    assert!(!app.world().resource::<HelpOverlay>().open);
    assert!(app.should_exit().is_none());
}

#[test]
fn a_keyboard_of_another_script_works_by_place() {
    let mut app = app();
    set_clock(&mut app, 3.0, false);
    let cyrillic = Key::Character("к".into());
    send(
        &mut app,
        cyrillic,
        KeyCode::KeyR,
        ButtonState::Pressed,
        false,
    );
    app.update();
    assert_eq!(transport(&app).time(), 0.0);
}

fn type_prompt(app: &mut App, text: &str) {
    app.world_mut().write_message(NewPrompt {
        text: text.into(),
        tokens: 1,
        temperature: 0.0,
    });
    app.update();
    await_shows(app);
}

#[test]
fn a_new_prompt_starts_a_new_show_with_the_other_settings_kept() {
    let mut app = app();
    set_clock(&mut app, 7.0, false);
    let before = app.world().resource::<CurrentShow>().settings.clone();
    type_prompt(&mut app, "the king");
    let show = app.world().resource::<CurrentShow>();
    assert_eq!(show.settings.prompt, "the king");
    assert_eq!(show.show.prompt_tokens(), 8);
    assert_eq!(show.show.passes().len(), 1);
    assert_eq!(show.settings.options.opened, before.options.opened);
    assert_eq!(
        show.settings.options.sampling.seed,
        before.options.sampling.seed
    );
    assert!(transport(&app).is_playing() && transport(&app).time() < 1.0);
}

#[test]
fn a_wrong_prompt_is_explained_and_the_old_show_goes_on() {
    let mut app = app();
    for (text, reason) in [("hi #5", "'#' at position 4"), ("", "empty")] {
        set_clock(&mut app, 7.0, false);
        type_prompt(&mut app, text);
        let next = app.world().resource::<NextShow>();
        let problem = next.problem().unwrap().to_string();
        assert!(problem.contains(reason), "{problem}");
        let show = app.world().resource::<CurrentShow>();
        assert_eq!((show.settings.prompt.as_str(), show.revision), ("hello", 0));
        assert_eq!(transport(&app).time(), 7.0);
    }
    type_prompt(&mut app, "hi");
    assert!(app.world().resource::<NextShow>().problem().is_none());
}

#[test]
fn o_opens_the_block_that_is_on_and_closes_it_again() {
    let mut app = app();
    let summaries = |app: &App| {
        let show = app.world().resource::<CurrentShow>();
        let segments = show.show.timeline().segments();
        segments
            .iter()
            .filter(|segment| segment.pass == 0 && segment.in_summary())
            .count()
    };
    let before = summaries(&app);
    let show = app.world().resource::<CurrentShow>().show.clone();
    let mut segments = show.timeline().segments().iter();
    let summary = segments.find(|segment| segment.in_summary()).unwrap();
    set_clock(&mut app, summary.start + 0.1, false);
    app.update();
    press_sign(&mut app, "o");
    await_shows(&mut app);
    assert_eq!(summaries(&app), before - 1);
    app.update();
    let on = app.world().resource::<Now>().segment.unwrap();
    assert_eq!((on.pass, on.block), (0, summary.block));
    assert_eq!(transport(&app).time(), on.start);
    assert!(!on.in_summary());
    press_sign(&mut app, "o");
    await_shows(&mut app);
    assert_eq!(summaries(&app), before);
}

#[test]
fn l_goes_round_the_palettes() {
    let mut app = app();
    let palette = |app: &App| app.world().resource::<PaletteInUse>().0;
    let first = palette(&app);
    press_sign(&mut app, "l");
    assert_ne!(palette(&app), first);
    for _ in 1..orrery_pipeline::Palette::ALL.len() {
        press_sign(&mut app, "l");
    }
    assert_eq!(palette(&app), first);
}

#[test]
fn f9_hides_the_controls_and_films_and_escape_brings_them_back() {
    let mut app = app();
    app.add_plugins(CinematicPlugin);
    app.update();
    let is_on = |app: &App| app.world().resource::<CinematicMode>().on;
    let films = |app: &App| matches!(app.world().resource::<Direction>(), Direction::Cinematic(_));
    press(&mut app, Key::F9);
    app.update();
    assert!(is_on(&app) && films(&app));
    press(&mut app, Key::Escape);
    app.update();
    assert!(!is_on(&app) && !films(&app));
    assert!(app.should_exit().is_none());
    press(&mut app, Key::F9);
    press(&mut app, Key::F9);
    app.update();
    assert!(!is_on(&app) && !films(&app));
}

#[test]
fn k_sets_a_key_where_the_camera_stands_at_the_time_that_is_shown() {
    let mut app = app();
    app.add_plugins(CameraKeysPlugin);
    let pose = CameraPose {
        target: Vec3::new(1.0, 2.0, 3.0),
        yaw: 0.3,
        pitch: 0.1,
        distance: 9.0,
        height: 4.0,
    };
    app.world_mut().spawn(CameraStand(pose));
    app.world_mut()
        .resource_mut::<Transport>()
        .set_playing(false);
    for time in [1.0, 2.0, 2.0] {
        app.world_mut()
            .resource_mut::<Transport>()
            .seek(time, 100.0);
        press_sign(&mut app, "k");
    }
    let path = app.world().resource::<OwnPath>();
    let times: Vec<f64> = path.keys.keys().iter().map(|key| key.time).collect();
    assert_eq!(times, [1.0, 2.0]);
    assert!(path.open);
    let stands = path.keys.pose(1.0).unwrap();
    assert!((stands.target - pose.target).length() < 1e-5 && (stands.yaw - 0.3).abs() < 1e-5);
}
