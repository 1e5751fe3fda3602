//! The panel in which a visualization is chosen: a button in the upper right corner of the picture opens the list, with
//! the settings of the one that is on. What is chosen is `looks`' affair.

use bevy::{prelude::*, reflect::ReflectRef};
use orrery_plugin_api::{Icon, StageView, Visualization, Visualizations, pipeline::Scene};

use super::actions::Action;
use crate::{
    looks::{
        Chosen, ReadScripts, ScriptProblems, SettingValue,
        chosen::{Settings, value_of},
    },
    sets::{InterfacePart, OrrerySystems},
    show::Now,
    third_party::egui::{
        DrawInterface, Interface,
        colours::{ACCENT, ERROR, LINE, PANEL, POPUP, SOFT},
        egui::{
            Align2, Area, Button, Checkbox, Color32, Frame, Id, Rect, Response, RichText,
            ScrollArea, Sense, Shape, Slider, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2,
        },
    },
};

/// Shows the panel, and does what its buttons and keys ask for.
pub struct VisualizationChooserPlugin;

impl Plugin for VisualizationChooserPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Chooser>()
            .init_resource::<ScriptProblems>()
            .init_resource::<Chosen>()
            .add_message::<Action>()
            .add_systems(
                Update,
                choose
                    .in_set(OrrerySystems::Input)
                    .after(super::keys::read)
                    .after(ReadScripts),
            )
            .add_systems(DrawInterface, draw.in_set(InterfacePart::Visualizations));
    }
}

/// Whether the list is open, and for what one chooses in it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chooser {
    /// It is open.
    pub open: bool,
    /// For the block that is on alone.
    pub this_block: bool,
}

/// The block that is on, where the show is in one.
fn block(now: &Now) -> Option<usize> {
    now.segment.and_then(|segment| segment.block)
}

/// Takes the visualization with this identifier for all, or for the block that is on.
fn take(chosen: &mut Chosen, chooser: Chooser, now: &Now, identifier: &str) {
    match block(now).filter(|_| chooser.this_block) {
        Some(block) => chosen.choose_for_block(block, identifier),
        None => chosen.choose_for_all(identifier),
    }
}

/// The settings of a visualization that count up and down by a key.
fn step(chosen: &mut Chosen, visualization: &Visualization, name: &str, forward: bool) {
    let settings = chosen.settings_of(visualization);
    let ReflectRef::Struct(fields) = settings.reflect_ref() else {
        return;
    };
    let Some(SettingValue::Number(value)) = fields.field(name).and_then(value_of) else {
        return;
    };
    let next = if forward { value + 1.0 } else { value - 1.0 };
    let of_it = chosen.settings.entry(visualization.identifier.clone());
    let of_it: &mut Settings = of_it.or_default();
    of_it.insert(name.to_owned(), SettingValue::Number(next.max(0.0)));
}

fn choose(
    mut actions: MessageReader<Action>,
    all: Option<Res<Visualizations>>,
    now: Res<Now>,
    mut chooser: ResMut<Chooser>,
    mut chosen: ResMut<Chosen>,
) {
    let Some(all) = all else {
        actions.clear();
        return;
    };
    for action in actions.read() {
        match *action {
            Action::Visualization(number) => {
                if let Some(found) = all.all().nth(number) {
                    take(&mut chosen, *chooser, &now, &found.identifier);
                }
            }
            Action::StepSetting(name, forward) => {
                if let Some(found) = all.find(chosen.of(block(&now))) {
                    step(&mut chosen, found, name, forward);
                }
            }
            Action::ToggleVisualizations => chooser.open = !chooser.open,
            _ => {}
        }
    }
}

/// Width of the list, in logical pixels.
const WIDTH: f32 = 330.0;

