//! Sounds of the interface: keys and buttons that did something.

use bevy::prelude::*;

/// Plays them where the program has sound and the computer a device.
pub struct InterfaceSoundsPlugin;

#[cfg(not(feature = "sound"))]
impl Plugin for InterfaceSoundsPlugin {
    fn build(&self, _: &mut App) {}
}

#[cfg(feature = "sound")]
impl Plugin for InterfaceSoundsPlugin {
    fn build(&self, app: &mut App) {
        on::plugin(app);
    }
}

#[cfg(feature = "sound")]
mod on {
    use bevy::prelude::*;
    use orrery_sound::{Timbre, demonstration::single};

    use crate::audio::SoundSettings;
    use crate::sets::OrrerySystems;
    use crate::third_party::kira_audio::{
        Channel, InterfaceChannel, ShortSound, ShortSounds, add_channels, play, set_volume,
        short_sound,
    };
    use crate::window::Action;

    pub(super) fn plugin(app: &mut App) {
        if !add_channels(app) {
            return;
        }
        app.add_message::<Action>()
            .add_systems(Startup, make)
            .add_systems(
                Update,
                (set_volumes, answer)
                    .chain()
                    .run_if(resource_exists::<Sounds>)
                    .in_set(OrrerySystems::Sound),
            );
    }

    /// What there is.
    #[derive(Resource)]
    struct Sounds {
        /// Something was switched or begun.
        switch: ShortSound,
        /// The show jumped.
        jump: ShortSound,
        /// Another show, another model.
        change: ShortSound,
    }

    fn make(mut commands: Commands, mut sources: ResMut<ShortSounds>) {
        let mut sound =
            |timbre, hz, seconds| short_sound(&mut sources, &single(timbre, hz, seconds));
        commands.insert_resource(Sounds {
            switch: sound(Timbre::Click, 1_400.0, 0.02),
            jump: sound(Timbre::SineBlip, 880.0, 0.07),
            change: sound(Timbre::Pluck, 440.0, 0.3),
        });
    }

    fn set_volumes(settings: Res<SoundSettings>, interface: Res<Channel<InterfaceChannel>>) {
        if settings.is_changed() {
            set_volume(&interface, settings.interface_level());
        }
    }

    fn answer(
        mut actions: MessageReader<Action>,
        sounds: Res<Sounds>,
        settings: Res<SoundSettings>,
        channel: Res<Channel<InterfaceChannel>>,
    ) {
        // one for all that happened in a frame
        let sound = actions.read().filter_map(|action| match action {
            Action::TogglePlaying
            | Action::SetPlaying(_)
            | Action::Faster
            | Action::Slower
            | Action::ToggleHelp
            | Action::ToggleProjection
            | Action::NextPalette
            | Action::ToggleMachine
            | Action::ToggleSound => Some(&sounds.switch),
            Action::PreviousStage
            | Action::NextStage
            | Action::PreviousToken
            | Action::NextToken
            | Action::Restart
            | Action::GoToEnd => Some(&sounds.jump),
            Action::NextModel | Action::ToggleBlock => Some(&sounds.change),
            // a scrub bar that is dragged asks many times a second
            _ => None,
        });
        if let Some(sound) = sound.last()
            && settings.interface_level() > 0.0
        {
            play(&channel, sound);
        }
    }
}
