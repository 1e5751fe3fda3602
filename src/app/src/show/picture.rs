//! Pictures of a show at chosen times, without a window: what stills, contact sheets, films and
//! tests are made with.

use bevy::prelude::*;
use image::RgbaImage;
use orrery_pipeline::Palette;

use super::{
    current::{CurrentShow, PaletteInUse},
    plugin::ShowPlugins,
    transport::Transport,
};
use crate::far_view::FarView;
use crate::labels::{ProgressStripPlugin, warm_up};
use crate::render::{HeadlessRenderer, PictureSize, QualityChoice, RenderError, SamplesPerPixel};

/// How pictures are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureSettings {
    /// Pixels.
    pub size: PictureSize,
    /// The preset.
    pub quality: QualityChoice,
    /// Samples per pixel instead of the preset's.
    pub samples: SamplesPerPixel,
    /// The colours.
    pub palette: Palette,
}

/// Updates after which letters are in their atlases: the first finds the camera, the second lays them out.
const LETTERS_ARE_WRITTEN: usize = 2;

/// Draws a show at any time.
pub struct ShowRenderer {
    renderer: HeadlessRenderer,
    size: PictureSize,
}

impl ShowRenderer {
    /// Starts a renderer for a show.
    ///
    /// # Errors
    /// No graphics driver, an impossible size.
    pub fn new(show: CurrentShow, settings: PictureSettings) -> Result<Self, RenderError> {
        let mut renderer = HeadlessRenderer::new(settings.size, settings.quality, |app| {
            app.add_plugins((ShowPlugins, ProgressStripPlugin))
                .insert_resource(PaletteInUse(settings.palette))
                .insert_resource(settings.samples)
                .insert_resource(Transport {
                    playing: false,
                    ..default()
                });
        })?;
        let letters: Vec<char> = show.letters().into_iter().collect();
        let world = renderer.world_mut();
        warm_up::write_every_letter(world, settings.size.height as f32, &letters);
        for _ in 0..LETTERS_ARE_WRITTEN {
            renderer.update()?;
        }
        warm_up::wipe(renderer.world_mut());
        renderer.world_mut().insert_resource(show);
        Ok(Self {
            renderer,
            size: settings.size,
        })
    }

    /// The picture at a time, in seconds of the show. It does not depend on what was drawn before.
    ///
    /// # Errors
    /// When the driver fails.
    pub fn picture(&mut self, time: f64) -> Result<RgbaImage, RenderError> {
        self.set_time(time);
        self.renderer.frame()
    }

    /// Draws the whole model from now on, with the data at its place, instead of the stage; or the stage
    /// again.
    pub fn look_at_the_whole(&mut self, whole: bool) {
        let world = self.renderer.world_mut();
        *world.resource_mut::<FarView>() = if whole {
            FarView::THERE
        } else {
            FarView::default()
        };
    }

    /// Goes to a time without drawing.
    pub fn set_time(&mut self, time: f64) {
        let world = self.renderer.world_mut();
        world.resource_mut::<Transport>().time = time;
    }

    /// Size of its pictures in pixels.
    pub fn size(&self) -> PictureSize {
        self.size
    }

    /// The renderer beneath, for measuring.
    pub fn renderer(&mut self) -> &mut HeadlessRenderer {
        &mut self.renderer
    }
}
