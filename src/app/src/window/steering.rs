//! Does what the user asks for: to the show's clock, the camera and the window.

use bevy::{
    prelude::*,
    window::{MonitorSelection, PrimaryWindow, WindowMode},
};

use super::{
    actions::Action, cinematic::CinematicMode, help_overlay::HelpOverlay, open_model::ModelOpening,
};
use crate::{
    camera::{CameraControl, CameraStand, ProjectionInUse},
    far_view::FarView,
    labels::Cards,
    sets::Steering,
    show::{CurrentShow, NextShow, Transport, current::PaletteInUse},
};

/// Does what is asked for.
pub struct SteeringPlugin;

impl Plugin for SteeringPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<Action>()
            .init_resource::<HelpOverlay>()
            .add_systems(
                Update,
                (steer_clock, steer_picture, steer_window)
                    .in_set(Steering::Usual)
                    .after(super::keys::read),
            );
    }
}

fn steer_clock(
    mut actions: MessageReader<Action>,
    show: Option<Res<CurrentShow>>,
    mut transport: ResMut<Transport>,
) {
    let Some(show) = show else {
        actions.clear();
        return;
    };
    let (timeline, duration) = (show.show.timeline(), show.duration());
    for &action in actions.read() {
        let mut next = *transport;
        let time = next.time();
        match action {
            Action::TogglePlaying => next.toggle(duration),
            Action::SetPlaying(playing) => next.set_playing(playing),
            Action::Restart => next.seek(0.0, duration),
            Action::GoToEnd => next.seek(duration, duration),
            Action::Seek(to) => next.seek(to, duration),
            Action::PreviousStage => next.seek(timeline.previous_stage(time), duration),
            Action::NextStage => next.seek(timeline.next_stage(time), duration),
            Action::PreviousToken => next.seek(timeline.previous_pass(time), duration),
            Action::NextToken => next.seek(timeline.next_pass(time), duration),
            Action::FrameBack => next.step(false, duration),
            Action::FrameForward => next.step(true, duration),
            Action::Faster => next.step_speed(true),
            Action::Slower => next.step_speed(false),
            Action::SetSpeed(speed) => next.set_speed(speed),
            _ => {}
        }
        transport.set_if_neq(next);
    }
}

fn steer_picture(
    mut actions: MessageReader<Action>,
    mut control: ResMut<CameraControl>,
    mut projection: ResMut<ProjectionInUse>,
    (mut palette, mut cards): (ResMut<PaletteInUse>, Option<ResMut<Cards>>),
    mut far: Option<ResMut<FarView>>,
    stand: Option<Single<&CameraStand>>,
) {
    for action in actions.read() {
        match action {
            Action::GuideCamera => {
                if let Some(stand) = &stand {
                    control.give_back(stand.0);
                }
            }
            Action::ToggleMachine => {
                if let Some(far) = &mut far {
                    far.toggle();
                }
                if let Some(stand) = &stand {
                    control.give_back(stand.0);
                }
            }
            Action::ToggleProjection => *projection = projection.toggled(),
            Action::NextPalette => palette.0 = palette.0.next(),
            Action::ToggleCards => {
                if let Some(cards) = &mut cards {
                    cards.0 = !cards.0;
                }
            }
            _ => {}
        }
    }
}

fn steer_window(
    mut actions: MessageReader<Action>,
    mut help: ResMut<HelpOverlay>,
    mut opening: Option<ResMut<ModelOpening>>,
    mut next: ResMut<NextShow>,
    mut cinematic: Option<ResMut<CinematicMode>>,
    window: Option<Single<&mut Window, With<PrimaryWindow>>>,
    mut exit: MessageWriter<AppExit>,
) {
    let mut window = window.map(Single::into_inner);
    for action in actions.read() {
        match action {
            Action::ToggleHelp => help.open = !help.open,
            // it would lie over the dialog
            Action::ChooseFile => help.open = false,
            Action::ToggleFullscreen => {
                if let Some(window) = &mut window {
                    window.mode = match window.mode {
                        WindowMode::Windowed => {
                            WindowMode::BorderlessFullscreen(MonitorSelection::Current)
                        }
                        _ => WindowMode::Windowed,
                    };
                }
            }
            Action::Leave => {
                let opening = opening.as_mut().filter(|opening| opening.is_dismissable());
                let mode = cinematic.as_mut().filter(|mode| mode.on);
                if help.open {
                    help.open = false;
                } else if let Some(mode) = mode {
                    mode.on = false;
                } else if opening.is_some() || next.is_dismissable() {
                    next.dismiss();
                    if let Some(opening) = opening {
                        opening.dismiss();
                    }
                } else if let Some(window) = window
                    .as_mut()
                    .filter(|window| window.mode != WindowMode::Windowed)
                {
                    window.mode = WindowMode::Windowed;
                } else {
                    exit.write(AppExit::Success);
                }
            }
            _ => {}
        }
    }
}
