#!/bin/sh
# run.sh FOLDER SECONDS TARGET...: runs each libFuzzer program FOLDER/TARGET for a time, starting from its seeds. What it
# finds goes to FOLDER/TARGET.corpus; an input that fails is kept in tests/fuzz/corpus/TARGET, where `make test` runs it
# from then on. With RUNS=number, each ends after so many executions, even if it has time left. The target `program` is
# the whole program on damaged inputs, which begins with another seed every time, or with SEED=number.
set -u
. tests/fuzz/seeds.sh
programs=$1 seconds=$2
shift 2
mkdir -p "$programs"

# The limits of tests/fuzz/limits.h are judged at an input's end; these end what would never come there.
run_target() {
  kept=tests/fuzz/corpus/$1 found=$programs/$1.corpus
  mkdir -p "$kept" "$found"
  # Long stacks of calls for every allocation, and much freed memory kept apart, cost half of the speed.
  # shellcheck disable=SC2046
  ASAN_OPTIONS=malloc_context_size=8:quarantine_size_mb=32 "$programs/$1" -max_len=8192 \
    -max_total_time="$seconds" -runs="${RUNS:--1}" -malloc_limit_mb=640 -rss_limit_mb=2048 -timeout=20 \
    -print_final_stats=1 -artifact_prefix="$kept/" "$found" $(seeds "$1")
}

run_program() {
  "$programs/../tests/fuzz/program/main" "$programs/../simplenet" --seed "${SEED:-$(date +%s)}" --seconds "$seconds"
}

run() {
  if [ "$1" = program ]; then run_program; else run_target "$1"; fi > "$programs/$1.log" 2>&1
  echo $? > "$programs/$1.status"
}

# As many at a time as there are processors; each takes as long as the others.
running=0 status=0
echo "fuzz $* for $seconds s each"
for target in "$@"; do
  rm -f "$programs/$target.status"
  run "$target" &
  running=$((running + 1))
  [ $((running % $(nproc))) -ne 0 ] || wait
done
wait

for target in "$@"; do
  result=none
  [ ! -s "$programs/$target.status" ] || read -r result < "$programs/$target.status"
  echo "fuzz $target"
  grep -E '^Done|number_of_executed_units|average_exec_per_sec|runs of the program' "$programs/$target.log"
  if [ "$result" != 0 ]; then
    status=1
    echo "fuzz $target failed with status $result:"
    tail -60 "$programs/$target.log"
  fi
done
exit "$status"
