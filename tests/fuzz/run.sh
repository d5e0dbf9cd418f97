#!/bin/sh
# run.sh FOLDER SECONDS TARGET...: runs each libFuzzer program FOLDER/TARGET for a time, starting from the kept corpus
# tests/fuzz/corpus/TARGET. What it finds goes to FOLDER/TARGET.corpus; an input that fails is kept in the corpus itself,
# where `make test` runs it from then on.
set -u
programs=$1 seconds=$2
shift 2
status=0
for target in "$@"; do
  kept=tests/fuzz/corpus/$target found=$programs/$target.corpus
  mkdir -p "$kept" "$found"
  echo "fuzz $target for $seconds s"
  "$programs/$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$kept/" "$found" "$kept" > "$programs/$target.log" 2>&1
  result=$?
  grep -E '^Done|number_of_executed_units|average_exec_per_sec' "$programs/$target.log"
  if [ "$result" -ne 0 ]; then
    status=1
    echo "fuzz $target failed with status $result:"
    tail -60 "$programs/$target.log"
  fi
done
exit "$status"
