//! Subtitles as a SubRip file: what is said, and from when to when.

use std::fmt::Write;

/// One text and when it is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subtitle {
    /// First millisecond.
    pub start: u64,
    /// First millisecond after it.
    pub end: u64,
    /// One or more lines.
    pub text: String,
}

/// The file. Texts that follow each other without a change are one; empty ones are left out.
pub fn srt(subtitles: &[Subtitle]) -> String {
    let mut merged: Vec<Subtitle> = Vec::new();
    for subtitle in subtitles {
        match merged.last_mut() {
            Some(last) if last.text == subtitle.text && last.end == subtitle.start => {
                last.end = subtitle.end;
            }
            _ => merged.push(subtitle.clone()),
        }
    }
    let mut file = String::new();
    let seen = merged
        .iter()
        .filter(|subtitle| !subtitle.text.trim().is_empty());
    for (index, subtitle) in seen.enumerate() {
        // an empty line would end the text
        let lines = subtitle.text.lines().filter(|line| !line.trim().is_empty());
        let text = lines.collect::<Vec<_>>().join("\n");
        let (start, end) = (time(subtitle.start), time(subtitle.end));
        // writing to a string does not fail
        let _ = write!(file, "{}\n{start} --> {end}\n{text}\n\n", index + 1);
    }
    file
}

fn time(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    format!(
        "{:02}:{:02}:{:02},{:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        milliseconds % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_and_empty_ones_none() {
        let subtitle = |start, end, text: &str| Subtitle {
            start,
            end,
            text: text.into(),
        };
        let file = srt(&[
            subtitle(0, 500, "One\n\ntwo"),
            subtitle(500, 1_234, "One\n\ntwo"),
            subtitle(1_234, 2_000, " "),
            subtitle(3_723_004, 3_724_000, "Three"),
        ]);
        assert_eq!(
            file,
            "1\n00:00:00,000 --> 00:00:01,234\nOne\ntwo\n\n\
             2\n01:02:03,004 --> 01:02:04,000\nThree\n\n"
        );
    }
}
