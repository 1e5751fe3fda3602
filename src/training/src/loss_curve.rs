//! The loss curve as a picture: a small SVG, written by hand because it is two lines and a grid.

use std::fmt::Write;

use crate::history::History;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 460.0;
/// Space around the plot for its words: left, top, right, bottom.
const LEFT: f64 = 64.0;
const TOP: f64 = 54.0;
const RIGHT: f64 = 30.0;
const BOTTOM: f64 = 52.0;
const TRAINING: &str = "#2f72b8";
const VALIDATION: &str = "#c2571a";
/// What comes in this first share of the run is too steep to take part in the scale.
const STEEP_SHARE: f64 = 0.02;

/// What a curve says besides its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurveWords<'a> {
    /// The title, such as the name of the weights' file
    pub title: &'a str,
    /// Steps of one epoch
    pub steps_per_epoch: u64,
    /// Steps of the whole run; the axis ends there
    pub total_steps: u64,
}

/// The curve as an SVG document: training loss and loss on the text held out, in nats per token, over
/// epochs. Where nothing was recorded yet the plot is empty.
pub fn loss_curve(history: &History, words: CurveWords<'_>) -> String {
    let plot = Plot(Curve::new(history, words.total_steps));
    let mut svg = String::new();
    // a `String` takes everything
    let _ = plot.write(&mut svg, history, words);
    svg
}

/// From steps and losses to places in a plot, both from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    steps: f64,
    lowest: f64,
    highest: f64,
}

impl Curve {
    /// For a run of so many steps. The steep beginning may lie above the plot.
    pub fn new(history: &History, total_steps: u64) -> Self {
        let steps = total_steps.max(1) as f64;
        let steep = (steps * STEEP_SHARE) as u64;
        let training = history.training_points().iter().map(|p| (p.step, p.loss));
        let validation = history.validation_points().iter();
        let validation = validation.map(|p| (p.step, p.loss));
        let all: Vec<(u64, f64)> = training.chain(validation).collect();
        let lowest = all.iter().fold(f64::INFINITY, |low, p| low.min(p.1));
        // nothing is left out while there is nothing but the beginning
        let shown = |steep: u64| all.iter().filter(move |p| p.0 >= steep);
        let steep = if shown(steep).count() > 1 { steep } else { 0 };
        let highest = shown(steep).fold(lowest, |high, p| high.max(p.1));
        let (lowest, highest) = match lowest.is_finite() {
            true => (lowest, highest),
            false => (0.0, 1.0),
        };
        let room = (0.06 * (highest - lowest)).max(0.01);
        Self {
            steps,
            lowest: (lowest - room).max(0.0),
            highest: highest + room,
        }
    }

    /// The loss at the plot's bottom.
    pub fn lowest(&self) -> f64 {
        self.lowest
    }

    /// The loss at the plot's top.
    pub fn highest(&self) -> f64 {
        self.highest
    }

    /// How far a step lies to the right.
    pub fn across(&self, step: f64) -> f64 {
        step / self.steps
    }

    /// How far a loss lies below the top; negative above it.
    pub fn down(&self, loss: f64) -> f64 {
        (self.highest - loss) / (self.highest - self.lowest)
    }
}

/// The curve on its sheet.
struct Plot(Curve);

impl Plot {
    fn x(&self, step: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * self.0.across(step)
    }

    fn y(&self, loss: f64) -> f64 {
        TOP + (HEIGHT - TOP - BOTTOM) * self.0.down(loss)
    }

    fn write(
        &self,
        svg: &mut String,
        history: &History,
        words: CurveWords<'_>,
    ) -> std::fmt::Result {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Inter, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<clipPath id="plot"><rect x="{LEFT}" y="{TOP}" width="{}" height="{}"/></clipPath>
<text x="{LEFT}" y="26" font-size="17" fill="#1c2230">{}</text>"##,
            right - LEFT,
            bottom - TOP,
            escaped(words.title)
        )?;
        writeln!(svg, r##"<g stroke="#d8dce6" fill="#5a6376">"##)?;
        for loss in ticks(self.0.lowest(), self.0.highest(), 7) {
            let y = self.y(loss);
            writeln!(
                svg,
                r##"<path d="M{LEFT} {y:.1}H{right}"/><text stroke="none" x="{}" y="{:.1}" text-anchor="end">{loss:.2}</text>"##,
                LEFT - 8.0,
                y + 4.5
            )?;
        }
        let per_epoch = words.steps_per_epoch.max(1) as f64;
        for epoch in ticks(0.0, words.total_steps as f64 / per_epoch, 10) {
            let x = self.x(epoch * per_epoch);
            let decimals = usize::from(epoch.fract() > 1e-9);
            writeln!(
                svg,
                r##"<path d="M{x:.1} {TOP}V{bottom}"/><text stroke="none" x="{x:.1}" y="{}" text-anchor="middle">{epoch:.decimals$}</text>"##,
                bottom + 19.0
            )?;
        }
        writeln!(
            svg,
            r##"<text stroke="none" x="{right}" y="{}" text-anchor="end">epochs</text><text stroke="none" x="{LEFT}" y="{}">nats per token</text>
</g>"##,
            bottom + 38.0,
            TOP - 9.0
        )?;
        let training = history.training_points().iter();
        let training: Vec<_> = training.map(|p| (p.step, p.loss)).collect();
        let validation = history.validation_points().iter();
        let validation: Vec<_> = validation.map(|p| (p.step, p.loss)).collect();
        self.line(svg, &training, TRAINING, 1.2)?;
        self.line(svg, &validation, VALIDATION, 2.0)?;
        let mut legend_x = right;
        for (name, points, colour) in [
            ("held out", &validation, VALIDATION),
            ("training", &training, TRAINING),
        ] {
            let last = points
                .last()
                .map_or(String::new(), |(_, loss)| format!(" {loss:.4}"));
            writeln!(
                svg,
                r##"<text x="{legend_x}" y="26" text-anchor="end" fill="{colour}">{name}{last}</text>"##
            )?;
            legend_x -= 150.0;
        }
        writeln!(svg, "</svg>")
    }

