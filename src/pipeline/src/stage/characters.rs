//! The text as the model gets it: letters, their ids, and the table in which each has a row.

use crate::bounds::Bounds;
use glam::Vec3;
use orrery_model::{TensorId, WeightId};

use super::StageDescription;
use super::embedding::Places;
use super::labels::{MOST_LETTERS, NO_TEXT, shortened, visible_token};
use crate::camera::SafeArea;
use crate::colour::Quantity;
use crate::label::{Destination, Flight, Label, LabelKind};
use crate::notation::COUNTING;
use crate::part::{PagedAxis, ShownTokens};
use crate::rich_text::RichText;
use crate::scene::{AxisLabels, Caption};
use crate::staging::{GroupIndex, Staging};
use crate::timeline::Window;

pub(super) static STAGE: StageDescription = StageDescription {
    title: |_| "The text as tokens",
    slug: "characters",
    mark: "text",
    quantities: &[Quantity::Weight],
    remark: |pass| {
        let (tokens, symbols) = (pass.tokens.len(), pass.config().vocab_size);
        match tokens {
            1 => format!("1 token of a vocabulary of {symbols}"),
            _ => format!("{tokens} tokens of a vocabulary of {symbols}"),
        }
    },
    paged_axes: &[PagedAxis::Table, PagedAxis::Features, PagedAxis::Tokens],
    shown_tokens: ShownTokens::OfTheText,
    facts: |pass| {
        let never: Vec<&str> = pass
            .never_drawn
            .iter()
            .filter_map(|&id| pass.vocabulary.get(id))
            .map(String::as_str)
            .filter(|token| !token.is_empty())
            .collect();
        match never[..] {
            [] => Vec::new(),
            [only] => vec![format!(
                "{only} is no text: in training it filled up texts that were too short. It is never drawn.{}",
                // one letter is all that its column has room for
                if only.starts_with('<')
                    && pass
                        .vocabulary
                        .iter()
                        .all(|token| token == only || token.chars().count() == 1)
                {
                    format!(" Where every token has a column, its sign is {NO_TEXT}.")
                } else {
                    String::new()
                }
            )],
            [first, ..] => vec![format!(
                "{first} and other special tokens are no text: they are never drawn."
            )],
        }
    },
    work: |clock| clock.before_blocks(0.0, 0.3),
    set,
    ..StageDescription::COMMON
};

/// The table, where this stage shows it.
pub(super) fn stand_table(staging: &mut Staging<'_>) -> GroupIndex {
    let places = Places::new(staging);
    let table = staging.stand(WeightId::Embedding.into(), places.table);
    staging.axes(table, AxisLabels::Vocabulary, AxisLabels::Indices);
    table
}

fn set(staging: &mut Staging<'_>) {
    let stage_places = Places::new(staging);
    let table = stand_table(staging);

    let pass = staging.pass();
    // of a long text the tokens that are shown
    let places = staging.parts().token_places();
    let ids: Vec<usize> = places.iter().map(|&at| pass.trace.ids()[at]).collect();
    let tokens: Vec<String> = places.iter().map(|&at| pass.tokens[at].clone()).collect();
    let (appear, duration) = (staging.appear(), staging.duration());
    let fly = Window::new(
        duration - 0.9 * (duration - staging.compute().end),
        duration,
    );
    // the letters are spread over the free part of the stage, each above its id
    let row = stage_places.result(TensorId::TokenEmbedding);
    let table_bounds = stage_places.table.bounds(staging.size(table));
    let right = Vec3::new(stage_places.right_edge(), table_bounds.most.y, 0.0);
    let stage = Bounds::new(table_bounds.least, table_bounds.most.max(right));
    let line = Lines::new(&tokens, &ids, row.origin.x, stage);
    let each = (staging.compute().end - appear.end) / ids.len().max(1) as f32;
    for (at, (&id, token)) in ids.iter().zip(&tokens).enumerate() {
        let anchor = line.anchors[at];
        let from = appear.part(0.1, 1.0).start + 0.03 * at as f32;
        staging.label(Label {
            flight: Some(Flight {
                to: Destination::Stage(row.position(at, 0) - Vec3::X * 0.9),
                window: fly,
                letters: 17.0 / line.letters,
            }),
            ..Label::new(
                line.kind,
                RichText(vec![(written(token), crate::rich_text::Level::Base)]),
                anchor,
                Window::new(from, duration + 0.2),
            )
        });
        let read = appear.end + each * at as f32;
        staging.label(Label::new(
            LabelKind::Note,
            RichText::parse(&format!("id {id}")),
            anchor - Vec3::Y * line.to_id,
            // there until the letters have left their places
            Window::new(read, fly.part(0.4, 1.0).start),
        ));
        if let Some(row) = staging.row_of(table, id) {
            staging.pulse_row(table, row, Window::new(read, read + each.max(0.5)));
        }
    }
    let what = if pass
        .vocabulary
        .iter()
        .all(|token| token.chars().count() == 1 || is_special(token))
    {
        "letters"
    } else {
        "words"
    };
    staging.caption(Caption::new(
        Window::new(0.0, duration),
        format!("The model knows no {what}, only numbers: each token has an id, and each id has its row in the embedding table E."),
        RichText::plain(COUNTING),
    ));
    let safe = staging.beside_words(&[table], SafeArea::BAND);
    // the last symbol of the table is not behind the card
    let safe = SafeArea {
        bottom: ABOVE_CARD,
        ..safe
    };
    staging.frame_box(stage, safe);
}

