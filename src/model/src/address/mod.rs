//! How a number of a model is named in text: on the command line, in links of the report, in search, in
//! interventions. `block0.attention.1[3,2]` or, with nanoGPT's names, `h0.att.1[3,2]` is row 3, column 2
//! of head 1 in block 0; blocks, heads, rows and columns are counted from 0, as a trace's arrays are.

mod cells;
mod error;
mod name;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use cells::Cells;
pub use error::AddressError;
pub use name::TensorName;

/// Which rows, or which columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Index {
    /// `*`: all of them
    #[default]
    All,
    /// `last`: the last one
    Last,
    /// Only this one, counted from 0
    One(usize),
}

impl Index {
    /// The range it means among `count`, or nothing if there is no such one.
    pub fn of(self, count: usize) -> Option<Range<usize>> {
        match self {
            Self::All => Some(0..count),
            Self::Last => Some(count.checked_sub(1)?..count),
            Self::One(at) => (at < count).then_some(at..at + 1),
        }
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Last => f.write_str("last"),
            Self::One(at) => at.fmt(f),
        }
    }
}

/// A tensor, or some of its cells. Its `Display` is read back as itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The tensor.
    pub tensor: TensorName,
    /// Only this head's part, counted from 0: its slice of `[n_heads, …]`, or its columns of Q, K, V
    /// and concat, which are then counted from the head's first.
    pub head: Option<usize>,
    /// Of which rows; of a vector (a bias, γ, β) the only one.
    pub row: Index,
    /// Of which columns; of a number a token (μ, σ²) the only one.
    pub column: Index,
}

/// A number from 0 as we write it: digits only, none in front that says nothing.
pub(crate) fn number(text: &str) -> Option<usize> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (canonical && digits).then(|| text.parse().ok())?
}

