//! bevy_egui: the interface of the window. How it looks, on which camera it is drawn, and when the
//! keyboard is theirs is decided here.

use std::sync::Arc;

use bevy::{
    asset::load_internal_asset,
    prelude::*,
    render::{
        Render, RenderApp, RenderSystems,
        camera::ExtractedCamera,
        render_resource::{CachedRenderPipelineId, PipelineCache, SpecializedRenderPipeline},
        sync_world::MainEntity,
        view::ExtractedView,
    },
};
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPostUpdateSet, PrimaryEguiContext,
    egui::{
        Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin,
        Shadow, Stroke, TextStyle, Theme, style::WidgetVisuals,
    },
    input::EguiWantsInput,
    render::{
        EGUI_SHADER_HANDLE, EguiPipeline, EguiPipelineKey,
        systems::{EguiPipelines, queue_pipelines_system},
    },
};
use orrery_draw::{STORED_SRGB, stores_srgb};

use super::file_dialog::FileChooser;
use crate::{
    embedded::{DEJAVU_SANS_MONO, INTER_REGULAR},
    render::camera::MainCamera,
    sets::InterfacePart,
};

pub use bevy_egui::{EguiContexts as Interface, EguiPrimaryContextPass as DrawInterface, egui};

/// The interface's colours: the same dark ground, orange and soft greys as in the picture.
pub mod colours {
    use bevy_egui::egui::Color32;

    /// Ground of a panel; a little of the picture shines through.
    pub const PANEL: Color32 = Color32::from_rgba_premultiplied(12, 14, 20, 226);
    /// Ground of a panel that covers other words.
    pub const POPUP: Color32 = Color32::from_rgb(17, 19, 27);
    /// Ground of a field or track.
    pub const FIELD: Color32 = Color32::from_rgb(24, 27, 36);
    /// Ground of a button.
    pub const BUTTON: Color32 = Color32::from_rgb(34, 38, 50);
    /// Ground of a button under the pointer.
    pub const BUTTON_HOVERED: Color32 = Color32::from_rgb(50, 55, 70);
    /// Fine lines.
    pub const LINE: Color32 = Color32::from_rgb(58, 64, 80);
    /// Words.
    pub const TEXT: Color32 = Color32::from_rgb(222, 227, 238);
    /// Less important words.
    pub const SOFT: Color32 = Color32::from_rgb(146, 156, 176);
    /// What is in use, and what calls for attention.
    pub const ACCENT: Color32 = Color32::from_rgb(255, 176, 84);
    /// What went wrong.
    pub const ERROR: Color32 = Color32::from_rgb(255, 132, 112);
}

/// Whether what is typed belongs to a text field or dialog; keys then mean nothing to the show.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typing(pub bool);

/// Whether the pointer is over a panel; what it does there is not for the camera.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointerOverInterface(pub bool);

/// From press to release, in seconds.
const LONGEST_CLICK: f64 = 3.0;

/// Draws the interface on the main camera, in the schedule [`DrawInterface`].
pub struct InterfacePlugin;

impl Plugin for InterfacePlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(EguiGlobalSettings {
            // the main camera gets it, whichever camera comes first
            auto_create_primary_context: false,
            ..default()
        })
        .add_plugins(EguiPlugin {
            // a handful of small textures: not worth an optional feature of the driver
            bindless_mode_array_size: None,
            ..default()
        })
        .init_resource::<Typing>()
        .init_resource::<PointerOverInterface>()
        .add_observer(attach)
        .add_systems(PreUpdate, notice_typing)
        .add_systems(
            PostUpdate,
            notice_pointer.after(EguiPostUpdateSet::ProcessOutput),
        )
        .add_systems(
            DrawInterface,
            (
                dress.run_if(run_once),
                add_system_fonts.run_if(
                    resource_exists_and_changed::<crate::labels::system_fonts::SystemFonts>,
                ),
            )
                .chain()
                .in_set(InterfacePart::Style),
        );
        super::taps::plugin(app);
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app.add_systems(
                Render,
                fit_stored_srgb
                    .in_set(RenderSystems::Queue)
                    .after(queue_pipelines_system),
            );
        }
    }

    // After every plugin has loaded its shaders.
    fn cleanup(&self, app: &mut App) {
        load_internal_asset!(
            app,
            EGUI_SHADER_HANDLE,
            "../../../../assets/shaders/interface.wgsl",
            Shader::from_wgsl
        );
    }
}

/// bevy_egui knows only pictures that convert what is drawn; the software preset's does not.
fn fit_stored_srgb(
    pipeline_cache: Res<PipelineCache>,
    egui: Res<EguiPipeline>,
    mut pipelines: ResMut<EguiPipelines>,
    mut fitting: Local<Option<CachedRenderPipelineId>>,
    views: Query<(&MainEntity, &ExtractedView), With<ExtractedCamera>>,
) {
    for (camera, view) in &views {
        if !stores_srgb(view.target_format) {
            continue;
        }
        let Some(pipeline) = pipelines.0.get_mut(camera) else {
            continue;
        };
        *pipeline = *fitting.get_or_insert_with(|| {
            let mut descriptor = egui.specialize(EguiPipelineKey {
                target_format: view.target_format,
            });
            if let Some(fragment) = &mut descriptor.fragment {
                fragment.shader_defs.push(STORED_SRGB.into());
            }
            pipeline_cache.queue_render_pipeline(descriptor)
        });
    }
}

fn attach(added: On<Add, MainCamera>, mut commands: Commands) {
    commands.entity(added.entity).insert(PrimaryEguiContext);
}

