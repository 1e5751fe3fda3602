//! How a film is ended before its time: by Ctrl-C, which keeps what there is, or by the window that began
//! it, which throws it away.

use std::io::{BufRead, Write, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use color_eyre::Result;
use color_eyre::eyre::WrapErr;

use crate::film::Early;

/// Listens for the wish to end.
pub(super) struct EarlyEnd {
    keep: Arc<AtomicBool>,
    discard: Arc<AtomicBool>,
    steered: bool,
}

impl EarlyEnd {
    /// Listens for Ctrl-C, and where a window steers, for the end of standard input.
    ///
    /// # Errors
    /// The system lets nobody listen.
    pub fn listen(steered: bool) -> Result<Self> {
        let early = Self {
            keep: Arc::default(),
            discard: Arc::default(),
            steered,
        };
        let keep = Arc::clone(&early.keep);
        ctrlc::set_handler(move || keep.store(true, Ordering::Relaxed))
            .wrap_err("cannot listen for Ctrl-C")?;
        if steered {
            let discard = Arc::clone(&early.discard);
            std::thread::spawn(move || {
                // the other end is closed when nobody wants the film any longer, whatever happened there
                let _ = stdin().lock().lines().map_while(Result::ok).last();
                discard.store(true, Ordering::Relaxed);
            });
        }
        Ok(early)
    }

    /// Whether somebody asked for the end.
    pub fn asked(&self) -> Option<Early> {
        if self.discard.load(Ordering::Relaxed) {
            return Some(Early::Discard);
        }
        self.keep.load(Ordering::Relaxed).then_some(Early::Keep)
    }

    /// Tells the window how far it is.
    pub fn tell(&self, done: u64, total: u64) {
        if self.steered {
            // where nobody listens any longer, standard input ends too
            let mut output = stdout().lock();
            let _ = writeln!(output, "{done} {total}").and_then(|()| output.flush());
        }
    }
}
