//! Groups of pictures on several threads. Frames come in their order; groups go out in theirs.
//!
//! Memory is bounded by the number of frames that may wait. The oldest group is always being encoded and
//! takes frames away, so that nobody waits for ever.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::group::{AccessUnit, GroupEncoder, VideoSettings};
use crate::{FilmError, Yuv420Frame};

/// What comes out for one group: its pictures, in order, or why not.
pub type GroupOutput = Receiver<Result<AccessUnit, FilmError>>;

/// Encodes groups on threads of its own.
pub struct ParallelEncoder {
    settings: VideoSettings,
    room: Arc<Room>,
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    current: Option<(Sender<Waiting>, u32)>,
}

struct Job {
    frames: Receiver<Waiting>,
    output: Sender<Result<AccessUnit, FilmError>>,
}

impl ParallelEncoder {
    /// Starts `threads` threads; at most `most_waiting` frames wait for them.
    pub fn start(settings: VideoSettings, threads: usize, most_waiting: usize) -> Self {
        let (jobs, next_job) = mpsc::channel::<Job>();
        let next_job = Arc::new(Mutex::new(next_job));
        let room = Arc::new(Room::new(most_waiting.max(1)));
        // where the system gives no thread at all, there is nobody to hand frames to, and `push` says so
        let threads = (1..=threads.max(1))
            .filter_map(|number| {
                let next_job = Arc::clone(&next_job);
                let encode = move || {
                    loop {
                        let job = next_job
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .recv();
                        let Ok(job) = job else { break };
                        encode_group(&settings, &job);
                    }
                };
                let named = std::thread::Builder::new().name(format!("encoder {number}"));
                named.spawn(encode).ok()
            })
            .collect();
        Self {
            settings,
            room,
            jobs: Some(jobs),
            threads,
            current: None,
        }
    }

    /// Takes the next frame; waits while too many are waiting. Where the frame begins a group, the place at
    /// which that group comes out is returned.
    ///
    /// # Errors
    /// [`FilmError::Died`] when the encoder's threads are gone.
    pub fn push(&mut self, frame: Yuv420Frame) -> Result<Option<GroupOutput>, FilmError> {
        const DIED: FilmError = FilmError::Died("the video encoder");
        let mut begun = None;
        if self.current.as_ref().is_none_or(|(_, left)| *left == 0) {
            let (frames, job_frames) = mpsc::channel();
            let (output, group) = mpsc::channel();
            let job = Job {
                frames: job_frames,
                output,
            };
            let jobs = self.jobs.as_ref().ok_or(DIED)?;
            jobs.send(job).map_err(|_| DIED)?;
            self.current = Some((frames, self.settings.group));
            begun = Some(group);
        }
        let waiting = Room::enter(&self.room, frame);
        let (frames, left) = self.current.as_mut().ok_or(DIED)?;
        *left -= 1;
        frames.send(waiting).map_err(|_| DIED)?;
        Ok(begun)
    }

    /// A buffer of a frame that has been encoded, to be used again.
    pub fn spare_buffer(&self) -> Option<Vec<u8>> {
        self.room.spare()
    }

    /// Ends the last group and waits for the threads.
    ///
    /// # Errors
    /// [`FilmError::Died`] when one of them panicked.
    pub fn finish(&mut self) -> Result<(), FilmError> {
        self.current = None;
        self.jobs = None;
        let mut whole = true;
        for thread in self.threads.drain(..) {
            whole &= thread.join().is_ok();
        }
        whole
            .then_some(())
            .ok_or(FilmError::Died("the video encoder"))
    }
}

impl Drop for ParallelEncoder {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

fn encode_group(settings: &VideoSettings, job: &Job) {
    let mut encoder = GroupEncoder::new(settings);
    for waiting in &job.frames {
        let unit = match (&mut encoder, &waiting.frame) {
            (Ok(encoder), Some(frame)) => encoder.encode(frame),
            (Ok(_), None) => continue,
            (Err(error), _) => Err(FilmError::Video(error.to_string())),
        };
        drop(waiting);
        // whoever listened may have stopped: the frames must still be taken away
        let _ = job.output.send(unit);
    }
}

/// A frame that has a place in the waiting room until it is dropped, whatever ends first.
struct Waiting {
    frame: Option<Yuv420Frame>,
    room: Arc<Room>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.room.leave(self.frame.take());
    }
}

/// Places for waiting frames, and buffers of those that have gone.
struct Room {
    state: Mutex<RoomState>,
    changed: Condvar,
}

struct RoomState {
    free: usize,
    spare: Vec<Vec<u8>>,
}

impl Room {
    fn new(places: usize) -> Self {
        Self {
            state: Mutex::new(RoomState {
                free: places,
                spare: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    /// Waits for a place.
    fn enter(room: &Arc<Self>, frame: Yuv420Frame) -> Waiting {
        let state = room.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = room
            .changed
            .wait_while(state, |state| state.free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        state.free -= 1;
        drop(state);
        Waiting {
            frame: Some(frame),
            room: Arc::clone(room),
        }
    }

    fn leave(&self, frame: Option<Yuv420Frame>) {
        /// More are never wanted at once.
        const MOST_SPARE: usize = 4;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.free += 1;
        if let (true, Some(frame)) = (state.spare.len() < MOST_SPARE, frame) {
            state.spare.push(frame.bytes);
        }
        self.changed.notify_one();
    }

    fn spare(&self) -> Option<Vec<u8>> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .spare
            .pop()
    }
}
