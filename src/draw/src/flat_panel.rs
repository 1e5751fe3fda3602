//! A flat panel: a whole matrix as one slim box, on which a shader draws the cells. It costs what its
//! pixels cost, however many cells there are, so it is the way to show what is too much for cubes: far
//! views and large matrices. All panels lie in a few large buffers and are one draw for each of them.

use std::{borrow::Cow, sync::Arc};

use bevy::{
    camera::{primitives::Aabb, visibility::NoAutoAabb},
    light::{NotShadowCaster, NotShadowReceiver},
    math::Vec3A,
    mesh::MeshTag,
    prelude::*,
};

use crate::{
    cell_mesh::{CellMeshes, CellShape},
    cell_tag::{CellStyle, CellTag},
    panel_material::BufferKind,
    shared_buffers::{SharedBuffers, Span},
    uploads::Uploads,
};

/// Words before a panel's cells: rows, columns, the look (three numbers), the kind, two in reserve.
const HEADER_WORDS: u32 = 8;

/// What a flat panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlatPanelKind {
    /// The cells of a matrix.
    #[default]
    Cells,
    /// A beam of light in the colour of its one cell, lit from its left end as far as it is made.
    Beam,
}

/// How a flat panel looks as a whole. Change it when it differs: then 12 bytes go to the GPU.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct FlatLook {
    /// How much of it is there, 0…1, in a slanting wave from the left; of the rest its places are seen.
    pub made: f32,
    /// Light on it, 0…1.
    pub brightness: f32,
    /// Light of its own, 0…1; it also gives the panel a bright rim.
    pub glow: f32,
}

impl Default for FlatLook {
    fn default() -> Self {
        Self {
            made: 1.0,
            brightness: 1.0,
            glow: 0.0,
        }
    }
}

#[derive(Resource)]
struct FlatPanelStore(SharedBuffers);

/// The part of a buffer that a flat panel holds.
#[derive(Component)]
struct FlatPanelSpan(Span);

pub(crate) fn plugin(app: &mut App) {
    app.insert_resource(FlatPanelStore(SharedBuffers::new(BufferKind::FlatPanels)))
        .add_observer(free_span)
        .add_systems(PostUpdate, upload_looks);
}

/// What a flat panel shows, as the shader reads it. Making it takes its time for a large matrix and needs no
/// world, so it can be made on another thread.
#[derive(Clone, Debug)]
pub struct FlatPicture {
    bytes: Arc<Vec<u8>>,
    /// In words of four bytes.
    size: u32,
}

impl FlatPicture {
    /// `tags` are the cells row by row. None without a cell, where they fill no whole row, or when there are
    /// more than a graphics driver can address.
    pub fn new(kind: FlatPanelKind, columns: usize, tags: &[CellTag]) -> Option<Self> {
        if columns == 0 || tags.is_empty() || !tags.len().is_multiple_of(columns) {
            return None;
        }
        let words = words(kind, columns, tags)?;
        Some(Self {
            size: u32::try_from(words.len()).ok()?,
            bytes: bytemuck::cast_slice(&words).to_vec().into(),
        })
    }
}

/// The components of a flat panel: one unit wide, high and deep around its middle, to be scaled by the
/// `Transform` it is spawned with. Its first cell is at the upper left of the side that faces +z. None when
/// there is more of it than a graphics driver can address.
pub fn flat_panel(world: &mut World, picture: &FlatPicture) -> Option<impl Bundle + use<>> {
    let mesh = world.resource_scope(|world, mut meshes: Mut<CellMeshes>| {
        meshes.get(&mut world.resource_mut(), CellShape::Cube, 1)
    });
    world.resource_scope(|world, mut store: Mut<FlatPanelStore>| {
        let span = store.0.allocate(world, picture.size)?;
        let mut uploads = world.resource_mut::<Uploads>();
        store
            .0
            .write(&mut uploads, &span, 0, Arc::clone(&picture.bytes));
        Some((
            Mesh3d(mesh),
            MeshMaterial3d(store.0.material(&span)),
            MeshTag(span.begin()),
            FlatPanelSpan(span),
            FlatLook::default(),
            Aabb {
                center: Vec3A::ZERO,
                half_extents: Vec3A::splat(0.5),
            },
            NoAutoAabb,
            NotShadowCaster,
            NotShadowReceiver,
        ))
    })
}

/// Header, cells, and their averages: 2 × 2 cells, 4 × 4 and so on, to a single one.
fn words(kind: FlatPanelKind, columns: usize, tags: &[CellTag]) -> Option<Vec<u32>> {
    let rows = tags.len() / columns;
    let look = look_words(&FlatLook::default());
    let mut words = vec![
        u32::try_from(rows).ok()?,
        u32::try_from(columns).ok()?,
        look[0],
        look[1],
        look[2],
        match kind {
            FlatPanelKind::Cells => 0,
            FlatPanelKind::Beam => 1,
        },
    ];
    // the averages are a third of the cells and a few at the edges
    words.reserve(tags.len() / 3 * 4 + rows + columns + HEADER_WORDS as usize);
    words.resize(HEADER_WORDS as usize, 0);
    words.extend(tags.iter().map(|tag| tag.pack()));
    let (mut level, mut columns) = (Cow::Borrowed(tags), columns);
    while level.len() > 1 {
        let (next, half) = halved(&level, columns);
        words.extend(next.iter().map(|tag| tag.pack()));
        (level, columns) = (next.into(), half);
    }
    Some(words)
}

