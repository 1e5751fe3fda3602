//! The machine's panels: spawned when the far view is looked at, gone when it is not, and lit by the
//! machine's clock.

use bevy::{camera::visibility::RenderLayers, prelude::*};
use orrery_draw::{CellTag, FlatLook, FlatPanelKind, flat_panel, tag_of};
use orrery_pipeline::{
    CellPose, Palette,
    machine::{Flight, Leaf, Machine, Slab, Strand, hand},
};

use super::fly::{FarView, FlightOn};
use crate::show::{CurrentShow, Now, current::PaletteInUse};

/// What the camera sees of the stage and of the machine.
pub(super) const STAGE_LAYER: usize = 0;
pub(super) const MACHINE_LAYER: usize = 1;

/// The colour of the beam: light, and no number.
const BEAM: [u8; 3] = [255, 202, 128];
/// How far a strand may come out of the plane in which the slabs stand, in units.
const FRONT: f32 = 0.35;

/// Which show, pass and palette a machine was made for.
type MadeFor = (u64, usize, Palette);

/// A panel of the machine.
#[derive(Clone, Copy, Debug)]
struct Part {
    panel: Entity,
    /// Index of its slab or strand.
    of: usize,
    /// Its place and its full size.
    transform: Transform,
}

/// The machine that is looked at.
#[derive(Resource, Debug)]
pub struct MachineOn {
    machine: Machine,
    made_for: MadeFor,
    root: Entity,
    leaves: Vec<Part>,
    strands: Vec<Part>,
    /// Whether parts have another size than their own.
    growing: bool,
    data: Option<Entity>,
}

impl MachineOn {
    /// Its layout and numbers.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Which of all machines this is: another pass or show has another.
    pub fn made_for(&self) -> MadeFor {
        self.made_for
    }

    /// Where its clock stands.
    pub fn hand(&self, show: &CurrentShow, now: &Now) -> Option<f32> {
        let pass = now.pass(show)?;
        Some(hand(pass.config(), &now.segment?, now.seconds))
    }
}

/// Makes the machine of the pass that is on, if anything of it is to be seen, and takes away any other.
pub(super) fn keep_machine(world: &mut World) {
    let shown = world.resource::<FarView>().shown() > 0.0;
    let segment = world.resource::<Now>().segment;
    let palette = world.resource::<PaletteInUse>().0;
    let wanted = world.get_resource::<CurrentShow>().and_then(|show| {
        let pass = segment.filter(|_| shown)?.pass;
        Some(((show.revision, pass, palette), show.show.clone()))
    });
    let there = world
        .get_resource::<MachineOn>()
        .map(|machine| machine.made_for);
    if there == wanted.as_ref().map(|(made_for, _)| *made_for) {
        return;
    }
    let old = world.remove_resource::<MachineOn>();
    if let Some((made_for, show)) = wanted
        && let Some(machine) = show.machine(made_for.1)
    {
        let machine = spawn(world, machine, made_for);
        world.insert_resource(machine);
    }
    // last: see `SceneCells::follow`
    if let Some(old) = old {
        world.despawn(old.root);
    }
}

fn spawn(world: &mut World, machine: Machine, made_for: MadeFor) -> MachineOn {
    let root = world
        .spawn((Transform::default(), Visibility::default()))
        .id();
    let layer = || (ChildOf(root), RenderLayers::layer(MACHINE_LAYER));
    let mut leaves = Vec::new();
    for (index, slab) in machine.slabs.iter().enumerate() {
        for leaf in &slab.leaves {
            let tags = tags(slab, leaf, made_for.2);
            let panel = flat_panel(world, FlatPanelKind::Cells, leaf.columns.len(), &tags);
            if let Some(panel) = panel {
                let transform = Transform::from_translation(leaf.centre()).with_scale(leaf.size());
                leaves.push(Part {
                    panel: world.spawn((panel, transform, layer())).id(),
                    of: index,
                    transform,
                });
            }
        }
    }
    let light = [CellTag::solid(BEAM)];
    let mut strands = Vec::new();
    for (of, strand) in machine.strands.iter().enumerate() {
        if let Some(panel) = flat_panel(world, FlatPanelKind::Beam, 1, &light) {
            let transform = transform_of(strand);
            strands.push(Part {
                panel: world.spawn((panel, transform, layer())).id(),
                of,
                transform,
            });
        }
    }
    let data = flat_panel(world, FlatPanelKind::Beam, 1, &light)
        .map(|panel| world.spawn((panel, Transform::default(), layer())).id());
    MachineOn {
        machine,
        made_for,
        root,
        leaves,
        strands,
        growing: true,
        data,
    }
}

