#!/bin/sh
# What the terminal is told, and what becomes of files when a run is interrupted, a standard stream is closed or there is
# no room to write. SIMPLENET comes from the Makefile.
set -u
. tests/support/script.sh
trap 'umount "$fixture/disk" 2> /dev/null; rm -rf "$fixture"' EXIT
program=$SIMPLENET
escape=$(printf '\033')

# Neither a control character nor a forged line on the terminal.
is_printable() {
  for stream in out err; do
    ! LC_ALL=C grep -q "[$(printf '\001-\010\013-\037\177')]" "$fixture/$stream" || fail "control characters on $stream"
    ! grep -q '^forged' "$fixture/$stream" || fail "a forged line on $stream"
  done
}

# ---- data: a small model, photographs, and names that a terminal would obey ----

"$program" generate "$fixture/data" --size 64 --train 4 --test-good 2 --per-defect 1 > /dev/null || exit 1
small="--backbone embedded --resize 64 --crop 64 --hidden 32 --batch 4"
"$program" train --data "$fixture/data" --category gear $small --epochs 2 --out "$fixture/run" > /dev/null || exit 1
model=$fixture/run/gear/model.safetensors
good=$fixture/data/gear/test/good
evil=$(printf 'a\033[31m\nforged: \tname\177.png')
shown='a\x1b[31m\nforged: \tname\x7f.png'

# ---- what is shown ----

names_are_shown() {
  mkdir "$fixture/names"
  cp "$good/000.png" "$fixture/names/$evil"
  expect verdict "$program" predict --model "$model" "$fixture/names"
  out_says "$shown"
  is_printable
  expect verdict "$program" predict --model "$model" "$fixture/names/$evil"
  out_says "$shown"
  is_printable
  [ "$(wc -l < "$fixture/out")" -eq 1 ] || fail "not one line"
}

messages_are_shown() {
  expect 1 "$program" predict --model "$model" "$fixture/$evil"
  err_says "$shown"
  is_printable
  expect 1 "$program" predict --model "$fixture/$evil" "$good"
  err_says "$shown"
  is_printable
  expect 1 "$program" data "$fixture/$evil"
  err_says "$shown"
  is_printable
  expect 2 "$program" "$evil"
  err_says "$shown"
  is_printable
  expect 2 "$program" predict "--$evil"
  err_says "--$shown"
  is_printable
  expect 2 "$program" predict --model "$model" --threads "$evil" "$good"
  is_printable
}

