#!/bin/sh
# Short memory: every command, and a program that embeds a detector, while one request for memory or a thread is refused
# (tests/memory/fail_allocations.c), once or from then on, and under limits of the address space. Whatever is refused, a
# run ends by itself and well: with status 1, a sentence that says memory and no file half written; or with status 0 and
# the same bytes as a run that got everything.
#
#   sh tests/test_memory.sh            a sample; SIMPLENET and BUILD come from the Makefile
#   sh tests/test_memory.sh all        every request of every command: hours (`make test-memory`); STRIDE=n: each n-th
#   sh tests/test_memory.sh all train  of one command
#
# Runs that went wrong are printed and their files kept.
set -u
program=$(realpath "$SIMPLENET")
refuse=$(realpath "$BUILD/tests/memory/fail_allocations.so" 2> /dev/null)
detect=$(realpath "$BUILD/tests/tools/detect" 2> /dev/null)
library=$(realpath "$BUILD/tests/tools/library" 2> /dev/null)
script=$(realpath "$0")
LIMIT=300 # seconds, on a busy machine; a run that gets everything takes less than three of them
PROCESSOR=30 # seconds of a processor

# The arguments of each command, which is run in a folder of its own and writes to "out" there.
small="--backbone embedded --resize 32 --crop 32 --threads ${THREADS:-2}"
command_of() {
  case $1 in
    help) echo "train --help" ;;
    info) echo "info $work/model.safetensors" ;;
    data) echo "data $work/data --decode" ;;
    generate) echo "generate out --size 64 --train 1 --test-good 1 --per-defect 1 --threads ${THREADS:-2}" ;;
    train) echo "train --data $work/data --category gear $small --epochs 2 --checkpoint-every 0 --out out" ;;
    seeds) echo "train --data $work/data --category gear $small --epochs 1 --seeds 2 --checkpoint-every 0 --out out" ;;
    tune) echo "train --data $work/six --category gear $small --sigma 0.03 --epochs 1 --levels 2 --tune 60 --out out" ;;
    deep) echo "train --data $work/data --category gear $small --adaptor-depth 2 --epochs 1 --out out" ;; # on a tape
    eval) echo "eval --model $work/model.safetensors --data $work/data --category gear --threads ${THREADS:-2} --out out" ;;
    eval-seeds) echo "eval --model $work/seeds --data $work/data --category gear --threads ${THREADS:-2} --out out" ;;
    predict) echo "predict --model $work/model.safetensors --threads ${THREADS:-2} --out out --save panel,overlay,mask,map --threshold 0 $work/photographs" ;;
    calibrate) echo "calibrate --model $work/model.safetensors --threads ${THREADS:-2} --out out.safetensors $work/photographs" ;;
    export) echo "export --model $work/model.safetensors out.safetensors" ;;
    export-onnx) echo "export --model $work/model.safetensors --format onnx --photograph 96x64 out.onnx" ;;
    export-maps) echo "export-maps --model $work/model.safetensors --data $work/data --category gear --threads ${THREADS:-2} --out out" ;;
    features) echo "features $small --out out.safetensors $work/photographs/000.png" ;;
    convert) echo "convert $work/model.safetensors out.safetensors" ;;
    benchmark) echo "benchmark --data $work/data --categories gear,wood $small --epochs 1 --jobs 2 --out out" ;;
    detector) echo "$work/model.safetensors $work/photographs/000.png $work/photographs/001.png" ;;
  esac
}
commands="help info data generate train seeds tune deep eval eval-seeds predict calibrate export export-onnx export-maps features convert benchmark detector"

program_of() { if [ "$1" = detector ]; then echo "$detect"; else echo "$program"; fi; }

# Runs a command in the folder $1 with the environment in the arguments after the command's name $2; sets status.
run_in() {
  folder=$1 command=$2
  shift 2
  rm -rf "$folder"
  mkdir -p "$folder"
  # shellcheck disable=SC2046 # the arguments are words
  (cd "$folder" && ulimit -t $PROCESSOR && TMPDIR=. timeout -k 5 "$LIMIT" env "$@" $(program_of "$command") $(command_of "$command") \
    > stdout 2> stderr < /dev/null)
  status=$?
}

