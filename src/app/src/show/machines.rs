//! The whole models of a show as pictures: their layout, and the colours of their cells as a shader reads them.
//! For a large model this takes about a second, so it is made beside the frames, before it is looked at.

use std::sync::{Arc, Mutex, PoisonError};

use bevy::{
    prelude::*,
    tasks::{ComputeTaskPool, TaskPool},
};
use orrery_draw::{FlatPanelKind, FlatPicture, tag_of};
use orrery_pipeline::{
    CellPose, Palette, Show,
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
        // in the order in which they are begun
        let leaves = ComputeTaskPool::get_or_init(TaskPool::new).scope(|scope| {
            for (index, slab) in machine.slabs.iter().enumerate() {
                for leaf in &slab.leaves {
                    let (place, scale) = (leaf.centre(), leaf.size());
                    scope.spawn(async move {
                        Some(MadeLeaf {
                            slab: index,
                            transform: Transform::from_translation(place).with_scale(scale),
                            picture: picture(slab, leaf, palette)?,
                        })
                    });
                }
            }
        });
        Self {
            leaves: leaves.into_iter().flatten().collect(),
            machine,
        }
    }
}

fn picture(slab: &Slab, leaf: &Leaf, palette: Palette) -> Option<FlatPicture> {
    let rows = leaf.rows.clone();
    let cells = rows.flat_map(|row| leaf.columns.clone().map(move |column| (row, column)));
    let tags: Vec<_> = cells
        .map(|(row, column)| {
            let pose = CellPose {
                position: Vec3::ZERO,
                size: Vec3::ONE,
                tint: slab.tint(row, column),
                glow: 0.0,
                ghost: false,
            };
            tag_of(&pose, palette)
        })
        .collect();
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
