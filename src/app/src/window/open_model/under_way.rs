//! A model that is being opened on another thread: its file is read, and its show is made.

use std::{
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use bevy::tasks::{AsyncComputeTaskPool, futures_lite::future::yield_now};

use crate::{
    model_file::{ModelFile, fitting_prompt},
    show::{CurrentShow, LoadedModel, ShowSettings},
};

/// Nothing where the work ended by a panic. Dropped it ends at its next step.
type Work = Pin<Box<dyn Future<Output = Option<Result<CurrentShow, String>>> + Send + Sync>>;

/// A model that is being opened.
pub(super) struct UnderWay {
    name: String,
    work: Work,
    revision: u64,
    /// Called when the work is done.
    waker: Waker,
}

impl UnderWay {
    /// Begins to open a file for the settings of the show that is on; `wake` is called when it is done.
    pub fn begin(
        file: ModelFile,
        show: &CurrentShow,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let name = file.path.file_name().unwrap_or(file.path.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let now = show.settings.clone();
        Self {
            name,
            work: spawn(async move {
                let model = load(&file)?;
                // nobody may want it any more
                yield_now().await;
                make(model, &now)
            }),
            revision: show.revision,
            waker: Waker::from(Arc::new(OnWake(wake))),
        }
    }

    /// Makes the show once more, for the settings of this one.
    pub fn begin_anew(&mut self, model: LoadedModel, show: &CurrentShow) {
        let now = show.settings.clone();
        self.work = spawn(async move { make(model, &now) });
        self.revision = show.revision;
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of the show with whose settings it is made.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The show with the model, as soon as it is done, or why there is none. Not to be asked again
    /// after that.
    pub fn outcome(&mut self) -> Option<Result<CurrentShow, String>> {
        let mut context = Context::from_waker(&self.waker);
        let Poll::Ready(result) = self.work.as_mut().poll(&mut context) else {
            return None;
        };
        let defect = || {
            Err(format!(
                "{} cannot be opened: a defect of Orrery",
                self.name
            ))
        };
        Some(result.unwrap_or_else(defect))
    }

    /// Waits until it is done.
    #[cfg(test)]
    pub fn finish(&mut self) {
        let result = bevy::tasks::block_on(self.work.as_mut());
        self.work = Box::pin(std::future::ready(result));
    }

    /// Never gets done.
    #[cfg(test)]
    pub fn stall(&mut self) {
        self.work = Box::pin(std::future::pending());
    }
}

fn spawn(work: impl Future<Output = Result<CurrentShow, String>> + Send + 'static) -> Work {
    Box::pin(AsyncComputeTaskPool::get().spawn(work).fallible())
}

/// Wakes by a call.
struct OnWake<F>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for OnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// What a path says of a model, if `last` was the file of weights before it.
pub(super) fn model_file(path: &Path, last: Option<&Path>) -> Result<ModelFile, String> {
    if !is_vocabulary(path) {
        return Ok(ModelFile::new(path));
    }
    let last = last.ok_or_else(|| {
        let name = path.display();
        format!("{name} is a vocabulary; open the model that it belongs to first")
    })?;
    Ok(ModelFile {
        vocabulary: Some(path.to_owned()),
        ..ModelFile::new(last)
    })
}

/// Whether it is a vocabulary and no model, by its name.
pub(super) fn is_vocabulary(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "pkl")
}

fn load(file: &ModelFile) -> Result<LoadedModel, String> {
    let model = file.load().map_err(|error| error.to_string())?;
    Ok(LoadedModel {
        gpt: Arc::new(model.gpt),
        tokenizer: Arc::new(model.tokenizer),
        name: file.path.display().to_string(),
    })
}

/// The show that is on, with this model and its first pages. What of the prompt the model does not know
/// is left out.
fn make(model: LoadedModel, now: &ShowSettings) -> Result<CurrentShow, String> {
    let mut settings = now.clone();
    settings.prompt = fitting_prompt(&model.tokenizer, &now.prompt);
    settings.lossy = false;
    settings.options.pages = orrery_pipeline::Pages::default();
    let n_blocks = model.gpt.config().n_blocks;
    settings.options.opened.retain(|&block| block < n_blocks);
    settings.model = model;
    CurrentShow::new(settings).map_err(|error| error.to_string())
}
