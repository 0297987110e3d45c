#!/bin/sh
# Run both compose files with podman, without a registry: the bases are made of Debian's packages. Needs root, and on
# Debian: mmdebstrap podman podman-compose runc netavark aardvark-dns iptables. `make compose` calls it.
set -eu
cd "$(dirname "$0")/.."
area=$(mktemp -d)
export CONTAINERS_CONF=$area/containers.conf POSTGRES_PASSWORD='a p@ss w/ signs:#'
limits="--ulimit nofile=1024:10000 --ulimit nproc=1024:20000"
build="podman build -q --network host --format docker --pull=never $limits"
ours=localhost/passalong-compose
made=

cat > "$CONTAINERS_CONF" <<END
[containers]
default_ulimits = ["nofile=1024:10000", "nproc=1024:20000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[network]
network_backend = "netavark"
END

end() {
    for file in compose.yaml compose.postgresql.yaml; do
        podman-compose -p along -f $file down -v >/dev/null 2>&1 || true
    done
    podman rmi -f $made >/dev/null 2>&1 || true # they have the names of published images
    rm -rf "$area"
}
trap end EXIT

wait_for() { # what it is, and a command that succeeds then
    what=$1; shift
    for _ in $(seq 90); do
        if "$@" >/dev/null 2>&1; then echo "  $what"; return; fi
        sleep 1
    done
    echo "not within 90 s: $what" >&2
    podman ps -a; podman logs along_passalong_1 2>&1 | tail -20
    exit 1
}

if [ -z "${BASE:-}" ]; then
    BASE=$area/base.tar
    mmdebstrap -q --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$BASE"
fi
podman import -q "$BASE" docker.io/library/python:3.12-slim-bookworm >/dev/null
made="$made docker.io/library/python:3.12-slim-bookworm"
$build -v /etc/ssl/certs:/etc/ssl/certs:ro -t $ours . >/dev/null
podman tag $ours localhost/along_passalong
made="$made $ours localhost/along_passalong"
$build -t docker.io/library/postgres:17 -f tools/compose_postgres.Dockerfile tools >/dev/null
made="$made docker.io/library/postgres:17"

for file in compose.yaml compose.postgresql.yaml; do
    echo "$file"
    podman-compose -p along -f $file up -d --no-build >/dev/null 2>&1
    wait_for "answers on 127.0.0.1:8080" curl -fsS http://127.0.0.1:8080/readyz
    wait_for "its health check passes" podman healthcheck run along_passalong_1
    podman exec along_passalong_1 passalong site add https://bees.example --name Bees >/dev/null
    podman exec along_passalong_1 passalong backup /data/today.backup >/dev/null
    podman-compose -p along -f $file down >/dev/null 2>&1
    podman-compose -p along -f $file up -d --no-build >/dev/null 2>&1
    wait_for "comes back" curl -fsS http://127.0.0.1:8080/readyz
    podman exec along_passalong_1 passalong site list | grep -q bees.example && echo "  keeps its site"
    podman-compose -p along -f $file down -v >/dev/null 2>&1
done