# A file's contents without what differs from run to run: the time that was measured, and when it was.
steady() {
  case $1 in
    *.json | *.csv | *.html | */stdout) sed -E 's/"seconds[^,]*,?//g; s/[0-9:.]+ (s|ms|min)\b//g; s/,[0-9.e-]+$//' "$1" ;;
    *) LC_ALL=C sed -E 's/20[0-9-]{8}T[0-9:]{8}Z//' "$1" ;;
  esac
}

# Whether the folder $1 holds nothing but whole files of the folder $2; prints what else it holds.
holds_whole_files_of() {
  (cd "$1" && find . -type f ! -name stderr ! -name stdout ! -name count) | while read -r file; do
    if [ ! -f "$2/$file" ]; then
      case $file in *checkpoint*.safetensors) ;; *) echo "$file is none of a whole run's files" ;; esac
    elif [ "$command" = benchmark ] && [ "${file##*/}" != metrics.json ]; then
      continue # what sums trials up differs when one of them failed
    elif ! cmp -s "$1/$file" "$2/$file"; then
      steady "$1/$file" > "$1/steady"
      steady "$2/$file" | cmp -s - "$1/steady" || echo "$file differs from a whole run's"
      rm -f "$1/steady"
    fi
  done
}

# One run with a refusal (or a limit): everything that is wrong with it, a line each.
judge() { # its folder, the whole run's folder
  case $status in
    0 | 3) # 3: predict calls a photograph defective
      (cd "$2" && find . -type f) | while read -r file; do [ -f "$1/$file" ] || echo "status 0 without $file"; done
      steady "$2/stdout" > "$1/steady"
      [ "$command" = benchmark ] || steady "$1/stdout" | cmp -s - "$1/steady" || echo "status 0 and another output"
      rm -f "$1/steady"
      ;;
    1) grep -q memory "$1/stderr" || echo "status 1 without a word of memory: $(head -c 300 "$1/stderr")" ;;
    124 | 137 | 152) echo "did not end" ;;
    *) echo "ended with status $status: $(head -c 300 "$1/stderr")" ;;
  esac
  holds_whole_files_of "$1" "$2"
}

# try COMMAND NAME VARIABLE=VALUE...: prints what went wrong, after the name, and keeps the folder then.
try() {
  command=$1 name=$2
  shift 2
  mine=$work/runs/$command-$(echo "$name" | tr " " -)
  run_in "$mine" "$command" "$@"
  wrong=$(judge "$mine" "$work/whole/$command")
  if [ -n "$wrong" ]; then
    echo "$wrong" | sed "s|^|$command, $name: |"
  else
    rm -rf "$mine"
  fi
}

# What xargs starts: WORK COMMAND, and once N, onwards N or limit MB THREADS
if [ "${1:-}" = one ]; then
  work=$2
  case $4 in
    once) try "$3" "refusal $5" FAIL_AT="$5" LD_PRELOAD="$refuse" ;;
    onwards) try "$3" "refusals from $5" FAIL_AT="$5" FAIL_ONWARDS=1 LD_PRELOAD="$refuse" ;;
    limit)
      ulimit -v "$5"000
      THREADS=$6
      try "$3" "limit of $5 MB, $6 threads" FAIL_AT=0
      ;;
  esac
  exit 0
fi

mode=${1:-sample} only=${2:-$commands}
work=$(mktemp -d)
keep=
trap '[ -n "$keep" ] || rm -rf "$work"' EXIT
failures=0

report() { # name, file of what went wrong
  if [ -s "$2" ]; then
    head -40 "$2"
    echo "[  FAILED  ] $1"
    failures=$((failures + 1))
    keep=yes
  else
    echo "[       OK ] $1"
  fi
}

# Memory is asked for where its refusal is an error at once: no other file calls what may give NULL. backends/ have
# aligned memory of their own.
floors=$(ls -d base metrics datasets autograd nn tensor plan onnx anomaly models tuning report api studies serve cli 2> /dev/null)
{
  # shellcheck disable=SC2086
  grep -rnE '\b(malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf|open_memstream|getline) ?\(' $floors \
    --include='*.c' | grep -v '^base/memory.c:'
  grep -rnE '\b(malloc|calloc|realloc|strdup) ?\(' backends --include='*.c'
  # shellcheck disable=SC2086
  grep -rnE 'cJSON_(Add|Create|Print|Parse|Duplicate|Insert|Replace)' $floors --include='*.c' | grep -v '^base/json.c:'
} > "$work/wrong"
report memory_is_asked_for_in_one_place "$work/wrong"

