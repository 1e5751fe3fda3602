//! Sounds of the interface: what the pointer comes to, keys and buttons that did something, a key of the camera that is
//! pinned, a stage that comes on while the show stands still. Here it is decided what is answered; `played` plays it where
//! the program has sound and the computer a device.

#[cfg(feature = "sound")]
mod played;

use bevy::prelude::*;

use crate::sets::OrrerySystems;
use crate::show::Transport;
use crate::stages::StageEntered;
use crate::third_party::egui::{
    Interface,
    egui::{Context, Id},
};
use crate::window::Action;

/// What the interface answers.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterfaceSound {
    /// The pointer came to something that can be pressed.
    Hover,
    /// Something is kept: a key of the camera.
    Pin,
    /// Something was switched or begun.
    Switch,
    /// The show jumped.
    Jump,
    /// Another show, another model, another visualization.
    Change,
    /// A stage came on while the show stands still (while it plays, the show itself has a tone for it).
    Chime,
}

/// Decides what is answered, and plays it.
pub struct InterfaceSoundsPlugin;

impl Plugin for InterfaceSoundsPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<Action>()
            .add_message::<StageEntered>()
            .add_message::<InterfaceSound>()
            .add_systems(
                Update,
                (answer_actions, answer_stages, answer_pointer)
                    .chain()
                    .in_set(OrrerySystems::Sound)
                    .in_set(Answering),
            );
        #[cfg(feature = "sound")]
        played::plugin(app);
    }
}

/// The systems that decide.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Answering;

/// How an action is answered, if it is.
fn sound_of(action: &Action) -> Option<InterfaceSound> {
    match action {
        Action::SetCameraKey => Some(InterfaceSound::Pin),
        Action::TogglePlaying
        | Action::Faster
        | Action::Slower
        | Action::GuideCamera
        | Action::NextPage
        | Action::PreviousPage
        | Action::EarlierTokens
        | Action::LaterTokens
        | Action::NextPalette
        | Action::RecordFilm
        | Action::StepSetting(..)
        | Action::ToggleCards
        | Action::ToggleCinematic
        | Action::ToggleFullscreen
        | Action::ToggleHelp
        | Action::ToggleLens
        | Action::ToggleMachine
        | Action::ToggleProjection
        | Action::ToggleSound
        | Action::ToggleSoundPanel
        | Action::ToggleVisualizations => Some(InterfaceSound::Switch),
        Action::PreviousStage
        | Action::NextStage
        | Action::PreviousToken
        | Action::NextToken
        | Action::Restart
        | Action::GoToEnd => Some(InterfaceSound::Jump),
        Action::NextModel | Action::ToggleBlock | Action::Visualization(_) => {
            Some(InterfaceSound::Change)
        }
        // a scrub bar or slider that is dragged asks many times a second; a frame is too short to be announced; who
        // types or chooses a file need not hear it
        Action::SetPlaying(_)
        | Action::Seek(_)
        | Action::SetSpeed(_)
        | Action::FrameBack
        | Action::FrameForward
        | Action::TypePrompt
        | Action::ChooseFile
        | Action::Leave => None,
    }
}

fn answer_actions(mut actions: MessageReader<Action>, mut sounds: MessageWriter<InterfaceSound>) {
    // one for all that happened in a frame
    sounds.write_batch(actions.read().filter_map(sound_of).last());
}

fn answer_stages(
    mut entered: MessageReader<StageEntered>,
    transport: Option<Res<Transport>>,
    mut sounds: MessageWriter<InterfaceSound>,
) {
    let stands = transport.is_some_and(|transport| !transport.is_playing());
    if entered.read().count() > 0 && stands {
        sounds.write(InterfaceSound::Chime);
    }
}

fn answer_pointer(
    mut interface: Interface,
    mut before: Local<Option<Id>>,
    mut sounds: MessageWriter<InterfaceSound>,
) {
    let Ok(context) = interface.ctx_mut() else {
        return;
    };
    let under = under_pointer(context);
    if under != *before {
        *before = under;
        sounds.write_batch(under.map(|_| InterfaceSound::Hover));
    }
}

/// What lies under the pointer and can be pressed; nothing while something is held.
fn under_pointer(context: &Context) -> Option<Id> {
    let hovered: Vec<Id> =
        context.interaction_snapshot(|snapshot| snapshot.hovered.iter().copied().collect());
    hovered.into_iter().find(|&id| {
        let response = context.read_response(id);
        response.is_some_and(|response| response.enabled() && response.sense.senses_click())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::StagesPlugin;
    use crate::test_support::{app_with_small_show, set_clock};
    use crate::third_party::egui::egui::{Event, RawInput, pos2};

    #[derive(Resource, Default)]
    struct Heard(Vec<InterfaceSound>);

    fn app() -> App {
        let mut app = app_with_small_show();
        app.add_plugins(StagesPlugin)
            .init_resource::<crate::labels::Headline>()
            .init_resource::<crate::labels::LegendQuantities>()
            .init_resource::<Heard>()
            .add_message::<Action>()
            .add_message::<InterfaceSound>()
            .add_systems(
                Update,
                (answer_actions, answer_stages).in_set(OrrerySystems::Sound),
            )
            .add_systems(
                Last,
                |mut sounds: MessageReader<InterfaceSound>, mut heard: ResMut<Heard>| {
                    heard.0.extend(sounds.read());
                },
            );
        app
    }

    fn heard(app: &mut App) -> Vec<InterfaceSound> {
        app.update();
        std::mem::take(&mut app.world_mut().resource_mut::<Heard>().0)
    }

    #[test]
    fn keys_and_pins_are_answered_once_a_frame() {
        let mut app = app();
        heard(&mut app);
        app.world_mut().write_message(Action::SetCameraKey);
        assert_eq!(heard(&mut app), [InterfaceSound::Pin]);
        app.world_mut().write_message(Action::NextStage);
        app.world_mut().write_message(Action::Faster);
        app.world_mut().write_message(Action::Seek(3.0));
        assert_eq!(heard(&mut app), [InterfaceSound::Switch]);
        assert_eq!(heard(&mut app), []);
    }

    #[test]
    fn a_stage_chimes_where_the_show_itself_is_silent() {
        let mut app = app();
        set_clock(&mut app, 0.0, false);
        heard(&mut app);
        set_clock(&mut app, 30.0, false);
        assert_eq!(heard(&mut app), [InterfaceSound::Chime]);
        set_clock(&mut app, 0.0, true);
        assert_eq!(heard(&mut app), []);
    }

    #[test]
    fn the_pointer_is_heard_on_what_can_be_pressed_alone() {
        let context = Context::default();
        // as the interface is dressed
        context.all_styles_mut(|style| style.interaction.selectable_labels = false);
        let mut button = pos2(0.0, 0.0);
        let mut label = pos2(0.0, 0.0);
        let mut frame = |pointer| {
            let input = RawInput {
                events: vec![Event::PointerMoved(pointer)],
                ..RawInput::default()
            };
            let mut at = (pos2(0.0, 0.0), pos2(0.0, 0.0));
            let _ = context.run_ui(input, |ui| {
                at.0 = ui.button("press").rect.center();
                at.1 = ui.label("read").rect.center();
            });
            (button, label) = at;
            (under_pointer(&context), at)
        };
        let (_, (on_button, on_label)) = frame(pos2(500.0, 500.0));
        frame(on_button);
        let (under, _) = frame(on_button);
        assert!(under.is_some());
        frame(on_label);
        assert_eq!(frame(on_label).0, None);
    }
}
