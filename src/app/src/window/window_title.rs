//! The window's title names the prompt.

use bevy::{prelude::*, window::PrimaryWindow};

use crate::{sets::OrrerySystems, show::CurrentShow};

/// More characters than this do not fit in a title bar.
const MOST_CHARACTERS: usize = 60;

/// Keeps the title.
pub struct WindowTitlePlugin;

impl Plugin for WindowTitlePlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(
            Update,
            set_title
                .run_if(resource_exists_and_changed::<CurrentShow>)
                .in_set(OrrerySystems::Labels),
        );
    }
}

fn set_title(show: Res<CurrentShow>, window: Option<Single<&mut Window, With<PrimaryWindow>>>) {
    if let Some(window) = window {
        window.into_inner().title = title(&show.settings.prompt);
    }
}

fn title(prompt: &str) -> String {
    let words: Vec<&str> = prompt.split_whitespace().collect();
    let line = words.join(" ");
    let mut shown: String = line.chars().take(MOST_CHARACTERS).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    format!("GPT Orrery — {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_one_short_line() {
        assert_eq!(title("to be\n or"), "GPT Orrery — to be or");
        let long = title(&"word ".repeat(50));
        assert!(long.ends_with('…') && long.chars().count() < 80, "{long}");
    }
}
