//! `orrery train --watch`: the window has the main thread, as window systems want it, the training one
//! of its own.

use std::sync::Arc;
use std::thread;

use color_eyre::Result;
use color_eyre::eyre::{WrapErr, eyre};

use super::super::notes::Notes;
use super::session::Session;
use crate::assembly::{self, Assembly};
use crate::show::PictureSettings;
use crate::watch::{Feed, Wall, Watched};

/// Trains while a window shows it. Closed, the window leaves the training to the terminal; a run that
/// is broken off closes the window.
///
/// # Errors
/// No window, a model too large for one, and as [`Session::run`].
pub fn run(mut session: Session, notes: Notes) -> Result<()> {
    let no_window = "--watch cannot open its window (leave it out to train without)";
    let feed = Arc::new(Feed::new(session.stop()));
    let wall = Wall::new(session.config()).wrap_err(no_window)?;
    let watched = Watched::new(Arc::clone(&feed), wall);
    let title = format!("GPT Orrery — training {}", session.title());
    let app = Assembly::of_training(watched, PictureSettings::default())
        .window(&title)
        .wrap_err(no_window)?;
    session.show_to(Arc::clone(&feed));
    let training = thread::Builder::new()
        .name("training".into())
        .spawn(move || {
            // however it ends, a panic included, the window learns of it
            let mut end = End {
                feed,
                finished: false,
            };
            let result = session.run();
            end.finished = result.is_ok();
            result
        })
        .wrap_err("cannot start the training thread")?;
    let window = assembly::run(app);
    if !training.is_finished() && window.is_ok() {
        notes.say("the window is closed; the training goes on here, Ctrl-C stops it");
    }
    let trained = training
        .join()
        .map_err(|_| eyre!("the training thread broke off"))?;
    trained.and(window.map_err(Into::into))
}

/// Tells the window that the run is over.
struct End {
    feed: Arc<Feed>,
    finished: bool,
}

impl Drop for End {
    fn drop(&mut self) {
        self.feed.end(self.finished);
    }
}
