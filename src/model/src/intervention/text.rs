//! How changes are written: `h2.head3=off, h0.att.2[5,3]=cut, h3.resid_post[4,*]<B[5]`.

use std::fmt;
use std::str::FromStr;

use super::{Change, Intervention, InterventionError, Interventions, Target};
use crate::address::{Index, index, number};

/// Where one change ends and the next begins: at the commas outside of brackets.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
}

impl FromStr for Interventions {
    type Err = InterventionError;

    fn from_str(text: &str) -> Result<Self, InterventionError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let list: Result<Vec<_>, _> = pieces(text).map(Intervention::from_str).collect();
        Ok(list?.into())
    }
}

impl fmt::Display for Interventions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.list().iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{one}")?;
        }
        Ok(())
    }
}

impl FromStr for Intervention {
    type Err = InterventionError;

    fn from_str(text: &str) -> Result<Self, InterventionError> {
        let text = text.trim();
        let unreadable = || InterventionError::Unreadable(text.to_owned());
        if let Some((target, source)) = text.split_once('<') {
            let row = source.trim().strip_prefix('B').ok_or_else(unreadable)?;
            let row = match row.trim() {
                "" => Index::All,
                row => {
                    let row = row.strip_prefix('[').and_then(|row| row.strip_suffix(']'));
                    row.and_then(index).ok_or_else(unreadable)?
                }
            };
            return Ok(Self {
                target: target.parse()?,
                change: Change::Other(row),
            });
        }
        let (target, value) = text.split_once('=').ok_or_else(unreadable)?;
        let value = value.trim();
        let (target, change) = if let Some(target) = target.strip_suffix('*') {
            (target, Change::Scale(finite(value)?))
        } else if let Some(target) = target.strip_suffix('+') {
            (target, Change::Add(finite(value)?))
        } else {
            let change = match value {
                "off" => Change::Off,
                "mean" => Change::Mean,
                "bypass" => Change::Bypass,
                "cut" => Change::Cut,
                other => Change::Set(finite(other)?),
            };
            (target, change)
        };
        Ok(Self {
            target: target.parse()?,
            change,
        })
    }
}

fn finite(text: &str) -> Result<f32, InterventionError> {
    let value = text.parse().ok().filter(|value: &f32| value.is_finite());
    value.ok_or_else(|| InterventionError::Number(text.to_owned()))
}

impl fmt::Display for Intervention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target;
        match self.change {
            Change::Off => write!(f, "{target}=off"),
            Change::Mean => write!(f, "{target}=mean"),
            Change::Bypass => write!(f, "{target}=bypass"),
            Change::Cut => write!(f, "{target}=cut"),
            Change::Set(value) => write!(f, "{target}={value}"),
            Change::Scale(value) => write!(f, "{target}*={value}"),
            Change::Add(value) => write!(f, "{target}+={value}"),
            Change::Other(Index::All) => write!(f, "{target}<B"),
            Change::Other(row) => write!(f, "{target}<B[{row}]"),
        }
    }
}

impl FromStr for Target {
    type Err = InterventionError;

    fn from_str(text: &str) -> Result<Self, InterventionError> {
        let text = text.trim();
        match part(text) {
            Some(part) => Ok(part),
            None => Ok(Self::Cells(text.parse()?)),
        }
    }
}

