//! What a script says of itself.

use rhai::{Dynamic, Map};

/// What a script says of itself in its function `about`.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// Its name on screen.
    pub name: String,
    /// What it is good for, in a sentence.
    pub help: String,
    /// Whether cells stay above their usual places: words, copies and camera are then the stage's own.
    pub stays: bool,
    /// From where the camera looks, in radians: to the side, from above.
    pub angles: (f32, f32),
    /// Shares of the stage at which places are asked for; between them cells move.
    pub times: Vec<f32>,
}

/// Key times of a script, at most.
const MOST_TIMES: usize = 8;

fn number(value: &Dynamic) -> Option<f32> {
    let whole = value.as_int().ok().map(|n| n as f32);
    value.as_float().ok().or(whole).filter(|n| n.is_finite())
}

impl About {
    /// When it says nothing.
    pub(crate) fn unsaid(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            help: String::new(),
            stays: false,
            angles: (-0.16, 0.10),
            times: vec![0.0],
        }
    }

    /// Reads what it says; what is wrong, in words.
    pub(crate) fn read(name: &str, said: &Map) -> Result<Self, String> {
        let mut about = Self::unsaid(name);
        for (key, value) in said {
            let wrong = |wanted: &str| format!("about(): '{key}' must be {wanted}");
            match key.as_str() {
                "name" => {
                    about.name = value.clone().into_string().map_err(|_| wrong("a text"))?;
                }
                "help" => {
                    about.help = value.clone().into_string().map_err(|_| wrong("a text"))?;
                }
                "stays" => about.stays = value.as_bool().map_err(|_| wrong("true or false"))?,
                "turn" => about.angles.0 = number(value).ok_or_else(|| wrong("a number"))?,
                "above" => about.angles.1 = number(value).ok_or_else(|| wrong("a number"))?,
                "times" => {
                    let all = value.clone().into_array().map_err(|_| wrong("a list"))?;
                    let times: Option<Vec<f32>> = all.iter().map(number).collect();
                    let times = times.filter(|times| {
                        let inside = times.iter().all(|time| (0.0..=1.0).contains(time));
                        let rising = times.windows(2).all(|pair| pair[0] < pair[1]);
                        inside && rising && (1..=MOST_TIMES).contains(&times.len())
                    });
                    about.times =
                        times.ok_or_else(|| wrong("1 to 8 rising numbers from 0 to 1"))?;
                }
                _ => {
                    return Err(format!(
                        "about(): there is no '{key}'; there are name, help, stays, turn, above, times"
                    ));
                }
            }
        }
        about.angles = (
            about.angles.0.clamp(-1.4, 1.4),
            about.angles.1.clamp(-1.2, 1.4),
        );
        Ok(about)
    }
}
