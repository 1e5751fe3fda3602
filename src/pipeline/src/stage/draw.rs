//! From the last row of logits to the next token: temperature, top-k and top-p, softmax, the draw.

use crate::bounds::Bounds;
use glam::Vec3;
use orrery_model::TensorId;

use super::StageDescription;
use super::labels::{shortened, visible_token};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::label::{Label, LabelKind};
use crate::motion::Wave;
use crate::operand::{Operand, SamplingTensor};
use crate::operation::{BAR_HEIGHT, STRIP_HEIGHT};
use crate::part::{AxisKind, PagedAxis, ShownTokens};
use crate::pass::Pass;
use crate::placement::{CELL_SIZE, Placement};
use crate::rich_text::{Level, RichText};
use crate::scene::AxisLabels;
use crate::staging::{Heights, Staging};
use crate::timeline::Window;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "Token probabilities and the draw",
    slug: "draw",
    mark: "draw",
    quantities: &[Quantity::Logit, Quantity::Probability],
    remark: sampling,
    paged_axes: &[PagedAxis::Logits, PagedAxis::Features, PagedAxis::Tokens],
    shown_tokens: ShownTokens::ByLogit,
    work: |clock| clock.after_blocks(1.0, 2.0),
    set,
    ..StageDescription::COMMON
};

/// The settings that shape the draw.
fn sampling(pass: &Pass) -> String {
    let settings = &pass.sampling;
    let mut text = format!("temperature {}", settings.temperature);
    if let Some(k) = settings.top_k {
        text.push_str(&format!(", top-k {k}"));
    }
    if let Some(p) = settings.top_p {
        text.push_str(&format!(", top-p {p}"));
    }
    text
}

/// Width of all bars together, in units, however many there are.
const WIDTH: f32 = 34.0;
/// No bar is wider than this, in units, however few there are.
const BROADEST: f32 = 2.4;
/// From the feet of the bars to the upper edge of the strip below them: room for one line of tokens, and for each
/// further line.
const BETWEEN: f32 = 2.0;
const LINE: f32 = 0.76;
/// Words too long for the room under their bars are written in at most so many lines, one lower than the other.
const MOST_LINES: usize = 3;
/// Width of a letter under the bars in the stage's own framing, in units.
const LETTER: f32 = 0.33;
/// Room for names at the left, for the row's sum at the right.
const LEFT: f32 = 5.6;
/// The same where the names say that not all tokens are shown.
const LEFT_OF_PART: f32 = 9.0;
const RIGHT: f32 = 2.2;
/// Below the strip: its tokens, the random number.
const BELOW: f32 = 2.2;
/// Free below that, so that the random number is never behind the legend, as a share of the height.
const ABOVE_LEGEND: f32 = 0.18;

/// Where the bars and the strip are placed.
struct Places {
    /// The bars while there is no strip, as high as the stage.
    alone: Placement,
    alone_height: f32,
    /// The bars above the strip.
    above: Placement,
    strip: Placement,
}

fn places(columns: usize, lines: usize) -> Places {
    let pitch = (WIDTH / columns.max(1) as f32).min(BROADEST);
    let row = Placement {
        cell_size: pitch * CELL_SIZE,
        right: Vec3::X * pitch,
        ..Placement::at(pitch * 0.5, 0.0)
    };
    let foot = -row.cell_size * 0.5;
    let strip =
        row.shifted(Vec3::Y * (foot - BETWEEN - LINE * (lines - 1) as f32 - STRIP_HEIGHT * 0.5));
    let down = strip.origin.y - STRIP_HEIGHT * 0.5 - foot;
    Places {
        alone: row.shifted(Vec3::Y * down),
        alone_height: BAR_HEIGHT - down,
        above: row,
        strip,
    }
}

/// The tokens that are shown, as they are written.
fn symbols(staging: &Staging<'_>) -> Vec<String> {
    let pass = staging.pass();
    let written = |id: usize| visible_token(pass.vocabulary.get(id).map_or("", String::as_str));
    match staging.parts().along(AxisKind::Vocabulary) {
        Some(shown) => shown.iter().map(|&id| written(id)).collect(),
        None => (0..pass.draw.probabilities.len()).map(written).collect(),
    }
}

