//! From one picture to another: what is shown is a function of the show, the time, the looks and how far one has given
//! way to the next. It can begin at any time, the middle of another change included.

use std::sync::Arc;

use bevy::prelude::*;
use orrery_pipeline::shaping::{Look, Looks, ShapedShow, between, blended_framing};
use orrery_pipeline::{Framing, Scene, Show};
use orrery_plugin_api::{On, StageView, Visualizations, VisualizationsOn};

use super::chosen::Chosen;
use crate::{
    background::{Job, Wake},
    camera::{Direction, ShotList},
    show::{CurrentShow, Now, current::PaletteInUse},
};

/// How long a change takes, in real seconds.
const SECONDS: f32 = 0.8;
/// A change begins after a rest of the window, or on a slow machine: it is shown all the same.
const LONGEST_FRAME: f32 = 0.1;
/// Changes within changes that are remembered; of more the oldest is forgotten.
const MOST: usize = 4;

/// Changes take their time. Without this resource, in pictures, they are done at once.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct SwapClock;

/// Looks and how far they have taken the place of those before, 0…1.
#[derive(Clone, Debug)]
struct Link {
    /// Tells it from all others that there ever were.
    number: u64,
    shaped: Arc<ShapedShow>,
    settings: Vec<(Look, String, Arc<dyn Reflect>)>,
    share: f32,
}

/// What is being shown, and what it comes from.
#[derive(Resource, Default)]
pub struct Swap {
    /// One after the other; the first is all there.
    chain: Vec<Link>,
    /// How many links there have been.
    links: u64,
    /// The revision of the show for which they were made.
    revision: u64,
    shown: Option<Shown>,
    /// Scenes that are made beside the frames.
    making: Option<Job<()>>,
    /// What the camera framed last.
    framed: Option<Framing>,
}

/// What the view holds.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    revision: u64,
    segment: usize,
    /// The numbers of the links, and their shares.
    links: Vec<(u64, f32)>,
}

impl Shown {
    /// Whether its matrices and labels are those of another one.
    fn is_built_like(&self, other: &Self) -> bool {
        let links = |of: &Self| -> Vec<u64> { of.links.iter().map(|link| link.0).collect() };
        (self.revision, self.segment) == (other.revision, other.segment)
            && links(self) == links(other)
    }
}

impl Swap {
    /// Whether one picture gives way to another now, or a scene is being made: a window goes on drawing.
    pub fn is_under_way(&self) -> bool {
        self.chain.len() > 1 || self.making.is_some()
    }

    /// The show as the looks that were chosen last show it.
    pub fn shaped(&self) -> Option<&Arc<ShapedShow>> {
        self.chain.last().map(|link| &link.shaped)
    }

    /// How far the newest looks have taken the place of those before, 0…1.
    pub fn share(&self) -> f32 {
        self.chain.last().map_or(1.0, |link| link.share)
    }

    /// Sets how far the newest looks have taken the place of those before: for pictures of a change without a clock.
    pub fn set_share(&mut self, share: f32) {
        if let [.., _, last] = self.chain.as_mut_slice() {
            last.share = share.clamp(0.0, 1.0);
        }
        self.settle();
    }

    /// Whoever has all of the picture needs nobody before it.
    fn settle(&mut self) {
        if let Some(at) = self.chain.iter().rposition(|link| link.share >= 1.0) {
            self.chain.drain(..at);
        }
    }

    /// Begins to show these looks.
    fn begin(&mut self, show: &Arc<Show>, looks: Looks, all: &Visualizations, chosen: &Chosen) {
        let settings = chosen.identifiers().filter_map(|identifier| {
            let found = all.find(identifier)?;
            let settings = chosen.settings_of(found);
            let look = found.look(settings.as_ref());
            Some((look, found.identifier.clone(), Arc::from(settings)))
        });
        self.links += 1;
        self.chain.push(Link {
            number: self.links,
            settings: settings.collect(),
            shaped: Arc::new(ShapedShow::new(show.clone(), looks)),
            share: if self.chain.is_empty() { 1.0 } else { 0.0 },
        });
        if self.chain.len() > MOST {
            self.chain.remove(0);
            self.chain[0].share = 1.0;
        }
    }

    /// Takes another show.
    fn take_show(&mut self, show: &Arc<Show>, revision: u64) {
        if self.revision == revision {
            return;
        }
        self.revision = revision;
        for link in &mut self.chain {
            let looks = link.shaped.looks().clone();
            link.shaped = Arc::new(ShapedShow::new(show.clone(), looks));
        }
    }

    /// Lets scenes that are not there be made beside the frames; whether all that the segment needs are there.
    fn is_ready(&mut self, segment: usize, wake: &Wake) -> bool {
        if self.making.as_mut().is_some_and(|job| job.take().is_some()) {
            self.making = None;
        }
        let wanting = |segment: usize| {
            let mut links = self.chain.iter().map(|link| &link.shaped);
            links.find(|shaped| !shaped.is_made(segment)).cloned()
        };
        let now = wanting(segment).map(|shaped| (shaped, segment));
        let ready = now.is_none();
        // and the next, before the show comes to it
        let next = now.or_else(|| wanting(segment + 1).map(|shaped| (shaped, segment + 1)));
        if let (Some((shaped, segment)), None) = (next, &self.making) {
            self.making = Some(Job::begin(wake, move |_| {
                shaped.scene(segment);
            }));
        }
        ready
    }