/// Free at the foot, as a share of the height.
const ABOVE_CARD: f32 = 0.2;

/// Whether a symbol of the vocabulary is no text, by its brackets.
fn is_special(token: &str) -> bool {
    token.is_empty() || (token.starts_with('<') && token.ends_with('>'))
}

/// How a token is written here.
fn written(token: &str) -> String {
    shortened(&visible_token(token), MOST_LETTERS)
}

/// The text, token after token, in as many lines as it needs.
struct Lines {
    /// Large letters, or small ones for a long text.
    kind: LabelKind,
    /// Their height in pixels of a picture of 720 lines.
    letters: f32,
    /// The middle of each token, in units.
    anchors: Vec<Vec3>,
    /// From a token down to its id, in units.
    to_id: f32,
    /// Height of all lines, in pixels.
    height: f32,
}

/// The sizes in which the text may be written, and their height in pixels.
const LETTERS: [(LabelKind, f32); 3] = [
    (LabelKind::Glyph, 46.0),
    (LabelKind::Name, 20.0),
    (LabelKind::Token, 17.0),
];
/// Width of a letter as a share of its height, and of a letter of an id in pixels.
const LETTER_WIDTH: f32 = 0.62;
const ID_LETTER: f32 = 9.8;

impl Lines {
    /// From `left` to the right edge of the stage, in the largest letters for which there is room.
    fn new(tokens: &[String], ids: &[usize], left: f32, stage: Bounds) -> Self {
        let size = stage.size();
        let most = stage.most;
        // pixels of one unit, once the camera has framed the stage
        let unit = super::layout::pixels_of_unit(size.x, size.y);
        let corner = Vec3::new(left, most.y, 0.0);
        let room = ((most.x - left).max(12.0) * unit, unit);
        let mut chosen = Self::of_size(tokens, ids, corner, room, LETTERS[0]);
        for letters in &LETTERS[1..] {
            if chosen.height > size.y * unit {
                chosen = Self::of_size(tokens, ids, corner, room, *letters);
            }
        }
        chosen
    }

    /// In letters of one kind, from the upper left `corner`; `room` is its width in pixels, and the pixels
    /// of a unit.
    fn of_size(
        tokens: &[String],
        ids: &[usize],
        corner: Vec3,
        (room, unit): (f32, f32),
        (kind, letters): (LabelKind, f32),
    ) -> Self {
        let wide = |token: &String, id: usize| {
            let word = written(token).chars().count() as f32 * letters * LETTER_WIDTH;
            let number = format!("id {id}").chars().count() as f32 * ID_LETTER;
            word.max(number) + letters * 0.45
        };
        let (to_id, step) = (letters * 0.55 + 14.0, letters * 1.15 + 38.0);
        // a short text is spread over the line
        let whole: f32 = tokens
            .iter()
            .zip(ids)
            .map(|(token, &id)| wide(token, id))
            .sum();
        let spread = (room / whole.max(1.0)).clamp(1.0, 2.2);
        let (mut x, mut y) = (0.0, letters * 1.5);
        let mut anchors = Vec::with_capacity(tokens.len());
        for (token, &id) in tokens.iter().zip(ids) {
            let wide = wide(token, id) * spread;
            if x > 0.0 && x + wide > room {
                (x, y) = (0.0, y + step);
            }
            anchors.push(corner + Vec3::new(x + wide * 0.5, -y, 0.0) / unit);
            x += wide;
        }
        Self {
            kind,
            letters,
            anchors,
            to_id: to_id / unit,
            height: y + to_id + 14.0,
        }
    }
}