if [ -z "$refuse" ] || grep -q __asan_init "$program" || ! LD_PRELOAD=$refuse "$program" --help > /dev/null 2>&1; then
  for test in refusals_end_well limits_end_well signal_ends_what_hangs the_library_recovers_from_refusals; do
    echo "skip: $test: the allocator cannot be replaced here (a sanitizer, or no glibc)"
    echo "[  SKIPPED ] $test"
  done
  exit 0
fi

"$program" generate "$work/data" --size 64 --train 3 --test-good 1 --per-defect 1 > /dev/null
"$program" generate "$work/six" --size 64 --train 6 --test-good 1 --per-defect 1 > /dev/null
mkdir "$work/photographs"
cp "$work/data/gear/train/good/000.png" "$work/data/gear/train/good/001.png" "$work/photographs"
# shellcheck disable=SC2086
"$program" train --data "$work/data" --category gear $small --epochs 1 --out "$work/trained" > /dev/null
mv "$work/trained/gear/model.safetensors" "$work/model.safetensors"
# shellcheck disable=SC2086
"$program" train --data "$work/data" --category gear $small --epochs 1 --seeds 2 --out "$work/trained" > /dev/null
mv "$work/trained/gear" "$work/seeds"

# A line "COMMAND once|onwards N" for each run of a sample: the same share of every command's requests.
list_refusals() {
  for command in $only; do
    run_in "$work/whole/$command" "$command" FAIL_COUNT="$work/count" LD_PRELOAD="$refuse"
    requests=$(cat "$work/count")
    case $mode in
      all) step=${STRIDE:-1} first=1 ;;
      *) step=$((requests / ${SAMPLE:-3} + 1)) first=$((step / 2 + 1)) ;;
    esac
    echo "$command: $requests requests" >&2
    seq "$first" "$step" "$requests" | while read -r n; do echo "$command once $n" && echo "$command onwards $n"; done
  done
}

# A call that never returns does not keep the first signal from ending the program.
signal_ends_what_hangs() {
  requests=$(sed -n 's/^predict: \([0-9]*\) requests/\1/p' "$work/counts")
  mkdir "$work/hang"
  cd "$work/hang" || return
  # shellcheck disable=SC2046 # the arguments are words
  env FAIL_AT=$((requests / 2)) FAIL_HANGS=1 LD_PRELOAD="$refuse" "$program" $(command_of predict) > /dev/null 2>&1 \
    < /dev/null &
  process=$!
  sleep 2
  kill -TERM $process || echo "predict had ended before"
  for _ in $(seq 250); do
    kill -0 $process 2> /dev/null || break
    sleep 0.1
  done
  kill -KILL $process 2> /dev/null && echo "predict went on for 25 seconds"
  wait $process
}

list_refusals > "$work/list" 2> "$work/counts"
[ "$mode" != sample ] || signal_ends_what_hangs > "$work/hung" 2> /dev/null &
cat "$work/counts"
echo "$(wc -l < "$work/list") runs with refusals"
xargs -P "$(nproc)" -L 1 sh "$script" one "$work" < "$work/list" > "$work/wrong" 2>&1
report refusals_end_well "$work/wrong"

# The address space in MB: less than the libraries need, and up to where everything runs.
list_limits() {
  for command in $only; do
    case $mode in
      all) for threads in 1 2 4; do seq -f "%g $threads" 40 10 400 && seq -f "%g $threads" 450 50 2000; done ;;
      *) printf '100 1\n400 4\n' ;;
    esac | while read -r limit; do echo "$command limit $limit"; done
  done
}

list_limits > "$work/limits"
echo "$(wc -l < "$work/limits") runs with a limit"
xargs -P "$(nproc)" -L 1 sh "$script" one "$work" < "$work/limits" > "$work/wrong" 2>&1
report limits_end_well "$work/wrong"

# A program that goes on after each error: all functions of simplenet.h, again and again, and nothing is left behind.
case $mode in all) step=${STRIDE:-1} ;; *) step=${LIBRARY_STRIDE:-251} ;; esac
LD_PRELOAD=$refuse "$library" "$step" "$work/model.safetensors" "$work/photographs" "$work/fitted.safetensors" \
  > "$work/wrong"
report the_library_recovers_from_refusals "$work/wrong"

wait
[ "$mode" != sample ] || report signal_ends_what_hangs "$work/hung"

[ "$failures" -eq 0 ]
