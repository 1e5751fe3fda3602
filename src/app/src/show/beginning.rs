//! Where every show after the first begins: a prompt, a model, a page, a block or a timing is asked for, the
//! show is made beside the one that is on, and takes its place when it is there. Until then the old one goes
//! on. If it cannot be made, the old one stays and the reason is told.

use bevy::{ecs::system::SystemParam, prelude::*};
use orrery_pipeline::{Pages, Palette};

use super::{
    current::{CurrentShow, PaletteInUse, PromptError, ShowSettings},
    transport::Transport,
};
use crate::{
    background::{Died, Job, Wake, drop_beside},
    sets::OrrerySystems,
};

/// Where the clock goes when the show is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// To the beginning, and it plays.
    Beginning,
    /// To where the same happens as in the show before.
    SameMoment,
    /// To the begin of a block.
    Block {
        /// Of which pass.
        pass: usize,
        /// Counted from 0.
        block: usize,
    },
}

/// A show that is asked for.
#[derive(Clone, Debug)]
struct Request {
    settings: ShowSettings,
    start: Start,
}

/// A show that is being made.
struct UnderWay {
    request: Request,
    job: Job<Result<CurrentShow, PromptError>>,
    /// What was asked for since; it is made next.
    then: Option<Request>,
}

impl UnderWay {
    fn last_request(&self) -> &Request {
        self.then.as_ref().unwrap_or(&self.request)
    }
}

/// The show that is being made, if any, and why the last one could not be. One thread at a time runs the
/// model, and one lays out.
#[derive(Resource, Default)]
pub struct NextShow {
    /// Of another prompt or model: the model runs.
    run: Option<UnderWay>,
    /// The show that is on laid out anew.
    layout: Option<UnderWay>,
    problem: Option<PromptError>,
}

impl NextShow {
    /// Whether a show is being made.
    pub fn is_under_way(&self) -> bool {
        self.run.is_some() || self.layout.is_some()
    }

    /// What is being made, and how far it is (0…1); none while it has only just begun.
    pub fn words(&self) -> Option<(String, f32)> {
        let mut slots = self.run.iter().chain(&self.layout);
        let slot = slots.find(|slot| slot.job.is_long())?;
        let ShowSettings { model, prompt, .. } = &slot.last_request().settings;
        Some(match slot.job.parts() {
            Some((done, of)) => {
                let (model, token) = (model.short_name(), (done + 1).min(of));
                let words = format!("{model} reads “{prompt}”: token {token} of {of}");
                (words, done as f32 / of as f32)
            }
            None => (format!("“{prompt}” is laid out anew"), 0.0),
        })
    }

    /// Why the last show could not be made.
    pub fn problem(&self) -> Option<&PromptError> {
        self.problem.as_ref()
    }

    /// Takes the reason away.
    pub fn forget_problem(&mut self) {
        self.problem = None;
    }

    /// Whether there is something to dismiss.
    pub fn is_dismissable(&self) -> bool {
        self.is_under_way() || self.problem.is_some()
    }

    /// Gives up what is being made, and takes away what is said about the last one.
    pub fn dismiss(&mut self) {
        *self = Self::default();
    }
}

/// Asks for shows.
#[derive(SystemParam)]
pub struct Shows<'w> {
    on: Option<Res<'w, CurrentShow>>,
    next: ResMut<'w, NextShow>,
    wake: Res<'w, Wake>,
    palette: Res<'w, PaletteInUse>,
}

impl Shows<'_> {
    /// The show that is on.
    pub fn on(&self) -> Option<&CurrentShow> {
        self.on.as_deref()
    }

    /// Of what the show is made that will be on when all that was asked for is done.
    pub fn wanted(&self) -> Option<&ShowSettings> {
        let slot = self.next.run.as_ref().or(self.next.layout.as_ref());
        let under_way = slot.map(|slot| &slot.last_request().settings);
        under_way.or(self.on().map(|show| &show.settings))
    }

    /// Asks for a show for which the model must run: another prompt, another model. It begins with its first
    /// pages. What was asked for before and is not there yet is kept where this does not change it.
    pub fn run(&mut self, change: impl FnOnce(&mut ShowSettings)) {
        let Some(mut settings) = self.wanted().cloned() else {
            return;
        };
        change(&mut settings);
        settings.options.pages = Pages::default();
        let request = Request {
            settings,
            start: Start::Beginning,
        };
        self.next.problem = None;
        if let Some(under_way) = &mut self.next.run {
            under_way.job.give_up();
            under_way.then = Some(request);
        } else {
            self.next.run = Some(run(request, &self.wake, self.palette.0));
        }
    }

    /// Asks for the show that is on, laid out in another way: other pages, other blocks opened, another
    /// timing.
    pub fn lay_out(&mut self, start: Start, change: impl FnOnce(&mut ShowSettings)) {
        let Some(show) = &self.on else {
            return;
        };
        let layout = &mut self.next.layout;
        let last = layout.as_ref().map(|slot| &slot.last_request().settings);
        let last = last.unwrap_or(&show.settings);
        let mut settings = last.clone();
        change(&mut settings);
        if settings.is_laid_out_like(last) {
            return;
        }
        let request = Request { settings, start };
        if let Some(under_way) = layout {
            under_way.then = Some(request);
        } else {
            *layout = Some(lay_out(show, request, &self.wake));
        }
    }
}

