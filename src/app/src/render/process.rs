//! What this process has used of the machine: CPU time inside and outside a software rasterizer, and
//! memory. Only Linux tells; elsewhere the answer is "not available".

use std::time::Duration;

/// The name that the graphics driver's own threads are given. Mesa leaves the thread that executes
/// commands (and, in its software rasterizer, transforms every vertex) without a name.
const DRIVER_THREAD: &str = "gpu-driver";

/// Runs `start`, which starts the graphics driver, so that the threads the driver starts can be told
/// from ours afterwards: on Linux a new thread bears the name of the thread that made it.
pub fn naming_driver_threads<R>(start: impl FnOnce() -> R) -> R {
    const NAME: &str = "/proc/thread-self/comm";
    let name = std::fs::read_to_string(NAME);
    // Where this fails, the report counts the driver's time as ours: never too little.
    let renamed = name.is_ok() && std::fs::write(NAME, DRIVER_THREAD).is_ok();
    let result = start();
    if let (true, Ok(name)) = (renamed, name) {
        let _ = std::fs::write(NAME, name.trim_end());
    }
    result
}

/// CPU time of this process since it began, split by what it was spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTime {
    /// In the threads of Mesa's software rasterizer, where it draws.
    pub rasterizer: Duration,
    /// In all other threads.
    pub elsewhere: Duration,
}

impl CpuTime {
    /// What was spent between `earlier` and this.
    pub fn since(self, earlier: CpuTime) -> CpuTime {
        CpuTime {
            rasterizer: self.rasterizer.saturating_sub(earlier.rasterizer),
            elsewhere: self.elsewhere.saturating_sub(earlier.elsewhere),
        }
    }
}

/// CPU time so far, none where the system does not tell.
///
/// A thread that has ended takes its time along; the threads that draw live as long as the process.
pub fn cpu_time() -> Option<CpuTime> {
    let mut sum = CpuTime::default();
    for (name, time) in thread_times() {
        if is_rasterizer(&name) {
            sum.rasterizer += time;
        } else {
            sum.elsewhere += time;
        }
    }
    (sum != CpuTime::default()).then_some(sum)
}

/// The name and the CPU time so far of every thread; empty where the system does not tell.
pub fn thread_times() -> Vec<(String, Duration)> {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    threads
        .flatten()
        .filter_map(|thread| {
            // A thread may end while we read.
            let folder = thread.path();
            let name = std::fs::read_to_string(folder.join("comm")).ok()?;
            let statistics = std::fs::read_to_string(folder.join("schedstat")).ok()?;
            Some((name.trim_end().into(), nanoseconds_on_cpu(&statistics)?))
        })
        .collect()
}

/// The largest amount of memory this process has held, in bytes; none where the system does not tell.
pub fn peak_memory() -> Option<u64> {
    peak_memory_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The first field of `schedstat`: nanoseconds on a CPU.
fn nanoseconds_on_cpu(schedstat: &str) -> Option<Duration> {
    let nanoseconds = schedstat.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Whether a thread belongs to the driver: Mesa's rasterizer threads have names of their own.
fn is_rasterizer(thread: &str) -> bool {
    thread.starts_with("llvmpipe") || thread == DRIVER_THREAD
}

fn peak_memory_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_writes() {
        assert_eq!(
            nanoseconds_on_cpu("123456789 42 7\n"),
            Some(Duration::from_nanos(123_456_789))
        );
        assert_eq!(nanoseconds_on_cpu(""), None);
        assert_eq!(
            peak_memory_in("Name:\torrery\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"),
            Some(2048 * 1024)
        );
        assert_eq!(peak_memory_in("Name:\torrery\n"), None);
    }

    #[test]
    fn knows_the_rasterizer_by_its_threads() {
        assert!(is_rasterizer("llvmpipe-0"));
        assert!(is_rasterizer("llvmpipe-15"));
        let name = naming_driver_threads(|| {
            std::thread::scope(|scope| {
                scope
                    .spawn(|| std::fs::read_to_string("/proc/thread-self/comm"))
                    .join()
            })
        });
        if let Ok(Ok(name)) = name {
            assert!(is_rasterizer(name.trim_end()), "{name}");
        }
        let name = std::fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
        assert!(!is_rasterizer(name.trim_end()), "{name}");
        assert!(!is_rasterizer("orrery"));
        assert!(!is_rasterizer("Compute Task Po"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_counts_as_time_outside_the_rasterizer() {
        let before = cpu_time().unwrap();
        let mut sum = 0u64;
        while cpu_time().unwrap().since(before).elsewhere < Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert_eq!(cpu_time().unwrap().since(before).rasterizer, Duration::ZERO);
        assert!(peak_memory().unwrap() > 1_000_000);
    }
}
