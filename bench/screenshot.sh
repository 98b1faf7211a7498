#!/usr/bin/env bash
# Makes the pictures of README.md from a real run: the terminal's output as an SVG, the report as a PNG.
# Needs a release build and chromium. Usage: bench/screenshot.sh [TABLE.csv]
set -euo pipefail
cd "$(dirname "$0")/.."
table=${1:-examples/data/gbsg2.csv}
name=$(basename "$table" .csv)
verdancy=$(realpath "${CARGO_TARGET_DIR:-target}/release/verdancy")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p docs/img
cp "$table" "$work/$name.csv"

code=0
(cd "$work" && CLICOLOR_FORCE=1 "$verdancy" synth "$name.csv" --progress none) > "$work/terminal.txt" 2>&1 || code=$?
if [ "$code" != 0 ] && [ "$code" != 3 ]; then
    cat "$work/terminal.txt"
    exit "$code"
fi
python3 bench/terminal.py "\$ verdancy synth $table" < "$work/terminal.txt" > docs/img/terminal.svg

chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
    --window-size=1200,1500 --screenshot="$work/report.png" "file://$work/$name-synthetic/report.html" 2>/dev/null
cp "$work/report.png" docs/img/report.png
ls -l docs/img
