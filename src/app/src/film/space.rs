//! Is there room for a film? Asked before it is rendered.

use std::path::Path;

use orrery_film::FilmSize;

/// About how many bytes a film takes.
///
/// `per_pixel` is what one pixel of one frame takes in its format, measured on shows of this program.
pub fn estimated_bytes(size: FilmSize, frames: u64, per_pixel: f64, sound_seconds: f64) -> u64 {
    const SOUND_BYTES_PER_SECOND: f64 = 24_000.0;
    let picture = size.pixels() as f64 * frames as f64 * per_pixel;
    (picture + sound_seconds * SOUND_BYTES_PER_SECOND) as u64
}

/// Checks that a folder has room for so many bytes. Where the system does not tell, there is room.
///
/// # Errors
/// A sentence that says how much is needed and how much is there.
pub fn check_space(folder: &Path, bytes: u64) -> Result<(), String> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    match free_bytes(folder) {
        Some(free) if free < bytes => Err(format!(
            "the film takes about {}, and {} has {} left; make room, choose another folder with -o, or make \
             the film smaller or shorter",
            megabytes(bytes),
            folder.display(),
            megabytes(free)
        )),
        _ => Ok(()),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(folder).ok()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_larger_than_any_disk_is_refused_with_numbers() {
        let folder = std::env::temp_dir();
        assert_eq!(check_space(&folder, 1), Ok(()));
        if cfg!(unix) {
            let message = check_space(&folder, u64::MAX).unwrap_err();
            assert!(
                message.contains("-o") && message.contains("MB left"),
                "{message}"
            );
        }
        let size = FilmSize {
            width: 100,
            height: 10,
        };
        assert_eq!(estimated_bytes(size, 10, 0.5, 1.0), 29_000);
    }
}