fn draw(
    mut interface: Interface,
    all: Option<Res<Visualizations>>,
    now: Res<Now>,
    (problems, stage): (Res<ScriptProblems>, Res<StageView>),
    mut chooser: ResMut<Chooser>,
    mut chosen: ResMut<Chosen>,
) {
    let (Some(all), Ok(context)) = (all, interface.ctx_mut()) else {
        return;
    };
    let picture = context.content_rect();
    if picture.width() < 420.0 || picture.height() < 260.0 {
        return;
    }
    let on = chosen.of(block(&now)).to_owned();
    let Some(current) = all.find(&on).or_else(|| all.all().next()) else {
        return;
    };
    Area::new(Id::new("visualization button"))
        // below are the legends
        .anchor(Align2::RIGHT_TOP, vec2(-14.0, 12.0))
        .show(context, |ui| {
            let words = format!("{} (V): how it is drawn", current.display_name);
            if sign_button(ui, &current.icon, &words, !problems.0.is_empty()).clicked() {
                chooser.open = !chooser.open;
            }
        });
    if !chooser.open {
        return;
    }
    let mut next = chosen.clone();
    let high = (picture.height() - super::transport_bar::HEIGHT - 80.0).max(120.0);
    Area::new(Id::new("visualizations"))
        .anchor(Align2::RIGHT_TOP, vec2(-14.0, 48.0))
        .show(context, |ui| {
            Frame::NONE
                .fill(POPUP)
                .stroke(Stroke::new(1.0, LINE))
                .corner_radius(6)
                .inner_margin(10)
                .show(ui, |ui| {
                    ui.set_width(WIDTH);
                    let list = ScrollArea::vertical().max_height(high);
                    // as high as its contents, also when there come to be more of them
                    list.min_scrolled_height(high).show(ui, |ui| {
                        for problem in &problems.0 {
                            ui.label(RichText::new(problem).color(ERROR));
                            ui.separator();
                        }
                        scope(ui, &now, &mut chooser);
                        for (number, visualization) in all.all().enumerate() {
                            if entry(ui, number, visualization, visualization.identifier == on) {
                                take(&mut next, *chooser, &now, &visualization.identifier);
                            }
                        }
                        settings(ui, current, &mut next);
                        if let Some(scene) = stage.scene.as_deref() {
                            diagnostics(ui, current, scene);
                        }
                    });
                });
        });
    if *chosen != next {
        *chosen = next;
    }
}

/// For what one chooses.
fn scope(ui: &mut Ui, now: &Now, chooser: &mut Chooser) {
    let Some(block) = block(now) else {
        return;
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new("for").color(SOFT));
        let mut choice = chooser.this_block;
        ui.selectable_value(&mut choice, false, "everything");
        ui.selectable_value(&mut choice, true, format!("block {}", block + 1));
        if choice != chooser.this_block {
            chooser.this_block = choice;
        }
    });
    ui.add_space(4.0);
}

/// One visualization of the list; whether it was clicked.
fn entry(ui: &mut Ui, number: usize, visualization: &Visualization, on: bool) -> bool {
    let key = if number < 9 {
        format!("{} ", number + 1)
    } else {
        String::new()
    };
    let clicked = ui.horizontal(|ui| {
        let picked = sign_button(ui, &visualization.icon, &visualization.help, false).clicked();
        let colour = if on {
            ACCENT
        } else {
            ui.visuals().text_color()
        };
        let name = RichText::new(format!("{key}{}", visualization.display_name)).color(colour);
        let name = Button::new(name.strong()).frame(false);
        picked || ui.add(name).on_hover_text(&visualization.help).clicked()
    });
    if on {
        ui.label(RichText::new(&visualization.help).color(SOFT).small());
    }
    clicked.inner
}

/// The settings of a visualization, as its struct has them.
fn settings(ui: &mut Ui, visualization: &Visualization, chosen: &mut Chosen) {
    let now = chosen.settings_of(visualization);
    let ReflectRef::Struct(fields) = now.reflect_ref() else {
        return;
    };
    if fields.field_len() == 0 {
        return;
    }
    ui.separator();
    let info = now.reflect_type_info();
    let mut changed: Option<(String, SettingValue)> = None;
    for at in 0..fields.field_len() {
        let (Some(name), Some(field)) = (fields.name_at(at), fields.field_at(at)) else {
            continue;
        };
        let attributes = info.as_struct().ok().and_then(|info| info.field(name));
        let label = name.replace('_', " ");
        match value_of(field) {
            Some(SettingValue::Switch(mut switch)) => {
                let clicked = ui.add(Checkbox::new(&mut switch, label)).changed();
                let new = || (name.to_owned(), SettingValue::Switch(switch));
                changed = clicked.then(new).or(changed);
            }
            Some(SettingValue::Number(mut number)) => {
                let whole = field.try_downcast_ref::<f32>().is_none();
                let range = attributes.and_then(|field| {
                    use std::ops::RangeInclusive;
                    let of_f32 = field.get_attribute::<RangeInclusive<f32>>();
                    let of_f32 = of_f32.map(|r| f64::from(*r.start())..=f64::from(*r.end()));
                    of_f32.or_else(|| {
                        let range = field.get_attribute::<RangeInclusive<u32>>()?;
                        Some(f64::from(*range.start())..=f64::from(*range.end()))
                    })
                });
                let slider = Slider::new(&mut number, range.unwrap_or(0.0..=1.0)).text(label);
                let slider = if whole {
                    slider.integer()
                } else {
                    slider.max_decimals(2)
                };
                if ui.add(slider).changed() {
                    changed = Some((name.to_owned(), SettingValue::Number(number)));
                }
            }
            None => {}
        }
    }
    if let Some((name, value)) = changed {
        let of_it = chosen.settings.entry(visualization.identifier.clone());
        of_it.or_default().insert(name, value);
    }
    if chosen.settings.contains_key(&visualization.identifier) {
        let usual = Button::new(RichText::new("usual settings").color(SOFT)).frame(false);
        if ui.add(usual).clicked() {
            chosen.settings.remove(&visualization.identifier);
        }
    }
}

