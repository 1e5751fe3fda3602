//! A window of time in which the cells of a group start one after the other.

use crate::easing::noise;
use crate::timeline::Window;

/// Which cells start first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// All at once.
    Together,
    /// From the first corner to the opposite one, slightly scattered.
    Diagonal,
    /// Row by row.
    Rows,
    /// Column by column.
    Columns,
    /// Cell by cell along each row, row after row.
    Reading,
}

/// A wave of starts over a window of seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave {
    /// When the first cell starts, in seconds of the stage.
    pub start: f32,
    /// When the last cell has finished.
    pub end: f32,
    /// Share of the window over which the starts are spread, 0…1.
    pub spread: f32,
    /// Which cells start first.
    pub order: Order,
}

impl Wave {
    /// A diagonal wave: the ribbon.
    pub fn diagonal(start: f32, end: f32) -> Self {
        Self {
            start,
            end,
            spread: 0.5,
            order: Order::Diagonal,
        }
    }

    /// All cells at once.
    pub fn together(start: f32, end: f32) -> Self {
        Self {
            start,
            end,
            spread: 0.0,
            order: Order::Together,
        }
    }

    /// All cells at one instant.
    pub fn at(instant: f32) -> Self {
        Self::together(instant, instant)
    }

    /// Row after row.
    pub fn rows(start: f32, end: f32) -> Self {
        Self {
            start,
            end,
            spread: 0.7,
            order: Order::Rows,
        }
    }

    /// Column after column.
    pub fn columns(start: f32, end: f32) -> Self {
        Self {
            start,
            end,
            spread: 0.7,
            order: Order::Columns,
        }
    }

    /// The order of reading.
    pub fn reading(start: f32, end: f32) -> Self {
        Self {
            start,
            end,
            spread: 0.85,
            order: Order::Reading,
        }
    }

    /// The share of the spread after which a cell starts, 0…1.
    fn delay(&self, row: usize, column: usize, rows: usize, columns: usize) -> f32 {
        let share = |at: usize, of: usize| at as f32 / of.saturating_sub(1).max(1) as f32;
        match self.order {
            Order::Together => 0.0,
            Order::Diagonal => {
                let place = (share(row, rows) + share(column, columns)) * 0.5;
                place * 0.86 + noise(row, column, 3) * 0.14
            }
            Order::Rows => share(row, rows),
            Order::Columns => share(column, columns),
            Order::Reading => share(row * columns + column, rows * columns),
        }
    }

    /// When the cell's own motion begins and ends.
    pub fn window_of(&self, row: usize, column: usize, rows: usize, columns: usize) -> Window {
        let whole = self.end - self.start;
        let start = self.start + self.delay(row, column, rows, columns) * self.spread * whole;
        Window::new(start, start + whole * (1.0 - self.spread))
    }

    /// How far the cell's own motion has come, 0…1, linear.
    pub fn progress(&self, row: usize, column: usize, rows: usize, columns: usize, s: f32) -> f32 {
        if s >= self.end {
            return 1.0;
        }
        if s <= self.start {
            return 0.0;
        }
        let delay = self.delay(row, column, rows, columns);
        let whole = (self.end - self.start).max(1e-6);
        let own = whole * (1.0 - self.spread);
        ((s - self.start - delay * self.spread * whole) / own.max(1e-6)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_instant_has_a_before_and_an_after() {
        let progress = |s| Wave::at(1.5).progress(0, 3, 4, 5, s);
        assert_eq!(
            [progress(1.499), progress(1.5), progress(9.0)],
            [0.0, 1.0, 1.0]
        );
    }

    proptest! {
        #[test]
        fn every_cell_starts_and_ends_within_the_window(
            row in 0usize..9, column in 0usize..17, order in 0usize..5, s in -1.0f32..4.0,
        ) {
            let order = [Order::Together, Order::Diagonal, Order::Rows, Order::Columns, Order::Reading][order];
            let wave = Wave { start: 0.5, end: 2.5, spread: 0.6, order };
            let p = wave.progress(row, column, 9, 17, s);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!(s > 0.5 || p == 0.0);
            prop_assert!(s < 2.5 || p == 1.0);
            prop_assert!(wave.progress(row, column, 9, 17, s + 0.01) >= p);
        }
    }
}
