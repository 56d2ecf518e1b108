# Sourced: a container engine with Compose v2 and a Debian base image, whatever the machine has. Needs common.sh.
#
# On a machine with an engine nothing is started. Otherwise dockerd runs with all its files under $engine_root, and
# stop_engine ends it.
engine_root=${ISTHMUS_ENGINE:-/var/tmp/isthmus-engine}
engine_started=

ensure_engine() {
    if ! docker info >/dev/null 2>&1; then
        "$root/Scripts/install-dependencies" compose
        mkdir -p "$engine_root"
        export DOCKER_HOST=unix://$engine_root/docker.sock
        if ! docker info >/dev/null 2>&1; then
            setsid dockerd --data-root "$engine_root/data" --exec-root "$engine_root/exec" \
                --pidfile "$engine_root/dockerd.pid" -H "$DOCKER_HOST" >"$engine_root/dockerd.log" 2>&1 </dev/null &
            disown
            engine_started=yes
            wait_until 60 "dockerd" docker info || { tail -n 20 "$engine_root/dockerd.log" >&2; die "no engine"; }
        fi
    fi
    ensure_compose
    ensure_base_image
}

# SIGTERM only: after a SIGKILL the next start fails for a minute.
stop_engine() {
    [ -n "$engine_started" ] || return 0
    local pid
    pid=$(cat "$engine_root/dockerd.pid" 2>/dev/null) || return 0
    kill -TERM "$pid" 2>/dev/null || return 0
    local end=$((SECONDS + 30))
    while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ]; do sleep 0.1; done
}

# Debian 12 has no Compose v2: the plugin alone is taken from the next release, from the mirror apt already uses.
ensure_compose() {
    docker compose version >/dev/null 2>&1 && return 0
    export DOCKER_CONFIG=$engine_root/config
    docker compose version >/dev/null 2>&1 && return 0
    local apt=$engine_root/apt
    mkdir -p "$apt"/{sources,lists/partial,cache/archives/partial,extracted} "$DOCKER_CONFIG/cli-plugins"
    printf '%s\n' "Types: deb" "URIs: $(debian_mirror)" "Suites: trixie" "Components: main" \
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" >"$apt/sources/trixie.sources"
    local options=(-qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/sources"
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root)
    (
        cd "$apt"
        apt-get "${options[@]}" update && apt-get "${options[@]}" download docker-compose &&
            dpkg-deb -x docker-compose_*.deb extracted
    ) >"$apt/log" 2>&1 || { cat "$apt/log" >&2; die "Compose v2 could not be fetched"; }
    cp "$apt/extracted/usr/libexec/docker/cli-plugins/docker-compose" "$DOCKER_CONFIG/cli-plugins/"
    docker compose version >/dev/null || die "Compose v2 does not run"
}

debian_mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1
}

# debian:bookworm-slim, pulled where there is a registry, else made here. One that was made here must not be pushed.
ensure_base_image() {
    docker image inspect debian:bookworm-slim >/dev/null 2>&1 && return 0
    timeout 60 docker pull -q debian:bookworm-slim >/dev/null 2>&1 && return 0
    local rootfs=$engine_root/rootfs
    rm -rf "$rootfs"
    debootstrap --variant=minbase bookworm "$rootfs" "$(debian_mirror)" >"$engine_root/debootstrap.log" 2>&1 ||
        { tail "$engine_root/debootstrap.log" >&2; die "debootstrap failed"; }
    tar -C "$rootfs" --numeric-owner -c . | docker import --change 'CMD ["bash"]' - debian:bookworm-slim >/dev/null
    rm -rf "$rootfs"
}

# ensure_swift_image: what Dockerfile builds with, pulled where there is a registry, else made of the toolchain that is
# installed here, with git's redirections of package addresses and the local copies they lead to.
ensure_swift_image() {
    local image=swift:6.3-bookworm
    docker image inspect "$image" >/dev/null 2>&1 && return 0
    timeout 300 docker pull -q "$image" >/dev/null 2>&1 && return 0
    local container toolchain copies
    toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
    copies=$(git config --get-regexp '^url\..*\.insteadof$' | sed -n 's#^url\.\(/.*\)/\.insteadof .*#\1#p' | sort -u)
    container=$(docker run -d debian:bookworm-slim sleep infinity)
    {
        docker exec "$container" apt-get update
        docker exec -e DEBIAN_FRONTEND=noninteractive "$container" apt-get install -y --no-install-recommends binutils \
            ca-certificates git libc6-dev libcurl4 libedit2 libgcc-12-dev libncurses6 libpython3.11 libsqlite3-0 \
            libstdc++-12-dev libxml2 libz3-4 pkg-config tzdata zlib1g-dev
        tar -C "$toolchain" -c usr | docker cp - "$container:/"
        # Layer by layer: an older engine's copy does not make folders above the one that is copied.
        for copy in $copies; do tar -C / -c "${copy#/}" | docker cp - "$container:/"; done
        git config --list --null | tr '\n\0' '=\n' | grep -E '^url\..*\.insteadof=' |
            while IFS= read -r line; do
                docker exec "$container" git config --system --add "${line%%.insteadof=*}.insteadOf" "${line#*.insteadof=}"
            done
        docker exec "$container" git config --system --add safe.directory '*'
        docker commit --change 'CMD ["bash"]' "$container" "$image"
    } >"$engine_root/swift-image.log" 2>&1 || { tail "$engine_root/swift-image.log" >&2; die "no image to build with"; }
    docker rm -f "$container" >/dev/null
}