/// `h2`, `h2.attn`, `h2.mlp`, `h2.head3`, each also with `block2` in front.
fn part(text: &str) -> Option<Target> {
    let (block, part) = match text.split_once('.') {
        Some((block, part)) => (block, Some(part)),
        None => (text, None),
    };
    let block = block
        .strip_prefix("block")
        .or_else(|| block.strip_prefix('h'))?;
    let block = number(block)?;
    Some(match part {
        None => Target::Block(block),
        Some("attn") => Target::Attention(block),
        Some("mlp") => Target::Mlp(block),
        Some(part) => Target::Head {
            block,
            head: number(part.strip_prefix("head")?)?,
        },
    })
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(block) => write!(f, "h{block}"),
            Self::Attention(block) => write!(f, "h{block}.attn"),
            Self::Mlp(block) => write!(f, "h{block}.mlp"),
            Self::Head { block, head } => write!(f, "h{block}.head{head}"),
            Self::Cells(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::address::Address;
    use crate::tensor_id::{BlockTensor, TensorId};

    fn read(text: &str) -> Vec<Intervention> {
        let all: Interventions = text.parse().expect(text);
        all.list().to_vec()
    }

    #[test]
    fn a_list_is_read_change_by_change() {
        let list = read(
            "h2.head3=off, block1.mlp=mean,h0.att.2[5,3]=0.9, h3.resid_post[4,*]<B[5], h2.gelu[*,117]*=0.5",
        );
        let cells = |block, tensor| Address::whole(TensorId::Block(block, tensor));
        assert_eq!(list[0], Intervention::head_off(2, 3));
        assert_eq!(list[1].target, Target::Mlp(1));
        assert_eq!(
            list[2],
            Intervention {
                target: Target::Cells(cells(0, BlockTensor::Attention).of_head(2).cell(5, 3)),
                change: Change::Set(0.9),
            }
        );
        assert_eq!(list[3].change, Change::Other(Index::One(5)));
        assert_eq!(list[4].change, Change::Scale(0.5));
        assert!(read(" ").is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for text in [
            "h2.head3",
            "h2.head=off",
            "h2.head3=of",
            "h2.head3=NaN",
            "h2.att.0[1,1]=inf",
            "h2.att.0[1,1]<C",
            "h2.att.0[1,1]<B[",
            "h2.head3=off,",
            "nothing=0",
        ] {
            let error = text.parse::<Interventions>().expect_err(text).to_string();
            assert!(error.contains('\''), "{text}: {error}");
        }
    }

    fn any_target() -> impl Strategy<Value = Target> {
        let tensor = proptest::sample::select(BlockTensor::ALL.to_vec());
        let cells = (any::<usize>(), tensor, any::<[usize; 3]>()).prop_map(
            |(block, tensor, [head, row, column])| {
                let address = Address::whole(TensorId::Block(block, tensor));
                Target::Cells(address.of_head(head).cell(row, column))
            },
        );
        prop_oneof![
            any::<usize>().prop_map(Target::Block),
            any::<usize>().prop_map(Target::Attention),
            any::<usize>().prop_map(Target::Mlp),
            any::<[usize; 2]>().prop_map(|[block, head]| Target::Head { block, head }),
            cells,
        ]
    }

    fn any_change() -> impl Strategy<Value = Change> {
        let number = || proptest::num::f32::NORMAL | proptest::num::f32::ZERO;
        prop_oneof![
            Just(Change::Off),
            Just(Change::Mean),
            Just(Change::Bypass),
            Just(Change::Cut),
            number().prop_map(Change::Set),
            number().prop_map(Change::Scale),
            number().prop_map(Change::Add),
            Just(Change::Other(Index::All)),
            Just(Change::Other(Index::Last)),
            any::<usize>().prop_map(|row| Change::Other(Index::One(row))),
        ]
    }

    proptest! {
        #[test]
        fn changes_read_back_as_themselves(
            list in proptest::collection::vec((any_target(), any_change()), 0..5),
        ) {
            let list: Vec<Intervention> = list
                .into_iter()
                .map(|(target, change)| Intervention { target, change })
                .collect();
            let all = Interventions::from(list.clone());
            let back: Interventions = all.to_string().parse().expect("it was written by us");
            prop_assert_eq!(back.list(), list.as_slice());
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-z0-9_.\\[\\],*=<B -]{0,40}|.{0,20}") {
            let _: Result<Interventions, _> = text.parse();
        }
    }
}
