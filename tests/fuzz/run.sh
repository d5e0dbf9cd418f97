#!/bin/sh
# run.sh FOLDER SECONDS TARGET...: runs each libFuzzer program FOLDER/TARGET for a time, starting from its seeds. What it
# finds goes to FOLDER/TARGET.corpus; an input that fails is kept in tests/fuzz/corpus/TARGET, where `make test` runs it
# from then on. With RUNS=number, each ends after so many executions, even if it has time left.
set -u
. tests/fuzz/seeds.sh
programs=$1 seconds=$2
shift 2
status=0
for target in "$@"; do
  kept=tests/fuzz/corpus/$target found=$programs/$target.corpus
  mkdir -p "$kept" "$found"
  echo "fuzz $target for $seconds s"
  # Long stacks of calls for every allocation, and much freed memory kept apart, cost half of the speed.
  # shellcheck disable=SC2046
  ASAN_OPTIONS=malloc_context_size=8:quarantine_size_mb=32 "$programs/$target" -max_len=8192 \
    -max_total_time="$seconds" -runs="${RUNS:--1}" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$kept/" "$found" $(seeds "$target") > "$programs/$target.log" 2>&1
  result=$?
  grep -E '^Done|number_of_executed_units|average_exec_per_sec' "$programs/$target.log"
  if [ "$result" -ne 0 ]; then
    status=1
    echo "fuzz $target failed with status $result:"
    tail -60 "$programs/$target.log"
  fi
done
exit "$status"
