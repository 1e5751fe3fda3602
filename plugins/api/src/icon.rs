//! The sign on a visualization's button: a few lines in a square, so that it is sharp at any size.

/// Lines from point to point; x runs to the right, y down, both from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Icon(pub Vec<Vec<[f32; 2]>>);

impl Icon {
    /// The sign of these lines.
    pub fn lines(lines: &[&[[f32; 2]]]) -> Self {
        Self(lines.iter().map(|line| line.to_vec()).collect())
    }
}

impl Default for Icon {
    /// A dot in a frame.
    fn default() -> Self {
        Self::lines(&[
            &[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9], [0.1, 0.1]],
            &[[0.45, 0.5], [0.55, 0.5]],
        ])
    }
}