# In a data set every name is a folder's or a file's.
data_sets_are_shown() {
  cp -r "$fixture/data" "$fixture/evil-data"
  mv "$fixture/evil-data/gear/test/dent" "$fixture/evil-data/gear/test/$evil"
  mv "$fixture/evil-data/gear/ground_truth/dent" "$fixture/evil-data/gear/ground_truth/$evil"
  rm "$fixture/evil-data/gear/ground_truth/$evil"/*
  mv "$fixture/evil-data/gear" "$fixture/evil-data/${evil%.png}"
  "$program" data "$fixture/evil-data" > "$fixture/out" 2> "$fixture/err"
  is_printable
  "$program" train --data "$fixture/evil-data" --category "${evil%.png}" $small --epochs 1 --out "$fixture/evil-run" \
    > "$fixture/out" 2> "$fixture/err"
  is_printable
}

# safetensors NAME HEADER: a file of one number
safetensors() {
  length=$(printf '%s' "$2" | wc -c)
  printf "\\$(printf %03o $((length % 256)))\\$(printf %03o $((length / 256)))\0\0\0\0\0\0%s\0\0\0\0" "$2" > "$1"
}

texts_of_files_are_shown() {
  safetensors "$fixture/evil.safetensors" \
    '{"__metadata__":{"note":"a\u001b[2J\nforged: b\u009b\u202ec"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
  expect 0 "$program" info "$fixture/evil.safetensors"
  out_says 'a\x1b[2J\nforged: b\u009b\u202ec'
  is_printable
}

help_is_as_before() {
  expect 0 "$program" predict --help
  [ "$(grep -c . "$fixture/out")" -gt 10 ] || fail "lines are missing"
  ! grep -q '\\n' "$fixture/out" || fail "ends of lines are shown"
  expect 0 "$program" info --plan --backbone embedded
  ! grep -q '\\n' "$fixture/out" || fail "ends of lines are shown"
}

# ---- standard streams that are closed or full ----

# Every descriptor that is closed would be given to the next file that is opened.
closed_streams_stay_out_of_files() {
  expect verdict "$program" predict --model "$model" --out "$fixture/open" "$good"
  for closed in '>&-' '2>&-' '<&-' '<&- >&- 2>&-'; do
    sh -c "exec $closed; exec \"\$@\"" sh "$program" predict --model "$model" --out "$fixture/closed" "$good" \
      "$fixture/not-there.png" > "$fixture/out" 2> "$fixture/err"
    cmp "$fixture/open/scores.csv" "$fixture/closed/scores.csv" || fail "another table with $closed"
    rm -r "$fixture/closed"
  done
}

# refused COMMAND...: status 1, and the reason last on stderr
refused() {
  expect 1 sh -c "$1"
  tail -n 1 "$fixture/err" | grep -q "^simplenet: standard output cannot be written: $2\$" || fail "no reason: $1"
}

output_that_is_not_taken_is_an_error() {
  if [ -c /dev/full ]; then
    refused "\"$program\" info > /dev/full" 'No space left on device'
    refused "\"$program\" --help > /dev/full" 'No space left on device'
    refused "\"$program\" predict --model \"$model\" \"$good\" > /dev/full" 'No space left on device'
  fi
  # A reader that has gone: the work is done all the same.
  mkfifo "$fixture/pipe"
  sh -c 'exec < "$1"; echo open > "$2"' sh "$fixture/pipe" "$fixture/opened" &
  "$program" --help 2> "$fixture/err" > "$fixture/out" || fail "no help"
  expect 1 sh -c "exec > \"$fixture/pipe\"; while [ ! -e \"$fixture/opened\" ]; do sleep 0.01; done; sleep 0.05
    exec \"$program\" predict --model \"$model\" --out \"$fixture/unread\" \"$good\""
  err_says 'simplenet: standard output cannot be written: Broken pipe'
  cmp "$fixture/open/scores.csv" "$fixture/unread/scores.csv" || fail "the table is not whole"
}

# ---- runs that are interrupted, and no room to write ----

# stopped_when FILES FOLDER COMMAND...: SIGTERM as soon as the folder holds so many files; the status in $got
stopped_when() {
  many=$1 folder=$2
  shift 2
  "$@" > "$fixture/out" 2> "$fixture/err" < /dev/null &
  process=$!
  while kill -0 $process 2> /dev/null && [ "$(find "$folder" -type f 2> /dev/null | wc -l)" -lt "$many" ]; do
    sleep 0.01
  done
  kill -TERM $process 2> /dev/null
  wait $process
  got=$?
}

interrupted_predictions_keep_the_table() {
  mkdir "$fixture/many"
  for i in $(seq 100 199); do ln "$good/000.png" "$fixture/many/$i.png"; done
  out=$fixture/interrupted
  expect verdict "$program" predict --model "$model" --out "$out" "$good"
  cp "$out/scores.csv" "$fixture/before.csv"
  stopped_when 8 "$out" "$program" predict --model "$model" --out "$out" "$fixture/many"
  [ "$got" -eq 130 ] || fail "status $got"
  err_says "$out/scores.part.csv"
  cmp "$fixture/before.csv" "$out/scores.csv" || fail "the earlier table was replaced"
  [ "$(wc -l < "$out/scores.part.csv")" -gt 1 ] || fail "no scores in the part"
  expect verdict "$program" predict --model "$model" --out "$out" "$good"
  [ ! -e "$out/scores.part.csv" ] || fail "a whole run leaves the part of an earlier one"
  cmp "$fixture/before.csv" "$out/scores.csv" || fail "another table"
}

# The signal would end the program and leave a temporary file; the error's reason is the write's.
large_files_are_refused() {
  for command in predict train convert generate; do
    rm -rf "$fixture/limited"
    mkdir "$fixture/limited"
    case $command in
      predict) set -- predict --model "$model" --out "$fixture/limited" "$good" ;;
      train) set -- train --data "$fixture/data" --category gear $small --epochs 1 --out "$fixture/limited" ;;
      convert) set -- convert "$model" "$fixture/limited/a.safetensors" ;;
      generate) set -- generate "$fixture/limited" --size 64 --train 4 --test-good 2 --per-defect 1 ;;
    esac
    expect 1 sh -c 'ulimit -f 4; exec "$@"' sh "$program" "$@"
    err_says 'cannot be written: File too large'
    [ -z "$(find "$fixture/limited" -name '*.tmp')" ] || fail "left behind by $command: $(find "$fixture/limited" -name '*.tmp')"
  done
}

full_disks_are_named() {
  expect 1 "$program" convert "$model" "$fixture/disk/a.safetensors"
  err_says 'cannot be written: No space left on device'
  expect 1 "$program" generate "$fixture/disk/generated" --size 256 --train 4 --test-good 2 --per-defect 1
  err_says 'cannot be written: No space left on device'
  rm -r "$fixture/disk/generated"
  expect 1 "$program" predict --model "$model" --out "$fixture/disk/out" "$fixture/many"
  err_says 'cannot be written: No space left on device'
  [ -z "$(find "$fixture/disk" -name '*.tmp')" ] || fail "left behind: $(find "$fixture/disk" -name '*.tmp')"
}

# ---- runs that are killed ----

# The processes whose parent is $1.
children_of() {
  for folder in /proc/[0-9]*; do
    read -r line 2> /dev/null < "$folder/stat" || continue
    rest=${line##*) }
    parent=${rest#* }
    [ "${parent%% *}" != "$1" ] || echo "${folder#/proc/}"
  done
}

alive() {
  for process in "$@"; do
    state=$(sed 's/.*) //; s/ .*//' "/proc/$process/stat" 2> /dev/null)
    case $state in '' | Z) ;; *) return 0 ;; esac
  done
  return 1
}

