//! The keys: one table, from which the window reads what a key does, the help what it says, and the
//! README its list.

use bevy::{
    input::{
        ButtonState,
        keyboard::{Key, KeyboardInput},
    },
    prelude::*,
};

use super::actions::Action;
use crate::{
    sets::{Asking, OrrerySystems},
    third_party::egui::Typing,
};

/// A key on the keyboard, by what is printed on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cap {
    /// A letter or sign; letters in lower case.
    Sign(char),
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Enter,
    Escape,
    F9,
}

/// With which other key a key is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum With {
    Shift,
    /// None.
    Free,
    /// Shift or none: signs are typed with it on one keyboard and without it on another.
    Either,
    /// Ctrl, on a Mac Cmd; whether Shift is held too is all the same.
    Command,
}

/// The other keys that are held.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    shift: bool,
    command: bool,
}

impl With {
    fn fits(self, held: Held) -> bool {
        match self {
            Self::Command => held.command,
            _ if held.command => false,
            Self::Shift => held.shift,
            Self::Free => !held.shift,
            Self::Either => true,
        }
    }
}

/// One line of the table of keys.
#[derive(Clone, Copy, Debug)]
pub struct KeyBinding {
    /// The keys, as they are written in help and README.
    pub keys: &'static str,
    /// What they do, in a few words.
    pub does: &'static str,
    presses: &'static [(With, Cap, Action)],
    /// Whether a key that is held does it again and again.
    repeats: bool,
}

const fn once(
    keys: &'static str,
    does: &'static str,
    presses: &'static [(With, Cap, Action)],
) -> KeyBinding {
    KeyBinding {
        keys,
        does,
        presses,
        repeats: false,
    }
}

const fn repeated(
    keys: &'static str,
    does: &'static str,
    presses: &'static [(With, Cap, Action)],
) -> KeyBinding {
    KeyBinding {
        keys,
        does,
        presses,
        repeats: true,
    }
}

