# shellcheck shell=sh
# Makes .venv and installs the locked packages. Read by the other scripts, which set $root first:
#     set_up run     what the program needs
#     set_up test    that, and what the checks need
# The next call finds everything in place and costs a few hundredths of a second.
#
# CSPR_PYTHON, if set, names the Python to use (3.11 or newer).

# shellcheck disable=SC2154
venv=$root/.venv
python=$venv/bin/python

# Nothing from elsewhere may stand in for a module of the project or of .venv.
unset PYTHONPATH PYTHONHOME

# Everything here is said on stderr: stdout belongs to the program.
say() { printf '%s\n' "$*" >&2; }

fail() {
    say "Error: $*"
    exit 1
}

checksum() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256
    else
        cksum
    fi <"$1"
}

# ---- Choosing a Python ----

# Prints the interpreter behind $1 if it is new enough. Not $1 itself: that can be a link inside the
# very .venv that is about to be made again (when it is activated), or a wrapper that picks a
# version by the current folder.
base_of() {
    "$1" -I -S -c 'import sys
if sys.version_info < (3, 11): sys.exit(1)
print(getattr(sys, "_base_executable", None) or sys.executable)' 2>/dev/null
}

find_python() {
    if [ -n "${CSPR_PYTHON:-}" ]; then
        base_of "$CSPR_PYTHON"
        return
    fi
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        # A name that is found need not work, so it is tried.
        if command -v "$candidate" >/dev/null 2>&1 && base_of "$candidate"; then
            return 0
        fi
    done
    return 1
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_install() {
    say "Installing $* with apt-get ..."
    # A failing update is no reason to stop: often just one source, not needed here, is out of reach.
    DEBIAN_FRONTEND=noninteractive apt-get -qq update </dev/null >/dev/null 2>&1 || :
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" \
        </dev/null >"$root/.venv.log" 2>&1 || {
        cat "$root/.venv.log" >&2
        return 1
    }
}

choose_python() {
    base=$(find_python) && return
    [ -z "${CSPR_PYTHON:-}" ] ||
        fail "CSPR_PYTHON is set to '$CSPR_PYTHON', which is not a working Python 3.11 or newer."
    if can_apt && apt_install python3 python3-venv; then
        base=$(find_python) && return
    fi
    fail "Python 3.11 or newer is needed. Install it (on Debian or Ubuntu, as root: apt-get install python3 python3-venv) and run this again; set CSPR_PYTHON if it has an unusual name."
}

# ---- What is in place ----

# The stamp of an environment names the lock, the Python and the folder: programs in .venv/bin hold
# the folder's path, so a copied or renamed project needs its own environment, and a system whose
# Python went from 3.11 to 3.13 leaves one behind that finds no packages.
stamp() {
    minor=$("$python" -I -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || return 1
    sum=$(checksum "$root/requirements/$1.txt") || return 1
    printf '%s python%s %s\n' "${sum%% *}" "$minor" "$root"
}

has() { [ -f "$venv/.lock-$1" ] && [ "$(cat "$venv/.lock-$1")" = "$(stamp "$1")" ]; }

right_python() {
    [ -z "${CSPR_PYTHON:-}" ] || [ "$(cat "$venv/.python" 2>/dev/null)" = "$(find_python)" ]
}

is_ready() {
    [ -x "$python" ] && right_python || return 1
    # The test lock has everything that the run lock has.
    has "$1" || { [ "$1" = run ] && has test; }
}

# Anything unfinished or out of date is made again from nothing: installing over it could leave half
# a package, or one that the lock no longer has.
is_sound() {
    [ -x "$python" ] && [ -f "$venv/.python" ] && [ ! -e "$venv/.unfinished" ] && right_python || return 1
    for stamped in run test uv; do
        [ ! -f "$venv/.lock-$stamped" ] || has "$stamped" || return 1
    done
}

# ---- Making it ----

new_venv() {
    # The stamps go first, so that nobody takes a half-removed environment for a finished one.
    rm -f "$venv"/.lock-*
    rm -rf "$venv" &&
        mkdir "$venv" &&
        : >"$venv/.unfinished" &&
        "$base" -m venv "$venv" >"$root/.venv.log" 2>&1 &&
        "$python" -I -m pip --version >/dev/null 2>&1
}

make_venv() {
    choose_python
    say "Making .venv with $base ..."
    # Debian and Ubuntu keep a part of Python's venv in a package of its own.
    new_venv || { can_apt && apt_install python3-venv && new_venv; } || {
        # Python's own words only add something where they are about something else.
        grep -q ensurepip "$root/.venv.log" || cat "$root/.venv.log" >&2
        fail "$base cannot make a virtual environment. Install its venv package (on Debian or Ubuntu, as root: apt-get install python3-venv) and run this again."
    }
    printf '%s\n' "$base" >"$venv/.python"
}

pip_install() {
    # PIP_USER in somebody's settings would send the packages to their home folder.
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 "$python" -I -m pip install \
        --quiet --no-input --require-hashes --no-deps "$@"
}

# uv is many times faster than pip. Only a ready-built one is taken: building it takes minutes.
get_uv() {
    has uv && return
    pip_install --only-binary :all: -r requirements/uv.txt >"$root/.venv.log" 2>&1 &&
        stamp uv >"$venv/.lock-uv"
}

use_uv() {
    # uv brings certificates of its own; the system's include those of an organisation's proxy.
    export UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never
    # Where uv cannot reach the index, pip is to have its turn soon.
    export UV_HTTP_RETRIES="${UV_HTTP_RETRIES:-1}"
    # uv stops where it cannot write its cache.
    [ -w "${HOME:-/nonexistent}" ] || export UV_NO_CACHE=1
    "$venv/bin/uv" --quiet "$@" </dev/null
}

install_lock() {
    say "Installing the packages of requirements/$1.txt ..."
    : >"$venv/.unfinished"
    if get_uv && use_uv pip install --python "$python" --compile-bytecode \
        --require-hashes --no-deps -r "requirements/$1.txt" >"$root/.venv.log" 2>&1; then
        return
    fi
    # pip knows mirrors from its own settings, which uv does not read.
    say "That did not work with uv; trying pip, which takes longer ..."
    pip_install -r "requirements/$1.txt" >&2 && return
    # Without uv, the log only has the same words of pip.
    ! has uv || cat "$root/.venv.log" >&2
    fail "the packages could not be installed. See what pip said above; most often the package index cannot be reached. Then run this again."
}

# ---- A browser, for the checks of the pages ----

has_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        ! command -v "$name" >/dev/null 2>&1 || return 0
    done
    return 1
}

