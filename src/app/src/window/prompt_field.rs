//! The field for a new prompt, and what becomes of what is typed there.

use bevy::prelude::*;
use orrery_model::TokenizerError;

use super::actions::Action;
use crate::{
    sets::OrrerySystems,
    show::{CurrentShow, PromptError, ShowSettings, Transport},
    third_party::egui::{
        DrawPanels, Panels,
        colours::{ACCENT, ERROR, POPUP, SOFT},
        egui::{
            Align2, Area, Button, DragValue, Frame, Id, Key, Margin, RichText, Stroke, TextEdit,
            Ui,
            text::{CCursor, CCursorRange},
            vec2,
        },
    },
};

/// No prompt is longer; the model sees the end of it only, anyway.
const MOST_CHARACTERS: usize = 400;
/// No show has more tokens: every one of them is kept with all its numbers.
const MOST_TOKENS: usize = 64;
/// Hotter than this the text is noise.
const HOTTEST: f32 = 3.0;

/// What stands in the field and beside it.
#[derive(Resource, Clone, Debug, Default)]
pub struct PromptField {
    text: String,
    tokens: usize,
    temperature: f32,
    problem: Option<Problem>,
    wants_focus: bool,
    /// The show that was last copied into the field.
    copied: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    words: String,
    /// Whether the prompt is all right without the characters that the model does not know.
    droppable: bool,
}

impl From<PromptError> for Problem {
    fn from(error: PromptError) -> Self {
        let droppable = matches!(
            error,
            PromptError::Tokenizer(
                TokenizerError::UnknownCharacter { .. } | TokenizerError::UnknownWord { .. }
            )
        );
        Self {
            words: error.to_string(),
            droppable,
        }
    }
}

impl PromptField {
    /// Why the last prompt could not be shown.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_ref().map(|problem| problem.words.as_str())
    }
}

/// A prompt is to be shown.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct NewPrompt {
    /// As typed.
    pub text: String,
    /// How many tokens are generated.
    pub tokens: usize,
    /// Of the draw; 0 is greedy.
    pub temperature: f32,
}

/// Shows what is typed.
pub struct PromptFieldPlugin;

impl Plugin for PromptFieldPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<PromptField>()
            .add_message::<NewPrompt>()
            .add_message::<Action>()
            .add_systems(
                Update,
                (show_prompt, copy_into_field, focus)
                    .chain()
                    .in_set(OrrerySystems::Input)
                    .after(super::keys::read),
            )
            .add_systems(DrawPanels, draw_problem);
    }
}

/// Makes the new show; if that cannot be, the old one goes on and the reason is told.
fn show_prompt(
    mut prompts: MessageReader<NewPrompt>,
    show: Option<ResMut<CurrentShow>>,
    mut transport: ResMut<Transport>,
    mut field: ResMut<PromptField>,
) {
    let (Some(prompt), Some(mut show)) = (prompts.read().last(), show) else {
        return;
    };
    let mut settings = show.settings.clone();
    settings.prompt.clone_from(&prompt.text);
    settings.options.tokens = prompt.tokens;
    settings.options.sampling.temperature = prompt.temperature;
    ShowChange {
        show: &mut show,
        transport: &mut transport,
        field: &mut field,
    }
    .apply(settings);
}

/// What takes part when another show begins.
pub(super) struct ShowChange<'a, 'w> {
    pub show: &'a mut ResMut<'w, CurrentShow>,
    pub transport: &'a mut Transport,
    pub field: &'a mut PromptField,
}

impl ShowChange<'_, '_> {
    /// Begins the show; if that cannot be, the old one goes on and the field says why.
    pub fn apply(self, settings: ShowSettings) {
        // the old show must not look changed where it stays
        match self.show.bypass_change_detection().replace(settings) {
            Ok(()) => {
                self.show.set_changed();
                self.transport.time = 0.0;
                self.transport.playing = true;
                self.field.problem = None;
            }
            Err(error) => self.field.problem = Some(error.into()),
        }
    }
}

/// The field begins with what is being shown.
pub(super) fn copy_into_field(show: Option<Res<CurrentShow>>, mut field: ResMut<PromptField>) {
    let Some(show) = show else {
        return;
    };
    if field.copied != Some(show.revision) {
        field.copied = Some(show.revision);
        field.text.clone_from(&show.settings.prompt);
        field.tokens = show.settings.options.tokens;
        field.temperature = show.settings.options.sampling.temperature;
    }
}