fn run(request: Request, wake: &Wake, palette: Palette) -> UnderWay {
    let settings = request.settings.clone();
    let tokens = settings.options.tokens;
    let job = Job::begin(wake, move |progress| {
        let show = CurrentShow::watched(settings, &mut |token| progress.report(token, tokens))?;
        // the show begins with the whole model
        show.machines.of(&show.show, 0, palette);
        Ok(show)
    });
    UnderWay {
        request,
        job,
        then: None,
    }
}

fn lay_out(show: &CurrentShow, request: Request, wake: &Wake) -> UnderWay {
    let (show, settings) = (show.clone(), request.settings.clone());
    let job = Job::begin(wake, move |_| Ok(show.laid_out_anew(settings)));
    UnderWay {
        request,
        job,
        then: None,
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<NextShow>()
        .init_resource::<Wake>()
        .add_systems(
            Update,
            begin_when_ready
                .in_set(OrrerySystems::Program)
                .before(super::now::find_now),
        );
}

/// Puts a show on as soon as it is made.
fn begin_when_ready(
    mut next: ResMut<NextShow>,
    on: Option<ResMut<CurrentShow>>,
    mut transport: ResMut<Transport>,
    wake: Res<Wake>,
    palette: Res<PaletteInUse>,
) {
    let Some(mut on) = on else {
        return;
    };
    // looking whether it is ready changes nothing
    let slots = next.bypass_change_detection();
    if let Some((made, under_way)) = take(&mut slots.layout) {
        if let Some(show) = settle(made, &mut slots.problem) {
            put_on(&mut on, &mut transport, show, under_way.request.start);
        }
        slots.layout = under_way.then.map(|request| lay_out(&on, request, &wake));
        next.set_changed();
    }
    let slots = next.bypass_change_detection();
    if let Some((made, under_way)) = take(&mut slots.run) {
        if let Some(request) = under_way.then {
            slots.run = Some(run(request, &wake, palette.0));
        } else if let Some(show) = settle(made, &mut slots.problem) {
            // what was opened meanwhile is opened in this show too
            let layout = slots.layout.take();
            let last = layout.as_ref().map(|slot| &slot.last_request().settings);
            let mut settings = show.settings.clone();
            settings.lay_out_like(last.unwrap_or(&on.settings));
            let start = Start::Beginning;
            if settings.is_laid_out_like(&show.settings) {
                put_on(&mut on, &mut transport, show, start);
            } else {
                slots.layout = Some(lay_out(&show, Request { settings, start }, &wake));
            }
        }
        next.set_changed();
    }
}

type Made = Result<Result<CurrentShow, PromptError>, Died>;

/// What was being made, if it is ready.
fn take(slot: &mut Option<UnderWay>) -> Option<(Made, UnderWay)> {
    let made = slot.as_mut()?.job.take()?;
    slot.take().map(|under_way| (made, under_way))
}

/// The show, or the reason is kept why there is none.
fn settle(made: Made, problem: &mut Option<PromptError>) -> Option<CurrentShow> {
    match made.unwrap_or_else(|died| Err(died.into())) {
        Ok(show) => Some(show),
        Err(reason) => {
            *problem = Some(reason);
            None
        }
    }
}

fn put_on(on: &mut CurrentShow, transport: &mut Transport, made: CurrentShow, start: Start) {
    let revision = on.revision + 1;
    let old = std::mem::replace(on, CurrentShow { revision, ..made });
    match start {
        Start::Beginning => transport.begin(),
        Start::SameMoment => {
            let time = on.same_moment(&old, transport.time());
            transport.seek(time, on.duration());
        }
        Start::Block { pass, block } => {
            transport.seek(on.begin_of_block(pass, block), on.duration());
        }
    }
    drop_beside(old);
}

#[cfg(test)]
mod tests;