/// In how many lines these tokens are written under their bars: words need more than one.
fn lines(symbols: &[String]) -> usize {
    let longest = symbols.iter().map(|symbol| symbol.chars().count()).max();
    // padding's name is long, its vocabulary's are not
    let words = symbols.iter().filter(|symbol| symbol.chars().count() > 2);
    if words.count() * 4 < symbols.len() {
        return 1;
    }
    let pitch = (WIDTH / symbols.len().max(1) as f32).min(BROADEST);
    let wide = (longest.unwrap_or_default() + 1) as f32 * LETTER;
    ((wide / pitch).ceil() as usize).clamp(1, MOST_LINES)
}

/// Writes words under their bars, line by line, shortened to the room between neighbours of a line.
fn write_words(
    staging: &mut Staging<'_>,
    place: Placement,
    symbols: &[String],
    lines: usize,
    window: Window,
) {
    let room = (place.right.x * lines as f32 / LETTER - 0.8).max(2.0) as usize;
    for (column, symbol) in symbols.iter().enumerate() {
        let line = (column % lines) as f32;
        let foot = place.position(0, column) - Vec3::Y * (place.cell_size * 0.5);
        let text = RichText(vec![(shortened(symbol, room), Level::Base)]);
        let anchor = foot - Vec3::Y * (0.5 + LINE * line);
        staging.label(Label::new(LabelKind::Axis, text, anchor, window));
    }
}

/// The point under the drawn token's piece of the strip, where its name is written.
pub(super) fn under_drawn(staging: &Staging<'_>) -> Vec3 {
    let symbols = symbols(staging);
    let columns = symbols.len();
    let places = places(columns, lines(&symbols));
    crate::operation::under_strip(places.strip, columns, &staging.pass().draw)
}

fn set(staging: &mut Staging<'_>) {
    let logits = Operand::from(TensorId::Logits).last_row();
    let values = staging.values_of(logits);
    let columns = values.ncols();
    let symbols = symbols(staging);
    let lines = lines(&symbols);
    let places = places(columns, lines);
    let (place, strip) = (places.above, places.strip);
    let row = staging.stand(logits, places.alone);
    if lines == 1 {
        staging.axes(row, AxisLabels::None, AxisLabels::Vocabulary);
    } else if let Some(drawing) = staging.step_making(SamplingTensor::Cumulative.into()) {
        let moves = drawing.part(0.0, 0.06);
        let (from, until) = (staging.appear().end, staging.duration());
        for (place, window) in [
            (places.alone, Window::new(from, moves.start)),
            (places.above, Window::new(moves.end, until)),
        ] {
            write_words(staging, place, &symbols, lines, window);
        }
    }
    staging.name_beside(row);
    // one row alone would be a thread across the picture: its cells become bars
    let tempered = staging.values_of(SamplingTensor::Tempered.into());
    let later = (places.above, BAR_HEIGHT);
    staging.stand_as_bars(row, places.alone_height, later, &[&values, &tempered]);
    staging.mark_heights();
    let rise = staging.appear().part(0.6, 1.0);
    let wave = Wave::columns(rise.start, rise.end);
    staging.raise(row, &values, Heights::Signed, wave);

    let made = staging.lay_out(SamplingTensor::Probabilities.into(), strip);
    staging.short_name(made, "end to end");
    staging.name_beside(made);
    let foot = -place.cell_size * 0.5;
    let part = staging.parts().along(AxisKind::Vocabulary).is_some();
    let left = if part { LEFT_OF_PART } else { LEFT };
    staging.face_box(
        Bounds::new(
            Vec3::new(-left, strip.origin.y - STRIP_HEIGHT * 0.5 - BELOW, 0.0),
            Vec3::new(
                place.right.x * columns as f32 + RIGHT,
                foot + BAR_HEIGHT + 0.9,
                0.0,
            ),
        ),
        SafeArea {
            bottom: ABOVE_LEGEND,
            ..SafeArea::BAND
        },
    );
}
