#!/usr/bin/env bash
# Attacks the readers and the contour code: first on the stable compiler, then with libFuzzer where nightly Rust and cargo-fuzz
# are installed (see fuzz/README.md). The argument is the number of seconds for each libFuzzer target.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-90}
cargo test --locked -p dosewright-image --lib -- --ignored --nocapture fuzz
cargo test --locked -p dosewright-image --test dicom_robust -- --ignored --nocapture
if cargo +nightly fuzz --version >/dev/null 2>&1; then
    sh fuzz/seed.sh
    for target in dicom_parse dicom_pixels; do
        cargo +nightly fuzz run "$target" "fuzz/corpus/$target" -- -max_total_time="$seconds" -rss_limit_mb=1024 -max_len=4096
    done
else
    echo "libFuzzer targets left out: they need 'rustup toolchain install nightly' and 'cargo install cargo-fuzz'"
fi
