//! Fonts of the system for what the embedded ones lack: Chinese, Japanese, Korean, Thai, Hebrew, Arabic, Devanagari,
//! emoji and whatever else a text or a vocabulary holds. They are looked for when such a character is met, in the
//! folders where systems keep fonts; of those that have it, one for the screen is preferred. Bevy's text shapes them,
//! right-to-left runs in their order.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use bevy::{prelude::*, text::FontCx};
use parley::GenericFamily;
use parley::fontique::{FallbackKey, FamilyId, Script, SourceKind};

use super::fonts::Fonts;
use crate::embedded::{DEJAVU_SANS_MONO, INTER_REGULAR};
use crate::show::CurrentShow;

/// Font files of the system that hold characters which somebody wants to write, for the panels, which lay out their
/// text themselves.
#[derive(Resource, Clone, Debug, Default)]
pub(crate) struct SystemFonts {
    /// Name, file and the font's number in it.
    pub files: Vec<(String, Arc<std::path::Path>, u32)>,
    /// Characters that have been looked for, found or not.
    sought: BTreeSet<char>,
    folders_read: bool,
    embedded_help_out: bool,
}

/// Where systems keep their fonts.
fn folders() -> Vec<PathBuf> {
    let home = std::env::home_dir().unwrap_or_default();
    let fixed = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/System/Library/Fonts",
        "/Library/Fonts",
        "C:\\Windows\\Fonts",
    ];
    let mut all: Vec<PathBuf> = fixed.into_iter().map(PathBuf::from).collect();
    for own in [
        ".fonts",
        ".local/share/fonts",
        "Library/Fonts",
        "AppData/Local/Microsoft/Windows/Fonts",
    ] {
        all.push(home.join(own));
    }
    all.retain(|folder| folder.is_dir());
    all
}

/// Scripts whose characters the embedded fonts lack, or that have none of their own (signs, emoji).
const SCRIPTS: [&[u8; 4]; 36] = [
    b"Zyyy", b"Zinh", b"Zzzz", b"Latn", b"Grek", b"Cyrl", b"Hani", b"Hans", b"Hant", b"Hira",
    b"Kana", b"Hang", b"Bopo", b"Thai", b"Hebr", b"Arab", b"Deva", b"Beng", b"Guru", b"Gujr",
    b"Taml", b"Telu", b"Knda", b"Mlym", b"Sinh", b"Laoo", b"Tibt", b"Mymr", b"Khmr", b"Ethi",
    b"Geor", b"Armn", b"Mong", b"Syrc", b"Thaa", b"Cher",
];

/// Which of several fonts that have a character is taken: for the screen, upright, of one weight.
fn rank(name: &str) -> (bool, bool, bool, String) {
    let lower = name.to_lowercase();
    let special = [
        "mono",
        "serif",
        "condensed",
        "display",
        "ui",
        "looped",
        "slanted",
        "kufi",
        "nastaliq",
    ];
    (
        !lower.contains("sans") && !lower.contains("emoji"),
        special
            .iter()
            .any(|word| lower.contains(word) && !lower.contains("emoji")),
        !lower.contains("noto"),
        lower,
    )
}

/// What is needed to find fonts of the system.
#[derive(bevy::ecs::system::SystemParam)]
pub(crate) struct FontFinder<'w> {
    fonts: Option<ResMut<'w, Fonts>>,
    system: Option<ResMut<'w, SystemFonts>>,
    context: Option<ResMut<'w, FontCx>>,
}

impl FontFinder<'_> {
    /// Finds fonts for those of these characters that the embedded ones lack.
    pub fn find(&mut self, letters: BTreeSet<char>) {
        let (Some(fonts), Some(system), Some(context)) =
            (&mut self.fonts, &mut self.system, &mut self.context)
        else {
            return;
        };
        find_fonts(letters, fonts, system, context);
    }
}

/// Reads the system's folders when a character that the embedded fonts lack is met for the first time.
fn find_fonts(
    letters: BTreeSet<char>,
    fonts: &mut ResMut<'_, Fonts>,
    system: &mut ResMut<'_, SystemFonts>,
    context: &mut FontCx,
) {
    let missing: BTreeSet<char> = letters
        .into_iter()
        .filter(|&letter| {
            !letter.is_control() && !fonts.is_embedded(letter) && !system.sought.contains(&letter)
        })
        .collect();
    let collection = &mut context.collection;
    let mut chosen: Vec<FamilyId> = Vec::new();
    if !std::mem::replace(&mut system.embedded_help_out, true) {
        // what one embedded font lacks another may have
        for embedded in [DEJAVU_SANS_MONO, INTER_REGULAR] {
            let families = collection.register_fonts(embedded.to_vec().into(), None);
            chosen.extend(families.into_iter().map(|(family, _)| family));
        }
    } else if missing.is_empty() {
        return;
    }
    if !missing.is_empty() && !std::mem::replace(&mut system.folders_read, true) {
        collection.load_fonts_from_paths(folders());
    }
    system.sought.extend(&missing);
    let mut names: Vec<String> = collection.family_names().map(str::to_owned).collect();
    // the fonts that assets stand for are ours
    names.retain(|name| !name.starts_with("asset_id:"));
    names.sort_by_cached_key(|name| rank(name));
    let mut wanted = missing;
    for name in names {
        if wanted.is_empty() {
            break;
        }
        let Some(family) = collection.family_by_name(&name) else {
            continue;
        };
        let Some(font) = family.default_font() else {
            continue;
        };
        let Some(data) = font.load(None) else {
            continue;
        };
        let index = font.charmap_index();
        let Some(map) = index.charmap(data.as_ref()) else {
            continue;
        };
        let has: Vec<char> = wanted
            .iter()
            .copied()
            .filter(|&letter| map.map(letter).is_some_and(|glyph| glyph != 0))
            .collect();
        if has.is_empty() {
            continue;
        }
        for letter in has {
            wanted.remove(&letter);
            fonts.of_the_system.insert(letter);
        }
        chosen.push(family.id());
        if let SourceKind::Path(path) = font.source().kind() {
            system
                .files
                .push((name.clone(), path.clone(), font.index()));
        }
        if name.to_lowercase().contains("emoji") {
            collection.append_generic_families(GenericFamily::Emoji, [family.id()].into_iter());
        }
    }
    for script in SCRIPTS {
        let key = FallbackKey::new(Script::from_bytes(*script), None);
        collection.append_fallbacks(key, chosen.iter().copied());
    }
}

/// The characters of a show that begins.
pub(crate) fn find_for_show(
    show: Option<Res<CurrentShow>>,
    mut finder: FontFinder<'_>,
    mut found_for: Local<Option<u64>>,
) {
    let Some(show) = show else {
        return;
    };
    if *found_for != Some(show.revision) {
        *found_for = Some(show.revision);
        finder.find(show.letters());
    }
}

/// Finds fonts for these characters now.
pub(crate) fn find_fonts_for(world: &mut World, letters: BTreeSet<char>) {
    let mut finder: bevy::ecs::system::SystemState<FontFinder<'_>> =
        bevy::ecs::system::SystemState::new(world);
    if let Ok(mut finder) = finder.get_mut(world) {
        finder.find(letters);
    }
}
