//! What a head's queries, keys and values of a prompt are made of.

use orrery_analysis::Run;
use orrery_analysis::circuits::{Projected, projection, token_pushes};
use orrery_model::Tokenizer;
use serde::Serialize;

use super::{TokenValue, WordsError, short, token_values};
use crate::drawing::{Anchor, DARK, DOWN, Drawing, LINE, QUIET, UP};
use crate::findings::projection_part_words;

/// What a part of the model is of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartShare {
    /// The part in words; blocks and heads counted from 1.
    pub part: String,
    /// How far it reaches along the row, over the row's length; all add up to 1.
    pub share: f64,
    /// Its vector `[d_head]`; all add up to the row.
    pub vector: Vec<f64>,
}

/// A row of a head's Q, K or V.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectionRow {
    /// Q, K or V.
    pub letter: char,
    /// The position.
    pub position: usize,
    /// Its token.
    pub token: String,
    /// The length of the row.
    pub length: f64,
    /// The row `[d_head]`.
    pub values: Vec<f32>,
    /// Token, position, heads and MLPs of the blocks before, biases.
    pub parts: Vec<PartShare>,
}

/// Which tokens push a column of a head's Q, K or V.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnWords {
    /// Q, K or V.
    pub letter: char,
    /// The column within the head.
    pub column: usize,
    /// The tokens whose embedding alone pushes it up most.
    pub most: Vec<TokenValue>,
    /// And down.
    pub least: Vec<TokenValue>,
}

/// What a head's queries, keys and values are made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProjectionsReport {
    /// The model's name.
    pub model: String,
    /// The block, from 0.
    pub block: usize,
    /// The head, from 0.
    pub head: usize,
    /// Row by row: all queries, then all keys, then all values.
    pub rows: Vec<ProjectionRow>,
    /// Column by column, if they were asked for.
    pub columns: Vec<ColumnWords>,
}

impl ProjectionsReport {
    /// Of one head in a run; `words` tokens at either end of each column, none if 0.
    ///
    /// # Errors
    /// A block or head that is not there.
    pub fn new(
        run: &Run<'_>,
        tokenizer: &Tokenizer,
        model: String,
        (block, head): (usize, usize),
        words: usize,
    ) -> Result<Self, WordsError> {
        let config = run.config();
        for (what, asked, count) in [
            ("block", block, config.n_blocks),
            ("head", head, config.n_heads),
        ] {
            if asked >= count {
                let asked = asked.saturating_add(1);
                return Err(WordsError::Part { what, asked, count });
            }
        }
        let mut rows = Vec::new();
        let mut columns = Vec::new();
        for projected in Projected::ALL {
            for position in 0..run.tokens() {
                let found = projection(run, projected, (block, head), position)?;
                let shares = found.shares();
                let parts = found.parts.iter().zip(shares).zip(&found.vectors);
                rows.push(ProjectionRow {
                    letter: projected.letter(),
                    position,
                    token: tokenizer.token(run.trace().ids()[position]).to_owned(),
                    length: found.length(),
                    parts: parts
                        .map(|((part, share), vector)| PartShare {
                            part: projection_part_words(part),
                            share,
                            vector: vector.clone(),
                        })
                        .collect(),
                    values: found.value,
                });
            }
            if words == 0 {
                continue;
            }
            let mut never = tokenizer.special().to_vec();
            never.extend(tokenizer.vocab_size()..config.vocab_size);
            for column in 0..config.d_head() {
                let pushes = token_pushes(run, projected, (block, head), column);
                let (most, least) = orrery_analysis::directions::extremes(&pushes, words, &never);
                columns.push(ColumnWords {
                    letter: projected.letter(),
                    column,
                    most: token_values(tokenizer, most),
                    least: token_values(tokenizer, least),
                });
            }
        }
        Ok(Self {
            model,
            block,
            head,
            rows,
            columns,
        })
    }

    /// Q, K and V as matrices on one scale, and beside each row how much of it the token, the position and all
    /// else are.
    pub fn drawing(&self) -> Drawing {
        const ROW: f64 = 24.0;
        const BARS: f64 = 210.0;
        let tokens = self.rows.len() / Projected::ALL.len();
        let width_of_head = self.rows.first().map_or(1, |row| row.values.len());
        let cell = (520.0 / width_of_head as f64).clamp(4.0, 28.0);
        let matrix = cell * width_of_head as f64;
        let panel = 64.0 + ROW * tokens as f64;
        let width = 120.0 + matrix + 40.0 + 3.0 * (BARS + 20.0);
        let title = format!(
            "{}: block {}, head {}",
            self.model,
            self.block + 1,
            self.head + 1
        );
        let mut drawing = Drawing::new(title, width, 44.0 + 3.0 * panel);
        let numbers = self.rows.iter().flat_map(|row| &row.values);
        let most = numbers.fold(0.0_f64, |most, &x| most.max(f64::from(x.abs())));
        for (at, rows) in self.rows.chunks(tokens.max(1)).enumerate() {
            let top = 84.0 + panel * at as f64;
            let letter = rows.first().map_or(' ', |row| row.letter);
            drawing.text(
                [16.0, top - 10.0],
                14.0,
                Anchor::Start,
                DARK,
                letter.to_string(),
            );
            for (row, of) in rows.iter().enumerate() {
                let y = top + ROW * row as f64;
                drawing.text([110.0, y + 15.0], 13.0, Anchor::End, DARK, short(&of.token));
                let value = |_, column: usize| f64::from(of.values[column]);
                drawing.heat(
                    [120.0, y],
                    [cell, ROW - 3.0],
                    (1, width_of_head),
                    most,
                    value,
                );
                let share = |of_part: &str| {
                    let found = of.parts.iter().find(|part| part.part == of_part);
                    found.map_or(0.0, |part| part.share)
                };
                let (token, position) = (share("token embedding"), share("position embedding"));
                for (bar, value) in [token, position, 1.0 - token - position]
                    .into_iter()
                    .enumerate()
                {
                    let left = 120.0 + matrix + 40.0 + (BARS + 20.0) * bar as f64;
                    share_bar(&mut drawing, [left, y], BARS, value);
                }
            }
            for (bar, words) in ["token", "position", "all else"].into_iter().enumerate() {
                let left = 120.0 + matrix + 40.0 + (BARS + 20.0) * bar as f64;
                drawing.text(
                    [left, top - 10.0],
                    13.0,
                    Anchor::Start,
                    QUIET,
                    format!("share: {words}"),
                );
            }
        }
        drawing
    }
}

/// A share from −1 to 2 as a bar from zero, with its number.
fn share_bar(drawing: &mut Drawing, [left, top]: [f64; 2], width: f64, value: f64) {
    let (zero, unit) = (left + width * 0.3, width * 0.4);
    let end = zero + unit * value.clamp(-0.7, 1.3);
    let ink = if value < 0.0 { DOWN } else { UP };
    drawing.line([zero, top, zero, top + 21.0], 1.0, LINE);
    drawing.filled(
        [zero.min(end), top + 4.0, (end - zero).abs().max(0.5), 13.0],
        ink,
    );
    let beside = if value < 0.0 {
        (zero + 4.0, Anchor::Start)
    } else {
        (zero - 4.0, Anchor::End)
    };
    drawing.text(
        [beside.0, top + 15.0],
        11.0,
        beside.1,
        QUIET,
        crate::page::number(value),
    );
}