/// All keys, in the order of the help.
pub const KEYS: &[KeyBinding] = &[
    once(
        "Space",
        "play, pause",
        &[(With::Either, Cap::Sign(' '), Action::TogglePlaying)],
    ),
    repeated(
        "← →",
        "stage before, stage after",
        &[
            (With::Free, Cap::Left, Action::PreviousStage),
            (With::Free, Cap::Right, Action::NextStage),
        ],
    ),
    repeated(
        "Shift ← →",
        "token before, token after",
        &[
            (With::Shift, Cap::Left, Action::PreviousToken),
            (With::Shift, Cap::Right, Action::NextToken),
        ],
    ),
    repeated(
        ", .",
        "one frame back, one frame on",
        &[
            (With::Either, Cap::Sign(','), Action::FrameBack),
            (With::Either, Cap::Sign('.'), Action::FrameForward),
        ],
    ),
    repeated(
        "+ −",
        "faster, slower (0.1× to 10×)",
        &[
            (With::Either, Cap::Sign('+'), Action::Faster),
            (With::Either, Cap::Sign('='), Action::Faster),
            (With::Either, Cap::Sign('-'), Action::Slower),
        ],
    ),
    once(
        "Home End",
        "to the beginning, to the end",
        &[
            (With::Either, Cap::Home, Action::Restart),
            (With::Either, Cap::End, Action::GoToEnd),
        ],
    ),
    once(
        "R",
        "restart",
        &[(With::Either, Cap::Sign('r'), Action::Restart)],
    ),
    once(
        "Enter",
        "type a new prompt",
        &[(With::Either, Cap::Enter, Action::TypePrompt)],
    ),
    once(
        "O",
        "open the block that is on and play it in full, or close it",
        &[(With::Either, Cap::Sign('o'), Action::ToggleBlock)],
    ),
    once(
        "G",
        "what the model would guess after each opened block (models that norm before)",
        &[(With::Either, Cap::Sign('g'), Action::ToggleLens)],
    ),
    repeated(
        "Page ↑ ↓",
        "leaf through what is too long for the stage: logits, features, heads",
        &[
            (With::Free, Cap::PageUp, Action::PreviousPage),
            (With::Free, Cap::PageDown, Action::NextPage),
        ],
    ),
    repeated(
        "Shift Page ↑ ↓",
        "earlier, later tokens of a long text",
        &[
            (With::Shift, Cap::PageUp, Action::EarlierTokens),
            (With::Shift, Cap::PageDown, Action::LaterTokens),
        ],
    ),
    once(
        "L",
        "other colours",
        &[(With::Either, Cap::Sign('l'), Action::NextPalette)],
    ),
    once(
        "1 … 9",
        "another visualization: cubes, skyline, tapestry, arcs, tower, scripts",
        &[
            (With::Either, Cap::Sign('1'), Action::Visualization(0)),
            (With::Either, Cap::Sign('2'), Action::Visualization(1)),
            (With::Either, Cap::Sign('3'), Action::Visualization(2)),
            (With::Either, Cap::Sign('4'), Action::Visualization(3)),
            (With::Either, Cap::Sign('5'), Action::Visualization(4)),
            (With::Either, Cap::Sign('6'), Action::Visualization(5)),
            (With::Either, Cap::Sign('7'), Action::Visualization(6)),
            (With::Either, Cap::Sign('8'), Action::Visualization(7)),
            (With::Either, Cap::Sign('9'), Action::Visualization(8)),
        ],
    ),
    once(
        "V",
        "the list of visualizations and the settings of the one that is on",
        &[(With::Either, Cap::Sign('v'), Action::ToggleVisualizations)],
    ),
    repeated(
        "[ ]",
        "in arcs: one head after the other, or all",
        &[
            (
                With::Either,
                Cap::Sign('['),
                Action::StepSetting("head", false),
            ),
            (
                With::Either,
                Cap::Sign(']'),
                Action::StepSetting("head", true),
            ),
        ],
    ),
    repeated(
        "{ }",
        "in arcs: one token after the other, or all",
        &[
            (
                With::Either,
                Cap::Sign('{'),
                Action::StepSetting("token", false),
            ),
            (
                With::Either,
                Cap::Sign('}'),
                Action::StepSetting("token", true),
            ),
        ],
    ),
    once(
        "Ctrl O",
        "open a model from a file (on a Mac: Cmd O)",
        &[(With::Command, Cap::Sign('o'), Action::ChooseFile)],
    ),
    once(
        "N",
        "next model: charlm, bard, your own",
        &[(With::Either, Cap::Sign('n'), Action::NextModel)],
    ),
    once(
        "C",
        "give the camera back to the show",
        &[(With::Either, Cap::Sign('c'), Action::GuideCamera)],
    ),
    once(
        "M",
        "the whole machine, back to the stage",
        &[(With::Either, Cap::Sign('m'), Action::ToggleMachine)],
    ),
    once(
        "P",
        "perspective, orthographic",
        &[(With::Either, Cap::Sign('p'), Action::ToggleProjection)],
    ),
    once(
        "K",
        "set a key of your own camera path, show the path",
        &[(With::Either, Cap::Sign('k'), Action::SetCameraKey)],
    ),
    once(
        "Ctrl R",
        "record a film (on a Mac: Cmd R)",
        &[(With::Command, Cap::Sign('r'), Action::RecordFilm)],
    ),
    once(
        "F9",
        "the camera of films and no controls, back to the window",
        &[(With::Either, Cap::F9, Action::ToggleCinematic)],
    ),
    once(
        "S",
        "sound off, on",
        &[(With::Free, Cap::Sign('s'), Action::ToggleSound)],
    ),
    once(
        "Shift S",
        "volumes and music",
        &[(With::Shift, Cap::Sign('s'), Action::ToggleSoundPanel)],
    ),
    once(
        "I",
        "cards with short facts, or none",
        &[(With::Either, Cap::Sign('i'), Action::ToggleCards)],
    ),
    once(
        "F",
        "full screen",
        &[(With::Either, Cap::Sign('f'), Action::ToggleFullscreen)],
    ),
    once(
        "H ?",
        "this help",
        &[
            (With::Either, Cap::Sign('h'), Action::ToggleHelp),
            (With::Either, Cap::Sign('?'), Action::ToggleHelp),
        ],
    ),
    once(
        "Esc",
        "close the help or a message, give up a show that is being made, leave the full screen, quit",
        &[(With::Either, Cap::Escape, Action::Leave)],
    ),
];

/// What the mouse does, for help and README.
pub const MOUSE: &[(&str, &str)] = &[
    ("Left drag", "turn the view"),
    ("Right or middle drag", "move the view"),
    ("Wheel", "nearer, farther"),
    ("Drop a file", "open that model"),
];

/// The table of keys and mouse as Markdown, for the README.
pub fn markdown() -> String {
    let keys = KEYS.iter().map(|binding| (binding.keys, binding.does));
    let mut lines = vec!["| key | does |".to_owned(), "|---|---|".to_owned()];
    lines.extend(
        keys.chain(MOUSE.iter().copied())
            .map(|(keys, does)| format!("| {keys} | {does} |")),
    );
    lines.join("\n") + "\n"
}

