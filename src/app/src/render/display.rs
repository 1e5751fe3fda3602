//! Is there a display to open a window on? Asked before Bevy asks, because Bevy's answer to "no" is a
//! panic.

use thiserror::Error;

/// There is no display.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoDisplay {
    /// Neither X11 nor Wayland is named in the environment.
    #[error(
        "no display: neither DISPLAY nor WAYLAND_DISPLAY is set; `orrery sheet -o sheet.png` and \
         `orrery still` draw without one, `xvfb-run orrery` gives it a virtual one"
    )]
    NotSet,
    /// The display that is named does not answer.
    #[error(
        "the display {name} does not answer; `orrery sheet -o sheet.png` and `orrery still` draw \
         without one, `xvfb-run orrery` gives it a virtual one"
    )]
    Silent {
        /// The variable and its value.
        name: String,
    },
}

/// Checks that a window can be opened.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn check_display() -> Result<(), NoDisplay> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wayland = variable("WAYLAND_DISPLAY");
    let x11 = variable("DISPLAY");
    let answers = |path: std::path::PathBuf| std::os::unix::net::UnixStream::connect(path).is_ok();
    if let Some(name) = &wayland {
        // An absolute name replaces the runtime folder.
        let folder = variable("XDG_RUNTIME_DIR").unwrap_or_default();
        if answers(std::path::Path::new(&folder).join(name)) {
            return Ok(());
        }
    }
    if let Some(name) = &x11 {
        match local_x11_number(name) {
            Some(number) => {
                let socket = format!("/tmp/.X11-unix/X{number}");
                if answers(socket.into()) || abstract_socket_answers(number) {
                    return Ok(());
                }
            }
            // A display on another machine: only the window system can tell.
            None => return Ok(()),
        }
    }
    match x11
        .map(|name| format!("DISPLAY={name}"))
        .or(wayland.map(|name| format!("WAYLAND_DISPLAY={name}")))
    {
        None => Err(NoDisplay::NotSet),
        Some(name) => Err(NoDisplay::Silent { name }),
    }
}

/// Checks that a window can be opened: these systems always have a window system.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn check_display() -> Result<(), NoDisplay> {
    Ok(())
}

/// The number of a display on this machine (`:1`, `:1.0`, `unix:1`), none for one elsewhere.
#[cfg(all(unix, not(target_os = "macos")))]
fn local_x11_number(display: &str) -> Option<u32> {
    let (host, rest) = display.rsplit_once(':')?;
    if !host.is_empty() && host != "unix" {
        return None;
    }
    rest.split('.').next()?.parse().ok()
}

#[cfg(target_os = "linux")]
fn abstract_socket_answers(number: u32) -> bool {
    use std::os::{linux::net::SocketAddrExt, unix::net};
    net::SocketAddr::from_abstract_name(format!("/tmp/.X11-unix/X{number}"))
        .and_then(|address| net::UnixStream::connect_addr(&address))
        .is_ok()
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "macos"))))]
fn abstract_socket_answers(_number: u32) -> bool {
    false
}

#[cfg(all(test, unix, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn local_displays_have_a_number_and_others_have_none() {
        assert_eq!(local_x11_number(":0"), Some(0));
        assert_eq!(local_x11_number(":99.0"), Some(99));
        assert_eq!(local_x11_number("unix:3"), Some(3));
        assert_eq!(local_x11_number("elsewhere:10.0"), None);
    }
}
