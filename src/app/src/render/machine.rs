//! What this process has used of the machine: CPU time inside and outside a software rasterizer, and
//! memory. Only Linux tells; elsewhere the answer is "not available".

use std::time::Duration;

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
    for thread in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        let folder = thread.path();
        // A thread may end while we read.
        let Ok(name) = std::fs::read_to_string(folder.join("comm")) else {
            continue;
        };
        let Ok(statistics) = std::fs::read_to_string(folder.join("schedstat")) else {
            continue;
        };
        let Some(time) = nanoseconds_on_cpu(&statistics) else {
            continue;
        };
        if is_rasterizer(name.trim_end()) {
            sum.rasterizer += time;
        } else {
            sum.elsewhere += time;
        }
    }
    (sum != CpuTime::default()).then_some(sum)
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

/// Names of the threads that Mesa's lavapipe draws in.
fn is_rasterizer(thread: &str) -> bool {
    thread.starts_with("llvmpipe") || thread.starts_with("lavapipe") || thread.starts_with("lvp")
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