    fn scene(&self, segment: usize) -> Option<Arc<Scene>> {
        let mut scene: Option<Arc<Scene>> = None;
        for link in &self.chain {
            let next = link.shaped.scene(segment)?;
            scene = Some(match scene {
                Some(before) => between(link.shaped.show(), segment, &before, next, link.share),
                None => next.clone(),
            });
        }
        scene
    }

    /// Whether a block is shown as the program made it.
    fn is_standard(&self, block: Option<usize>) -> bool {
        let standard = Look::default();
        let mut looks = self.chain.iter().map(|link| link.shaped.looks());
        looks.all(|looks| *looks.of(block) == standard)
    }

    fn framing(&self, time: f64) -> Option<Framing> {
        let mut framing = None;
        for link in &self.chain {
            framing = blended_framing(framing, link.shaped.framing(time), link.share);
        }
        framing
    }

    /// Which visualizations are in the picture of a block, and how much of it is theirs.
    fn on(&self, block: Option<usize>) -> Vec<On> {
        let mut on: Vec<On> = Vec::new();
        let mut left = 1.0;
        for link in self.chain.iter().rev() {
            let look = link.shaped.looks().of(block);
            let share = left * link.share;
            left *= 1.0 - link.share;
            let Some((_, identifier, settings)) =
                link.settings.iter().find(|(known, ..)| known == look)
            else {
                continue;
            };
            match on.iter_mut().find(|on| on.identifier == *identifier) {
                Some(on) => on.share += share,
                None => on.push(On {
                    identifier: identifier.clone(),
                    share,
                    settings: settings.clone(),
                }),
            }
        }
        on
    }
}

/// What changes are made of.
#[derive(bevy::ecs::system::SystemParam)]
pub(crate) struct Asked<'w> {
    chosen: Res<'w, Chosen>,
    all: Option<Res<'w, Visualizations>>,
    clock: Option<Res<'w, SwapClock>>,
    time: Option<Res<'w, Time<Real>>>,
    wake: Res<'w, Wake>,
    direction: Res<'w, Direction>,
    shots: ResMut<'w, ShotList>,
}

/// Shapes the stage, and tells whoever draws or frames it.
pub(crate) fn shape_stage(
    show: Option<Res<CurrentShow>>,
    palette: Res<PaletteInUse>,
    mut asked: Asked,
    mut now: ResMut<Now>,
    mut swap: ResMut<Swap>,
    mut view: ResMut<StageView>,
    mut on: Option<ResMut<VisualizationsOn>>,
) {
    let (Some(show), Some(segment)) = (show, now.segment) else {
        return;
    };
    let swap = swap.bypass_change_detection();
    let none = Visualizations::default();
    let all = asked.all.as_deref().unwrap_or(&none);
    let news = asked.chosen.is_changed() || asked.all.as_ref().is_some_and(|all| all.is_changed());
    swap.take_show(&show.show, show.revision);
    let mut began = false;
    if news || swap.chain.is_empty() {
        let looks = asked.chosen.looks(all);
        if swap.shaped().is_none_or(|shaped| *shaped.looks() != looks) {
            swap.begin(&show.show, looks, all, &asked.chosen);
            began = true;
        }
    }
    let index = now.index;
    if asked.clock.is_some() {
        // the scene that was shown stays until the next is made
        if !swap.is_ready(index, &asked.wake) && view.scene.is_some() {
            // and is seen as it was
            now.framing = swap.framed;
            return;
        }
        let passed = asked.time.as_ref().map_or(0.0, |time| time.delta_secs());
        if let [_, .., last] = swap.chain.as_mut_slice()
            && !began
        {
            last.share = (last.share + passed.min(LONGEST_FRAME) / SECONDS).min(1.0);
        }
    } else if began && let Some(last) = swap.chain.last_mut() {
        last.share = 1.0;
    }
    swap.settle();

    let shown = Shown {
        revision: show.revision,
        segment: index,
        links: swap
            .chain
            .iter()
            .map(|link| (link.number, link.share))
            .collect(),
    };
    if swap.shown.as_ref() != Some(&shown) {
        let alike = swap
            .shown
            .as_ref()
            .is_some_and(|before| before.is_built_like(&shown));
        swap.shown = Some(shown);
        view.scene = swap.scene(index);
        view.show = Some(show.show.clone());
        view.segment = index;
        if !alike {
            view.revision += 1;
        }
    }
    if view.seconds != now.seconds || view.palette != palette.0 {
        view.seconds = now.seconds;
        view.palette = palette.0;
    }
    if asked.direction.is_changed() {
        asked.shots.forget();
    }
    let guided = |time| swap.framing(time);
    let is_standard = swap.is_standard(segment.block);
    let (direction, shots) = (&asked.direction, &mut asked.shots);
    swap.framed = direction.framing(&show, now.time, &guided, is_standard, shots);
    if now.framing != swap.framed {
        now.framing = swap.framed;
    }
    if let Some(on) = &mut on {
        let next = swap.on(segment.block);
        if !on.is_same(&next) {
            on.set(next);
        }
    }
}

#[cfg(test)]
mod tests;