    fn line(
        &self,
        svg: &mut String,
        points: &[(u64, f64)],
        colour: &str,
        width: f64,
    ) -> std::fmt::Result {
        if points.is_empty() {
            return Ok(());
        }
        write!(
            svg,
            r##"<polyline clip-path="url(#plot)" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round" points=""##
        )?;
        for &(step, loss) in points {
            write!(svg, "{:.1},{:.1} ", self.x(step as f64), self.y(loss))?;
        }
        writeln!(svg, r#""/>"#)
    }
}

/// Round numbers from `from` to `to`, about `most` of them, never more than twice as many.
pub fn ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let span = to - from;
    if !(span > 0.0 && span.is_finite()) {
        return vec![from];
    }
    let rough = span / most.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    let step = step
        .into_iter()
        .find(|&step| step >= rough)
        .unwrap_or(10.0 * power);
    let first = (from / step).ceil() as i64;
    let last = (to / step).floor() as i64;
    (first..=last).map(|tick| tick as f64 * step).collect()
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::cross_entropy::Score;

    const WORDS: CurveWords<'static> = CurveWords {
        title: "a < b & c.npz",
        steps_per_epoch: 10,
        total_steps: 100,
    };

    fn history(steps: u64) -> History {
        let mut history = History::new(100);
        for step in 1..=steps {
            history.step(step, 4.0 - 0.02 * step as f64);
            if step % 10 == 0 {
                let loss = (4.2 - 0.02 * step as f64) * 50.0;
                history.validation(
                    step,
                    Score {
                        loss,
                        correct: 20,
                        tokens: 50,
                    },
                );
            }
        }
        history
    }

    /// The places of a line of this colour.
    fn places(svg: &str, colour: &str) -> Vec<(f64, f64)> {
        let line = svg
            .lines()
            .find(|line| line.contains("polyline") && line.contains(colour));
        let (_, points) = line.unwrap().split_once("points=\"").unwrap();
        let places = points.trim_end_matches("\"/>").split_whitespace();
        places
            .map(|place| {
                let (x, y) = place.split_once(',').unwrap();
                (x.parse().unwrap(), y.parse().unwrap())
            })
            .collect()
    }

    #[test]
    fn lines_go_where_the_losses_are() {
        let svg = loss_curve(&history(100), WORDS);
        assert!(svg.contains("a &lt; b &amp; c.npz"));
        assert!(
            svg.contains("held out 2.2000") && svg.contains("training 2.0000"),
            "{svg}"
        );
        let (training, validation) = (places(&svg, TRAINING), places(&svg, VALIDATION));
        assert_eq!((training.len(), validation.len()), (100, 10));
        // equal steps, equal falls
        for line in [&training, &validation] {
            for pair in line.windows(2) {
                let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                let slope = (training[99].1 - training[0].1) / (training[99].0 - training[0].0);
                assert!((dy / dx - slope).abs() < 0.05, "{dx} {dy}");
            }
        }
        // the run's end stands at the right, the line held out above the other
        assert!((training[99].0 - (WIDTH - RIGHT)).abs() < 0.1);
        assert!(validation[9].1 < training[99].1);
    }

    #[test]
    fn a_run_that_has_not_begun_has_an_empty_plot() {
        let svg = loss_curve(&History::new(100), WORDS);
        assert!(svg.ends_with("</svg>\n") && !svg.contains("polyline"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn half_a_run_ends_in_the_middle() {
        let places = places(&loss_curve(&history(50), WORDS), TRAINING);
        let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
        assert!((places[49].0 - middle).abs() < 0.1);
    }

    proptest! {
        #[test]
        fn ticks_are_even_round_and_within(from in -50.0_f64..50.0, span in 1e-4_f64..1e6, most in 2_usize..12) {
            let ticks = ticks(from, from + span, most);
            prop_assert!(ticks.len() <= most + 1);
            prop_assert!(ticks.len() + 1 >= most / 3, "{ticks:?}");
            for pair in ticks.windows(3) {
                prop_assert!(((pair[1] - pair[0]) - (pair[2] - pair[1])).abs() < 1e-9 * span.max(50.0));
            }
            prop_assert!(ticks.iter().all(|&t| t >= from - 1e-9 * span.max(50.0) && t <= from + span * (1.0 + 1e-9) + 1e-9));
        }
    }
}