killed_benchmarks_leave_nobody_at_work() {
  benchmark="benchmark --data $fixture/data $small --seeds 0 --epochs 100000 --categories gear --jobs 1 --threads 1
    --out $fixture/study"
  "$program" $benchmark > "$fixture/out" 2> "$fixture/err" < /dev/null &
  parent=$!
  workers=
  trap 'kill -KILL $parent $workers 2> /dev/null' EXIT
  while kill -0 $parent 2> /dev/null && [ -z "$workers" ]; do
    sleep 0.02
    workers=$(children_of $parent)
  done
  [ -n "$workers" ] || fail "no child"
  timeout -k 10 20 "$program" $benchmark > "$fixture/out" 2> "$fixture/err" < /dev/null
  [ $? -eq 1 ] || fail "a second run works in the same folder"
  err_says "$fixture/study: another run of simplenet is working in this folder"
  workers=$(children_of $parent)
  kill -KILL $parent
  for i in $(seq 100); do alive $workers || break; sleep 0.05; done
  ! alive $workers || fail "still at work: $workers"
}

for test in names_are_shown messages_are_shown data_sets_are_shown texts_of_files_are_shown help_is_as_before \
  closed_streams_stay_out_of_files output_that_is_not_taken_is_an_error interrupted_predictions_keep_the_table \
  large_files_are_refused killed_benchmarks_leave_nobody_at_work; do
  run_test $test
done
mkdir "$fixture/disk"
if mount -t tmpfs -o size=64k tmpfs "$fixture/disk" 2> /dev/null; then
  run_test full_disks_are_named
  umount "$fixture/disk"
else
  skip_test full_disks_are_named "no small file system can be mounted here"
fi
[ "$failures" -eq 0 ]
