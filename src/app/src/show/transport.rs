//! The show's clock. Everything reads it; only these systems and methods write it.

use bevy::prelude::*;

use crate::sets::OrrerySystems;

use super::current::CurrentShow;

/// Slowest speed.
pub const SLOWEST: f64 = 0.1;
/// Fastest speed.
pub const FASTEST: f64 = 10.0;

/// Where the show stands and how fast it goes.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Transport {
    /// Seconds of the show.
    pub time: f64,
    /// Seconds of the show in one second.
    pub speed: f64,
    /// Whether it goes.
    pub playing: bool,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            time: 0.0,
            speed: 1.0,
            playing: true,
        }
    }
}

impl Transport {
    /// Goes to a time; a pause stays a pause.
    pub fn seek(&mut self, time: f64, duration: f64) {
        self.time = time.clamp(0.0, duration);
    }

    /// Plays or pauses; at the end of the show it plays from the beginning.
    pub fn toggle(&mut self, duration: f64) {
        if !self.playing && self.time >= duration {
            self.time = 0.0;
        }
        self.playing = !self.playing;
    }

    /// Sets the speed, within its bounds.
    pub fn set_speed(&mut self, speed: f64) {
        self.speed = speed.clamp(SLOWEST, FASTEST);
    }

    /// The next faster (or slower) of the usual speeds.
    pub fn step_speed(&mut self, faster: bool) {
        const STEPS: [f64; 11] = [0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0];
        let next = if faster {
            STEPS.into_iter().find(|&step| step > self.speed + 1e-6)
        } else {
            STEPS
                .into_iter()
                .rev()
                .find(|&step| step < self.speed - 1e-6)
        };
        self.set_speed(next.unwrap_or(self.speed));
    }

    /// Moves on by real seconds; stops at the end of the show.
    pub fn advance(&mut self, seconds: f64, duration: f64) {
        if !self.playing {
            return;
        }
        self.time = (self.time + seconds * self.speed).min(duration);
        if self.time >= duration {
            self.playing = false;
        }
    }
}

/// Lets the clock go with real time. A film or a still adds no such plugin and sets the time itself.
pub struct RealTimePlugin;

impl Plugin for RealTimePlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, go.in_set(OrrerySystems::Transport));
    }
}

/// A frame that took longer than this (the window was dragged, the machine slept) does not make the
/// show skip ahead.
const LONGEST_FRAME: f64 = 1.0;

fn go(
    time: Res<Time<Real>>,
    show: Option<Res<CurrentShow>>,
    mut transport: ResMut<Transport>,
    mut played_before: Local<bool>,
) {
    let Some(show) = show else {
        return;
    };
    // What passed since the last frame belongs to the pause if that is where it began: a paused
    // window rests for seconds between frames. Compared before the clock is borrowed mutably, so
    // that a pause does not look like a change.
    let played = std::mem::replace(&mut *played_before, transport.playing);
    if transport.playing && played {
        let passed = time.delta_secs_f64().min(LONGEST_FRAME);
        transport.advance(passed, show.duration());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_holds_the_clock_and_seeking_keeps_the_pause() {
        let mut transport = Transport::default();
        transport.advance(2.0, 10.0);
        transport.toggle(10.0);
        transport.advance(2.0, 10.0);
        assert_eq!(transport.time, 2.0);
        transport.seek(7.0, 10.0);
        assert!(!transport.playing);
        assert_eq!(transport.time, 7.0);
    }

    #[test]
    fn the_show_stops_at_its_end_and_plays_again_from_the_beginning() {
        let mut transport = Transport::default();
        transport.advance(99.0, 10.0);
        assert_eq!((transport.time, transport.playing), (10.0, false));
        transport.toggle(10.0);
        assert_eq!((transport.time, transport.playing), (0.0, true));
    }

    #[test]
    fn speed_steps_stay_within_bounds() {
        let mut transport = Transport::default();
        for _ in 0..20 {
            transport.step_speed(true);
        }
        assert_eq!(transport.speed, FASTEST);
        for _ in 0..20 {
            transport.step_speed(false);
        }
        assert_eq!(transport.speed, SLOWEST);
    }
}
