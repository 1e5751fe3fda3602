//! A report's page, open in a browser.

use orrery_report::{Request, report};

use super::browser::Browser;

/// A page of a report, open in a browser.
pub struct Page {
    pub browser: Browser,
    pub file: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

/// The page of this report in a browser, if there is one.
pub fn open(request: &Request, fragment: &str) -> Option<Page> {
    let mut browser = Browser::start()?;
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("report.html");
    let made = report(request).expect("it can be made");
    std::fs::write(&file, made.html).expect("it can be written");
    browser.open(&file, fragment);
    Some(Page {
        browser,
        file,
        _folder: folder,
    })
}
