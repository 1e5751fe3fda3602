//! Firefox, spoken to in Marionette, the protocol that it has itself: lengths and JSON over a socket of
//! this machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Firefox of its own, with a profile of its own.
pub struct Firefox {
    child: Child,
    socket: TcpStream,
    next: u64,
    _profile: tempfile::TempDir,
}

impl Firefox {
    /// Starts Firefox, if it is there; says so where it is not.
    pub fn start() -> Option<Self> {
        let there = |program: &&str| {
            let found = Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            found.is_ok_and(|status| status.success())
        };
        let Some(program) = ["firefox", "firefox-esr"].into_iter().find(there) else {
            eprintln!("SKIPPED: no Firefox is installed, so the page was not opened in it");
            return None;
        };
        let profile = tempfile::tempdir().expect("there is room for a profile");
        let settings = "user_pref(\"marionette.port\", 0);\nuser_pref(\"browser.shell.checkDefaultBrowser\", false);\n";
        std::fs::write(profile.path().join("user.js"), settings).expect("it can be written");
        let mut child = Command::new(program)
            .args(["--headless", "--marionette", "--no-remote", "--profile"])
            .arg(profile.path())
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it is there");
        // it writes down the port that it was given
        let begun = Instant::now();
        let socket = loop {
            let port = std::fs::read_to_string(profile.path().join("MarionetteActivePort"))
                .ok()
                .and_then(|text| text.trim().parse::<u16>().ok());
            if let Some(socket) = port.and_then(|port| TcpStream::connect(("127.0.0.1", port)).ok())
            {
                break socket;
            }
            if begun.elapsed() > PATIENCE || child.try_wait().is_ok_and(|ended| ended.is_some()) {
                let _ = child.kill();
                let _ = child.wait();
                panic!("Firefox did not start");
            }
            std::thread::yield_now();
        };
        socket
            .set_read_timeout(Some(PATIENCE))
            .expect("a socket has timeouts");
        let mut firefox = Self {
            child,
            socket,
            next: 0,
            _profile: profile,
        };
        firefox.receive();
        firefox.ask("WebDriver:NewSession", json!({}));
        Some(firefox)
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut digit = [0];
            self.socket.read_exact(&mut digit).expect("it answers");
            match digit[0] {
                b':' => break,
                digit => length = 10 * length + usize::from(digit - b'0'),
            }
        }
        let mut bytes = vec![0; length];
        self.socket.read_exact(&mut bytes).expect("it answers");
        serde_json::from_slice(&bytes).expect("it is JSON")
    }

    /// A command, and its answer.
    fn ask(&mut self, command: &str, parameters: Value) -> Value {
        self.next += 1;
        let text = json!([0, self.next, command, parameters]).to_string();
        write!(self.socket, "{}:{text}", text.len()).expect("it listens");
        let answer = self.receive();
        assert!(answer[2].is_null(), "{command}: {answer}");
        answer[3].clone()
    }

    /// Opens a file, and waits until it is loaded.
    pub fn open(&mut self, file: &Path) {
        let address = format!("file://{}", file.display());
        self.ask("WebDriver:Navigate", json!({ "url": address }));
    }

    /// The value of an expression, awaited if it is a promise.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let script = format!(
            "const report = window.report, done = arguments[arguments.length - 1]; (async () => {expression})().then((value) => done(JSON.stringify(value)), (error) => done(JSON.stringify('failed: ' + error)));"
        );
        let parameters = json!({ "script": script, "args": [], "scriptTimeout": 60000 });
        let answer = self.ask("WebDriver:ExecuteAsyncScript", parameters);
        let text = answer["value"].as_str().expect("it is text");
        serde_json::from_str(text).expect("it is JSON")
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