fn tags(slab: &Slab, leaf: &Leaf, palette: Palette) -> Vec<CellTag> {
    leaf.rows
        .clone()
        .flat_map(|row| leaf.columns.clone().map(move |column| (row, column)))
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
        .collect()
}

/// A box along the strand, its left end where the data enters.
fn transform_of(strand: &Strand) -> Transform {
    let way = strand.to - strand.from;
    let direction = way.try_normalize().unwrap_or(Vec3::X);
    // past the corners, so that a branch has no gaps at its turns
    let length = way.length() + strand.thickness;
    // however thick it is, its front lies behind the faces of the slabs through which it goes
    let back = Vec3::NEG_Z * (strand.thickness * 0.5 - FRONT).max(0.0);
    Transform {
        translation: strand.from.midpoint(strand.to) + back,
        rotation: Quat::from_rotation_arc(Vec3::X, direction),
        scale: Vec3::new(length, strand.thickness, strand.thickness),
    }
}

/// Places the machine and lights what its clock says.
pub(super) fn follow(
    mut machine: ResMut<MachineOn>,
    show: Res<CurrentShow>,
    now: Res<Now>,
    flight: Res<FlightOn>,
    mut looks: Query<&mut FlatLook>,
    mut places: Query<&mut Transform>,
) {
    let (Some(flight), Some(hand)) = (flight.0, machine.hand(&show, &now)) else {
        return;
    };
    let (scale, offset) = flight.machine();
    if let Ok(mut root) = places.get_mut(machine.root) {
        root.set_if_neq(Transform::from_translation(offset).with_scale(Vec3::splat(scale)));
    }
    grow(&mut machine, &flight, &mut places);
    let mut set = |entity: Entity, look: FlatLook| {
        if let Ok(mut old) = looks.get_mut(entity) {
            old.set_if_neq(look);
        }
    };
    for part in &machine.leaves {
        let look = machine.machine.slabs[part.of].look(hand);
        set(
            part.panel,
            FlatLook {
                made: look.made,
                brightness: look.brightness,
                glow: look.glow,
            },
        );
    }
    let beam = |made: f32, glow: f32| FlatLook {
        made,
        brightness: 1.0,
        glow,
    };
    for part in &machine.strands {
        let strand = &machine.machine.strands[part.of];
        set(part.panel, beam(strand.lit(hand), 0.6));
    }
    if let Some(data) = machine.data {
        // all of it lit, and as hot as a beam's head
        set(data, beam(0.999, 1.0));
        if let Ok(mut place) = places.get_mut(data) {
            let at = machine.machine.route.at(hand);
            let size = machine.machine.data_size * flight.part(0.0);
            place.set_if_neq(Transform::from_translation(at).with_scale(Vec3::splat(size)));
        }
    }
}

/// During a flight the parts grow, those near the stage first; when it is over they are not touched.
fn grow(machine: &mut ResMut<MachineOn>, flight: &Flight, places: &mut Query<&mut Transform>) {
    let growing = flight.amount() < 1.0;
    if !growing && !machine.growing {
        return;
    }
    machine.bypass_change_detection().growing = growing;
    let farthest = machine.machine.bounds.size().length().max(1.0);
    for part in machine.leaves.iter().chain(&machine.strands) {
        if let Ok(mut place) = places.get_mut(part.panel) {
            let away = flight.place().distance(part.transform.translation) / farthest;
            let scale = part.transform.scale * flight.part(away);
            place.set_if_neq(part.transform.with_scale(scale));
        }
    }
}
