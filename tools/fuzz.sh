#!/usr/bin/env bash
# Runs every fuzz target for the given number of seconds (default 60); see fuzz/README.md.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
seconds=${1:-60}
for target in fuzz_targets/*.rs; do
    name=$(basename "$target" .rs)
    echo "── $name"
    RUSTC_BOOTSTRAP=1 cargo fuzz run "$name" -- -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=512
done