pub(super) fn notice_typing(
    wants: Res<EguiWantsInput>,
    chooser: Option<Res<FileChooser>>,
    mut typing: ResMut<Typing>,
) {
    // a list of files takes keys though no text field has them
    let chooses = chooser.is_some_and(|chooser| chooser.is_open());
    typing.set_if_neq(Typing(chooses || wants.wants_any_keyboard_input()));
}

/// After the interface of this frame is known.
pub(super) fn notice_pointer(wants: Res<EguiWantsInput>, mut over: ResMut<PointerOverInterface>) {
    over.set_if_neq(PointerOverInterface(wants.is_pointer_over_area()));
}

fn dress(mut contexts: EguiContexts) -> Result {
    let context = contexts.ctx_mut()?;
    context.set_fonts(fonts());
    style(context);
    // where few frames are drawn in a second, a click takes longer than egui's 0.8 seconds
    context.options_mut(|options| options.input_options.max_click_duration = LONGEST_CLICK);
    Ok(())
}

/// What the embedded fonts lack comes from fonts of the system, once somebody has met such a character. A file that
/// cannot be read is left out: its characters look like those that no font has.
fn add_system_fonts(
    mut contexts: EguiContexts,
    system: Res<crate::labels::system_fonts::SystemFonts>,
    mut known: Local<usize>,
) -> Result {
    if system.files.len() == *known {
        return Ok(());
    }
    *known = system.files.len();
    let mut fonts = fonts();
    for (name, file, index) in &system.files {
        // egui draws letters of one colour, and has emoji of its own
        if name.to_lowercase().contains("emoji") {
            continue;
        }
        let Ok(bytes) = std::fs::read(file) else {
            continue;
        };
        let mut font = FontData::from_owned(bytes);
        font.index = *index;
        fonts.font_data.insert(name.clone(), Arc::new(font));
        for family in [FontFamily::Proportional, FontFamily::Monospace] {
            fonts.families.entry(family).or_default().push(name.clone());
        }
    }
    contexts.ctx_mut()?.set_fonts(fonts);
    Ok(())
}

/// The fonts of the picture; what they lack comes from egui's own.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let ours: [(&str, &'static [u8], FontFamily); 2] = [
        ("Inter", INTER_REGULAR, FontFamily::Proportional),
        ("DejaVu Sans Mono", DEJAVU_SANS_MONO, FontFamily::Monospace),
    ];
    for (name, bytes, family) in ours {
        let font = Arc::new(FontData::from_static(bytes));
        fonts.font_data.insert(name.to_owned(), font);
        let families = fonts.families.entry(family).or_default();
        families.insert(0, name.to_owned());
    }
    fonts
}

fn style(context: &Context) {
    use colours::{ACCENT, BUTTON, BUTTON_HOVERED, ERROR, FIELD, LINE, PANEL, POPUP, SOFT, TEXT};
    context.set_theme(Theme::Dark);
    context.style_mut_of(Theme::Dark, |style| {
        style.text_styles = [
            (TextStyle::Small, FontFamily::Proportional, 14.0),
            (TextStyle::Body, FontFamily::Proportional, 15.0),
            (TextStyle::Button, FontFamily::Proportional, 15.0),
            (TextStyle::Heading, FontFamily::Proportional, 20.0),
            (TextStyle::Monospace, FontFamily::Monospace, 14.5),
        ]
        .into_iter()
        .map(|(text, family, size)| (text, FontId::new(size, family)))
        .collect();
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.1;
        style.spacing.item_spacing = egui::vec2(6.0, 4.0);
        style.spacing.button_padding = egui::vec2(7.0, 3.0);
        style.spacing.interact_size = egui::vec2(26.0, 26.0);
        style.spacing.window_margin = Margin::same(16);
        // nothing fades or slides: a paused window has nothing left to draw
        style.animation_time = 0.0;

        let visuals = &mut style.visuals;
        visuals.panel_fill = PANEL;
        visuals.window_fill = POPUP;
        visuals.window_stroke = Stroke::new(1.0, LINE);
        visuals.window_corner_radius = CornerRadius::same(10);
        visuals.window_shadow = Shadow::NONE;
        visuals.popup_shadow = Shadow::NONE;
        visuals.extreme_bg_color = FIELD;
        visuals.weak_text_color = Some(SOFT);
        visuals.error_fg_color = ERROR;
        visuals.selection.bg_fill = ACCENT.gamma_multiply(0.35);
        visuals.selection.stroke = Stroke::new(1.0, ACCENT);
        visuals.slider_trailing_fill = true;
        visuals.text_cursor.stroke = Stroke::new(2.0, ACCENT);
        visuals.text_cursor.blink = false;
        let widget = |ground: Color32, line: Color32, words: Color32| WidgetVisuals {
            bg_fill: ground,
            weak_bg_fill: ground,
            bg_stroke: Stroke::new(1.0, line),
            corner_radius: CornerRadius::same(5),
            fg_stroke: Stroke::new(1.0, words),
            expansion: 0.0,
        };
        let widgets = &mut visuals.widgets;
        widgets.noninteractive = widget(PANEL, LINE, TEXT);
        widgets.inactive = widget(BUTTON, Color32::TRANSPARENT, TEXT);
        widgets.hovered = widget(BUTTON_HOVERED, ACCENT.gamma_multiply(0.6), TEXT);
        widgets.active = widget(BUTTON_HOVERED, ACCENT, ACCENT);
        widgets.open = widgets.active;
    });
}
