//! How a tensor's numbers stand in a chunk.

use serde::Serialize;

use super::chunk::Chunk;

/// How they are written.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout {
    /// All of them.
    Full,
    /// Of each square the lower triangle with its diagonal; 0 above.
    Lower,
    /// The very numbers of another tensor.
    Same(String),
    /// Another tensor's heads side by side.
    HeadsOf(String),
    /// Another tensor's, −∞ above the diagonal.
    MaskOf(String),
    /// Another tensor's times a power of two.
    ScaledOf(String, f32),
    /// Another tensor's where they are above 0, else 0.
    AboveZero(String),
    /// The sums of two other tensors' numbers, in single precision.
    SumOf(String, String),
    /// Of each row so many of the largest and those that are asked for; with the log-sum-exp of all numbers of the row, if
    /// that is wanted.
    Largest {
        /// How many of the largest.
        count: usize,
        /// What else of each row.
        asked: Vec<Vec<usize>>,
        /// Whether log-sum-exp stands in the manifest.
        log_sum_exp: bool,
    },
    /// The last rows exactly, all in 255 steps of the root of their share of the largest.
    Picture(usize),
}

/// A tensor as the manifest names it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Packed {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How it is written; said where it is not simply all of its numbers.
    #[serde(skip_serializing_if = "is_full")]
    pub layout: &'static str,
    /// The tensor that it is made of, if it is made of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The tensor that is added to that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub and: Option<String>,
    /// What that is multiplied with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f32>,
    /// The chunk that has its numbers; none if it is made of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<String>,
    /// The first of its numbers there.
    #[serde(skip_serializing_if = "is_zero")]
    pub offset: usize,
    /// How many; not said where they are as many as the shape has.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: usize,
    /// Of a picture: where its steps begin among the bytes, the largest number, and how many rows at the
    /// end are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<(usize, f32, usize)>,
    /// Of logits that are cut: ln Σ exp over the whole of each row, so that probabilities are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_sum_exp: Option<Vec<f64>>,
}

/// ln Σ exp, the largest taken out first.
fn log_sum(row: &[f32]) -> f64 {
    let largest = row
        .iter()
        .fold(f64::NEG_INFINITY, |most, &x| most.max(f64::from(x)));
    let sum: f64 = row.iter().map(|&x| (f64::from(x) - largest).exp()).sum();
    largest + sum.ln()
}

impl Packed {
    /// The same tensor of the next block: every block that it names is one further.
    pub fn of_next_block(&self) -> Self {
        let next = |name: &str| -> String {
            let number = |rest: &str| {
                rest.find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len())
            };
            match name
                .strip_prefix("block")
                .map(|rest| rest.split_at(number(rest)))
            {
                Some((block, rest)) => match block.parse::<usize>() {
                    Ok(block) => format!("block{}{rest}", block + 1),
                    Err(_) => name.to_owned(),
                },
                None => name.to_owned(),
            }
        };
        Self {
            name: next(&self.name),
            of: self.of.as_deref().map(next),
            and: self.and.as_deref().map(next),
            chunk: self.chunk.as_deref().map(next),
            ..self.clone()
        }
    }
}

fn is_full(layout: &str) -> bool {
    layout == "full"
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Fills a chunk.
#[derive(Clone, Debug)]
pub struct Packer {
    name: String,
    numbers: Vec<f32>,
    steps: Vec<u8>,
    packed: Vec<Packed>,
}

impl Packer {
    /// An empty chunk.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            numbers: Vec::new(),
            steps: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// Adds a tensor.
    pub fn add(&mut self, name: String, shape: &[usize], layout: Layout, values: Vec<f32>) {
        let offset = self.numbers.len();
        let (mut of, mut and, mut factor, mut picture) = (None, None, None, None);
        let mut log_sum_exp = None;
        let layout = match layout {
            Layout::Full => {
                self.numbers.extend(values);
                "full"
            }
            Layout::Lower => {
                let tokens = shape.last().copied().unwrap_or(1);
                for (row, numbers) in values.chunks_exact(tokens).enumerate() {
                    self.numbers.extend(&numbers[..=row % tokens]);
                }
                "lower"
            }
            Layout::Same(other) => {
                of = Some(other);
                "same"
            }
            Layout::HeadsOf(other) => {
                of = Some(other);
                "heads"
            }
            Layout::MaskOf(other) => {
                of = Some(other);
                "mask"
            }
            Layout::ScaledOf(other, by) => {
                of = Some(other);
                factor = Some(by);
                "scaled"
            }
            Layout::AboveZero(other) => {
                of = Some(other);
                "above"
            }
            Layout::SumOf(a, b) => {
                of = Some(a);
                and = Some(b);
                "sum"
            }
            Layout::Largest {
                count,
                asked,
                log_sum_exp: wanted,
            } => {
                let columns = shape.last().copied().unwrap_or(1);
                for (row, numbers) in values.chunks_exact(columns).enumerate() {
                    let mut order: Vec<usize> = (0..columns).collect();
                    order.sort_by(|&a, &b| numbers[b].total_cmp(&numbers[a]));
                    order.truncate(count);
                    for &asked in asked.get(row).into_iter().flatten() {
                        if !order.contains(&asked) {
                            order.push(asked);
                        }
                    }
                    self.numbers.push(order.len() as f32);
                    // ids are below 2^24, which f32 holds exactly
                    self.numbers.extend(order.iter().map(|&id| id as f32));
                    self.numbers.extend(order.iter().map(|&id| numbers[id]));
                }
                log_sum_exp = wanted.then(|| values.chunks_exact(columns).map(log_sum).collect());
                "largest"
            }
            Layout::Picture(rows) => {
                let columns = shape
                    .last()
                    .copied()
                    .filter(|_| shape.len() > 1)
                    .unwrap_or(1);
                let finite = values.iter().filter(|value| value.is_finite());
                let largest = finite.fold(0.0_f32, |most, value| most.max(value.abs()));
                picture = Some((self.steps.len(), largest, rows));
                for &value in &values {
                    let share = (value.abs() / largest.max(f32::MIN_POSITIVE))
                        .min(1.0)
                        .sqrt();
                    let step = (share * 127.0).round().copysign(value);
                    self.steps.push((step + 128.0) as u8);
                }
                let per_square = if shape.len() == 3 {
                    shape[1]
                } else {
                    values.len() / columns
                };
                for square in values.chunks_exact((per_square * columns).max(1)) {
                    let from = per_square.saturating_sub(rows) * columns;
                    self.numbers.extend(&square[from..]);
                }
                "picture"
            }
        };
        self.packed.push(Packed {
            name,
            shape: shape.to_vec(),
            layout,
            chunk: of.is_none().then(|| self.name.clone()),
            offset: if of.is_none() { offset } else { 0 },
            of,
            and,
            factor,
            count: match layout {
                "full" => 0,
                _ => self.numbers.len() - offset,
            },
            picture,
            log_sum_exp,
        });
    }

    /// The tensors so far.
    pub fn packed(&self) -> &[Packed] {
        &self.packed
    }

    /// The chunk, and that of the pictures' steps; none if nothing is in it.
    pub fn chunks(&self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        if !self.numbers.is_empty() {
            chunks.extend(Chunk::of_numbers(&self.name, &self.numbers).ok());
        }
        if !self.steps.is_empty() {
            chunks.extend(Chunk::of_bytes(format!("{}-steps", self.name), &self.steps).ok());
        }
        chunks
    }
}
