# Sourced by scripts/run and scripts/test: finds what is missing on this machine and installs it where
# that is possible, or says in one line what to type. Nothing that is there is touched.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

# One folder for everything that is compiled, outside the checkout, so that it outlives it.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/gpt-orrery/target}"

# need_rust: cargo and a compiler that is new enough.
need_rust() {
    # rustup puts cargo here; a fresh shell may not have it in its path yet.
    if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    fi
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    command -v cargo >/dev/null ||
        fail "Rust is not installed: get version $wanted or later from https://rustup.rs and run this again"
    found=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n1)" = "$wanted" ] ||
        fail "Rust $found is too old: version $wanted or later is needed, get it with \`rustup update stable\`"
}

# need_packages PACKAGE...: Debian packages, installed when this is root, else asked for.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "note: this is no Debian machine; make sure that you have what these packages hold: $*"
        return
    fi
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
            missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    local as=()
    if [ "$(id -u)" -ne 0 ]; then
        # Without a password prompt in the middle of a script.
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as=(sudo -n)
        else
            fail "missing packages, install them with: sudo apt-get install -y --no-install-recommends ${missing[*]}"
        fi
    fi
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    if ! {
        "${as[@]}" apt-get update -qq &&
            "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install ${missing[*]}"
    fi
    rm -f "$log"
}

# build ARGUMENT...: `cargo build` with cargo's own progress bar on a terminal; elsewhere with a line each
# time another tenth of the crates is done, so that a log says how far a first build has come.
build() {
    if [ -t 2 ]; then
        cargo build "$@"
        return
    fi
    CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=80 cargo build "$@" 2>&1 |
        tr '\r' '\n' |
        awk '
            match($0, /[0-9]+\/[0-9]+: /) && /Building/ {
                split(substr($0, RSTART, RLENGTH - 2), part, "/")
                tenth = int(10 * part[1] / part[2])
                if (part[2] >= 100 && tenth > last) {
                    last = tenth
                    printf "   built %d of %d crates\n", part[1], part[2]
                    fflush()
                }
                next
            }
            /^ *(Compiling|Blocking|Fresh) / || /^[[:space:]]*$/ { next }
            { print; fflush() }
        ' >&2
}

# What compiling needs: a C compiler for a few dependencies, and Wayland's client library.
build_packages=(gcc libc6-dev libasound2-dev pkg-config libwayland-dev)
# What drawing needs: Vulkan and, where there is no graphics processor, Mesa's software rasterizer.
drawing_packages=(libvulkan1 mesa-vulkan-drivers)
# What a window needs; these are loaded when it opens.
window_packages=(libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon0 libxkbcommon-x11-0)
