//! Publishing: a folder that any static host can serve, with a gallery of all reports in it. The same report
//! gives the same files; other reports stay; a workflow that is not ours is never touched.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use maud::{DOCTYPE, PreEscaped, html};
use orrery_model::checkpoint::write_atomically;
use serde::{Deserialize, Serialize};

use crate::page::STYLE;
use crate::request::ReportError;
use crate::token_text::{readable, visible};
use crate::{Report, Tier};

/// Who serves the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// GitHub Pages.
    GitHub,
    /// GitLab Pages.
    GitLab,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The report's page.
    pub page: PathBuf,
    /// What is left to be done, line by line.
    pub next_steps: Vec<String>,
}

/// What the gallery knows of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Card {
    /// What `--title` said; of older files nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    prompt: String,
    next: String,
    model: String,
    size: usize,
    weights_sha256: String,
    live: bool,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> ReportError {
    let path = path.to_owned();
    move |error| ReportError::Write { path, error }
}

fn write(path: &Path, text: &str) -> Result<(), ReportError> {
    write_bytes(path, text.as_bytes())
}

fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let written = write_atomically(path, |writer| writer.write_all(bytes));
    written.map_err(|error| ReportError::Write {
        path: path.to_owned(),
        error: std::io::Error::other(error),
    })
}

/// A folder's name for a prompt: `[a-z0-9-]`, at most 40 characters.
fn slug(prompt: &str) -> String {
    let mut slug = String::new();
    for character in prompt.to_lowercase().chars() {
        if slug.len() >= 40 {
            break;
        }
        if character.is_ascii_lowercase() || character.is_ascii_digit() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "report".to_owned()
    } else {
        slug.to_owned()
    }
}

/// Puts a report into a folder under its prompt, with a title for the gallery if it has one of its own, and with a picture for the previews of links to it, if there is one (the bytes of a
/// PNG file).
///
/// # Errors
/// A folder or file that cannot be written.
pub fn publish(
    folder: &Path,
    (prompt, title): (&str, Option<&str>),
    report: &Report,
    picture: Option<&[u8]>,
    host: Option<Host>,
) -> Result<Published, ReportError> {
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let next = report.findings.next.first();
    let card = Card {
        title: title.map(readable),
        prompt: readable(prompt),
        next: next
            .and_then(|next| report.findings.tokens.get(&next.id))
            .map_or_else(String::new, |token| visible(token)),
        model: report.findings.model.clone(),
        size: report.html.len(),
        weights_sha256: report.findings.weights_sha256.clone(),
        live: report.tier == Tier::Model,
    };
    let json = serde_json::to_string_pretty(&card)? + "\n";
    let name = free_name(folder, &slug(prompt), &json, &report.html);
    let place = folder.join(&name);
    fs::create_dir_all(&place).map_err(failed(&place))?;
    let page = place.join("index.html");
    write(&page, &report.html)?;
    write(&place.join("report.json"), &json)?;
    if let Some(picture) = picture {
        write_bytes(&place.join("card.png"), picture)?;
    }
    write(&folder.join(".nojekyll"), "")?;
    write(&folder.join("index.html"), &gallery(folder)?)?;
    let next_steps = match host {
        Some(host) => workflow(folder, host)?,
        None => Vec::new(),
    };
    Ok(Published { page, next_steps })
}

/// The slug, or the slug with a number where another report has it. A report of the same prompt and the
/// same weights takes its own place again.
fn free_name(folder: &Path, slug: &str, json: &str, html: &str) -> String {
    let own = |name: &String| {
        let place = folder.join(name);
        if !place.exists() {
            return true;
        }
        let same_page =
            fs::read_to_string(place.join("index.html")).is_ok_and(|there| there == html);
        let facts = |text: &str| -> Option<(String, String)> {
            let card: Card = serde_json::from_str(text).ok()?;
            Some((card.prompt, card.weights_sha256))
        };
        let there = fs::read_to_string(place.join("report.json"));
        same_page
            || there.is_ok_and(|there| facts(&there).is_some() && facts(&there) == facts(json))
    };
    let numbered = (2..1000).map(|number| format!("{slug}-{number}"));
    std::iter::once(slug.to_owned())
        .chain(numbered)
        .find(own)
        .unwrap_or_else(|| slug.to_owned())
}

