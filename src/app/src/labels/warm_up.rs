//! Every letter of every size is drawn into the atlases of its font before the first picture. Where a letter lies
//! in an atlas changes its pixels by a trace, so that otherwise a picture would depend on what was written
//! before it. Windows do without: there nobody compares, and letters are drawn when they are needed.

use std::collections::BTreeSet;

use bevy::{
    prelude::*,
    text::{FontAtlas, FontAtlasSet, FontSize},
};

use super::{Fonts, fonts::Face, rich::SMALL};
use crate::render::{HeadlessRenderer, RenderError};

/// Signs that names, formulas and words use besides those of ASCII.
const SIGNS: &str = "·×−÷√Σσμγβε²ᵀ₀₁₂₃₄₅₆₇₈₉ₖ≤≥≈∞→←…–—•’“”␣↵";

/// The sizes of letters that the labels write, in logical pixels at 720 lines; those of names and operators also as
/// sub- and superscripts.
const SIZES: [(Face, &[f32]); 3] = [
    (
        Face::Bold,
        &[
            28.0,
            20.0,
            20.0 * SMALL,
            30.0,
            30.0 * SMALL,
            46.0,
            16.0,
            16.0 * SMALL,
        ],
    ),
    (Face::Regular, &[16.0, 16.5, 14.0]),
    (
        Face::Mono,
        &[14.5, 14.5 * SMALL, 17.0, 14.0, 16.0, 16.0 * SMALL],
    ),
];

/// On the letters that are written to be in their atlases, and nowhere else.
#[derive(Component)]
struct WarmUp;

/// Updates after which letters are in their atlases: the first finds the camera, the second lays them out.
const LETTERS_ARE_WRITTEN: usize = 2;

/// What is written in every show: the letters of ASCII, and the signs of names, formulas and words.
pub(crate) fn usual_letters() -> BTreeSet<char> {
    (' '..='~').chain(SIGNS.chars()).collect()
}

/// Writes letters into the atlases, and takes them away again: the atlases keep them. No show may be on yet.
///
/// # Errors
/// When the driver fails.
pub(crate) fn write_letters(
    renderer: &mut HeadlessRenderer,
    letters: &BTreeSet<char>,
) -> Result<(), RenderError> {
    write_once(renderer, letters)?;
    fit_atlases(renderer.world_mut());
    write_once(renderer, letters)
}

fn write_once(
    renderer: &mut HeadlessRenderer,
    letters: &BTreeSet<char>,
) -> Result<(), RenderError> {
    write(renderer.world_mut(), letters);
    for _ in 0..LETTERS_ARE_WRITTEN {
        renderer.update()?;
    }
    wipe(renderer.world_mut());
    Ok(())
}

/// Puts empty atlases that are as large as their letters in the place of Bevy's. Those are a megabyte each, in the
/// program's memory and in the driver's, and there is one for each size of each font, also of a font of which one letter
/// is written.
fn fit_atlases(world: &mut World) {
    world.resource_scope(|world, mut atlases: Mut<FontAtlasSet>| {
        let mut images = world.resource_mut::<Assets<Image>>();
        for (key, of_the_size) in atlases.iter_mut() {
            let letters = of_the_size
                .iter()
                .flat_map(|atlas| &atlas.texture_atlas.textures);
            let side = atlas_side(letters.map(URect::size));
            let fitting = FontAtlas::new(&mut images, UVec2::splat(side), key.font_smoothing);
            *of_the_size = vec![fitting];
        }
    });
}

/// Pixels along each side of an atlas that these letters find room in. Where they should not, Bevy makes another atlas.
fn atlas_side(letters: impl Iterator<Item = UVec2>) -> u32 {
    /// Pixels between letters, and what lies idle between letters of different shapes, as a share.
    const BETWEEN: u32 = 2;
    const IDLE: f32 = 0.25;
    let (mut area, mut longest) = (0, 0);
    for size in letters {
        let with_gap = size + BETWEEN;
        area += with_gap.element_product();
        longest = longest.max(with_gap.max_element());
    }
    let side = (area as f32 * (1.0 + IDLE)).sqrt().ceil() as u32;
    // as rows of pixels are stored
    side.max(longest).next_multiple_of(64)
}

fn write(world: &mut World, letters: &BTreeSet<char>) {
    let letters: String = letters.iter().collect();
    let Some(fonts) = world.get_resource::<Fonts>() else {
        return;
    };
    let texts: Vec<_> = SIZES
        .into_iter()
        .flat_map(|(face, sizes)| sizes.iter().map(move |&size| (face, size)))
        .map(|(face, size)| {
            (
                WarmUp,
                Text::new(letters.clone()),
                TextFont {
                    font: fonts.handle(face).into(),
                    font_size: FontSize::Px(size),
                    ..default()
                },
                TextLayout::no_wrap(),
                Node {
                    position_type: PositionType::Absolute,
                    ..default()
                },
                Visibility::Hidden,
            )
        })
        .collect();
    world.spawn_batch(texts);
}

fn wipe(world: &mut World) {
    let mut written = world.query_filtered::<Entity, With<WarmUp>>();
    let written: Vec<Entity> = written.iter(world).collect();
    for letters in written {
        world.despawn(letters);
    }
}
