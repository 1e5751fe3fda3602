//! The whole models of a show as pictures: their layout, and the colours of their cells as a shader reads them.
//! For a large model this takes about a second, so it is made beside the frames, before it is looked at.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bevy::prelude::*;
use orrery_draw::{FlatPanelKind, FlatPicture, tag_of_tint};
use orrery_pipeline::{
    Palette, Show,
    machine::{Leaf, Machine, Slab},
};

/// The whole model in a pass, ready to be put on.
#[derive(Debug)]
pub struct MadeMachine {
    /// Its layout and numbers.
    pub machine: Machine,
    /// Its leaves, those of a slab after each other.
    pub leaves: Vec<MadeLeaf>,
}

/// A leaf of a slab.
#[derive(Debug)]
pub struct MadeLeaf {
    /// Index of its slab.
    pub slab: usize,
    /// Its place and size.
    pub transform: Transform,
    /// Its cells.
    pub picture: FlatPicture,
}

impl MadeMachine {
    fn new(machine: Machine, palette: Palette) -> Self {
        let slabs = machine.slabs.iter().enumerate();
        let all: Vec<(usize, &Slab, &Leaf)> = slabs
            .flat_map(|(index, slab)| slab.leaves.iter().map(move |leaf| (index, slab, leaf)))
            .collect();
        let made = |&(index, slab, leaf): &(usize, &Slab, &Leaf)| {
            Some(MadeLeaf {
                slab: index,
                transform: Transform::from_translation(leaf.centre()).with_scale(leaf.size()),
                picture: picture(slab, leaf, palette)?,
            })
        };
        // threads of its own: Bevy's have the next frame to make
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let leaves = thread::scope(|scope| {
            let parts = all.chunks(all.len().div_ceil(threads).max(1));
            let begun: Vec<_> = parts
                .map(|part| scope.spawn(move || part.iter().filter_map(made).collect::<Vec<_>>()))
                .collect();
            let parts = begun.into_iter().map(|part| part.join());
            let parts = parts.map(|part| part.unwrap_or_else(|panic| resume_unwind(panic)));
            parts.flatten().collect()
        });
        Self { leaves, machine }
    }
}

fn picture(slab: &Slab, leaf: &Leaf, palette: Palette) -> Option<FlatPicture> {
    let tints = slab.tints_of(leaf);
    let tags: Vec<_> = tints.map(|tint| tag_of_tint(tint, palette)).collect();
    FlatPicture::new(FlatPanelKind::Cells, leaf.columns.len(), &tags)
}

/// So many are kept: the one that is on, and the next.
const KEPT: usize = 2;

type Made = (usize, Palette, Arc<MadeMachine>);

/// The machines of a show that are made. A clone shares them.
#[derive(Clone, Debug, Default)]
pub struct Machines(Arc<Mutex<Vec<Made>>>);

impl Machines {
    /// The machine of a pass; made now if it is not yet. Who asks while another thread makes it waits for that.
    pub fn of(&self, show: &Show, pass: usize, palette: Palette) -> Option<Arc<MadeMachine>> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, machine)) = made
            .iter()
            .find(|(of, colours, _)| (*of, *colours) == (pass, palette))
        {
            return Some(Arc::clone(machine));
        }
        let machine = Arc::new(MadeMachine::new(show.machine(pass)?, palette));
        if made.len() >= KEPT {
            made.remove(0);
        }
        made.push((pass, palette, Arc::clone(&machine)));
        Some(machine)
    }
}