/// The page that lists all reports of a folder.
fn gallery(folder: &Path) -> Result<String, ReportError> {
    let mut cards: Vec<(String, Card)> = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let text = fs::read_to_string(entry.path().join("report.json"));
        let card = text.ok().and_then(|text| serde_json::from_str(&text).ok());
        if let (Some(card), Ok(name)) = (card, entry.file_name().into_string()) {
            cards.push((name, card));
        }
    }
    // names that count up, or that begin with a date, have the newest first
    cards.sort_by(|a, b| b.0.cmp(&a.0));
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; base-uri 'none'; form-action 'none'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Why this token: reports" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Why this token" }
                    p { (cards.len()) @if cards.len() == 1 { " report" } @else { " reports" } " of runs of a GPT, each one file." }
                    ul {
                        @for (name, card) in &cards {
                            li {
                                @if folder.join(name).join("card.png").exists() { a href={ (name) "/" } { img src={ (name) "/card.png" } width="240" height="126" loading="lazy" alt=""; } br; }
                                @if let Some(title) = &card.title { strong { a href={ (name) "/" } { (title) } } " " q { (card.prompt) } }
                                @else { a href={ (name) "/" } { q { (card.prompt) } } }
                                " → " span.token { (card.next) } " "
                                span.quiet { (card.model) ", " (card.size.div_ceil(1000)) " kB" @if card.live { ", with the model inside" } }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(markup.into_string())
}

/// The root of the git checkout that a folder lies in.
fn checkout(folder: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder).ok()?;
    let root = folder.ancestors().find(|at| at.join(".git").exists())?;
    Some(root.to_owned())
}

/// The branch that a checkout is on.
fn branch(root: &Path) -> String {
    let git = root.join(".git");
    // in a worktree `.git` is a file that names the folder
    let folder = match fs::read_to_string(&git) {
        Ok(text) => text
            .strip_prefix("gitdir:")
            .map_or(git.clone(), |path| root.join(path.trim())),
        Err(_) => git,
    };
    let head = fs::read_to_string(folder.join("HEAD")).unwrap_or_default();
    let branch = head.trim().strip_prefix("ref: refs/heads/");
    branch.unwrap_or("main").to_owned()
}

/// A single-quoted YAML string.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Writes the workflow that serves the folder, if there is a checkout without one; what is left to do.
fn workflow(folder: &Path, host: Host) -> Result<Vec<String>, ReportError> {
    let Some(root) = checkout(folder) else {
        return Ok(vec![
            "put the folder on any static host, or mail the file".to_owned(),
        ]);
    };
    let absolute = fs::canonicalize(folder).map_err(failed(folder))?;
    let inside = absolute.strip_prefix(&root).unwrap_or(&absolute);
    let inside = inside.to_string_lossy().replace('\\', "/");
    let inside = if inside.is_empty() {
        ".".to_owned()
    } else {
        inside
    };
    let (path, text) = match host {
        Host::GitHub => (
            root.join(".github/workflows/orrery-pages.yml"),
            github(&inside, &branch(&root)),
        ),
        Host::GitLab => (root.join(".gitlab-ci.yml"), gitlab(&inside, &branch(&root))),
    };
    let ours = fs::read_to_string(&path).is_ok_and(|there| there.starts_with(MARK));
    let foreign = match host {
        Host::GitHub => !ours && foreign_pages_workflow(&root),
        Host::GitLab => !ours && path.exists(),
    };
    if foreign {
        return Ok(vec![format!(
            "a pipeline of yours is there already and stays as it is: let it serve {inside}"
        )]);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed(parent))?;
    }
    write(&path, &text)?;
    let file = path
        .strip_prefix(&root)
        .unwrap_or(&path)
        .display()
        .to_string();
    let last = match host {
        Host::GitHub => "in the repository's Settings → Pages choose Source: GitHub Actions",
        Host::GitLab => "the pages job serves it after the push",
    };
    Ok(vec![
        format!("git add {inside} {file} && git commit -m 'Reports'"),
        "git push".to_owned(),
        last.to_owned(),
    ])
}

/// Whether a workflow of somebody else deploys pages.
fn foreign_pages_workflow(root: &Path) -> bool {
    let Ok(entries) = fs::read_dir(root.join(".github/workflows")) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        text.contains("deploy-pages") || entry.file_name() == "orrery-pages.yml"
    })
}

/// The first line of what we write, by which we know it again.
const MARK: &str =
    "# Written by `orrery report --publish`; it is written anew when it is asked again.";

fn github(folder: &str, branch: &str) -> String {
    let (path, branch, all) = (
        quoted(folder),
        quoted(branch),
        quoted(&format!("{folder}/**")),
    );
    format!(
        "{MARK}\nname: Reports\non:\n  push:\n    branches: [{branch}]\n    paths: [{all}]\n  workflow_dispatch:\npermissions:\n  contents: read\n  pages: write\n  id-token: write\nconcurrency:\n  group: pages\n  cancel-in-progress: false\njobs:\n  deploy:\n    environment:\n      name: github-pages\n      url: ${{{{ steps.deployment.outputs.page_url }}}}\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/configure-pages@v5\n      - uses: actions/upload-pages-artifact@v3\n        with:\n          path: {path}\n      - id: deployment\n        uses: actions/deploy-pages@v4\n"
    )
}

fn gitlab(folder: &str, branch: &str) -> String {
    format!(
        "{MARK}\npages:\n  stage: deploy\n  script:\n    - rm -rf public\n    - cp -r {} public\n  artifacts:\n    paths:\n      - public\n  rules:\n    - if: $CI_COMMIT_BRANCH == {}\n",
        quoted(folder),
        serde_json::Value::from(branch)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_folder_s_name_anywhere() {
        assert_eq!(slug("What light, through?"), "what-light-through");
        assert_eq!(slug("???"), "report");
        assert_eq!(slug("../../etc"), "etc");
        assert!(slug(&"word ".repeat(40)).len() <= 40);
    }

    #[test]
    fn the_workflow_has_its_four_steps() {
        let text = github("docs/it's here", "main");
        for step in [
            "checkout@v4",
            "configure-pages@v5",
            "upload-pages-artifact@v3",
            "deploy-pages@v4",
        ] {
            assert_eq!(text.matches(step).count(), 1, "{step}");
        }
        assert!(text.contains("path: 'docs/it''s here'"), "{text}");
        assert!(text.contains("${{ steps.deployment"), "{text}");
    }
}
