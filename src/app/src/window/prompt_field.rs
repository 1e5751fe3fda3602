//! The field for a new prompt, and what becomes of what is typed there.

use bevy::prelude::*;
use orrery_model::TokenizerError;

use super::actions::Action;
use crate::{
    labels::{
        Preview,
        system_fonts::{FontFinder, find_for_show},
    },
    sets::{Asking, InterfacePart, OrrerySystems},
    show::{
        CurrentShow, NextShow, PromptError, ShowSettings, Shows, current::MOST_GENERATED_TOKENS,
    },
    third_party::egui::{
        DrawInterface, Interface,
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
/// Hotter than this the text is noise.
const HOTTEST: f32 = 3.0;

/// What is in the field and beside it.
#[derive(Resource, Clone, Debug, Default)]
pub struct PromptField {
    typed: Typed,
    /// What of it is known: it was copied from the show that is on, or it was asked for.
    known: Typed,
    wants_focus: bool,
    /// The show that was last copied into the field.
    copied: Option<u64>,
}

/// A prompt and the settings beside it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Typed {
    text: String,
    tokens: usize,
    temperature: f32,
}

impl Typed {
    fn of(settings: &ShowSettings) -> Self {
        Self {
            text: settings.prompt.clone(),
            tokens: settings.options.tokens,
            temperature: settings.options.sampling.temperature,
        }
    }
}

impl PromptField {
    /// Asks for what is typed.
    fn submit(&mut self, prompts: &mut MessageWriter<NewPrompt>) {
        self.known = self.typed.clone();
        let Typed {
            text,
            tokens,
            temperature,
        } = self.typed.clone();
        prompts.write(NewPrompt {
            text,
            tokens,
            temperature,
        });
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
            .init_resource::<Preview>()
            .add_message::<NewPrompt>()
            .add_message::<Action>()
            .add_systems(
                Update,
                (copy_into_field, show_prompt, focus)
                    .chain()
                    .in_set(Asking::Prompt),
            )
            .add_systems(
                Update,
                (find_letters, preview)
                    .chain()
                    .after(find_for_show)
                    .after(OrrerySystems::Program)
                    .before(OrrerySystems::Choreography),
            )
            .add_systems(
                DrawInterface,
                draw_problem.in_set(InterfacePart::PromptProblem),
            );
    }
}

/// What is typed may need fonts that no show has needed yet.
fn find_letters(field: Res<PromptField>, mut finder: FontFinder<'_>, mut found_for: Local<String>) {
    if *found_for != field.typed.text {
        found_for.clone_from(&field.typed.text);
        finder.find(field.typed.text.chars().collect());
    }
}

/// What is typed and not shown yet is written above the field, where the field cannot write it.
fn preview(
    field: Res<PromptField>,
    show: Option<Res<CurrentShow>>,
    next: Res<NextShow>,
    mut preview: ResMut<Preview>,
) {
    let typed = &field.typed.text;
    // the reason why a prompt is not shown takes its place
    let shown = show.is_none_or(|show| show.settings.prompt == *typed) || next.problem().is_some();
    let text = if shown { "" } else { typed };
    if preview.0 != text {
        text.clone_into(&mut preview.0);
    }
}

fn show_prompt(mut prompts: MessageReader<NewPrompt>, mut shows: Shows) {
    let Some(prompt) = prompts.read().last() else {
        return;
    };
    shows.run(|settings| {
        settings.prompt.clone_from(&prompt.text);
        settings.options.tokens = prompt.tokens;
        settings.options.sampling.temperature = prompt.temperature;
    });
}

/// The field begins with what is being shown. What somebody has typed since stays.
fn copy_into_field(show: Option<Res<CurrentShow>>, mut field: ResMut<PromptField>) {
    let Some(show) = show.filter(|show| field.copied != Some(show.revision)) else {
        return;
    };
    field.copied = Some(show.revision);
    if field.typed == field.known {
        field.typed = Typed::of(&show.settings);
        field.known = field.typed.clone();
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
    next: &mut ResMut<NextShow>,
    prompts: &mut MessageWriter<NewPrompt>,
) {
    let changed = field.typed != Typed::of(&show.settings);
    let words = RichText::new("Show").color(if changed { ACCENT } else { SOFT });
    let mut submit = ui
        .add(Button::new(words))
        .on_hover_text("Show this prompt (Enter)")
        .clicked();
    if ui.available_width() > 420.0 {
        let temperature = DragValue::new(&mut field.typed.temperature)
            .range(0.0..=HOTTEST)
            .speed(0.01)
            .fixed_decimals(2)
            .prefix("T ");
        ui.add(temperature)
            .on_hover_text("Temperature of the draw; 0 always takes the likeliest token");
    }
    if ui.available_width() > 330.0 {
        let tokens = DragValue::new(&mut field.typed.tokens)
            .range(1..=MOST_GENERATED_TOKENS)
            .speed(0.1)
            .custom_formatter(|tokens, _| match tokens {
                1.0 => "1 token".to_owned(),
                more => format!("{more} tokens"),
            })
            .custom_parser(|typed| typed.split_whitespace().next()?.parse().ok());
        ui.add(tokens).on_hover_text("How many tokens to generate");
    }
    let edit = TextEdit::singleline(&mut field.typed.text)
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
        let end = CCursor::new(field.typed.text.chars().count());
        let all = CCursorRange::two(CCursor::default(), end);
        edit.state.cursor.set_char_range(Some(all));
        edit.state.store(ui.ctx(), edit.response.id);
    }
    let edit = edit.response.response;
    if edit.changed() && next.problem().is_some() {
        next.forget_problem();
    }
    submit |= edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if submit {
        field.submit(prompts);
    }
}

/// The reason why a prompt is not shown, above the field.
fn draw_problem(
    mut interface: Interface,
    mut field: ResMut<PromptField>,
    show: Option<Res<CurrentShow>>,
    next: Res<NextShow>,
    mut prompts: MessageWriter<NewPrompt>,
) {
    let (Some(problem), Some(show), Ok(context)) = (next.problem(), show, interface.ctx_mut())
    else {
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
                    ui.label(RichText::new(problem.to_string()).color(ERROR));
                    if is_droppable(problem) {
                        drop_unknown = ui.button("Drop what it does not know").clicked();
                    }
                });
        });
    if drop_unknown {
        let tokenizer = &show.settings.model.tokenizer;
        field.typed.text = tokenizer.decode(&tokenizer.encode_lossy(&field.typed.text).0);
        field.submit(&mut prompts);
    }
}

/// Whether the prompt is all right without what the model does not know.
fn is_droppable(problem: &PromptError) -> bool {
    use TokenizerError::{UnknownCharacter, UnknownWord};
    matches!(
        problem,
        PromptError::Tokenizer(UnknownCharacter { .. } | UnknownWord { .. })
    )
}
