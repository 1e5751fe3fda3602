//! Tells the linker how to make the program smaller. Only the last step depends on it: no crate is compiled anew.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let target = variable("TARGET");
    // who has chosen a linker may have chosen one that does not know these words
    let chosen = !variable("RUSTC_LINKER").is_empty()
        || variable("CARGO_ENCODED_RUSTFLAGS").contains("link");
    if target != "x86_64-unknown-linux-gnu"
        || chosen
        || !comes_with_lld(&variable("RUSTC"), &target)
    {
        return;
    }
    // functions whose machine code is the same are kept once
    println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    // what the loader must relocate is told in a table a hundredth of the usual size, which older loaders do not read
    if target == variable("HOST") && loader_version() >= Some((2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether this compiler links with its own copy of LLD, as the one of rust-lang.org does for this target.
fn comes_with_lld(rustc: &str, target: &str) -> bool {
    let output = Command::new(rustc).args(["--print", "sysroot"]).output();
    output.is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout);
        let lld = format!("lib/rustlib/{target}/bin/gcc-ld/ld.lld");
        Path::new(sysroot.trim()).join(lld).exists()
    })
}

/// The version of the C library here, whose loader will start the program.
fn loader_version() -> Option<(u32, u32)> {
    let output = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = version.trim().rsplit(' ').next()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
