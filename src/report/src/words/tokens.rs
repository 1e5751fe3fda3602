//! Tokens along single dimensions of the embedding, or along any direction.

use orrery_analysis::directions::{along, nearest, of_dimension};
use orrery_model::{Gpt, Tokenizer, WeightId};
use serde::Serialize;

use super::{TokenValue, WordsError, short, token_named, token_values};
use crate::drawing::{Anchor, DARK, DOWN, Drawing, LINE, QUIET, UP};
use crate::token_text::visible;

/// Along what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A dimension (a column of the embedding table), from 0.
    Dimension(usize),
    /// The way from one token's embedding to another's, `A − B`, or a token's own, of length 1.
    Tokens(String),
}

/// What lies along a direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DirectionWords {
    /// What it is called: `dimension 3`, `king − queen`.
    pub name: String,
    /// The dimension, if it is one.
    pub dimension: Option<usize>,
    /// The tokens furthest along it, furthest first.
    pub most: Vec<TokenValue>,
    /// The tokens furthest against it, furthest first.
    pub least: Vec<TokenValue>,
}

/// The tokens whose embeddings point most nearly the way that a token's does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neighbours {
    /// The token.
    pub id: usize,
    /// Its text.
    pub token: String,
    /// The others with their cosines, nearest first.
    pub nearest: Vec<TokenValue>,
}

/// Tokens along directions of the embedding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokensReport {
    /// The model's name.
    pub model: String,
    /// How many tokens it has.
    pub tokens: usize,
    /// How many dimensions.
    pub d_model: usize,
    /// Direction by direction.
    pub directions: Vec<DirectionWords>,
    /// Of tokens that were asked for.
    pub near: Vec<Neighbours>,
}

impl TokensReport {
    /// The `count` tokens at either end of each direction, and as many neighbours of each token in `near`.
    /// Tokens that are never drawn are left out.
    ///
    /// # Errors
    /// A dimension or a token that is not there.
    pub fn new(
        (gpt, tokenizer): (&Gpt, &Tokenizer),
        model: String,
        directions: &[Direction],
        near: &[String],
        count: usize,
    ) -> Result<Self, WordsError> {
        let config = gpt.config();
        let table = gpt
            .parameters()
            .matrix(WeightId::Embedding)
            .unwrap_or_else(|| ndarray::aview2::<f32, 0>(&[]));
        // rows beyond the vocabulary stand for nothing
        let mut never = tokenizer.special().to_vec();
        never.extend(tokenizer.vocab_size()..table.nrows());
        let of = |direction: &Direction| {
            let (name, dimension, (most, least)) = match direction {
                Direction::Dimension(at) if *at < config.d_model => {
                    let found = of_dimension(table, *at, count, &never);
                    (format!("dimension {at}"), Some(*at), found)
                }
                Direction::Dimension(asked) => {
                    return Err(WordsError::Dimension {
                        asked: *asked,
                        last: config.d_model - 1,
                    });
                }
                Direction::Tokens(text) => {
                    let vector = direction_of(table, tokenizer, text)?;
                    (text.clone(), None, along(table, &vector, count, &never))
                }
            };
            Ok(DirectionWords {
                name,
                dimension,
                most: token_values(tokenizer, most),
                least: token_values(tokenizer, least),
            })
        };
        let neighbours = |name: &String| {
            let id = token_named(tokenizer, name)?;
            let found = nearest(table, id, count, &never);
            Ok(Neighbours {
                id,
                token: tokenizer.token(id).to_owned(),
                nearest: token_values(tokenizer, found),
            })
        };
        Ok(Self {
            model,
            tokens: tokenizer.vocab_size(),
            d_model: config.d_model,
            directions: directions
                .iter()
                .map(of)
                .collect::<Result<_, WordsError>>()?,
            near: near
                .iter()
                .map(neighbours)
                .collect::<Result<_, WordsError>>()?,
        })
    }

    /// One direction as a number line, several as a list of their ends; letters grow with the root of the value,
    /// on one scale.
    pub fn drawing(&self) -> Drawing {
        match self.directions.as_slice() {
            [one] => number_line(&self.model, one),
            all => list(&self.model, all),
        }
    }
}

