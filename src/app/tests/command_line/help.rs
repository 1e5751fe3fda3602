//! What `--help` says.

use crate::support::orrery;

/// Standard output of a command that succeeds.
fn printed(arguments: &[&str]) -> String {
    let output = orrery(arguments).assert().success().get_output().clone();
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the commands that `orrery --help` lists.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let list = help.split_once("Commands:\n").unwrap().1;
    let list = list.split_once("\n\n").unwrap().0;
    list.lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn it_lists_every_command_with_a_line() {
    let found = commands();
    for command in [
        "generate", "trace", "report", "still", "sheet", "explain", "train", "eval", "inspect",
        "convert", "bench", "plugins", "words",
    ] {
        assert!(found.iter().any(|name| name == command), "{command}");
    }
    let version = printed(&["--version"]);
    assert_eq!(version.split_whitespace().next(), Some("orrery"));
}

#[test]
fn every_command_explains_every_option() {
    for command in commands() {
        if command == "help" {
            continue;
        }
        let help = printed(&[&command, "--help"]);
        assert!(help.contains(&format!("Usage: orrery {command}")), "{help}");
        let lines: Vec<&str> = help.lines().collect();
        let options = lines
            .iter()
            .enumerate()
            // a dash with a space begins one of an option's values
            .filter(|(_, line)| line.trim_start().starts_with('-') && !line.contains(" - "));
        let mut count = 0;
        for (at, line) in options {
            count += 1;
            // the explanation stands two spaces after the option, or on the next line
            let explained = line.trim().contains("  ")
                || lines
                    .get(at + 1)
                    .is_some_and(|next| next.starts_with("          "));
            assert!(explained, "{command}: {line}");
        }
        assert!(count >= 3, "{help}");
    }
}

#[test]
fn the_windows_options_belong_before_no_command_but_quiet_does() {
    let workplace = crate::support::Workplace::new();
    let message = workplace.refusal(2, &["--text", "hi", "inspect"]);
    for part in ["--text", "'inspect'"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!workplace.output(&["--quiet", "inspect"]).is_empty());
}
