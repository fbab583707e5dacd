#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every built fuzz target for SECONDS each (default 20); fails when one finds a crash, a leak,
# a hang or too much memory. The input that did it stays in build-fuzz/found.
#   tests/fuzz/run.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-20}
mkdir -p build-fuzz/found
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1

status=0
ran=0
for program in build-fuzz/bin/fuzz_*; do
  [ -x "$program" ] || continue
  ran=$((ran + 1))
  name=$(basename "$program")
  corpus=build-fuzz/corpus/$name
  mkdir -p "$corpus"
  if "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
    -artifact_prefix="build-fuzz/found/$name-" "$corpus" $(ls -d "tests/fuzz/seeds/$name" 2>/dev/null) \
    >"build-fuzz/found/$name.log" 2>&1; then
    echo "$name: $(grep -o 'Done [0-9]* runs' "build-fuzz/found/$name.log" || echo done)"
  else
    echo "$name: FAILED"
    grep -v '^#' "build-fuzz/found/$name.log" | tail -n 60
    status=1
  fi
done
[ "$ran" -gt 0 ] || { echo "no fuzz target is built: ./dev build fuzz" >&2; exit 1; }
exit "$status"