/// The direction of a text: `A − B` or `A`.
fn direction_of(
    table: ndarray::ArrayView2<'_, f32>,
    tokenizer: &Tokenizer,
    text: &str,
) -> Result<Vec<f64>, WordsError> {
    let row = |name: &str| {
        let id = token_named(tokenizer, name)?;
        Ok::<_, WordsError>(
            table
                .row(id)
                .iter()
                .map(|&x| f64::from(x))
                .collect::<Vec<f64>>(),
        )
    };
    let mut vector = match text.split_once(" − ").or_else(|| text.split_once(" - ")) {
        Some((a, b)) => {
            let (a, b) = (row(a)?, row(b)?);
            a.iter().zip(&b).map(|(a, b)| a - b).collect()
        }
        None => row(text)?,
    };
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    vector
        .iter_mut()
        .for_each(|x| *x /= length.max(f64::MIN_POSITIVE));
    Ok(vector)
}

fn list(model: &str, all: &[DirectionWords]) -> Drawing {
    const ROW: f64 = 24.0;
    const WORD: f64 = 84.0;
    const LEFT: f64 = 130.0;
    let words = all.iter().map(|one| one.most.len().max(one.least.len()));
    let words = words.max().unwrap_or(0) as f64;
    let (width, height) = (
        LEFT + 2.0 * words * WORD + 40.0,
        70.0 + ROW * all.len() as f64,
    );
    let title = format!(
        "{model}: tokens along the embedding, most negative to the left, most positive to the right"
    );
    let mut drawing = Drawing::new(title, width, height);
    let zero = LEFT + words * WORD + 10.0;
    let ends = all.iter().flat_map(|one| one.most.iter().chain(&one.least));
    let most = ends
        .map(|end| end.value.abs())
        .fold(f64::MIN_POSITIVE, f64::max);
    drawing.line([zero, 44.0, zero, height - 14.0], 1.0, LINE);
    for (at, one) in all.iter().enumerate() {
        let y = 62.0 + ROW * at as f64;
        drawing.text([16.0, y], 13.0, Anchor::Start, QUIET, one.name.clone());
        let sides = [
            (&one.least, -1.0, Anchor::End, DOWN),
            (&one.most, 1.0, Anchor::Start, UP),
        ];
        for (side, way, anchor, ink) in sides {
            for (place, end) in side.iter().enumerate() {
                let x = zero + way * (8.0 + WORD * place as f64);
                let size = 9.0 + 8.0 * (end.value.abs() / most).sqrt();
                drawing.text([x, y], size, anchor, ink, short(&end.token));
            }
        }
    }
    drawing
}

fn number_line(model: &str, one: &DirectionWords) -> Drawing {
    const WIDTH: f64 = 1200.0;
    const LEVELS: usize = 6;
    let axis = 190.0;
    let title = format!("{model}: tokens along {}", one.name);
    let mut drawing = Drawing::new(title, WIDTH, 2.0 * axis);
    let ends = || one.most.iter().chain(&one.least).map(|end| end.value);
    let (low, high) = ends().fold((0.0_f64, 0.0_f64), |(low, high), x| {
        (low.min(x), high.max(x))
    });
    let place =
        |value: f64| 60.0 + (WIDTH - 120.0) * (value - low) / (high - low).max(f64::MIN_POSITIVE);
    drawing.line([place(low), axis, place(high), axis], 1.5, DARK);
    drawing.line([place(0.0), 50.0, place(0.0), 2.0 * axis - 30.0], 1.0, LINE);
    for (value, anchor) in [(low, Anchor::End), (high, Anchor::Start)] {
        let (x, beside) = (place(value), if anchor == Anchor::End { -6.0 } else { 6.0 });
        drawing.text(
            [x + beside, axis + 4.0],
            11.0,
            anchor,
            QUIET,
            crate::page::number(value),
        );
    }
    drawing.text(
        [place(0.0), 2.0 * axis - 14.0],
        11.0,
        Anchor::Middle,
        QUIET,
        "0",
    );
    for (side, ink) in [(&one.least, DOWN), (&one.most, UP)] {
        for (at, end) in side.iter().enumerate() {
            let (x, level) = (place(end.value), (at / 2 % LEVELS) as f64);
            let up = at % 2 == 0;
            let y = if up {
                axis - 18.0 - 21.0 * level
            } else {
                axis + 30.0 + 21.0 * level
            };
            let stem = if up { y + 3.0 } else { y - 12.0 };
            drawing.line([x, axis, x, stem], 0.7, LINE);
            drawing.line([x, axis - 4.0, x, axis + 4.0], 1.2, ink);
            drawing.text([x, y], 13.0, Anchor::Middle, ink, visible(&end.token));
        }
    }
    drawing
}
