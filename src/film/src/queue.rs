//! A writer on a thread of its own, behind a short queue: who renders does not wait for who compresses.

use std::sync::mpsc::{self, SyncSender};
use std::thread::JoinHandle;

use crate::{FilmError, FilmSummary, FilmWriter, Frame, PixelLayout};

/// Puts a writer on a thread. Dropped before it is finished, it leaves nothing.
pub struct Queued {
    layout: PixelLayout,
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<Result<FilmSummary, FilmError>>>,
}

enum Order {
    Take(Frame),
    Finish,
}

const DIED: FilmError = FilmError::Died("the writer of the film");

impl Queued {
    /// At most `most_waiting` frames wait.
    pub fn new(mut writer: Box<dyn FilmWriter>, most_waiting: usize) -> Self {
        let layout = writer.layout();
        let (orders, waiting) = mpsc::sync_channel::<Order>(most_waiting);
        let thread = std::thread::spawn(move || {
            for order in waiting {
                match order {
                    Order::Take(frame) => writer.push(frame)?,
                    Order::Finish => return writer.finish(),
                }
            }
            Err(DIED)
        });
        Self {
            layout,
            orders: Some(orders),
            thread: Some(thread),
        }
    }

    fn order(&mut self, order: Order) -> Result<(), FilmError> {
        let orders = self.orders.as_ref();
        if orders.is_some_and(|orders| orders.send(order).is_ok()) {
            return Ok(());
        }
        // the thread has ended early: it says why
        Err(self.join().err().unwrap_or(DIED))
    }

    fn join(&mut self) -> Result<FilmSummary, FilmError> {
        self.orders = None;
        let thread = self.thread.take().ok_or(DIED)?;
        thread.join().map_err(|_| DIED)?
    }
}

impl FilmWriter for Queued {
    fn layout(&self) -> PixelLayout {
        self.layout
    }

    fn push(&mut self, frame: Frame) -> Result<(), FilmError> {
        self.order(Order::Take(frame))
    }

    fn finish(mut self: Box<Self>) -> Result<FilmSummary, FilmError> {
        self.order(Order::Finish)?;
        self.join()
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        let _ = self.join();
    }
}
