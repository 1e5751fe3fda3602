//! Files that are not what they should be, and command lines that make no sense.

use crate::support::{MODEL, Workplace};

#[test]
fn a_missing_model_is_named() {
    let workplace = Workplace::new();
    for arguments in [
        &["generate", "-m", "nowhere.npz"][..],
        &["trace", "-m", "nowhere.npz", "-o", "t.npz"],
        &["inspect", "nowhere.npz"],
    ] {
        let message = workplace.refusal(1, arguments);
        assert!(message.contains("nowhere.npz: No such file"), "{message}");
        // said once, though it is both the error and its cause
        assert_eq!(message.matches("No such file").count(), 1, "{message}");
    }
    assert_eq!(workplace.names(), [MODEL]);
}

#[test]
fn who_wants_backtraces_of_panics_gets_one_line_all_the_same() {
    let workplace = Workplace::new();
    let mut command = workplace.run(&["inspect", "nowhere.npz"]);
    let output = command.env("RUST_BACKTRACE", "1").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("error: "), "{said}");
}

#[test]
fn a_damaged_model_is_refused_by_name() {
    let workplace = Workplace::new();
    let whole = std::fs::read(workplace.path(MODEL)).unwrap();
    let noise: Vec<u8> = (0..5000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x10;
    for (what, bytes) in [
        ("empty", &[][..]),
        ("noise", &noise),
        ("half", &whole[..whole.len() / 2]),
        ("all but the end", &whole[..whole.len() - 1]),
        ("one bit", &changed),
    ] {
        std::fs::write(workplace.path("bad.npz"), bytes).unwrap();
        let message = workplace.refusal(1, &["generate", "-m", "bad.npz"]);
        assert!(message.contains("bad.npz"), "{what}: {message}");
        assert!(!message.contains("panicked"), "{what}: {message}");
    }
    let message = workplace.refusal(1, &["generate", "-m", "."]);
    assert!(message.contains(". is a folder"), "{message}");
}

#[test]
fn what_the_file_says_of_its_heads_counts() {
    let workplace = Workplace::new();
    let message = workplace.refusal(1, &["generate", "-m", MODEL, "--heads", "2"]);
    for part in [MODEL, "4 heads", "--heads"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_command_line_without_sense_has_its_own_exit_code() {
    let workplace = Workplace::new();
    for arguments in [
        &["dance"][..],
        &["generate", "--volume", "3"],
        &["trace", "-m", MODEL],
    ] {
        let message = workplace.refusal(2, arguments);
        assert!(message.contains("--help"), "{message}");
    }
}
