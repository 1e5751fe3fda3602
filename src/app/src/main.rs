//! The `orrery` binary: everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    orrery::command_line::main()
}
