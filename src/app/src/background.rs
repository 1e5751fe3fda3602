//! Work beside the frames: on a thread of its own, so that no frame waits for it. One can ask how far it
//! is and give it up; the window is woken when there is news.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, TryRecvError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use bevy::{
    platform::cell::SyncCell,
    prelude::*,
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};

/// Called on the thread of a job whenever there is news of it: a paused window rests for seconds, and is
/// woken. Without a window nothing need be woken.
#[derive(Resource, Clone)]
pub struct Wake(Arc<dyn Fn() + Send + Sync>);

impl Wake {
    /// Wakes by a call.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// Wakes the window.
    pub fn call(&self) {
        (self.0)();
    }
}

impl FromWorld for Wake {
    fn from_world(world: &mut World) -> Self {
        match world.get_resource::<EventLoopProxyWrapper>() {
            Some(window) => {
                let window = (**window).clone();
                Self::new(move || {
                    // a window that is gone needs no waking
                    let _ = window.send_event(WinitUserEvent::WakeUp);
                })
            }
            None => Self::new(|| {}),
        }
    }
}

/// Wakes when it goes, however its thread ends.
struct WakeAtTheEnd(Wake);

impl Drop for WakeAtTheEnd {
    fn drop(&mut self) {
        (self.0.0)();
    }
}

/// How far a job is: written by its thread, read by the window.
pub struct Progress {
    done: AtomicUsize,
    of: AtomicUsize,
    given_up: AtomicBool,
    wake: Wake,
}

impl Progress {
    /// So many of so many parts are done. Breaks where nobody wants the rest.
    pub fn report(&self, done: usize, of: usize) -> ControlFlow<()> {
        self.done.store(done, Ordering::Relaxed);
        self.of.store(of, Ordering::Relaxed);
        (self.wake.0)();
        if self.given_up.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// A job that is being done. Dropped it is given up, and ends at its next report.
pub struct Job<T> {
    result: SyncCell<Receiver<T>>,
    progress: Arc<Progress>,
    since: Instant,
}

/// The thread of a job ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cannot be done: a defect of Orrery")]
pub struct Died;

impl<T: Send + 'static> Job<T> {
    /// Begins it.
    pub fn begin(wake: &Wake, work: impl FnOnce(&Progress) -> T + Send + 'static) -> Self {
        let progress = Arc::new(Progress {
            done: AtomicUsize::new(0),
            of: AtomicUsize::new(0),
            given_up: AtomicBool::new(false),
            wake: wake.clone(),
        });
        let (sender, result) = channel();
        let its = Arc::clone(&progress);
        // where no thread can be had, the sender goes unused, and that is found out below
        let _ = thread::Builder::new().name("job".into()).spawn(move || {
            let _wake = WakeAtTheEnd(its.wake.clone());
            let_frames_go_first();
            // gone before the window is woken, with a result or without
            let sender = sender;
            // where nobody waits any more the result is of no use
            let _ = sender.send(work(&its));
        });
        Self {
            result: SyncCell::new(result),
            progress,
            since: Instant::now(),
        }
    }

    /// The result as soon as it is there. Not to be asked again after that.
    pub fn take(&mut self) -> Option<Result<T, Died>> {
        match self.result.get().try_recv() {
            Ok(result) => Some(Ok(result)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(Died)),
        }
    }
}

impl<T> Job<T> {
    /// How many parts of how many are done; none while it has not said.
    pub fn parts(&self) -> Option<(usize, usize)> {
        let of = self.progress.of.load(Ordering::Relaxed);
        (of > 0).then(|| (self.progress.done.load(Ordering::Relaxed), of))
    }

    /// Whether it takes so long that somebody wonders.
    pub fn is_long(&self) -> bool {
        const SOON: Duration = Duration::from_millis(250);
        self.since.elapsed() > SOON
    }

    /// Ends it at its next report.
    pub fn give_up(&self) {
        self.progress.given_up.store(true, Ordering::Relaxed);
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Has the system run this thread, and those that it starts, less often than the ones that make frames.
fn let_frames_go_first() {
    /// Of 19; about a third of the usual share where all processors are busy.
    #[cfg(target_os = "linux")]
    const NICENESS: i32 = 5;
    // on Linux each thread has a priority of its own; elsewhere it would be the whole program's
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICENESS);
}

/// Frees something large on another thread.
pub fn drop_beside<T: Send + 'static>(large: T) {
    // where no thread can be had it is freed here
    let _ = thread::Builder::new()
        .name("drop".into())
        .spawn(move || drop(large));
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// What wakes, and what hears it.
    fn wake() -> (Wake, Receiver<()>) {
        let (sender, woken) = mpsc::channel();
        let wake = Wake::new(move || {
            let _ = sender.send(());
        });
        (wake, woken)
    }

    fn wait<T: Send + 'static>(job: &mut Job<T>, woken: &Receiver<()>) -> Result<T, Died> {
        loop {
            match job.take() {
                Some(result) => return result,
                None => woken.recv().unwrap(),
            }
        }
    }

    #[test]
    fn who_waits_is_woken_by_every_report_and_by_the_result() {
        let (wake, woken) = wake();
        let mut job = Job::begin(&wake, |progress| {
            (0..3).all(|part| progress.report(part, 3).is_continue())
        });
        assert_eq!(wait(&mut job, &woken), Ok(true));
        assert_eq!(job.parts(), Some((2, 3)));
    }

    #[test]
    fn a_job_that_panics_wakes_too() {
        let (wake, woken) = wake();
        let mut job: Job<()> = Job::begin(&wake, |_| panic!("as the test wants it"));
        assert_eq!(wait(&mut job, &woken), Err(Died));
    }

    #[test]
    fn a_job_that_is_dropped_ends_at_its_next_report() {
        let (wake, _woken) = wake();
        let (sender, ended) = mpsc::channel();
        let (gate, opens) = mpsc::channel::<()>();
        let job = Job::begin(&wake, move |progress| {
            let before = progress.report(0, 2);
            let _ = opens.recv();
            let _ = sender.send((before, progress.report(1, 2)));
        });
        drop(job);
        gate.send(()).unwrap();
        let (_, after) = ended.recv().unwrap();
        assert_eq!(after, ControlFlow::Break(()));
    }
}
