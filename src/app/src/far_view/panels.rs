//! The machine's panels: spawned when the far view is looked at, gone when it is not, and lit by the
//! machine's clock.

use std::sync::Arc;

use bevy::{camera::visibility::RenderLayers, prelude::*, winit::EventLoopProxyWrapper};
use orrery_draw::{CellTag, FlatLook, FlatPanelKind, FlatPicture, flat_panel};
use orrery_pipeline::{
    Palette,
    machine::{Flight, Machine, Strand, hand},
};

use super::fly::{FarView, FlightOn};
use crate::{
    background::{Job, Wake},
    show::{CurrentShow, Now, current::PaletteInUse, machines::MadeMachine},
};

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
    made: Arc<MadeMachine>,
    made_for: MadeFor,
    root: Entity,
    leaves: Vec<Part>,
    strands: Vec<Part>,
    /// Whether parts have another size than their own.
    growing: bool,
    data: Option<Entity>,
}

/// The machine of the next pass while it is being made.
#[derive(Resource)]
struct MadeAhead(#[expect(dead_code, reason = "its thread is given up when it goes")] Job<()>);

impl MachineOn {
    /// Its layout and numbers.
    pub fn machine(&self) -> &Machine {
        &self.made.machine
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
        Some(((show.revision, pass, palette), show.clone()))
    });
    let there = world
        .get_resource::<MachineOn>()
        .map(|machine| machine.made_for);
    if there == wanted.as_ref().map(|(made_for, _)| *made_for) {
        return;
    }
    let old = world.remove_resource::<MachineOn>();
    if let Some((made_for, show)) = wanted
        && let Some(made) = show.machines.of(&show.show, made_for.1, palette)
    {
        let machine = spawn(world, made, made_for);
        world.insert_resource(machine);
        make_ahead(world, show, made_for.1 + 1, palette);
    }
    // last: see `SceneCells::follow`
    if let Some(old) = old {
        world.despawn(old.root);
    }
}

/// Makes the machine of the pass that comes, beside the frames.
fn make_ahead(world: &mut World, show: CurrentShow, pass: usize, palette: Palette) {
    // where a picture is made, nobody waits for a frame
    if !world.contains_resource::<EventLoopProxyWrapper>() {
        return;
    }
    let job = Job::begin(world.resource::<Wake>(), move |_| {
        show.machines.of(&show.show, pass, palette);
    });
    world.insert_resource(MadeAhead(job));
}

fn spawn(world: &mut World, made: Arc<MadeMachine>, made_for: MadeFor) -> MachineOn {
    let root = world
        .spawn((Transform::default(), Visibility::default()))
        .id();
    let layer = || (ChildOf(root), RenderLayers::layer(MACHINE_LAYER));
    let mut leaves = Vec::new();
    for leaf in &made.leaves {
        if let Some(panel) = flat_panel(world, &leaf.picture) {
            leaves.push(Part {
                panel: world.spawn((panel, leaf.transform, layer())).id(),
                of: leaf.slab,
                transform: leaf.transform,
            });
        }
    }
    let light = FlatPicture::new(FlatPanelKind::Beam, 1, &[CellTag::solid(BEAM)]);
    let beam = |world: &mut World| flat_panel(world, light.as_ref()?);
    let mut strands = Vec::new();
    for (of, strand) in made.machine.strands.iter().enumerate() {
        if let Some(panel) = beam(world) {
            let transform = transform_of(strand);
            strands.push(Part {
                panel: world.spawn((panel, transform, layer())).id(),
                of,
                transform,
            });
        }
    }
    let data = beam(world).map(|panel| world.spawn((panel, Transform::default(), layer())).id());
    MachineOn {
        made,
        made_for,
        root,
        leaves,
        strands,
        growing: true,
        data,
    }
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
        let look = machine.machine().slabs[part.of].look(hand);
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
        let strand = &machine.machine().strands[part.of];
        set(part.panel, beam(strand.lit(hand), 0.6));
    }
    if let Some(data) = machine.data {
        // all of it lit, and as hot as a beam's head
        set(data, beam(0.999, 1.0));
        if let Ok(mut place) = places.get_mut(data) {
            let at = machine.machine().route.at(hand);
            // at the end a light on the answers would look like the one that was drawn
            let size = if machine.machine().route.is_over(hand) {
                0.0
            } else {
                machine.machine().data_size * flight.part(0.0)
            };
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
    let farthest = machine.machine().bounds.size().length().max(1.0);
    for part in machine.leaves.iter().chain(&machine.strands) {
        if let Ok(mut place) = places.get_mut(part.panel) {
            let away = flight.place().distance(part.transform.translation) / farthest;
            let scale = part.transform.scale * flight.part(away);
            place.set_if_neq(part.transform.with_scale(scale));
        }
    }
}
