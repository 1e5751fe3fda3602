//! bevy_kira_audio: short sounds of the interface, made by the synth at the start. Channels have types, so that each
//! kind has its own volume.

#[cfg(feature = "sound")]
pub use on::*;

#[cfg(feature = "sound")]
mod on {
    use std::sync::Arc;

    use bevy::prelude::*;
    use bevy_kira_audio::prelude::{StaticSoundData, StaticSoundSettings};
    use bevy_kira_audio::{AudioApp, AudioChannel, AudioControl, AudioPlugin, AudioSource};
    use orrery_sound::Frame;

    use crate::third_party::kira::there_is_a_device;

    /// The channel of buttons and keys.
    #[derive(Resource)]
    pub struct ButtonChannel;
    /// The channel of the pointer.
    #[derive(Resource)]
    pub struct HoverChannel;
    /// The channel of what is kept.
    #[derive(Resource)]
    pub struct PinChannel;
    /// The channel of stages that come on.
    #[derive(Resource)]
    pub struct ChimeChannel;

    /// The channels, as systems ask for them.
    pub type Channel<T> = AudioChannel<T>;

    /// Adds the plugin and its channels where there is a device: without one it would warn on the terminal, and keep
    /// every command that is never played. Whether it did.
    pub fn add_channels(app: &mut App) -> bool {
        if !there_is_a_device() {
            return false;
        }
        app.add_plugins(AudioPlugin)
            .add_audio_channel::<ButtonChannel>()
            .add_audio_channel::<HoverChannel>()
            .add_audio_channel::<PinChannel>()
            .add_audio_channel::<ChimeChannel>();
        true
    }

    /// Sets a channel's volume, as a factor. Done at the start for each: before that the plugin takes it for +1 dB.
    pub fn set_volume<T: Resource>(channel: &Channel<T>, factor: f32) {
        channel.set_volume(20.0 * factor.max(1e-4).log10());
    }

    /// Plays a sound.
    pub fn play<T: Resource>(channel: &Channel<T>, sound: &Handle<AudioSource>) {
        channel.play(sound.clone());
    }

    /// A short sound of these frames.
    pub fn short_sound(sources: &mut Assets<AudioSource>, frames: &[Frame]) -> Handle<AudioSource> {
        let frames: Arc<[kira::Frame]> = frames
            .iter()
            .map(|&[left, right]| kira::Frame { left, right })
            .collect();
        sources.add(AudioSource {
            sound: StaticSoundData {
                sample_rate: orrery_sound::RATE,
                frames,
                settings: StaticSoundSettings::default(),
                slice: None,
            },
        })
    }

    /// Where short sounds are kept.
    pub type ShortSounds = Assets<AudioSource>;
    /// One of them.
    pub type ShortSound = Handle<AudioSource>;
}
