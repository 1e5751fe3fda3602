//! A chart as a list of simple shapes, in pixels from the upper left: it can be written as SVG here, or painted by
//! whoever has a font.

use maud::{PreEscaped, html};
use orrery_pipeline::colour::{ColourMap, Palette, Tint};

/// A colour: red, green, blue.
pub type Ink = [u8; 3];

/// Paper.
pub const PAPER: Ink = [252, 252, 250];
/// What is written.
pub const DARK: Ink = [28, 31, 38];
/// What is written beside it.
pub const QUIET: Ink = [98, 105, 118];
/// Thin lines.
pub const LINE: Ink = [205, 209, 216];
/// A bar above zero.
pub const UP: Ink = [38, 96, 164];
/// A bar below zero.
pub const DOWN: Ink = [176, 74, 34];

/// At which side of its place a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The place is its left end.
    Start,
    /// The place is its middle.
    Middle,
    /// The place is its right end.
    End,
}

/// A shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle.
    Box {
        /// Left, top, width and height.
        at: [f64; 4],
        /// Its colour.
        ink: Ink,
    },
    /// A line.
    Line {
        /// From x, y to x, y.
        at: [f64; 4],
        /// How thick.
        width: f64,
        /// Its colour.
        ink: Ink,
    },
    /// A line of text.
    Text {
        /// x, and y of the line on which the letters stand.
        at: [f64; 2],
        /// Size of the letters.
        size: f64,
        /// At which side of x.
        anchor: Anchor,
        /// Its colour.
        ink: Ink,
        /// What it says.
        text: String,
    },
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Pixels.
    pub width: f64,
    /// Pixels.
    pub height: f64,
    /// What it shows, for those who do not see it.
    pub title: String,
    /// What lies later lies above.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// An empty one with its title written above.
    pub(crate) fn new(title: String, width: f64, height: f64) -> Self {
        let mut drawing = Self {
            width,
            height,
            title: title.clone(),
            shapes: Vec::new(),
        };
        drawing.text([16.0, 26.0], 16.0, Anchor::Start, DARK, title);
        drawing
    }

    pub(crate) fn text(
        &mut self,
        at: [f64; 2],
        size: f64,
        anchor: Anchor,
        ink: Ink,
        text: impl Into<String>,
    ) {
        self.shapes.push(Shape::Text {
            at,
            size,
            anchor,
            ink,
            text: text.into(),
        });
    }

    pub(crate) fn filled(&mut self, at: [f64; 4], ink: Ink) {
        self.shapes.push(Shape::Box { at, ink });
    }

    pub(crate) fn line(&mut self, at: [f64; 4], width: f64, ink: Ink) {
        self.shapes.push(Shape::Line { at, width, ink });
    }

    /// A matrix as coloured cells, on a scale from −`most` to `most`, by the root of the share, as everywhere.
    pub(crate) fn heat(
        &mut self,
        [left, top]: [f64; 2],
        cell: [f64; 2],
        (rows, columns): (usize, usize),
        most: f64,
        value: impl Fn(usize, usize) -> f64,
    ) {
        for row in 0..rows {
            for column in 0..columns {
                let share = (value(row, column) / most.max(f64::MIN_POSITIVE)).clamp(-1.0, 1.0);
                let coordinate = share.signum() * share.abs().sqrt();
                let ink = Palette::default().colour(Tint {
                    map: ColourMap::Diverging,
                    coordinate: coordinate as f32,
                    masked: false,
                });
                let x = left + cell[0] * column as f64;
                let y = top + cell[1] * row as f64;
                self.filled([x, y, cell[0], cell[1]], ink);
            }
        }
    }

    /// As an SVG file.
    pub fn svg(&self) -> String {
        let hex = |[r, g, b]: Ink| format!("#{r:02x}{g:02x}{b:02x}");
        let short = |x: f64| {
            let text = format!("{x:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        let (width, height) = (short(self.width), short(self.height));
        let markup = html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img" font-family="Inter, system-ui, sans-serif" {
                title { (self.title) }
                rect width=(width) height=(height) fill=(hex(PAPER)) {}
                @for shape in &self.shapes { @match shape {
                    Shape::Box { at: [x, y, w, h], ink } => { rect x=(short(*x)) y=(short(*y)) width=(short(*w)) height=(short(*h)) fill=(hex(*ink)) {} }
                    Shape::Line { at: [x, y, to_x, to_y], width, ink } => { line x1=(short(*x)) y1=(short(*y)) x2=(short(*to_x)) y2=(short(*to_y)) stroke=(hex(*ink)) stroke-width=(short(*width)) {} }
                    Shape::Text { at: [x, y], size, anchor, ink, text } => {
                        text x=(short(*x)) y=(short(*y)) font-size=(short(*size)) fill=(hex(*ink)) text-anchor=(match anchor { Anchor::Start => "start", Anchor::Middle => "middle", Anchor::End => "end" }) { (text) }
                    }
                } }
            }
        };
        let PreEscaped(text) = markup;
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut drawing = Drawing::new("<a> & b".to_owned(), 100.0, 40.5);
        drawing.filled([1.0, 2.0, 3.25, 4.0], UP);
        let svg = drawing.svg();
        assert!(svg.contains("&lt;a&gt; &amp; b") && !svg.contains("<a>"));
        assert!(svg.contains("width=\"3.25\"") && svg.contains("height=\"40.5\""));
    }
}