/// Reads the keys.
pub struct KeysPlugin;

impl Plugin for KeysPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Typing>()
            .add_message::<Action>()
            .add_systems(
                Update,
                read.in_set(OrrerySystems::Input).before(Asking::Model),
            );
    }
}

/// The key that was pressed: what it types, or where a keyboard for another script types none of our
/// letters, the place of the key.
fn cap(press: &KeyboardInput) -> Option<Cap> {
    match &press.logical_key {
        Key::ArrowLeft => Some(Cap::Left),
        Key::ArrowRight => Some(Cap::Right),
        Key::Home => Some(Cap::Home),
        Key::End => Some(Cap::End),
        Key::PageUp => Some(Cap::PageUp),
        Key::PageDown => Some(Cap::PageDown),
        Key::Enter => Some(Cap::Enter),
        Key::Escape => Some(Cap::Escape),
        Key::F9 => Some(Cap::F9),
        Key::Space => Some(Cap::Sign(' ')),
        Key::Character(typed) => match typed.chars().next()? {
            sign if sign.is_ascii() => Some(Cap::Sign(sign.to_ascii_lowercase())),
            _ => letter_at(press.key_code),
        },
        _ => None,
    }
}

fn letter_at(key: KeyCode) -> Option<Cap> {
    let letter = match key {
        KeyCode::KeyC => 'c',
        KeyCode::KeyF => 'f',
        KeyCode::KeyG => 'g',
        KeyCode::KeyH => 'h',
        KeyCode::KeyI => 'i',
        KeyCode::KeyK => 'k',
        KeyCode::KeyL => 'l',
        KeyCode::KeyM => 'm',
        KeyCode::KeyO => 'o',
        KeyCode::KeyN => 'n',
        KeyCode::KeyP => 'p',
        KeyCode::KeyR => 'r',
        KeyCode::KeyS => 's',
        KeyCode::KeyV => 'v',
        KeyCode::Comma => ',',
        KeyCode::Period => '.',
        _ => return None,
    };
    Some(Cap::Sign(letter))
}

/// What a key means.
fn action(cap: Cap, held: Held, repeat: bool) -> Option<Action> {
    KEYS.iter()
        .filter(|binding| binding.repeats || !repeat)
        .flat_map(|binding| binding.presses)
        .find(|(with, of, _)| *of == cap && with.fits(held))
        .map(|&(.., action)| action)
}

pub(super) fn read(
    typing: Res<Typing>,
    held: Res<ButtonInput<KeyCode>>,
    mut presses: MessageReader<KeyboardInput>,
    mut actions: MessageWriter<Action>,
) {
    // on a slow machine Shift and arrow may come and go within one frame
    let any = |keys: [KeyCode; 2]| held.any_pressed(keys) || held.any_just_released(keys);
    let shift = any([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    let control = any([KeyCode::ControlLeft, KeyCode::ControlRight]);
    let super_key = any([KeyCode::SuperLeft, KeyCode::SuperRight]);
    let (command, other) = if cfg!(target_os = "macos") {
        (super_key, control)
    } else {
        (control, super_key)
    };
    // with these the key belongs to the window system; AltGr types signs and is allowed
    let foreign = other || held.pressed(KeyCode::AltLeft);
    let held = Held { shift, command };
    for press in presses.read() {
        if typing.0 || foreign || press.state != ButtonState::Pressed {
            continue;
        }
        if let Some(action) = cap(press).and_then(|cap| action(cap, held, press.repeat)) {
            actions.write(action);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let all: Vec<_> = KEYS.iter().flat_map(|binding| binding.presses).collect();
        let held = |shift, command| Held { shift, command };
        let all_held = [
            held(false, false),
            held(true, false),
            held(false, true),
            held(true, true),
        ];
        for (at, (with, cap, _)) in all.iter().enumerate() {
            let clash = all[..at].iter().any(|(other, of, _)| {
                let both = |&held: &Held| with.fits(held) && other.fits(held);
                of == cap && all_held.iter().any(both)
            });
            assert!(!clash, "{with:?} {cap:?} stands twice in the table");
        }
    }

    #[test]
    fn the_readme_has_the_table() {
        let table = markdown();
        assert_eq!(table.lines().count(), 2 + KEYS.len() + MOUSE.len());
        let readme = include_str!("../../../../README.md");
        assert!(readme.contains(&table), "put this into README.md:\n{table}");
    }
}
