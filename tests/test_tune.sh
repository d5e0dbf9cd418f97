#!/bin/sh
# train --tune from outside: what it says and leaves behind, with and without test photographs, ended and gone on with.
set -u
. tests/support/script.sh

"$SIMPLENET" generate "$fixture/data" --size 64 --train 8 --test-good 2 --per-defect 1 > /dev/null || exit 1
tiny="--backbone embedded --resize 64 --crop 64 --levels 2,3 --hidden 16 --batch 4 --discriminator-rate 0.01"

# train OUT OPTIONS...: only the noise is left to be chosen
train() {
  out=$1
  shift
  # shellcheck disable=SC2086
  "$SIMPLENET" train --data "$fixture/data" --category gear $tiny --epochs 3 --out "$fixture/$out" "$@"
}

# The options of the row of tune.csv that was chosen; none for the settings as given.
chosen_options() {
  awk -F, '$11 == "yes" && $1 != "as given" { split($1, change, "="); print "--" change[1], change[2] }' "$1"
}

# The final model is that of a training with the chosen settings, on all photographs.
tunes_and_trains() {
  expect 0 train tuned --tune 60
  out_says 'tuning on 2 of 8 training images that are held out and 24 copies with drawn defects, 3 times'
  out_matches '^  as given  *0\.[0-9]* '
  out_matches '^  sigma=0\.06  *0\.[0-9]* '
  out_matches '^chosen: '
  metrics=$fixture/tuned/gear/metrics.json
  grep -q '"test_images":.*"not looked at"' "$metrics" || fail 'metrics.json does not say how settings were chosen'
  grep -q '"tried":.*4' "$metrics" || fail 'metrics.json does not say how many were tried'
  [ "$(wc -l < "$fixture/tuned/gear/tune.csv")" -eq 5 ] || fail 'tune.csv is not a header and four rows'
  # shellcheck disable=SC2046
  expect 0 train plain $(chosen_options "$fixture/tuned/gear/tune.csv")
  cmp "$fixture/tuned/gear/model.safetensors" "$fixture/plain/gear/model.safetensors" || fail 'the models differ'
  ! grep -q '"tune"' "$fixture/plain/gear/metrics.json" || fail 'nothing was tuned, and metrics.json says so'
}

works_without_test_photographs() {
  # shellcheck disable=SC2086
  expect 0 "$SIMPLENET" train --train "$fixture/data/gear/train/good" $tiny --epochs 2 --tune 60 --out "$fixture/alone"
  out_matches '^chosen: '
  [ -s "$fixture/alone/folder/model.safetensors" ] || fail 'there is no model'
}

too_little_time_changes_nothing() {
  expect 0 train hurried --tune 0.00001
  out_says 'the time did not suffice'
  expect 0 train unhurried
  cmp "$fixture/hurried/gear/model.safetensors" "$fixture/unhurried/gear/model.safetensors" || fail 'the models differ'
}

earlier_models_are_kept() {
  expect 0 train kept
  expect 1 train kept --tune 60
  err_says 'name another folder with --out, or replace it with --force'
  expect 0 train kept --tune 60 --force
}

# interrupts OUT LINE OPTIONS...: ends a training after it has written a line that begins with LINE
interrupts() {
  out=$1 line=$2
  shift 2
  # shellcheck disable=SC2086
  "$SIMPLENET" train --data "$fixture/data" --category gear $tiny --sigma 0.02 --epochs 4000 --checkpoint-every 0 \
    --out "$fixture/$out" "$@" > "$fixture/out" 2> "$fixture/err" &
  running=$!
  tries=0
  until grep -q "^$line" "$fixture/out"; do
    kill -0 "$running" 2> /dev/null && [ "$tries" -lt 600 ] || fail "no line begins with $line"
    tries=$((tries + 1))
    sleep 0.1
  done
  kill -INT "$running"
  wait "$running"
  got=$?
  [ "$got" -eq 130 ] || fail "status $got after an interrupt"
}

ends_while_tuning() {
  interrupts ended gear --tune 60
  err_says 'interrupted while tuning; the same command begins anew'
  [ ! -e "$fixture/ended/gear/tune.csv" ] || fail 'there is a tune.csv'
}

# After the choice it is read back: nothing is tried again. The second interrupt shows that it went on.
goes_on_after_the_choice() {
  interrupts on 'epoch' --tune 0.01
  cp "$fixture/on/gear/tune.csv" "$fixture/before.csv"
  interrupts on 'resumed after epoch' --tune 0.01 --resume
  cmp "$fixture/before.csv" "$fixture/on/gear/tune.csv" || fail 'tune.csv changed'
  ! grep -q '^tuning' "$fixture/out" || fail 'it was tuned again'
}

says_what_is_wrong() {
  for minutes in 0 -1 soon; do
    expect 2 train wrong --tune $minutes
    err_says '--tune'
  done
  expect 2 "$SIMPLENET" train --data "$fixture/data" --category gear --method mean_image --tune 1 --out "$fixture/wrong"
  err_says 'no settings that are chosen without labels'
  expect 2 train wrong --tune 1 --seeds 2
  err_says '--tune and --seeds'
}

run_test tunes_and_trains
run_test works_without_test_photographs
run_test too_little_time_changes_nothing
run_test earlier_models_are_kept
run_test ends_while_tuning
run_test goes_on_after_the_choice
run_test says_what_is_wrong
[ "$failures" -eq 0 ]
