//! Plays the sounds of the interface: short ones, made by the synth at the start, each kind on a channel of its own.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use orrery_sound::{Timbre, demonstration::single};

use super::{Answering, InterfaceSound};
use crate::audio::SoundSettings;
use crate::sets::OrrerySystems;
use crate::third_party::kira_audio::{
    ButtonChannel, Channel, ChimeChannel, HoverChannel, PinChannel, ShortSound, ShortSounds,
    add_channels, play, set_volume, short_sound,
};

pub(super) fn plugin(app: &mut App) {
    if !add_channels(app) {
        return;
    }
    app.add_systems(Startup, make).add_systems(
        Update,
        (set_volumes, answer)
            .chain()
            .run_if(resource_exists::<Sounds>)
            .in_set(OrrerySystems::Sound)
            .after(Answering),
    );
}

/// The channels; how loud each is beside the others.
#[derive(SystemParam)]
struct Channels<'w> {
    buttons: Res<'w, Channel<ButtonChannel>>,
    hover: Res<'w, Channel<HoverChannel>>,
    pin: Res<'w, Channel<PinChannel>>,
    chime: Res<'w, Channel<ChimeChannel>>,
}

/// The pointer passes over many things: that is barely heard.
const HOVER_SHARE: f32 = 0.25;
const CHIME_SHARE: f32 = 0.6;

/// What there is.
#[derive(Resource)]
struct Sounds {
    hover: ShortSound,
    pin: ShortSound,
    switch: ShortSound,
    jump: ShortSound,
    change: ShortSound,
    chime: ShortSound,
}

fn make(mut commands: Commands, mut sources: ResMut<ShortSounds>) {
    let mut sound = |timbre, hz, seconds| short_sound(&mut sources, &single(timbre, hz, seconds));
    commands.insert_resource(Sounds {
        hover: sound(Timbre::Needle, 2_093.0, 0.012),
        pin: sound(Timbre::Latch, 440.0, 0.06),
        switch: sound(Timbre::Click, 1_400.0, 0.02),
        jump: sound(Timbre::SineBlip, 880.0, 0.07),
        change: sound(Timbre::Pluck, 440.0, 0.3),
        chime: sound(Timbre::Bell, 659.3, 0.5),
    });
}

fn set_volumes(settings: Res<SoundSettings>, channels: Channels) {
    if settings.is_changed() {
        let level = settings.interface_level();
        set_volume(&channels.buttons, level);
        set_volume(&channels.pin, level);
        set_volume(&channels.hover, level * HOVER_SHARE);
        set_volume(&channels.chime, level * CHIME_SHARE);
    }
}

fn answer(
    mut asked: MessageReader<InterfaceSound>,
    sounds: Res<Sounds>,
    settings: Res<SoundSettings>,
    channels: Channels,
) {
    let silent = settings.interface_level() == 0.0;
    for sound in asked.read() {
        if silent {
            continue;
        }
        match sound {
            InterfaceSound::Hover => play(&channels.hover, &sounds.hover),
            InterfaceSound::Pin => play(&channels.pin, &sounds.pin),
            InterfaceSound::Switch => play(&channels.buttons, &sounds.switch),
            InterfaceSound::Jump => play(&channels.buttons, &sounds.jump),
            InterfaceSound::Change => play(&channels.buttons, &sounds.change),
            InterfaceSound::Chime => play(&channels.chime, &sounds.chime),
        }
    }
}
