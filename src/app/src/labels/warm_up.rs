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

/// Puts small empty atlases in the place of those that hold next to nothing: of a font of the system from which a single
/// letter is written. Bevy's are a megabyte each, in the program's memory and in the driver's, one for each size.
fn fit_atlases(world: &mut World) {
    /// Letters at most in a small atlas, and how many of the largest find room along its sides.
    const FEW: usize = 4;
    const ALONG: u32 = 4;
    world.resource_scope(|world, mut atlases: Mut<FontAtlasSet>| {
        let mut images = world.resource_mut::<Assets<Image>>();
        for (key, of_the_size) in atlases.iter_mut() {
            let letters = || {
                of_the_size
                    .iter()
                    .flat_map(|atlas| &atlas.texture_atlas.textures)
            };
            let largest = letters().map(|letter| letter.size().max_element()).max();
            let Some(largest) = largest.filter(|_| letters().count() <= FEW) else {
                continue;
            };
            let size = UVec2::splat((ALONG * largest).next_power_of_two());
            *of_the_size = vec![FontAtlas::new(&mut images, size, key.font_smoothing)];
        }
    });
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
