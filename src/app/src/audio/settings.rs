//! What a user has set: volumes, mute, solo, music.

use bevy::prelude::*;
use orrery_sound::{Levels, Style};
use serde::{Deserialize, Serialize};

/// One part that is heard alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solo {
    /// The sounds of what happens.
    Events,
    /// The music.
    Music,
}

/// How loud what is. Volumes are 0 … 1 on a slider; their squares are the factors.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SoundSettings {
    /// Nothing is heard.
    pub muted: bool,
    /// Of all.
    pub volume: f32,
    /// Of the sounds of what happens.
    pub events: f32,
    /// Of the music.
    pub music: f32,
    /// Of buttons and keys.
    pub interface: f32,
    /// What alone is heard.
    pub solo: Option<Solo>,
    /// Which music.
    pub style: Style,
}

impl Default for SoundSettings {
    fn default() -> Self {
        Self {
            muted: false,
            volume: 0.8,
            events: 1.0,
            music: 1.0,
            interface: 0.5,
            solo: None,
            style: Style::default(),
        }
    }
}

impl SoundSettings {
    /// What a file may hold, made usable: numbers that are none, or out of range, are as they are at first.
    pub fn sane(self) -> Self {
        let usual = Self::default();
        let volume = |value: f32, usual: f32| {
            if (0.0..=1.0).contains(&value) {
                value
            } else {
                usual
            }
        };
        Self {
            volume: volume(self.volume, usual.volume),
            events: volume(self.events, usual.events),
            music: volume(self.music, usual.music),
            interface: volume(self.interface, usual.interface),
            ..self
        }
    }

    /// As the mixer wants it.
    pub fn levels(&self) -> Levels {
        let square = |volume: f32| volume * volume;
        let alone = |part: Solo| match self.solo {
            Some(solo) if solo != part => 0.0,
            _ => 1.0,
        };
        Levels {
            events: square(self.events) * alone(Solo::Events),
            music: square(self.music) * alone(Solo::Music),
            master: if self.muted { 0.0 } else { square(self.volume) },
        }
    }

    /// The factor for sounds of the interface.
    pub fn interface_level(&self) -> f32 {
        if self.muted {
            0.0
        } else {
            self.interface * self.interface * self.volume * self.volume
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mute_and_solo_do_what_they_say() {
        let settings = SoundSettings::default();
        assert!(settings.levels().master > 0.5);
        let muted = SoundSettings {
            muted: true,
            ..settings
        };
        assert_eq!((muted.levels().master, muted.interface_level()), (0.0, 0.0));
        let alone = SoundSettings {
            solo: Some(Solo::Music),
            ..settings
        };
        assert_eq!((alone.levels().events, alone.levels().music), (0.0, 1.0));
        let odd = SoundSettings {
            volume: f32::NAN,
            music: 7.0,
            ..settings
        }
        .sane();
        assert_eq!(odd, settings);
    }
}
