#!/usr/bin/env bash
# Makes up three patients, verifies each implant as a hospital would, says where the reports lie, and opens the same patients in the
# browser application. DEMO_SERVE=0 ends after that instead of serving on; LISTEN=ADDRESS:PORT takes another address.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${DOSEWRIGHT:-target/release/dosewright}
out=${1:-demo-out}
rm -rf "$out"
mkdir -p "$out"

made_up() { # patient, then the arguments of verify
    local patient=$1
    shift
    echo
    echo "── $patient ──────────────────────────────────────────────"
    "$bin" simulate "$patient" --out "$out/$patient/case"
    "$bin" verify "$out/$patient/case" --seeds auto --out "$out/$patient/result" "$@"
}

made_up prostate
made_up lung
made_up stent

echo
echo "The reports:"
find "$out" -name 'report.*.pdf' | sort | sed 's/^/  /'

# the same patients in the browser: a server with its own data folder, ended with this script
log=$out/server.log
"$bin" serve --demo --data "$out/data" --listen "${LISTEN:-127.0.0.1:8642}" >"$out/address" 2>"$log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    grep -q http "$out/address" && break
    kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.1
done
address=$(sed -n 's|.*\(http://[^/]*\)/.*|\1|p' "$out/address")
node tools/demo.mjs "$address" "$out"
if [ "${DEMO_SERVE:-1}" = 1 ]; then
    echo "Ctrl-C ends it."
    wait "$server"
fi
