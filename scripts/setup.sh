# Sourced by ./run and ./check: brings .venv and the front end's bundle up to date.
# Set before: root (the clone), extras ("" or "[test]"). Needs only python3 and the base system.
# Each step names itself while it runs and says how long it took; a failing one names the line to type.

venv="$root/.venv"
steps_log="$root/.setup.log"

# step TEXT COMMAND... : run it quietly; on failure show the end of its output and stop.
step() {
    text=$1; shift
    started=$(date +%s)
    printf '%s …\n' "$text" >&2
    if ! "$@" >"$steps_log" 2>&1 </dev/null; then
        tail -n 25 "$steps_log" >&2
        printf '\nThis step failed: %s\nThe line to type, to see all of it:\n    cd %s && %s\n' \
            "$text" "$root" "$*" >&2
        exit 1
    fi
    taken=$(($(date +%s) - started))
    [ "$taken" -lt 2 ] || printf '  done in %s s\n' "$taken" >&2
}

as_root_line() {
    if [ "$(id -u)" = 0 ]; then echo "$1"
    elif command -v sudo >/dev/null 2>&1; then echo "sudo sh -c '$1'"
    else echo "su -c '$1'"
    fi
}

# Debian has venv, pip's bootstrap and libseccomp in packages of their own.
ensure_system() {
    missing=
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="python3-venv"
    "$python" -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null ||
        missing="$missing libseccomp2"
    missing=${missing# }
    [ -n "$missing" ] || return 0
    install="apt-get install -y --no-install-recommends $missing"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        export DEBIAN_FRONTEND=noninteractive
        step "Fetching Debian's package lists" apt-get update
        # shellcheck disable=SC2086
        step "Installing Debian's $missing" $install
    else
        printf 'This machine lacks %s. The line to type, then ./run again:\n    %s\n' \
            "$missing" "$(as_root_line "apt-get update && $install")" >&2
        exit 1
    fi
}

find_python() {
    python=$(command -v "${PYTHON:-python3}") || {
        printf 'There is no python3. The line to type:\n    %s\n' \
            "$(as_root_line 'apt-get install -y python3')" >&2
        exit 1
    }
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        printf '%s is %s; 3.11 or newer is needed. Name one: PYTHON=/path/to/python3 ./run\n' \
            "$python" "$("$python" --version)" >&2
        exit 1
    }
}

# Everything that an install depends on, and where: a moved clone or another Python starts anew.
python_stamp() {
    {
        echo "$root $extras"
        "$venv/bin/python" -c 'import sys; print(sys.version_info[:2])'
        cd "$root" && cat pyproject.toml constraints.txt screen-engine.txt hatch_build.py scripts/setup.sh
    } 2>/dev/null | sha256sum
}

frontend_stamp() {
    [ -f "$root/ide/static/dist/manifest.json" ] || { echo none; return; }
    cd "$root/frontend" && find . \( -name node_modules -o -name .stamp -o -path ./tests \) -prune \
        -o -type f -print | LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum | sha256sum
}

stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

make_venv() {
    find_python
    ensure_system
    if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
        ! stamped "$venv/.place" "$root"; then
        rm -rf "$venv"
        mkdir "$venv"
        step "Making $venv" "$python" -m venv "$venv"
        echo "$root" >"$venv/.place"
    fi
}

install_ide() { # $1: what for
    # A hash for one package makes pip ask for all of them, so this one has a step of its own.
    step "Checking the screen engine's hash" "$venv/bin/python" -m pip install \
        --disable-pip-version-check --require-hashes --no-deps -r "$root/screen-engine.txt"
    step "$1" "$venv/bin/python" -m pip install --disable-pip-version-check \
        -c "$root/constraints.txt" -e "$root$extras"
    (frontend_stamp) >"$venv/.stamp-frontend"
}

python_is_fresh() { stamped "$venv/.stamp$extras" "$( (python_stamp) )"; }
frontend_is_fresh() { stamped "$venv/.stamp-frontend" "$( (frontend_stamp) )"; }

setup() {
    ! python_is_fresh || ! frontend_is_fresh || return 0
    [ -w "$root" ] || {
        printf '%s is not yours to write, and .venv must be made in it. Use a clone of your own.\n' \
            "$root" >&2
        exit 1
    }
    # One at a time, for two terminals that start at once: the second waits for the first.
    exec 9>"$root/.setup.lock"
    flock 9
    if ! python_is_fresh; then
        make_venv
        install_ide "Installing what it is made of into .venv (a minute or two, the first time)"
        (python_stamp) >"$venv/.stamp$extras"
    elif ! frontend_is_fresh; then
        install_ide "Building the front end anew"
    fi
    exec 9>&-
}
