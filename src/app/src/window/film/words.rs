//! The words behind `orrery` that record the show which is on.

use std::path::Path;

use orrery_pipeline::{Detail, PagedAxis, Palette};

use crate::looks::Chosen;
use crate::looks::chosen::{SettingValue, USUAL};
use crate::show::{CurrentShow, ShowSettings};

/// What of the show is filmed, and how.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wishes {
    /// The film.
    pub file: String,
    /// Pixels.
    pub size: (u32, u32),
    /// Frames in a second.
    pub frames_per_second: u32,
    /// As `--camera` has it.
    pub camera: String,
    /// From where, in seconds of the show.
    pub from: Option<f64>,
    /// The longest it may be, in seconds.
    pub longest: Option<u32>,
    /// Whether there is sound.
    pub sound: bool,
    /// Whether words say what happens.
    pub captions: bool,
    /// Whether a file that is there is replaced.
    pub replace: bool,
}

/// All words of the command.
pub(super) fn words(
    show: &CurrentShow,
    palette: Palette,
    chosen: &Chosen,
    wishes: &Wishes,
) -> Vec<String> {
    let ShowSettings {
        model,
        prompt,
        lossy,
        options,
        ..
    } = &show.settings;
    let sampling = &options.sampling;
    let mut words = vec!["record".to_owned(), "--steered".to_owned()];
    let mut say = |name: &str, value: String| words.push(format!("--{name}={value}"));
    say("output", wishes.file.clone());
    say("text", prompt.clone());
    say("model", model_name(&model.name).to_owned());
    say("tokens", options.tokens.to_string());
    say("temperature", sampling.temperature.to_string());
    say("seed", sampling.seed.to_string());
    if let Some(k) = sampling.top_k {
        say("top-k", k.to_string());
    }
    if let Some(p) = sampling.top_p {
        say("top-p", p.to_string());
    }
    let blocks: Vec<String> = options
        .opened
        .iter()
        .map(|block| (block + 1).to_string())
        .collect();
    let blocks = if blocks.is_empty() {
        "none".to_owned()
    } else {
        blocks.join(",")
    };
    say("blocks", blocks);
    let detail = match options.later_tokens {
        Detail::Full => "full",
        Detail::Abbreviated => "abbreviated",
    };
    say("detail", detail.into());
    for axis in PagedAxis::ALL {
        let page = options.pages.of(axis);
        if page > 0 {
            say("page", format!("{}={}", axis.name(), page + 1));
        }
    }
    say("palette", palette.name().into());
    for folder in &chosen.folders {
        say("plugins", folder.display().to_string());
    }
    if chosen.all != USUAL || chosen.settings.contains_key(USUAL) {
        say("viz", visualization(chosen, &chosen.all));
    }
    for (block, identifier) in &chosen.blocks {
        let name = visualization(chosen, identifier);
        say("viz", format!("{}={name}", block + 1));
    }
    say("width", wishes.size.0.to_string());
    say("height", wishes.size.1.to_string());
    say("fps", wishes.frames_per_second.to_string());
    say("camera", wishes.camera.clone());
    if let Some(from) = wishes.from {
        say("from", from.to_string());
    }
    if let Some(longest) = wishes.longest {
        say("max-duration", longest.to_string());
    }
    say(
        "captions",
        if wishes.captions { "on" } else { "off" }.into(),
    );
    let flags = [
        ("--lossy", *lossy),
        ("--lens", options.lens),
        ("--no-audio", !wishes.sound),
        ("--force", wishes.replace),
    ];
    words.extend(model.options.iter().cloned());
    words.extend(
        flags
            .iter()
            .filter(|(_, set)| *set)
            .map(|(flag, _)| (*flag).to_owned()),
    );
    words
}

/// A visualization with the settings that somebody has changed, as `--viz` has it.
fn visualization(chosen: &Chosen, identifier: &str) -> String {
    let settings = chosen.settings.get(identifier).into_iter().flatten();
    let settings: Vec<String> = settings
        .map(|(name, value)| match value {
            SettingValue::Number(number) => format!("{name}={number}"),
            SettingValue::Switch(on) => format!("{name}={}", if *on { "on" } else { "off" }),
        })
        .collect();
    if settings.is_empty() {
        identifier.to_owned()
    } else {
        format!("{identifier}:{}", settings.join(","))
    }
}

/// What `--model` calls a model.
fn model_name(name: &str) -> &str {
    name.strip_suffix(" (shipped)").unwrap_or(name)
}

/// A name for a film of this text that is a file's name everywhere.
pub(super) fn file_name(prompt: &str) -> String {
    const MOST: usize = 24;
    let plain: String = prompt
        .trim()
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .take(MOST)
        .collect();
    let plain = plain.trim_matches('-');
    let stem = if plain.is_empty() { "orrery" } else { plain };
    Path::new(stem).with_extension("mp4").display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::app_with_small_show;

    #[test]
    fn the_words_are_understood_and_name_everything_that_is_on() {
        let app = app_with_small_show();
        let mut show = app.world().resource::<CurrentShow>().clone();
        show.settings.model.name = "charlm (shipped)".into();
        show.settings.model.options = vec!["--heads=4".into(), "--gelu=tanh".into()];
        show.settings.options.sampling.top_k = Some(5);
        show.settings.options.opened.clear();
        let wishes = Wishes {
            file: "a film.mp4".into(),
            size: (1280, 720),
            frames_per_second: 60,
            camera: "cinematic".into(),
            from: Some(2.5),
            longest: Some(10),
            sound: false,
            captions: true,
            replace: false,
        };
        let mut chosen = Chosen::default();
        chosen.choose_for_all("arcs");
        chosen.choose_for_block(1, "cubes");
        let head = SettingValue::Number(2.0);
        chosen
            .settings
            .entry("arcs".into())
            .or_default()
            .insert("head".into(), head);
        let words = words(&show, Palette::default(), &chosen, &wishes);
        for word in [
            "--output=a film.mp4",
            "--model=charlm",
            "--heads=4",
            "--gelu=tanh",
            "--top-k=5",
            "--blocks=none",
            "--from=2.5",
            "--max-duration=10",
            "--no-audio",
            "--camera=cinematic",
            "--viz=arcs:head=2",
            "--viz=2=cubes",
        ] {
            assert!(words.iter().any(|found| found == word), "{word}: {words:?}");
        }
        let all = std::iter::once("orrery".to_owned()).chain(words);
        assert!(crate::command_line::CommandLine::understands(all));
    }

    #[test]
    fn a_text_becomes_the_name_of_a_file() {
        assert_eq!(file_name("hello"), "hello.mp4");
        assert_eq!(file_name(" to be, or "), "to-be--or.mp4");
        assert_eq!(file_name("../.."), "orrery.mp4");
        assert_eq!(file_name(""), "orrery.mp4");
    }
}