# Without a browser everything else is checked all the same. libatomic1 is for the program that drives it.
get_browser() {
    ! has_browser || return 0
    if can_apt && apt_install chromium-headless-shell libatomic1 fonts-liberation; then
        rm -f "$root/.venv.log"
        return
    fi
    say 'No browser: the checks that look at the pages in one will be skipped. To have them, install one (on Debian, as root: apt-get install chromium-headless-shell libatomic1) and run this again.'
}

# ---- One set-up at a time ----

# Runs a command while no other script sets up this folder. The system drops an flock by itself when
# its holder dies; where there is none, a folder with the holder's process number has to do.
alone() (
    lock=$root/.venv.lock
    (: >>"$lock") 2>/dev/null || fail "cannot write in $root, where .venv has to be made."
    if command -v flock >/dev/null 2>&1; then
        exec 9>>"$lock"
        if ! flock -n 9; then
            say "Waiting for another set-up of this folder to end ..."
            flock 9
        fi
    else
        take_folder "$lock.d"
        trap 'rm -rf "$lock.d"' EXIT
        trap 'exit 130' INT
        trap 'exit 143' HUP TERM
    fi
    "$@"
)

is_running() { kill -0 "$1" 2>/dev/null || ps -p "$1" >/dev/null 2>&1; }

take_folder() {
    waited=0
    nameless=0
    until mkdir "$1" 2>/dev/null; do
        [ "$waited" -gt 0 ] || say "Waiting for another set-up of this folder to end ..."
        waited=$((waited + 1))
        [ "$waited" -lt 900 ] || fail "another set-up seems to hang. If none is running, remove $1 and run this again."
        holder=$(cat "$1/pid" 2>/dev/null) || holder=
        # Its maker writes the number just after making the folder: a moment without one is no sign.
        if [ -n "$holder" ]; then nameless=0; else nameless=$((nameless + 1)); fi
        if { [ -n "$holder" ] && ! is_running "$holder"; } || [ "$nameless" -gt 5 ]; then
            # Only one of those waiting may clear up, or the second would remove the lock of the first.
            if mkdir "$1.clearing" 2>/dev/null; then
                [ "$(cat "$1/pid" 2>/dev/null)" != "$holder" ] || rm -rf "$1"
                rmdir "$1.clearing"
                continue
            fi
        fi
        sleep 1
    done
    # Not $$: that is the script, which can be killed while this subshell goes on.
    sh -c 'echo "$PPID"' >"$1/pid"
}

really_set_up() {
    # Somebody else may have done it while this one waited.
    ! is_ready "$1" || return 0
    # Relative names in the locks, and uv's search for settings, start here.
    cd "$root" || exit
    started=$(date +%s)
    is_sound || make_venv
    install_lock "$1"
    stamp "$1" >"$venv/.lock-new"
    mv "$venv/.lock-new" "$venv/.lock-$1"
    rm -f "$venv/.unfinished" "$root/.venv.log"
    say "Ready after $(($(date +%s) - started)) s."
}

set_up() { is_ready "$1" || alone really_set_up "$1"; }

really_set_up_uv() {
    cd "$root" || exit
    is_sound || make_venv
    # Its own lock can be the one that is missing or wrong.
    get_uv || "$python" -I -m pip install --quiet --only-binary :all: -r requirements/uv.in >&2 ||
        fail "uv, which makes the locks, could not be installed."
    rm -f "$venv/.unfinished" "$root/.venv.log"
}

# For scripts/lock, which must work when the locks are what is wrong.
set_up_uv() { alone really_set_up_uv; }
