//! How fast frames are drawn and what a frame costs.

use std::{
    fmt,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::process::{CpuTime, cpu_time, peak_memory};

/// Counts frames from its making to its report.
#[derive(Clone, Copy, Debug)]
pub struct Measurement {
    start: Instant,
    cpu: Option<CpuTime>,
    frames: u32,
}

impl Measurement {
    /// Starts measuring now.
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
            cpu: cpu_time(),
            frames: 0,
        }
    }

    /// One more frame has been drawn.
    pub fn count_frame(&mut self) {
        self.frames += 1;
    }

    /// How long it has been measuring.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// What the frames so far have cost on average.
    pub fn report(&self) -> FrameReport {
        let elapsed = self.elapsed();
        let frames = self.frames.max(1);
        let spent = self.cpu.and_then(|before| Some(cpu_time()?.since(before)));
        let per_frame = |time: Duration| time.as_secs_f64() * 1e3 / f64::from(frames);
        FrameReport {
            frames: self.frames,
            seconds: elapsed.as_secs_f64(),
            frames_per_second: f64::from(self.frames) / elapsed.as_secs_f64(),
            milliseconds_per_frame: per_frame(elapsed),
            rasterizer_milliseconds: spent.map(|spent| per_frame(spent.rasterizer)),
            presenting_milliseconds: None,
            other_milliseconds: spent.map(|spent| per_frame(spent.elsewhere)),
            peak_memory_bytes: peak_memory(),
        }
    }
}

/// What a number of frames have cost. A figure that the system does not tell is none.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FrameReport {
    /// Frames that were counted.
    pub frames: u32,
    /// Seconds from start to report.
    pub seconds: f64,
    /// Frames per second.
    pub frames_per_second: f64,
    /// Milliseconds from frame to frame.
    pub milliseconds_per_frame: f64,
    /// CPU milliseconds per frame in the software rasterizer's threads.
    pub rasterizer_milliseconds: Option<f64>,
    /// CPU milliseconds per frame spent in handing the picture to the window system; none without a window.
    pub presenting_milliseconds: Option<f64>,
    /// CPU milliseconds per frame in all other threads, without the presenting.
    pub other_milliseconds: Option<f64>,
    /// The most memory that the process has held, in bytes.
    pub peak_memory_bytes: Option<u64>,
}

impl FrameReport {
    /// The same with what the presenting has cost altogether, which was counted among all else.
    pub fn with_presenting(self, presenting: Duration) -> Self {
        let per_frame = presenting.as_secs_f64() * 1e3 / f64::from(self.frames.max(1));
        Self {
            presenting_milliseconds: Some(per_frame),
            other_milliseconds: self
                .other_milliseconds
                .map(|all| (all - per_frame).max(0.0)),
            ..self
        }
    }
}

impl fmt::Display for FrameReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |figure: Option<f64>| {
            figure.map_or_else(
                || "not available".into(),
                |figure| format!("{figure:.2} ms"),
            )
        };
        writeln!(
            formatter,
            "{:.1} frames/s ({:.2} ms a frame, {} frames in {:.1} s)",
            self.frames_per_second, self.milliseconds_per_frame, self.frames, self.seconds
        )?;
        write!(
            formatter,
            "CPU a frame: {} in the rasterizer, ",
            milliseconds(self.rasterizer_milliseconds)
        )?;
        if self.presenting_milliseconds.is_some() {
            write!(
                formatter,
                "{} in handing it to the window system, ",
                milliseconds(self.presenting_milliseconds)
            )?;
        }
        writeln!(
            formatter,
            "{} elsewhere",
            milliseconds(self.other_milliseconds)
        )?;
        match self.peak_memory_bytes {
            Some(bytes) => write!(
                formatter,
                "peak memory: {:.0} MB",
                bytes as f64 / 1_000_000.0
            ),
            None => write!(formatter, "peak memory: not available"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_over_the_counted_frames() {
        let mut measurement = Measurement::start();
        for _ in 0..10 {
            measurement.count_frame();
        }
        let report = measurement.report();
        assert_eq!(report.frames, 10);
        assert!((report.frames_per_second * report.seconds - 10.0).abs() < 1e-6);
    }

    #[test]
    fn says_what_is_not_available() {
        let report = FrameReport {
            frames: 100,
            seconds: 2.0,
            frames_per_second: 50.0,
            milliseconds_per_frame: 20.0,
            rasterizer_milliseconds: None,
            presenting_milliseconds: None,
            other_milliseconds: Some(1.5),
            peak_memory_bytes: None,
        };
        let text = report.to_string();
        assert!(text.contains("50.0 frames/s"), "{text}");
        assert!(
            text.contains("not available in the rasterizer, 1.50 ms elsewhere"),
            "{text}"
        );
        assert!(text.contains("peak memory: not available"), "{text}");
        let text = report
            .with_presenting(Duration::from_millis(50))
            .to_string();
        assert!(
            text.contains("0.50 ms in handing it to the window system, 1.00 ms elsewhere"),
            "{text}"
        );
    }
}