/// What a visualization tells of the scene that is on.
fn diagnostics(ui: &mut Ui, visualization: &Visualization, scene: &Scene) {
    ui.separator();
    let told = visualization.diagnostics(scene);
    let words: Vec<String> = told
        .iter()
        .map(|told| format!("{}: {}", told.name, told.value))
        .collect();
    ui.label(RichText::new(words.join(" · ")).color(SOFT).small());
}

/// A button with a visualization's sign; a dot on it where something is wrong.
fn sign_button(ui: &mut Ui, icon: &Icon, words: &str, wrong: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(30.0, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, words));
    let look = *ui.style().interact(&response);
    let painter = ui.painter();
    painter.rect_filled(
        rect,
        look.corner_radius,
        if response.hovered() {
            look.bg_fill
        } else {
            PANEL
        },
    );
    draw_icon(
        painter,
        icon,
        rect.shrink2(vec2(5.0, 4.0)),
        look.text_color(),
    );
    if wrong {
        painter.circle_filled(rect.right_top() + vec2(-4.0, 4.0), 3.5, ERROR);
    }
    response.on_hover_text(words)
}

fn draw_icon(
    painter: &crate::third_party::egui::egui::Painter,
    icon: &Icon,
    rect: Rect,
    colour: Color32,
) {
    let at = |point: &[f32; 2]| {
        pos2(
            rect.left() + point[0] * rect.width(),
            rect.top() + point[1] * rect.height(),
        )
    };
    for line in &icon.0 {
        painter.add(Shape::line(
            line.iter().map(at).collect(),
            Stroke::new(1.5, colour),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{looks::registry, test_support::app_with_small_show};

    fn app() -> App {
        let mut app = app_with_small_show();
        app.insert_resource(registry::compiled().unwrap())
            .init_resource::<Chooser>()
            .add_message::<Action>()
            .add_systems(Update, choose.in_set(OrrerySystems::Input));
        app
    }

    fn ask(app: &mut App, action: Action) -> Chosen {
        app.world_mut().write_message(action);
        app.update();
        app.world().resource::<Chosen>().clone()
    }

    #[test]
    fn keys_choose_in_the_order_of_the_list_and_what_is_not_there_changes_nothing() {
        let mut app = app();
        assert_eq!(ask(&mut app, Action::Visualization(1)).all, "skyline");
        assert_eq!(ask(&mut app, Action::Visualization(8)).all, "skyline");
        assert_eq!(ask(&mut app, Action::Visualization(0)).all, "cubes");
    }

    #[test]
    fn a_setting_that_counts_goes_up_and_down_and_not_below_nothing() {
        let mut app = app();
        ask(&mut app, Action::Visualization(3));
        let head = |chosen: Chosen| chosen.settings["arcs"]["head"];
        let number = SettingValue::Number;
        assert_eq!(
            head(ask(&mut app, Action::StepSetting("head", true))),
            number(1.0)
        );
        assert_eq!(
            head(ask(&mut app, Action::StepSetting("head", true))),
            number(2.0)
        );
        for _ in 0..4 {
            ask(&mut app, Action::StepSetting("head", false));
        }
        assert_eq!(head(app.world().resource::<Chosen>().clone()), number(0.0));
    }
}
