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
use crate::{sets::OrrerySystems, third_party::egui::Typing};

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
}

/// Whether a key is meant with Shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    Held,
    Free,
    /// Signs are typed with Shift on one keyboard and without it on another.
    Either,
}

/// One line of the table of keys.
#[derive(Clone, Copy, Debug)]
pub struct KeyBinding {
    /// The keys, as they are written in help and README.
    pub keys: &'static str,
    /// What they do, in a few words.
    pub does: &'static str,
    presses: &'static [(Shift, Cap, Action)],
    /// Whether a key that is held does it again and again.
    repeats: bool,
}

const fn once(
    keys: &'static str,
    does: &'static str,
    presses: &'static [(Shift, Cap, Action)],
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
    presses: &'static [(Shift, Cap, Action)],
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
        &[(Shift::Either, Cap::Sign(' '), Action::TogglePlaying)],
    ),
    repeated(
        "← →",
        "stage before, stage after",
        &[
            (Shift::Free, Cap::Left, Action::PreviousStage),
            (Shift::Free, Cap::Right, Action::NextStage),
        ],
    ),
    repeated(
        "Shift ← →",
        "token before, token after",
        &[
            (Shift::Held, Cap::Left, Action::PreviousToken),
            (Shift::Held, Cap::Right, Action::NextToken),
        ],
    ),
    repeated(
        ", .",
        "one frame back, one frame on",
        &[
            (Shift::Either, Cap::Sign(','), Action::FrameBack),
            (Shift::Either, Cap::Sign('.'), Action::FrameForward),
        ],
    ),
    repeated(
        "+ −",
        "faster, slower (0.1× to 10×)",
        &[
            (Shift::Either, Cap::Sign('+'), Action::Faster),
            (Shift::Either, Cap::Sign('='), Action::Faster),
            (Shift::Either, Cap::Sign('-'), Action::Slower),
        ],
    ),
    once(
        "Home End",
        "to the beginning, to the end",
        &[
            (Shift::Either, Cap::Home, Action::Restart),
            (Shift::Either, Cap::End, Action::GoToEnd),
        ],
    ),
    once(
        "R",
        "restart",
        &[(Shift::Either, Cap::Sign('r'), Action::Restart)],
    ),
    once(
        "Enter",
        "type a new prompt",
        &[(Shift::Either, Cap::Enter, Action::TypePrompt)],
    ),
    once(
        "O",
        "open the block that is on and play it in full, or close it",
        &[(Shift::Either, Cap::Sign('o'), Action::ToggleBlock)],
    ),
    repeated(
        "Page ↑ ↓",
        "leaf through what is too long for the stage: logits, features, heads",
        &[
            (Shift::Free, Cap::PageUp, Action::PreviousPage),
            (Shift::Free, Cap::PageDown, Action::NextPage),
        ],
    ),
    repeated(
        "Shift Page ↑ ↓",
        "earlier, later tokens of a long text",
        &[
            (Shift::Held, Cap::PageUp, Action::EarlierTokens),
            (Shift::Held, Cap::PageDown, Action::LaterTokens),
        ],
    ),
    once(
        "L",
        "other colours",
        &[(Shift::Either, Cap::Sign('l'), Action::NextPalette)],
    ),
    once(
        "N",
        "next model: charlm, bard, your own",
        &[(Shift::Either, Cap::Sign('n'), Action::NextModel)],
    ),
    once(
        "C",
        "give the camera back to the show",
        &[(Shift::Either, Cap::Sign('c'), Action::GuideCamera)],
    ),
    once(
        "M",
        "the whole machine, back to the stage",
        &[(Shift::Either, Cap::Sign('m'), Action::ToggleMachine)],
    ),
    once(
        "P",
        "perspective, orthographic",
        &[(Shift::Either, Cap::Sign('p'), Action::ToggleProjection)],
    ),
    once(
        "F",
        "full screen",
        &[(Shift::Either, Cap::Sign('f'), Action::ToggleFullscreen)],
    ),
    once(
        "H ?",
        "this help",
        &[
            (Shift::Either, Cap::Sign('h'), Action::ToggleHelp),
            (Shift::Either, Cap::Sign('?'), Action::ToggleHelp),
        ],
    ),
    once(
        "Esc",
        "close the help, leave the full screen, quit",
        &[(Shift::Either, Cap::Escape, Action::Leave)],
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
            .add_systems(Update, read.in_set(OrrerySystems::Input));
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
        KeyCode::KeyH => 'h',
        KeyCode::KeyL => 'l',
        KeyCode::KeyM => 'm',
        KeyCode::KeyO => 'o',
        KeyCode::KeyN => 'n',
        KeyCode::KeyP => 'p',
        KeyCode::KeyR => 'r',
        KeyCode::Comma => ',',
        KeyCode::Period => '.',
        _ => return None,
    };
    Some(Cap::Sign(letter))
}

/// What a key means.
fn action(cap: Cap, shift_is_held: bool, repeat: bool) -> Option<Action> {
    let shift_fits = |shift: Shift| match shift {
        Shift::Held => shift_is_held,
        Shift::Free => !shift_is_held,
        Shift::Either => true,
    };
    KEYS.iter()
        .filter(|binding| binding.repeats || !repeat)
        .flat_map(|binding| binding.presses)
        .find(|(shift, of, _)| *of == cap && shift_fits(*shift))
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
    // with these the key belongs to the window system; AltGr types signs and is allowed
    let foreign = any([KeyCode::ControlLeft, KeyCode::ControlRight])
        || any([KeyCode::SuperLeft, KeyCode::SuperRight])
        || held.pressed(KeyCode::AltLeft);
    for press in presses.read() {
        if typing.0 || foreign || press.state != ButtonState::Pressed {
            continue;
        }
        if let Some(action) = cap(press).and_then(|cap| action(cap, shift, press.repeat)) {
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
        for (at, (shift, cap, _)) in all.iter().enumerate() {
            let clash = all[..at].iter().any(|(other, of, _)| {
                of == cap && (shift == other || [*shift, *other].contains(&Shift::Either))
            });
            assert!(!clash, "{shift:?} {cap:?} stands twice in the table");
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
