//! The show's clock. Everything reads it; it is written through its own actions alone.

use bevy::prelude::*;

use crate::sets::OrrerySystems;

use super::current::CurrentShow;

/// Slowest speed.
pub const SLOWEST: f64 = 0.1;
/// Fastest speed.
pub const FASTEST: f64 = 10.0;
/// Frames in one second of the show, where a user steps from frame to frame.
const STEPS_PER_SECOND: f64 = 30.0;

/// Where in the show we are, and how fast it goes.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Transport {
    time: f64,
    speed: f64,
    playing: bool,
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
    /// A clock that does not go by itself: for pictures, and for films, which set it frame by frame.
    pub fn paused() -> Self {
        Self {
            playing: false,
            ..Self::default()
        }
    }

    /// Seconds of the show.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Seconds of the show in one second.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether it goes.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Plays from the beginning.
    pub fn begin(&mut self) {
        self.time = 0.0;
        self.playing = true;
    }

    /// Plays, or pauses.
    pub fn set_playing(&mut self, playing: bool) {
        self.playing = playing;
    }

    /// Plays or pauses; at the end of the show it plays from the beginning.
    pub fn toggle(&mut self, duration: f64) {
        if !self.playing && self.time >= duration {
            self.time = 0.0;
        }
        self.playing = !self.playing;
    }

    /// Goes to a time; a pause stays a pause.
    pub fn seek(&mut self, time: f64, duration: f64) {
        self.time = time.clamp(0.0, duration);
    }

    /// Goes to a frame of a recording. The time comes from the frame's number and is never summed, so
    /// that no error grows over a long film.
    pub fn seek_to_frame(&mut self, frame: u64, frames_per_second: u32, duration: f64) {
        self.seek(frame as f64 / f64::from(frames_per_second.max(1)), duration);
    }

    /// Pauses at the next whole frame (30 in a second), or at the one before.
    pub fn step(&mut self, forward: bool, duration: f64) {
        // less than a frame, more than what rounding takes away
        const A_LITTLE: f64 = 1e-6;
        let frame = self.time * STEPS_PER_SECOND;
        let next = if forward {
            (frame + A_LITTLE).floor() + 1.0
        } else {
            (frame - A_LITTLE).ceil() - 1.0
        };
        self.playing = false;
        self.seek(next / STEPS_PER_SECOND, duration);
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
    fn advance(&mut self, seconds: f64, duration: f64) {
        if !self.playing {
            return;
        }
        self.time = (self.time + seconds * self.speed).min(duration);
        if self.time >= duration {
            self.playing = false;
        }
    }
}

/// Lets the clock go with real time. Stills and films add no such plugin and set the time themselves.
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
        assert_eq!(transport.time(), 2.0);
        transport.seek(7.0, 10.0);
        assert!(!transport.is_playing());
        assert_eq!(transport.time(), 7.0);
    }

    #[test]
    fn the_show_stops_at_its_end_and_plays_again_from_the_beginning() {
        let mut transport = Transport::default();
        transport.advance(99.0, 10.0);
        assert_eq!((transport.time(), transport.is_playing()), (10.0, false));
        transport.toggle(10.0);
        assert_eq!((transport.time(), transport.is_playing()), (0.0, true));
    }

    #[test]
    fn steps_go_from_whole_frame_to_whole_frame() {
        let mut transport = Transport::default();
        transport.seek(5.01, 10.0);
        let mut step = |forward| {
            transport.step(forward, 10.0);
            assert!(!transport.is_playing());
            (transport.time() * 30.0 * 1e6).round() / 1e6
        };
        let frames = [true, true, false, false, false].map(&mut step);
        assert_eq!(frames, [151.0, 152.0, 151.0, 150.0, 149.0]);
        transport.step(false, 0.0);
        assert_eq!(transport.time(), 0.0);
    }

    #[test]
    fn the_time_of_a_recorded_frame_comes_from_its_number() {
        let mut transport = Transport::paused();
        for (frame, frames_per_second) in [(0, 60), (1, 30), (1_000_003, 60), (77, 24)] {
            transport.seek_to_frame(frame, frames_per_second, 1e9);
            let time = frame as f64 / f64::from(frames_per_second);
            assert_eq!(transport.time().to_bits(), time.to_bits());
        }
        transport.seek_to_frame(999, 30, 10.0);
        assert_eq!(transport.time(), 10.0);
    }

    #[test]
    fn speed_steps_stay_within_bounds() {
        let mut transport = Transport::default();
        for _ in 0..20 {
            transport.step_speed(true);
        }
        assert_eq!(transport.speed(), FASTEST);
        for _ in 0..20 {
            transport.step_speed(false);
        }
        assert_eq!(transport.speed(), SLOWEST);
    }
}