fn look_words(look: &FlatLook) -> [u32; 3] {
    [look.made, look.brightness, look.glow].map(f32::to_bits)
}

/// What is left of a masked cell's light when its hatching is too fine to be seen.
const MASKED_LIGHT: f32 = 0.34;

/// The next level of averages and its columns. At an odd edge a cell counts twice, which leaves the mean as it is.
fn halved(tags: &[CellTag], columns: usize) -> (Vec<CellTag>, usize) {
    let half = columns.div_ceil(2);
    let mut level = Vec::with_capacity(tags.len().div_ceil(4) + half);
    for pair in tags.chunks(2 * columns) {
        let (upper, lower) = pair.split_at(columns);
        let lower = if lower.is_empty() { upper } else { lower };
        let squares = upper.chunks(2).zip(lower.chunks(2));
        level.extend(squares.map(|(upper, lower)| {
            let (left, right) = (0, upper.len() - 1);
            average([upper[left], upper[right], lower[left], lower[right]])
        }));
    }
    (level, half)
}

/// One cell in the place of four: the mean of their light, which is about the square of an sRGB number.
#[inline]
fn average(tags: [CellTag; 4]) -> CellTag {
    let light = |tag: CellTag, channel: usize| {
        let light = f32::from(tag.colour[channel]);
        match tag.style {
            CellStyle::Masked => MASKED_LIGHT * light * light,
            CellStyle::Solid | CellStyle::Ghost => light * light,
        }
    };
    // to the nearest whole number; `round` is a call for every cell on a processor of any age
    let nearest = |number: f32| (number + 0.5) as u8;
    let [a, b, c, d] = tags;
    let mean = |channel: usize| {
        let sum = light(a, channel) + light(b, channel) + light(c, channel) + light(d, channel);
        nearest((sum * 0.25).sqrt())
    };
    let glow: f32 = tags.iter().map(|tag| f32::from(tag.glow)).sum();
    CellTag::solid([mean(0), mean(1), mean(2)]).with_glow(nearest(glow * 0.25))
}

fn upload_looks(
    store: Res<FlatPanelStore>,
    mut uploads: ResMut<Uploads>,
    changed: Query<(&FlatPanelSpan, &FlatLook), Changed<FlatLook>>,
) {
    for (FlatPanelSpan(span), look) in &changed {
        let bytes = bytemuck::bytes_of(&look_words(look)).to_vec();
        store.0.write(&mut uploads, span, 2, bytes);
    }
}

fn free_span(
    removed: On<Remove, FlatPanelSpan>,
    spans: Query<&FlatPanelSpan>,
    mut store: ResMut<FlatPanelStore>,
) {
    if let Ok(FlatPanelSpan(span)) = spans.get(removed.entity) {
        store.0.free(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell_tag::bits;

    const SHADER: &str = include_str!("../../../assets/shaders/flat_panel.wgsl");

    #[test]
    fn the_shader_reads_what_rust_writes() {
        let constant = |name: &str| -> u32 {
            let declaration = format!("const {name}: u32 = ");
            let line = SHADER
                .lines()
                .find_map(|line| line.strip_prefix(&declaration));
            line.unwrap().trim_end_matches("u;").parse().unwrap()
        };
        assert_eq!(constant("GLOW_SHIFT"), bits::GLOW);
        assert_eq!(constant("GLOW_MAX"), bits::GLOW_MAX);
        assert_eq!(constant("STYLE_SHIFT"), bits::STYLE);
        assert_eq!(constant("HIGHLIGHTED_BIT"), bits::HIGHLIGHTED);
        assert_eq!(constant("DIMMED_BIT"), bits::DIMMED);
        assert_eq!(constant("HEADER_WORDS"), HEADER_WORDS);
        let style = |style| CellTag::default().with_style(style).pack() >> bits::STYLE;
        assert_eq!(constant("STYLE_MASKED"), style(CellStyle::Masked));
        assert_eq!(constant("STYLE_GHOST"), style(CellStyle::Ghost));
        let beam = words(FlatPanelKind::Beam, 1, &[CellTag::default()]).unwrap();
        assert_eq!(constant("KIND_BEAM"), beam[5]);
    }

    #[test]
    fn averages_end_in_one_cell_of_the_mean_light() {
        let (white, black) = (CellTag::solid([255; 3]), CellTag::solid([0; 3]));
        for (rows, columns) in [(1, 1), (3, 5), (16, 16), (1, 7), (64, 3)] {
            let tags: Vec<CellTag> = (0..rows * columns)
                .map(|at| {
                    if (at / columns + at % columns) % 2 == 0 {
                        white
                    } else {
                        black
                    }
                })
                .collect();
            let words = words(FlatPanelKind::Cells, columns, &tags).unwrap();
            assert_eq!(words[..2], [rows as u32, columns as u32]);
            let (mut r, mut c, mut cells) = (rows, columns, rows * columns);
            while r * c > 1 {
                (r, c) = (r.div_ceil(2), c.div_ceil(2));
                cells += r * c;
            }
            assert_eq!(
                words.len(),
                HEADER_WORDS as usize + cells,
                "as the shader counts them"
            );
            let last = CellTag::unpack(*words.last().unwrap()).colour[0];
            if rows == 16 {
                assert_eq!(last, 180, "half the light of white");
            }
        }
        let word = words(FlatPanelKind::Cells, 1, &[white]).unwrap()[HEADER_WORDS as usize];
        assert_eq!(word, white.pack());
    }
}
