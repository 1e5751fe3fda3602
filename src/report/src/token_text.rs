//! Tokens as people can read them: white space and control characters made visible.

use orrery_pipeline::visible_token;

/// How many characters of a token are shown.
const LONGEST: usize = 48;

/// A token's text with its white space visible: ␣ ↵ ⇥, other control characters and those that turn text
/// around as ⟨0x0A⟩; what is very long is cut short.
pub fn visible(token: &str) -> String {
    let short: String = token.chars().take(LONGEST).collect();
    let mut text = String::new();
    for character in visible_token(&short).chars() {
        if hidden(character) {
            text.push_str(&format!("⟨0x{:02X}⟩", u32::from(character)));
        } else {
            text.push(character);
        }
    }
    if short.len() < token.len() {
        text.push('…');
    }
    text
}

/// Running text for a sentence or a title: spaces stay spaces, everything else that hides is made visible.
pub fn readable(text: &str) -> String {
    const LONGEST_TEXT: usize = 600;
    let mut shown: String = text.chars().take(LONGEST_TEXT).map(written).collect();
    if text.chars().nth(LONGEST_TEXT).is_some() {
        shown.push('…');
    }
    shown
}

/// A character of running text, made visible where it hides.
fn written(character: char) -> String {
    match character {
        ' ' => " ".to_owned(),
        other => visible(other.encode_utf8(&mut [0; 4])),
    }
}

/// Characters that show nothing, or change how others are shown.
fn hidden(character: char) -> bool {
    let unseen = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    );
    character.is_control() || unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_hostile_characters_show() {
        assert_eq!(visible(" a\n\t"), "␣a↵⇥");
        assert_eq!(visible("\u{202e}x\u{0}"), "⟨0x202E⟩x⟨0x00⟩");
        assert_eq!(visible(&"y".repeat(10_000)).chars().count(), 49);
        assert_eq!(readable("to be\n\u{202e}"), "to be↵⟨0x202E⟩");
        assert_eq!(readable(&"y z".repeat(300)).chars().count(), 601);
    }
}
