//! The contact sheet: the whole show at a glance, one small picture for each stage and phase.

use image::{RgbaImage, imageops};
use orrery_pipeline::{Phase, Show};

use super::picture::ShowRenderer;
use crate::lettering::{self, Letters};
use crate::render::RenderError;

/// What is on a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetSettings {
    /// Pictures side by side.
    pub columns: u32,
    /// Width of a picture, in pixels; its height follows from the rendered size.
    pub tile_width: u32,
}

impl Default for SheetSettings {
    fn default() -> Self {
        Self {
            columns: 4,
            tile_width: 480,
        }
    }
}

/// One picture of the sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Seconds of the show.
    pub time: f64,
    /// What it shows: stage and phase.
    pub name: String,
}

/// Height of a name beneath its picture and space between pictures, in pixels.
const NAME_HEIGHT: u32 = 26;
const SPACE: u32 = 8;

/// The instants of a sheet: the middle of every phase of every stage of the first token; of the
/// later tokens the last instant of each stage's computing.
pub fn tiles(show: &Show) -> Vec<Tile> {
    let mut tiles = Vec::new();
    let changed = match show.changes() {
        "" => "",
        _ => "changed run · ",
    };
    for segment in show.timeline().segments() {
        let title = show
            .passes()
            .get(segment.pass)
            .map_or("", |pass| (segment.kind.description().title)(pass.config()));
        let block = segment
            .block
            .map_or(String::new(), |block| format!("block {} ", block + 1));
        let phases: &[Phase] = if segment.pass == 0 {
            &Phase::ALL
        } else {
            &[Phase::Compute]
        };
        for &phase in phases {
            let window = segment.window(phase);
            if window.end - window.start < 1e-3 {
                continue;
            }
            let part = if segment.pass == 0 { 0.55 } else { 0.95 };
            let seconds = window.start + (window.end - window.start) * part;
            let token = if segment.pass == 0 {
                String::new()
            } else {
                format!("token {} ", segment.pass + 1)
            };
            tiles.push(Tile {
                time: segment.start + f64::from(seconds),
                name: format!(
                    "{changed}{token}{block}{} · {} · {:.1} s",
                    title,
                    phase.name(),
                    segment.start + f64::from(seconds)
                ),
            });
        }
    }
    tiles
}

/// Draws a sheet; `progress` hears the number of pictures done.
///
/// # Errors
/// When the driver fails.
pub fn sheet(
    renderer: &mut ShowRenderer,
    tiles: &[Tile],
    settings: SheetSettings,
    mut progress: impl FnMut(usize),
) -> Result<RgbaImage, RenderError> {
    let columns = settings.columns.clamp(1, tiles.len().max(1) as u32);
    let rows = (tiles.len() as u32).div_ceil(columns).max(1);
    let size = renderer.size();
    let width = settings.tile_width.clamp(32, 4096);
    let height = (u64::from(width) * u64::from(size.height) / u64::from(size.width)).max(1) as u32;
    let step = (width + SPACE, height + NAME_HEIGHT + SPACE);
    let mut sheet = RgbaImage::from_pixel(
        columns * step.0 + SPACE,
        rows * step.1 + SPACE,
        image::Rgba([14, 15, 20, 255]),
    );
    for (index, tile) in tiles.iter().enumerate() {
        let picture = renderer.picture(tile.time)?;
        let small = imageops::resize(&picture, width, height, imageops::FilterType::Triangle);
        let left = SPACE + (index as u32 % columns) * step.0;
        let top = SPACE + (index as u32 / columns) * step.1;
        imageops::replace(&mut sheet, &small, i64::from(left), i64::from(top));
        write_name(&mut sheet, &tile.name, left, top + height + 4, width);
        progress(index + 1);
    }
    Ok(sheet)
}

/// Height of a name's letters in pixels, and the least to which a long name shrinks.
const LETTERS: (f32, f32) = (16.0, 11.0);

/// Writes a name under its picture: smaller where it is long, cut where that does not help.
fn write_name(sheet: &mut RgbaImage, name: &str, left: u32, top: u32, width: u32) {
    let long = lettering::width(name, LETTERS.0);
    let size = (LETTERS.0 * width as f32 / long.max(1.0)).clamp(LETTERS.1, LETTERS.0);
    let letters = Letters {
        size,
        ink: [196, 204, 222],
        right: (left + width) as f32,
    };
    let place = (left as f32, top as f32 + lettering::ascent(size));
    lettering::write(sheet, name, place, letters);
}
