//! Two texts: where the one's numbers, put into the other, bring its answer with them.

use std::sync::Arc;

use orrery_model::{
    Address, BlockTensor as B, Change, Index, Intervention, Interventions, Target, TensorId, Trace,
};

use crate::lens::stages;
use crate::part::Part;
use crate::question::Question;
use crate::run::{AnalysisError, Run};

/// What a row of the grid puts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patched {
    /// The residual stream at a stage.
    Stage(crate::lens::LensStage),
    /// What a head hands to W_O, or what an MLP adds.
    Part(Part),
}

/// The grid of a question: each cell is how far the answer of A moves towards that of B when one row of
/// B's numbers stands in A's run: 0 not at all, 1 all the way.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchGrid {
    /// The positions `(a, b)` that belong together.
    pub pairs: Vec<(usize, usize)>,
    /// What is put in, row by row of the grid.
    pub rows: Vec<Patched>,
    /// `moved[row][pair]`
    pub moved: Vec<Vec<f64>>,
    /// The asked-for number in A, and in B.
    pub values: (f64, f64),
}

/// Makes the grid: B's rows into A's run. `question` is asked at A's position; at B's it is the same with
/// `position_b`.
///
/// # Errors
/// A token or position that is not there, or a pair that is not.
pub fn patch_grid(
    a: &Run<'_>,
    b: &Arc<Trace>,
    pairs: &[(usize, usize)],
    question: Question,
    position_b: usize,
) -> Result<PatchGrid, AnalysisError> {
    question.check(a)?;
    let run_b = Run::new(a.gpt(), b)?;
    let there = Question {
        position: position_b,
        ..question
    };
    there.check(&run_b)?;
    let value_a = question.value(a.logits(question.position).iter().copied());
    let value_b = there.value(run_b.logits(position_b).iter().copied());
    let config = a.config();
    let of_stages = stages(config.n_blocks).into_iter().map(Patched::Stage);
    let of_parts = (0..config.n_blocks).flat_map(|block| {
        let heads = (0..config.n_heads).map(move |head| Part::Head { block, head });
        heads.chain([Part::Mlp(block)]).map(Patched::Part)
    });
    let rows: Vec<Patched> = of_stages.chain(of_parts).collect();
    let moved = rows
        .iter()
        .map(|&row| {
            let cells = pairs.iter().map(|&(at, from)| {
                let address = Address {
                    row: Index::One(at),
                    ..place(a, row)
                };
                let one = Intervention {
                    target: Target::Cells(address),
                    change: Change::Other(Index::One(from)),
                };
                let changes = Interventions::from(one).with_other(Arc::clone(b));
                let patched = a
                    .gpt()
                    .trace_with(a.trace().ids(), &changes, Some(a.trace()))?;
                let patched = Run::new(a.gpt(), &patched)?;
                let value = question.value(patched.logits(question.position).iter().copied());
                Ok((value - value_a) / (value_b - value_a))
            });
            cells.collect::<Result<Vec<f64>, AnalysisError>>()
        })
        .collect::<Result<_, _>>()?;
    Ok(PatchGrid {
        pairs: pairs.to_vec(),
        rows,
        moved,
        values: (value_a, value_b),
    })
}

fn place(run: &Run<'_>, patched: Patched) -> Address {
    match patched {
        Patched::Stage(stage) => Address::whole(stage.tensor(run.is_pre_norm())),
        Patched::Part(Part::Head { block, head }) => {
            Address::whole(TensorId::Block(block, B::HeadOutput)).of_head(head)
        }
        Patched::Part(Part::Mlp(block)) => Address::whole(TensorId::Block(block, B::FfnOutput)),
        Patched::Part(Part::Attention(block) | Part::Block(block)) => {
            Address::whole(TensorId::Block(block, B::AttentionOutput))
        }
        Patched::Part(Part::Token) => Address::whole(TensorId::TokenEmbedding),
        Patched::Part(Part::Position) => Address::whole(TensorId::PositionEmbedding),
    }
}
