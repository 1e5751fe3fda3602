//! kira and cpal: one stream of our own on the default device. Which device it is, how large its blocks are and how its
//! library is kept quiet is decided here and nowhere else.

use crate::audio::live::LiveSound;

#[cfg(feature = "sound")]
pub use open::{open, there_is_a_device};

/// This program was built without sound.
#[cfg(not(feature = "sound"))]
pub fn open(_: LiveSound) -> Result<(Box<dyn std::any::Any>, String), String> {
    Err("this program was built without it".to_owned())
}

#[cfg(feature = "sound")]
mod open {
    use std::any::Any;

    use cpal::traits::{DeviceTrait, HostTrait};
    use cpal::{BufferSize, StreamConfig};
    use kira::backend::cpal::{CpalBackend, CpalBackendSettings};
    use kira::info::Info;
    use kira::sound::{Sound, SoundData};
    use kira::{AudioManager, AudioManagerSettings};

    use super::LiveSound;

    /// Frames in a block that a device is asked for: 10 ms at 48 kHz.
    const BLOCK: u32 = 480;

    /// Opens the default device and plays a source on it: the stream, and the device's name.
    ///
    /// # Errors
    /// There is no device, or it cannot be opened, in words.
    pub fn open(sound: LiveSound) -> Result<(Box<dyn Any>, String), String> {
        let _quiet = quiet();
        let (device, config) = default_device()?;
        let name = device.to_string();
        // Named, the device stays the same: kira looks for no other by itself, on a thread that nobody keeps quiet.
        let settings = |buffer_size| AudioManagerSettings::<CpalBackend> {
            backend_settings: CpalBackendSettings {
                device: Some(device.clone()),
                config: Some(StreamConfig {
                    buffer_size,
                    ..config
                }),
            },
            ..AudioManagerSettings::default()
        };
        let manager = AudioManager::new(settings(BufferSize::Fixed(BLOCK)))
            .or_else(|_| AudioManager::new(settings(BufferSize::Default)));
        let mut manager = manager.map_err(|error| format!("{name} cannot be opened: {error}"))?;
        manager
            .play(OneSource(sound))
            .map_err(|error| format!("{name} plays nothing: {error}"))?;
        Ok((Box::new(manager), name))
    }

    /// Whether there is a device at all.
    pub fn there_is_a_device() -> bool {
        let _quiet = quiet();
        default_device().is_ok()
    }

    fn default_device() -> Result<(cpal::Device, StreamConfig), String> {
        const NONE: &str = "this computer has no sound device";
        let host = cpal::default_host();
        let device = host.default_output_device().ok_or(NONE)?;
        // a device that is only a name: a machine without a sound card has one
        let config = device.default_output_config().map_err(|_| NONE)?;
        Ok((device, config.config()))
    }

    /// ALSA writes what it thinks of a missing device to standard error; from this thread it goes nowhere.
    #[cfg(target_os = "linux")]
    fn quiet() -> Option<impl Sized> {
        alsa::Output::local_error_handler().ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn quiet() {}

    /// A source as kira takes it.
    pub struct OneSource(pub LiveSound);

    impl SoundData for OneSource {
        type Error = ();
        type Handle = ();

        fn into_sound(self) -> Result<(Box<dyn Sound>, ()), ()> {
            Ok((Box::new(self), ()))
        }
    }

    /// Frames that are made at once.
    const AT_ONCE: usize = 128;

    impl Sound for OneSource {
        fn process(&mut self, out: &mut [kira::Frame], dt: f64, _: &Info) {
            for out in out.chunks_mut(AT_ONCE) {
                let mut frames = [[0.0f32; 2]; AT_ONCE];
                let frames = &mut frames[..out.len()];
                self.0.render(frames, 1.0 / dt);
                for (out, &[left, right]) in out.iter_mut().zip(frames.iter()) {
                    *out = kira::Frame { left, right };
                }
            }
        }

        fn finished(&self) -> bool {
            false
        }
    }

    #[cfg(test)]
    mod tests;
}
