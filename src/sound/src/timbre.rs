//! The instruments: what each timbre is made of. A timbre is a few numbers for one of the
//! [sources](crate::voice); the arithmetic of the sources does not live here.

use serde::{Deserialize, Serialize};

use crate::voice::{Band, Envelope, Patch, Source};

/// Declares the timbres, and the list of all of them.
macro_rules! timbres {
    ($($(#[doc = $words:literal])+ $name:ident,)+) => {
        /// An instrument. The first group are the micro-sounds of cells, the second the music's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Timbre {
            $($(#[doc = $words])+ $name,)+
        }

        impl Timbre {
            /// All of them.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];

            /// Its name in lower case: `sine-blip`.
            pub fn name(self) -> String {
                let name = match self { $(Self::$name => stringify!($name),)+ };
                let mut out = String::new();
                for letter in name.chars() {
                    if letter.is_uppercase() && !out.is_empty() {
                        out.push('-');
                    }
                    out.extend(letter.to_lowercase());
                }
                out
            }
        }
    };
}

timbres! {
    /// A prick: one short ping.
    Needle,
    /// A dry click with a pitch.
    Click,
    /// A pure tone that dies away.
    SineBlip,
    /// A hard tone of two operators, as of a modem.
    DataTone,
    /// A burst of white noise.
    WhiteBurst,
    /// A tone that glides up by two octaves.
    Sweep,
    /// A tone that glides down.
    Fall,
    /// A string that is plucked.
    Pluck,
    /// A glass bell: partials that do not fit.
    Bell,
    /// Two tones a fifth apart.
    Dyad,
    /// Air around a pitch.
    Breath,
    /// A discharge: modulation that collapses.
    Zap,
    /// A latch that closes: a short low knock.
    Latch,
    /// A soft tone that swells and fades, for the rests of a stage.
    Glow,
    /// Bass drum.
    Kick,
    /// Closed hi-hat.
    Hat,
    /// Open hi-hat.
    OpenHat,
    /// Beaten metal.
    Metal,
    /// Hand clap.
    Clap,
    /// Bass of two operators.
    Bass,
    /// Deep drone.
    Sub,
    /// Pad of detuned saws.
    Pad,
    /// Noise that rises to what comes.
    Riser,
    /// A tone that rises without end.
    Shepard,
    /// An electrical impulse.
    Impulse,
    /// Soft lead of a calmer music.
    Air,
}

impl Timbre {
    /// The micro-sounds of cells.
    pub fn micro_sounds() -> &'static [Self] {
        let music = Self::ALL.iter().position(|&timbre| timbre == Self::Kick);
        ALL_TIMBRES.split_at(music.unwrap_or(ALL_TIMBRES.len())).0
    }

    /// What it is made of.
    pub fn patch(self) -> Patch {
        use Source as S;
        let struck = |attack: f32, source: Source, gain: f32| Patch {
            source,
            envelope: Envelope::Struck { attack },
            gain,
        };
        let held = |attack: f32, release: f32, source: Source, gain: f32| Patch {
            source,
            envelope: Envelope::Held { attack, release },
            gain,
        };
        match self {
            Self::Needle => struck(0.0004, S::sine(0.0, 0.01), 1.0),
            Self::Click => struck(
                0.0004,
                S::Fm {
                    ratio: 0.5,
                    index: 1.2,
                    fade: 0.003,
                    drop: 1.0,
                    drop_time: 0.002,
                },
                0.9,
            ),
            Self::SineBlip => struck(0.002, S::sine(0.0, 0.01), 0.8),
            Self::DataTone => held(
                0.001,
                0.004,
                S::Fm {
                    ratio: 1.0,
                    index: 1.6,
                    fade: 10.0,
                    drop: 0.0,
                    drop_time: 0.01,
                },
                0.6,
            ),
            Self::WhiteBurst => struck(
                0.0005,
                S::Noise {
                    band: Band::White,
                    q: 0.7,
                    sweep: 0.0,
                },
                0.7,
            ),
            Self::Sweep => held(0.01, 0.03, S::Glide { octaves: 2.0 }, 0.7),
            Self::Fall => held(0.006, 0.03, S::Glide { octaves: -1.5 }, 0.7),
            Self::Pluck => struck(
                0.001,
                S::Partials {
                    ratios: [1.0, 2.0, 3.0, 4.0],
                    gains: [0.55, 0.28, 0.16, 0.08],
                    bright: 2.5,
                },
                1.0,
            ),
            Self::Bell => struck(
                0.0015,
                S::Partials {
                    ratios: [1.0, 2.756, 5.404, 8.933],
                    gains: [0.5, 0.3, 0.18, 0.07],
                    bright: 1.2,
                },
                1.0,
            ),
            Self::Dyad => struck(
                0.012,
                S::Partials {
                    ratios: [0.5, 0.75, 1.0, 1.5],
                    gains: [0.4, 0.34, 0.2, 0.08],
                    bright: 0.5,
                },
                1.0,
            ),
            Self::Breath => held(
                0.05,
                0.08,
                S::Noise {
                    band: Band::Pass,
                    q: 9.0,
                    sweep: 0.0,
                },
                2.2,
            ),
            Self::Zap => struck(
                0.0006,
                S::Fm {
                    ratio: 2.41,
                    index: 5.0,
                    fade: 0.012,
                    drop: 1.2,
                    drop_time: 0.01,
                },
                0.7,
            ),
            Self::Latch => struck(
                0.0008,
                S::Fm {
                    ratio: 1.37,
                    index: 2.2,
                    fade: 0.006,
                    drop: 0.8,
                    drop_time: 0.008,
                },
                1.0,
            ),
            Self::Glow => held(
                0.12,
                0.35,
                S::Partials {
                    ratios: [1.0, 2.0, 3.0, 1.5],
                    gains: [0.5, 0.2, 0.08, 0.16],
                    bright: 0.3,
                },
                0.9,
            ),
            Self::Kick => struck(0.0008, S::sine(3.2, 0.028), 1.0),
            Self::Hat => struck(
                0.0004,
                S::Noise {
                    band: Band::High,
                    q: 0.8,
                    sweep: 0.0,
                },
                0.5,
            ),
            Self::OpenHat => struck(
                0.001,
                S::Noise {
                    band: Band::High,
                    q: 0.9,
                    sweep: 0.0,
                },
                0.5,
            ),
            Self::Metal => struck(
                0.0006,
                S::Partials {
                    ratios: [1.0, 1.483, 2.114, 2.731],
                    gains: [0.4, 0.35, 0.3, 0.25],
                    bright: 0.6,
                },
                0.9,
            ),
            Self::Clap => struck(
                0.001,
                S::Noise {
                    band: Band::Pass,
                    q: 1.4,
                    sweep: 0.0,
                },
                1.6,
            ),
            Self::Bass => struck(
                0.003,
                S::Fm {
                    ratio: 1.0,
                    index: 3.4,
                    fade: 0.09,
                    drop: 0.0,
                    drop_time: 0.01,
                },
                0.8,
            ),
            Self::Sub => held(0.02, 0.08, S::sine(0.0, 0.01), 0.8),
            Self::Pad => held(
                0.25,
                0.5,
                S::Saws {
                    spread: 0.006,
                    cutoff: 3.0,
                },
                0.5,
            ),
            Self::Riser => held(
                0.6,
                0.03,
                S::Noise {
                    band: Band::Pass,
                    q: 1.6,
                    sweep: 3.5,
                },
                1.0,
            ),
            Self::Shepard => held(0.5, 0.5, S::Shepard { octaves: 1.0 }, 0.6),
            Self::Impulse => struck(
                0.0003,
                S::Fm {
                    ratio: 3.5,
                    index: 3.0,
                    fade: 0.002,
                    drop: 2.0,
                    drop_time: 0.002,
                },
                0.8,
            ),
            Self::Air => held(
                0.06,
                0.4,
                S::Partials {
                    ratios: [1.0, 2.0, 3.0, 5.0],
                    gains: [0.6, 0.16, 0.06, 0.02],
                    bright: 0.8,
                },
                0.8,
            ),
        }
    }

    /// Pitches in Hz within which it sounds as it should; what lies beyond is bent to the nearer end.
    pub fn range(self) -> (f32, f32) {
        match self {
            Self::Needle => (300.0, 5_200.0),
            Self::Click => (150.0, 3_600.0),
            Self::DataTone => (80.0, 2_400.0),
            Self::Sweep => (60.0, 3_000.0),
            Self::Bell => (80.0, 1_500.0),
            Self::Zap | Self::Latch => (50.0, 1_200.0),
            Self::Impulse => (100.0, 1_500.0),
            Self::Pluck | Self::Air => (40.0, 3_000.0),
            Self::Metal => (100.0, 4_500.0),
            Self::Hat | Self::OpenHat => (3_000.0, 12_000.0),
            Self::Pad => (20.0, 700.0),
            Self::Bass | Self::Kick | Self::Sub => (20.0, 400.0),
            Self::Shepard => (20.0, 120.0),
            _ => (30.0, 5_000.0),
        }
    }
}

/// [`Timbre::ALL`] where a slice of it is wanted.
static ALL_TIMBRES: [Timbre; Timbre::ALL.len()] = Timbre::ALL;