/// A row or a column as it stands between brackets.
pub(crate) fn index(text: &str) -> Option<Index> {
    match text.trim() {
        "*" => Some(Index::All),
        "last" => Some(Index::Last),
        other => number(other).map(Index::One),
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let brackets = || AddressError::Brackets(text.to_owned());
        let (name, row, column) = match text.split_once('[') {
            None => (text, Index::All, Index::All),
            Some((name, rest)) => {
                let inside = rest.strip_suffix(']').ok_or_else(brackets)?;
                let (row, column) = match inside.split_once(',') {
                    Some((row, column)) => (index(row), index(column)),
                    None => (index(inside), Some(Index::All)),
                };
                (
                    name,
                    row.ok_or_else(brackets)?,
                    column.ok_or_else(brackets)?,
                )
            }
        };
        let (name, head) = match name.rsplit_once('.') {
            Some((tensor, head)) if number(head).is_some() => (tensor, number(head)),
            _ => (name, None),
        };
        Ok(Self {
            tensor: name.parse()?,
            head,
            row,
            column,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tensor.fmt(f)?;
        if let Some(head) = self.head {
            write!(f, ".{head}")?;
        }
        match (self.row, self.column) {
            (Index::All, Index::All) => Ok(()),
            (row, column) => write!(f, "[{row},{column}]"),
        }
    }
}

impl Address {
    /// A whole tensor.
    pub fn whole(tensor: impl Into<TensorName>) -> Self {
        Self {
            tensor: tensor.into(),
            head: None,
            row: Index::All,
            column: Index::All,
        }
    }

    /// One cell of it.
    pub fn cell(self, row: usize, column: usize) -> Self {
        Self {
            row: Index::One(row),
            column: Index::One(column),
            ..self
        }
    }

    /// One head's part of it.
    pub fn of_head(self, head: usize) -> Self {
        Self {
            head: Some(head),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::config::{Biases, GptConfig, NormPlacement};
    use crate::parameters::parameter_layout;
    use crate::tensor_id::{BlockTensor, TensorId, WeightId};
    use crate::trace::trace_layout;

    fn config() -> GptConfig {
        GptConfig {
            norm_placement: NormPlacement::Pre,
            final_norm: true,
            biases: Biases::GPT2,
            ..GptConfig::default()
        }
    }

    fn read(text: &str) -> Address {
        text.parse().expect(text)
    }

    #[test]
    fn either_way_of_naming_means_the_same_cell() {
        for (ours, nanogpt) in [
            ("block0.attention.1[3,2]", "h0.att.1[3,2]"),
            ("block3.residual2[4,*]", "h3.resid_post[4,*]"),
            ("block2.ffn_hidden[*,117]", "h2.gelu[*,117]"),
            ("embedded[last,0]", "x0[ last , 0 ]"),
            ("final_norm", "ln_f"),
            ("probabilities[5]", "probs[5,*]"),
        ] {
            assert_eq!(read(ours), read(nanogpt), "{ours}");
        }
        assert_eq!(
            read("block0.attention.1[3,2]"),
            Address::whole(TensorId::Block(0, BlockTensor::Attention))
                .of_head(1)
                .cell(3, 2)
        );
        assert_eq!(
            read("block1_W_Q[3,2]").tensor,
            TensorName::Weight(WeightId::Block(1, crate::BlockWeight::QueryWeight))
        );
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (text, word) in [
            ("h0.attn.1[3,2]", "h0.attn"),
            ("block01.attention", "block01"),
            ("h0.att.1[3,2", "brackets"),
            ("h0.att.1[3;2]", "brackets"),
            ("h0.att.1[-1,2]", "brackets"),
            ("h0.att.1[3,02]", "brackets"),
            ("h0.att.1[]", "brackets"),
            ("", "names no tensor"),
        ] {
            let error = text.parse::<Address>().expect_err(text);
            assert!(error.to_string().contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn cells_are_those_of_the_arrays() {
        let config = config();
        let layout = trace_layout(&config, 5);
        let cells = |text: &str| read(text).in_trace(&layout, config.n_heads);
        let at = |text: &str| {
            let cells = cells(text).expect(text);
            let positions: Vec<usize> = cells
                .iter()
                .map(|(h, r, c)| cells.position(h, r, c))
                .collect();
            assert_eq!(positions.len(), cells.len());
            positions
        };
        // [4, 5, 5]
        assert_eq!(at("h0.att.1[3,2]"), [25 + 15 + 2]);
        assert_eq!(at("h0.att[4,4]"), [24, 49, 74, 99]);
        // [5, 16], four columns a head
        assert_eq!(at("h0.q.2[1,3]"), [16 + 8 + 3]);
        assert_eq!(at("h0.q[1,11]"), [16 + 11]);
        assert_eq!(at("block0.norm1_mean[last]"), [4]);
        assert_eq!(at("logits[0]").len(), config.vocab_size);
        for (text, word) in [
            ("h0.att.4[0,0]", "0 to 3"),
            ("h0.att.0[5,0]", "no row 5"),
            ("h0.q.0[0,4]", "no column 4"),
            ("h0.ln_1.0[0,0]", "not divided"),
            ("h4.att", "this model has no block4.attention"),
            ("embedding[0,0]", "has no embedding"),
        ] {
            let error = cells(text).expect_err(text);
            assert!(error.to_string().contains(word), "{text}: {error}");
        }
        let weights = parameter_layout(&config);
        let cells = read("block2_b1[0,7]")
            .in_parameters(&weights)
            .expect("it exists");
        assert_eq!(cells.position(0, 0, 7), 7);
        assert!(read("head[0,0]").in_parameters(&weights).is_err());
    }

    fn any_index() -> impl Strategy<Value = Index> {
        prop_oneof![
            Just(Index::All),
            Just(Index::Last),
            any::<usize>().prop_map(Index::One)
        ]
    }

    fn any_tensor() -> impl Strategy<Value = TensorName> {
        let config = config();
        let values = trace_layout(&config, 2);
        let weights = parameter_layout(&config);
        let mut all: Vec<TensorName> = values.entries().iter().map(|e| e.id.into()).collect();
        all.extend(weights.entries().iter().map(|e| TensorName::from(e.id)));
        select(all)
    }

    proptest! {
        #[test]
        fn an_address_reads_back_as_itself(
            tensor in any_tensor(),
            head in proptest::option::of(any::<usize>()),
            row in any_index(),
            column in any_index(),
        ) {
            let address = Address { tensor, head, row, column };
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-z0-9_.\\[\\],* -]{0,40}|.{0,20}") {
            let _: Result<Address, _> = text.parse();
        }
    }
}
