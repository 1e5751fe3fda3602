//! What the window, stills, contact sheets and the bench refuse, before anything is drawn.

use crate::support::{MODEL, Workplace, orrery};

#[test]
fn what_cannot_be_shown_is_named_with_the_way_out() {
    let workplace = Workplace::new();
    let still = ["still", "-m", MODEL, "-o", "x.png", "--at", "1"];
    for (more, parts) in [
        (
            &["--text", "café"][..],
            &["'é'", "position 4", "--lossy"][..],
        ),
        (&["--text", ""], &["empty", "--text"]),
        (&["--blocks", "1,9"], &["--blocks", "'9'", "1 to 4", "all"]),
        (&["--tokens", "0"], &["--tokens", "1 to"]),
        (&["--temperature=-1"], &["temperature", "-1"]),
        (&["--intervene", "h9.mlp=off"], &["block9"]),
        (&["--intervene", "h0=bypass"], &["h0=off", "orrery report"]),
        (&["--intervene", "x0[0,0]<B"], &["--compare"]),
    ] {
        let message = workplace.refusal(1, &[&still[..], more].concat());
        for part in parts {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    for at in ["-1", "1e9", "nan"] {
        let message = workplace.refusal(1, &["still", "-m", MODEL, "-o", "x.png", "--at", at]);
        assert!(
            message.contains("--at") && message.contains("from 0 to"),
            "{message}"
        );
    }
    let message = workplace.refusal(1, &["still", "-o", "x.jpg", "--at", "1"]);
    assert!(
        message.contains("x.jpg") && message.contains(".png"),
        "{message}"
    );
    let message = workplace.refusal(1, &["sheet", "-o", "not/there/x.png"]);
    assert!(
        message.contains("folder not/there does not exist"),
        "{message}"
    );
    let message = workplace.refusal(2, &["bench", "--stage", "dancing"]);
    assert!(message.contains("feed-forward"), "{message}");
    let message = workplace.refusal(1, &["bench", "--seconds", "0"]);
    assert!(message.contains("--seconds"), "{message}");
    assert_eq!(workplace.names(), [MODEL]);
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn without_a_display_the_window_says_what_draws_without_one() {
    let mut command = orrery(&["--text", "hi"]);
    let assert = command
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .assert()
        .code(1);
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.starts_with("error: no display"), "{said}");
    assert!(said.contains("orrery sheet"), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
}
