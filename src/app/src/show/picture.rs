//! Pictures of a show at chosen times, without a window: what stills, contact sheets, films and
//! tests are made with.

use std::{panic::resume_unwind, sync::Arc, thread};

use bevy::prelude::DetectChangesMut as _;
use image::RgbaImage;
use orrery_pipeline::{Palette, shaping::ShapedShow};
use orrery_plugin_api::Visualizations;

use super::{current::CurrentShow, opacity, transport::Transport};
use crate::assembly::{Assembly, pictures_of_a_show, put_on};
use crate::camera::Direction;
use crate::far_view::FarView;
use crate::labels::{Captions, TitleCard};
use crate::looks::Chosen;
use crate::render::ground::NoGround;
use crate::render::{HeadlessRenderer, PictureSize, QualityChoice, RenderError, SamplesPerPixel};

/// How pictures are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureSettings {
    /// Pixels at scale 1: what is laid out.
    pub size: PictureSize,
    /// How many pixels are drawn for one of them, in each direction: the same picture, finer or coarser.
    pub scale: f32,
    /// The preset.
    pub quality: QualityChoice,
    /// Samples per pixel instead of the preset's.
    pub samples: SamplesPerPixel,
    /// The colours.
    pub palette: Palette,
    /// Whether cards with short facts are shown.
    pub cards: bool,
}

impl Default for PictureSettings {
    fn default() -> Self {
        Self {
            size: PictureSize {
                width: 1280,
                height: 720,
            },
            scale: 1.0,
            quality: QualityChoice::default(),
            samples: SamplesPerPixel::default(),
            palette: Palette::default(),
            cards: true,
        }
    }
}

impl PictureSettings {
    /// The size of the picture in pixels.
    pub fn pixels(&self) -> PictureSize {
        self.size.scaled(self.scale)
    }
}

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
        Ok(Self {
            size: settings.pixels(),
            renderer: Assembly::of_show(show, settings).pictures()?,
        })
    }

    /// Starts a renderer while another thread makes its show, which takes as long. What is wrong with the show is told
    /// first.
    ///
    /// # Errors
    /// Those of `make`; no graphics driver, an impossible size.
    pub fn beside<E: From<RenderError> + Send>(
        settings: PictureSettings,
        make: impl FnOnce() -> Result<CurrentShow, E> + Send,
    ) -> Result<Self, E> {
        let (show, renderer) = thread::scope(|scope| {
            let show = scope.spawn(make);
            let renderer = pictures_of_a_show(&settings);
            (show.join(), renderer)
        });
        let show = show.unwrap_or_else(|panic| resume_unwind(panic))?;
        let mut renderer = renderer?;
        put_on(&mut renderer, show)?;
        Ok(Self {
            size: settings.pixels(),
            renderer,
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

    /// The picture at a time without the ground: opaque where something is, transparent where nothing is.
    ///
    /// # Errors
    /// When the driver fails.
    pub fn transparent_picture(&mut self, time: f64) -> Result<RgbaImage, RenderError> {
        self.renderer.world_mut().insert_resource(NoGround);
        let mut picture = self.picture(time)?;
        opacity::separate(&mut picture, self.renderer.quality());
        Ok(picture)
    }

    /// Says in the picture what happens, or leaves these words out.
    pub fn show_captions(&mut self, shown: bool) {
        self.renderer.world_mut().insert_resource(Captions(shown));
    }

    /// Puts a title over the picture, or takes it away.
    pub fn set_title(&mut self, card: TitleCard) {
        let mut now = self.renderer.world_mut().resource_mut::<TitleCard>();
        now.set_if_neq(card);
    }

    /// Lets somebody else direct the camera from now on.
    pub fn direct(&mut self, direction: Direction) {
        self.renderer.world_mut().insert_resource(direction);
    }

    /// The picture of a film's frame.
    ///
    /// # Errors
    /// When the driver fails.
    pub fn film_frame(
        &mut self,
        frame: u64,
        frames_per_second: u32,
    ) -> Result<RgbaImage, RenderError> {
        self.steer(|clock, duration| clock.seek_to_frame(frame, frames_per_second, duration));
        self.renderer.frame()
    }

    /// Goes to a time without drawing.
    pub fn set_time(&mut self, time: f64) {
        self.steer(|clock, duration| clock.seek(time, duration));
    }

    fn steer(&mut self, steer: impl FnOnce(&mut Transport, f64)) {
        let world = self.renderer.world_mut();
        let duration = world.resource::<CurrentShow>().duration();
        steer(&mut world.resource_mut::<Transport>(), duration);
    }

    /// The show as its visualizations show it.
    pub fn shaped(&mut self) -> Arc<ShapedShow> {
        let world = self.renderer.world_mut();
        let show = world.resource::<CurrentShow>().show.clone();
        let all = world.resource::<Visualizations>();
        let looks = world.resource::<Chosen>().looks(all);
        Arc::new(ShapedShow::new(show, looks))
    }

    /// Chooses other visualizations for the pictures to come.
    pub fn choose(&mut self, change: impl FnOnce(&mut Chosen)) {
        change(&mut self.renderer.world_mut().resource_mut::<Chosen>());
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