fn focus(mut actions: MessageReader<Action>, mut field: ResMut<PromptField>) {
    if actions.read().any(|&action| action == Action::TypePrompt) {
        field.wants_focus = true;
    }
}

/// Draws the field at the right end of a row; what does not fit is left out.
pub(super) fn draw(
    ui: &mut Ui,
    field: &mut PromptField,
    show: &CurrentShow,
    prompts: &mut MessageWriter<NewPrompt>,
) {
    let options = &show.settings.options;
    let changed = field.text != show.settings.prompt
        || field.tokens != options.tokens
        || field.temperature != options.sampling.temperature;
    let words = RichText::new("Show").color(if changed { ACCENT } else { SOFT });
    let mut submit = ui
        .add(Button::new(words))
        .on_hover_text("Show this prompt (Enter)")
        .clicked();
    if ui.available_width() > 420.0 {
        let temperature = DragValue::new(&mut field.temperature)
            .range(0.0..=HOTTEST)
            .speed(0.01)
            .fixed_decimals(2)
            .prefix("T ");
        ui.add(temperature)
            .on_hover_text("Temperature of the draw; 0 always takes the likeliest token");
    }
    if ui.available_width() > 330.0 {
        let tokens = DragValue::new(&mut field.tokens)
            .range(1..=MOST_TOKENS)
            .speed(0.1)
            .custom_formatter(|tokens, _| match tokens {
                1.0 => "1 token".to_owned(),
                more => format!("{more} tokens"),
            })
            .custom_parser(|typed| typed.split_whitespace().next()?.parse().ok());
        ui.add(tokens).on_hover_text("How many tokens to generate");
    }
    let edit = TextEdit::singleline(&mut field.text)
        .hint_text("type a prompt")
        .char_limit(MOST_CHARACTERS)
        .margin(Margin::symmetric(8, 4))
        .desired_width(ui.available_width() - 16.0);
    let mut edit = edit.show(ui);
    if std::mem::take(&mut field.wants_focus) {
        edit.response.request_focus();
    }
    if edit.response.gained_focus() {
        // so that typing begins a new prompt; a second click puts the cursor somewhere
        let end = CCursor::new(field.text.chars().count());
        let all = CCursorRange::two(CCursor::default(), end);
        edit.state.cursor.set_char_range(Some(all));
        edit.state.store(ui.ctx(), edit.response.id);
    }
    let edit = edit.response.response;
    if edit.changed() {
        field.problem = None;
    }
    submit |= edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if submit {
        prompts.write(NewPrompt {
            text: field.text.clone(),
            tokens: field.tokens,
            temperature: field.temperature,
        });
    }
}

/// The reason why a prompt is not shown, above the field.
fn draw_problem(
    mut panels: Panels,
    mut field: ResMut<PromptField>,
    show: Option<Res<CurrentShow>>,
    mut prompts: MessageWriter<NewPrompt>,
) {
    let (Some(problem), Some(show), Ok(context)) = (&field.problem, show, panels.ctx_mut()) else {
        return;
    };
    let mut drop_unknown = false;
    Area::new(Id::new("prompt problem"))
        .anchor(
            Align2::RIGHT_BOTTOM,
            vec2(-12.0, -super::transport_bar::HEIGHT - 8.0),
        )
        .show(context, |ui| {
            Frame::NONE
                .fill(POPUP)
                .stroke(Stroke::new(1.0, ERROR))
                .corner_radius(6)
                .inner_margin(Margin::symmetric(12, 8))
                .show(ui, |ui| {
                    ui.set_max_width(460.0);
                    ui.label(RichText::new(&problem.words).color(ERROR));
                    if problem.droppable {
                        drop_unknown = ui.button("Drop what it does not know").clicked();
                    }
                });
        });
    if drop_unknown {
        let tokenizer = &show.settings.model.tokenizer;
        field.text = tokenizer.decode(&tokenizer.encode_lossy(&field.text).0);
        prompts.write(NewPrompt {
            text: field.text.clone(),
            tokens: field.tokens,
            temperature: field.temperature,
        });
    }
}
