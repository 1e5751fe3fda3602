//! When each stage of each pass is on, and which phase it is in.

use crate::stage_kind::StageKind;

/// A stretch of time in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// When it begins.
    pub start: f32,
    /// When it ends.
    pub end: f32,
}

impl Window {
    /// From, to.
    pub fn new(start: f32, end: f32) -> Self {
        Self { start, end }
    }

    /// How far it has passed at `s`, 0…1.
    pub fn progress(self, s: f32) -> f32 {
        if self.end <= self.start {
            return if s >= self.end { 1.0 } else { 0.0 };
        }
        ((s - self.start) / (self.end - self.start)).clamp(0.0, 1.0)
    }

    /// The part between two shares of it.
    pub fn part(self, from: f32, to: f32) -> Self {
        let length = self.end - self.start;
        Self {
            start: self.start + length * from,
            end: self.start + length * to,
        }
    }

    /// As a pair.
    pub fn pair(self) -> (f32, f32) {
        (self.start, self.end)
    }
}

/// The three phases of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Matrices arrive.
    Appear,
    /// Operations run.
    Compute,
    /// The result rests.
    Settle,
}

impl Phase {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Appear, Self::Compute, Self::Settle];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Appear => "appear",
            Self::Compute => "compute",
            Self::Settle => "settle",
        }
    }
}

/// One stage of one pass, on the clock of the show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Which pass (generated token), from 0.
    pub pass: usize,
    /// Its place in the pass's program, from 0.
    pub stage: usize,
    /// Which stage it is.
    pub kind: StageKind,
    /// Its block, if it belongs to one.
    pub block: Option<usize>,
    /// When it begins, in seconds of the show.
    pub start: f64,
    /// Seconds of the appear phase.
    pub appear: f32,
    /// Seconds of the compute phase.
    pub compute: f32,
    /// Seconds of the settle phase.
    pub settle: f32,
}

impl Segment {
    /// Whether it shows a whole block in summary.
    pub fn in_summary(&self) -> bool {
        self.kind.description().in_summary
    }

    /// Seconds altogether.
    pub fn duration(&self) -> f32 {
        self.appear + self.compute + self.settle
    }

    /// When it ends, in seconds of the show.
    pub fn end(&self) -> f64 {
        self.start + f64::from(self.duration())
    }

    /// When a phase is on, in seconds of the stage.
    pub fn window(&self, phase: Phase) -> Window {
        let computed = self.appear + self.compute;
        match phase {
            Phase::Appear => Window::new(0.0, self.appear),
            Phase::Compute => Window::new(self.appear, computed),
            Phase::Settle => Window::new(computed, computed + self.settle),
        }
    }

    /// The phase at `s` seconds of the stage.
    pub fn phase(&self, s: f32) -> Phase {
        if s < self.appear {
            Phase::Appear
        } else if s < self.appear + self.compute {
            Phase::Compute
        } else {
            Phase::Settle
        }
    }
}

/// The whole show on one clock.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    segments: Vec<Segment>,
}

impl Timeline {
    /// Appends a segment after the last one; its start follows from that.
    pub(crate) fn push(&mut self, segment: Segment) {
        let start = self.duration();
        self.segments.push(Segment { start, ..segment });
    }

    /// All segments in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Seconds of the whole show.
    pub fn duration(&self) -> f64 {
        self.segments.last().map_or(0.0, Segment::end)
    }

    /// The segment that is on at a time (clamped to the show), and the seconds since its begin.
    pub fn at(&self, time: f64) -> Option<(usize, f32)> {
        let next = self
            .segments
            .partition_point(|segment| segment.start <= time);
        let index = next.saturating_sub(1);
        let segment = self.segments.get(index)?;
        let s = (time - segment.start).clamp(0.0, f64::from(segment.duration()));
        Some((index, s as f32))
    }

    /// When the next stage begins after a time.
    pub fn next_stage(&self, time: f64) -> f64 {
        self.segments
            .iter()
            .map(|segment| segment.start)
            .find(|&start| start > time + 1e-6)
            .unwrap_or_else(|| self.duration())
    }

    /// When this stage began, or the one before if this one has only just begun (within half a second).
    pub fn previous_stage(&self, time: f64) -> f64 {
        self.segments
            .iter()
            .rev()
            .map(|segment| segment.start)
            .find(|&start| start < time - 0.5)
            .unwrap_or(0.0)
    }

    /// When the next pass begins after a time.
    pub fn next_pass(&self, time: f64) -> f64 {
        self.pass_starts()
            .find(|&start| start > time + 1e-6)
            .unwrap_or_else(|| self.duration())
    }

    /// When this pass began, or the one before if this one has only just begun (within half a second).
    pub fn previous_pass(&self, time: f64) -> f64 {
        let starts: Vec<f64> = self.pass_starts().collect();
        starts
            .into_iter()
            .rev()
            .find(|&start| start < time - 0.5)
            .unwrap_or(0.0)
    }

    fn pass_starts(&self) -> impl Iterator<Item = f64> + '_ {
        self.segments
            .iter()
            .filter(|segment| segment.stage == 0)
            .map(|segment| segment.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Timeline {
        let mut timeline = Timeline::default();
        for pass in 0..2 {
            for stage in 0..3 {
                timeline.push(Segment {
                    pass,
                    stage,
                    kind: StageKind::Characters,
                    block: None,
                    start: 0.0,
                    appear: 1.0,
                    compute: 2.0,
                    settle: 1.0,
                });
            }
        }
        timeline
    }

    #[test]
    fn stages_follow_one_another_and_are_found_by_time() {
        let timeline = timeline();
        assert_eq!(timeline.duration(), 24.0);
        assert_eq!(timeline.at(0.0), Some((0, 0.0)));
        assert_eq!(timeline.at(9.5), Some((2, 1.5)));
        assert_eq!(timeline.at(99.0), Some((5, 4.0)));
        assert_eq!(timeline.segments()[2].phase(1.5), Phase::Compute);
    }

    #[test]
    fn steps_go_to_begins_and_never_stick() {
        let timeline = timeline();
        assert_eq!(timeline.next_stage(0.0), 4.0);
        assert_eq!(timeline.next_stage(23.0), 24.0);
        assert_eq!(timeline.previous_stage(9.5), 8.0);
        assert_eq!(timeline.previous_stage(8.2), 4.0);
        assert_eq!(timeline.previous_stage(0.1), 0.0);
        assert_eq!(timeline.next_pass(0.0), 12.0);
        assert_eq!(timeline.previous_pass(12.1), 0.0);
    }
}
