# Sourced by the scripts: where things are, how to say things, how to start and stop a process.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PATH="$PATH:/usr/sbin:/sbin"

say() { printf '%s\n' "$*"; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# How everything is built; the same for make check, test, demo and up, so that they share one build folder.
strict=(-Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error)

# build [ARGUMENT…]: the debug build. Quiet unless it fails.
build() {
    local log
    log=$(mktemp)
    if ! (cd "$root" && swift build "${strict[@]}" "$@") >"$log" 2>&1; then
        grep -E 'error:|warning:' "$log" | sort -u >&2 || tail -n 30 "$log" >&2
        rm -f "$log"
        die "the build failed"
    fi
    rm -f "$log"
}

# The folder of the executables; ISTHMUS_BIN names another, for example a release build.
binaries() { printf '%s' "${ISTHMUS_BIN:-$root/.build/debug}"; }

# start_process NAME COMMAND…: in the background, in a session of its own so that Ctrl-C is left to the caller.
# Needs $run_dir (pids) and $log_dir. The pid is that of the command itself.
start_process() {
    local name=$1
    shift
    # Files that our caller has open are not the process's: whoever waits for us would wait for it as well.
    setsid bash -c '
        for fd in /proc/$$/fd/*; do [ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"; done 2>/dev/null
        echo $$ >"$0"; exec "$@"' "$run_dir/$name.pid" "$@" >>"$log_dir/$name.log" 2>&1 </dev/null &
    disown
    local tries=0
    until [ -s "$run_dir/$name.pid" ]; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] || die "$name did not start"
        sleep 0.02
    done
}

# pid_of NAME: the pid if that process still runs the command we started.
pid_of() {
    local pid
    pid=$(cat "$run_dir/$1.pid" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && printf '%s' "$pid"
}

# stop_process NAME [SECONDS]: SIGTERM, then SIGKILL when it does not end in time (17 s: a service drains for 15).
stop_process() {
    local pid limit=${2:-17}
    if pid=$(pid_of "$1"); then
        kill -TERM "$pid" 2>/dev/null || true
        local end=$((SECONDS + limit))
        while kill -0 "$pid" 2>/dev/null; do
            if [ $SECONDS -ge $end ]; then
                say "$1 did not stop in ${limit} s: killed" >&2
                kill -KILL "$pid" 2>/dev/null || true
                break
            fi
            sleep 0.05
        done
    fi
    rm -f "$run_dir/$1.pid"
}

# wait_until SECONDS WHAT COMMAND…: until the command succeeds.
wait_until() {
    local limit=$1 what=$2
    shift 2
    local end=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || {
            say "waited $limit s for $what" >&2
            return 1
        }
        sleep 0.1
    done
}

# port_open HOST PORT
port_open() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# show_log NAME: the last lines of a log, with its name.
show_log() {
    say "--- $1 ($log_dir/$1.log), last lines" >&2
    tail -n "${2:-15}" "$log_dir/$1.log" >&2 2>/dev/null || true
}
