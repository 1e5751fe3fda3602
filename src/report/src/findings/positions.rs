//! Where the position embeddings lie.

use orrery_analysis::Run;
use orrery_analysis::directions::components;
use orrery_model::WeightId;
use serde::Serialize;

/// Where the positions lie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathFinding {
    /// What share of the variance each of the two axes explains.
    pub explains: Vec<f64>,
    /// Each position's place `[positions][2]`.
    pub places: Vec<Vec<f64>>,
}

pub(super) fn path(run: &Run<'_>) -> PathFinding {
    let Some(table) = run.weight(WeightId::PositionEmbedding) else {
        return PathFinding {
            explains: Vec::new(),
            places: Vec::new(),
        };
    };
    // of very many positions or dimensions this would be long
    let short = table.nrows().min(256);
    let axes = if table.ncols() > 1024 {
        Vec::new()
    } else {
        components(table.split_at(ndarray::Axis(0), short).0, 2)
    };
    PathFinding {
        explains: axes.iter().map(|axis| axis.explains).collect(),
        places: (0..short)
            .map(|row| axes.iter().map(|axis| axis.places[row]).collect())
            .collect(),
    }
}
