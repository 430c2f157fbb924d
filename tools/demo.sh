#!/usr/bin/env bash
# Makes up three patients, verifies each implant as a hospital would, and says where the reports lie.
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
