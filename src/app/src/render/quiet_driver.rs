//! Keeps a stray message of the graphics driver off the terminal.
//!
//! Mesa's layer that chooses between several graphics processors asks Wayland which one it uses. On a
//! machine without a session (a server, a container) Wayland's library then prints an "error" about
//! `XDG_RUNTIME_DIR`, although all is well. Only the environment can leave that layer out, and only
//! before the process starts, so the process starts itself once more.

/// Starts this program anew without Mesa's device choice where there is no session to ask; returns
/// where there is one, or where starting anew is not possible. Call it first in `main`.
#[cfg(target_os = "linux")]
pub fn silence() {
    use std::os::unix::process::CommandExt;

    /// The layer's own switch.
    const SWITCH: &str = "NODEVICE_SELECT";
    if std::env::var_os("XDG_RUNTIME_DIR").is_some() || std::env::var_os(SWITCH).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    // On success this does not return; on failure the message is printed after all, which harms
    // nobody.
    let _ = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(SWITCH, "1")
        .exec();
}

/// Nothing to silence on this system.
#[cfg(not(target_os = "linux"))]
pub fn silence() {}
