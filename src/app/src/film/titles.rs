//! Titles of a film: what is said over its beginning and its end, by the time of the film.

use orrery_pipeline::easing::cubic_in_out;

use crate::labels::TitleCard;
use crate::show::CurrentShow;

/// What the titles say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Titles {
    /// Title and subtitle of the beginning.
    pub opening: (String, String),
    /// Of the end.
    pub ending: (String, String),
}

/// How long a title stands, and how long it takes to come or go, in seconds of the film.
const STANDS: f64 = 1.8;
const FADES: f64 = 0.8;

impl Titles {
    /// The prompt and the model; and what became of the prompt.
    pub fn of(show: &CurrentShow) -> Self {
        let gpt = &show.settings.model.gpt;
        let config = gpt.config();
        let model = format!(
            "{} · {} blocks · {} heads · {} parameters",
            show.settings.model.short_name(),
            config.n_blocks,
            config.n_heads,
            gpt.parameters().values().len()
        );
        Self {
            opening: (show.settings.prompt.clone(), model),
            ending: (
                show.show.final_text(),
                "Every number was the model’s own. GPT Orrery".into(),
            ),
        }
    }

    /// The card so many seconds after the beginning of a film and before its end.
    pub fn card(&self, since: f64, left: f64) -> TitleCard {
        let seen =
            |seconds: f64| cubic_in_out((1.0 - (seconds - STANDS) / FADES).clamp(0.0, 1.0) as f32);
        let ((title, subtitle), opacity) = if since < left {
            (&self.opening, seen(since))
        } else {
            (&self.ending, seen(left))
        };
        if opacity <= 0.0 {
            return TitleCard::default();
        }
        TitleCard {
            title: title.clone(),
            subtitle: subtitle.clone(),
            opacity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_and_go() {
        let titles = Titles {
            opening: ("a".into(), "b".into()),
            ending: ("c".into(), "d".into()),
        };
        let first = titles.card(0.0, 20.0);
        assert_eq!((first.title.as_str(), first.opacity), ("a", 1.0));
        assert_eq!(titles.card(5.0, 15.0), TitleCard::default());
        let last = titles.card(20.0, 0.0);
        assert_eq!((last.title.as_str(), last.opacity), ("c", 1.0));
        let fading = titles.card(STANDS + FADES / 2.0, 15.0);
        assert!((0.4..0.6).contains(&fading.opacity));
    }
}
