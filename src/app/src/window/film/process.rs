//! The second process: started, listened to, ended.

use std::{
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use bevy::prelude::*;

/// The film that is being recorded, and what became of the last one.
#[derive(Resource, Default)]
pub struct FilmInMaking {
    running: Option<Running>,
    said: Option<Result<String, String>>,
}

struct Running {
    child: Child,
    /// The process ends, and leaves nothing, when this is closed: also when this window is gone.
    orders: Option<ChildStdin>,
    /// Frames that are done, and all of them.
    progress: Arc<[AtomicU64; 2]>,
    complaints: JoinHandle<String>,
    file: PathBuf,
    cancelled: bool,
}

impl FilmInMaking {
    /// Begins a film with these words behind the name of the program.
    pub(super) fn start(&mut self, words: &[String], file: PathBuf) {
        self.said = None;
        match Running::new(words, file) {
            Ok(running) => self.running = Some(running),
            Err(error) => self.said = Some(Err(format!("the film cannot be recorded: {error}"))),
        }
    }

    /// Gives the film up.
    pub(super) fn cancel(&mut self) {
        if let Some(running) = &mut self.running {
            running.cancelled = true;
            running.orders = None;
        }
    }

    /// The film's file and how far it is, 0…1; none where none is recorded.
    pub(super) fn progress(&self) -> Option<(String, f32)> {
        let running = self.running.as_ref()?;
        let [done, all] = &*running.progress;
        let share = done.load(Ordering::Relaxed) as f32 / all.load(Ordering::Relaxed).max(1) as f32;
        Some((running.file.display().to_string(), share))
    }

    /// What became of the last film.
    pub(super) fn said(&self) -> Option<&Result<String, String>> {
        self.said.as_ref()
    }

    /// Says why no film is begun.
    pub(super) fn refuse(&mut self, problem: String) {
        self.said = Some(Err(problem));
    }

    /// Forgets what became of it.
    pub(super) fn forget(&mut self) {
        self.said = None;
    }
}

impl Running {
    fn new(words: &[String], file: PathBuf) -> std::io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(words)
            .arg("--quiet")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let progress: Arc<[AtomicU64; 2]> = Arc::default();
        let told = Arc::clone(&progress);
        let lines = child.stdout.take();
        std::thread::spawn(move || {
            for line in lines
                .into_iter()
                .flat_map(|lines| BufReader::new(lines).lines())
            {
                let Ok(line) = line else { break };
                for (count, number) in told.iter().zip(line.split(' ')) {
                    count.store(number.parse().unwrap_or(0), Ordering::Relaxed);
                }
            }
        });
        let words = child.stderr.take();
        let complaints = std::thread::spawn(move || {
            let mut complaints = String::new();
            if let Some(mut words) = words {
                let _ = words.read_to_string(&mut complaints);
            }
            complaints
        });
        Ok(Self {
            orders: child.stdin.take(),
            child,
            progress,
            complaints,
            file,
            cancelled: false,
        })
    }
}

/// Listens to the process.
pub(super) fn follow(mut film: ResMut<FilmInMaking>) {
    let Some(running) = film.bypass_change_detection().running.as_mut() else {
        return;
    };
    // its last words are read before it is gone for good
    let Ok(Some(status)) = running.child.try_wait() else {
        return;
    };
    let Some(running) = film.running.take() else {
        return;
    };
    let words = running.complaints.join().unwrap_or_default();
    let words = words.trim().trim_start_matches("error: ").to_owned();
    film.said = if running.cancelled {
        None
    } else if status.success() {
        Some(Ok(format!("Recorded {}", running.file.display())))
    } else if words.is_empty() {
        Some(Err(format!("the recording ended with {status}")))
    } else {
        Some(Err(words))
    };
}
