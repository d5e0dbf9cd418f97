#!/bin/sh
# What is said of the data: files that are left out and why, masks without a defect, photographs that are turned or that
# use a part of their bits only. SIMPLENET and BUILD come from the Makefile.
set -u
fixture=$(mktemp -d)
trap 'rm -rf "$fixture"' EXIT
program=$SIMPLENET
failures=0

fail() {
  echo "$*"
  echo "stdout:" && head -c 2000 "$fixture/out"
  echo "stderr:" && head -c 2000 "$fixture/err"
  exit 1
}

# expect STATUS COMMAND...
expect() {
  wanted=$1
  shift
  "$@" > "$fixture/out" 2> "$fixture/err" < /dev/null
  got=$?
  [ "$got" -eq "$wanted" ] || fail "status $got, expected $wanted: $*"
}

out_says() { grep -q -F -e "$1" "$fixture/out" || fail "stdout does not say: $1"; }
err_says() { grep -q -F -e "$1" "$fixture/err" || fail "stderr does not say: $1"; }
err_is_empty() { [ ! -s "$fixture/err" ] || fail "stderr is not empty"; }
rows() { grep -c -F -e "$1" "$fixture/out"; }

run_test() {
  if (: > "$fixture/out"; : > "$fixture/err"; "$1") > "$fixture/log" 2>&1; then
    echo "[       OK ] $1"
  else
    cat "$fixture/log"
    echo "[  FAILED  ] $1"
    failures=$((failures + 1))
  fi
}

# ---- data: a small model and its photographs ----

"$program" generate "$fixture/data" --size 64 --train 4 --test-good 2 --per-defect 1 > /dev/null || exit 1
small="--backbone embedded --resize 64 --crop 64 --hidden 32 --batch 4 --epochs 1"
gear=$fixture/data/gear
"$program" train --data "$fixture/data" --category gear $small --out "$fixture/run" > /dev/null || exit 1
model=$fixture/run/gear/model.safetensors
predict() { "$program" predict --model "$model" "$@"; }

# A folder with photographs in it and below it, and everything else that a folder may hold.
make_mixed() {
  mixed=$fixture/mixed
  rm -rf "$mixed"
  mkdir -p "$mixed/sub/deeper" "$mixed/results" "$mixed/.hidden"
  cp "$gear/test/good/000.png" "$mixed/one.png"
  cp "$gear/test/good/001.png" "$mixed/sub/one.png"
  cp "$gear/test/good/001.png" "$mixed/sub/deeper/two.PNG"
  cp "$gear/test/good/001.png" "$mixed/results/old.png"
  cp "$gear/test/good/001.png" "$mixed/.hidden/three.png"
  for name in a.heic b.HEIC c.gif sub/d.raw notes; do echo x > "$mixed/$name"; done
  ln -s .. "$mixed/sub/loop"
  ln -s absent "$mixed/nowhere.png"
  ln -s round.png "$mixed/round.png"
  mkfifo "$mixed/pipe.png"
}

says_what_is_left_out() {
  "$1" "left out: 5 files that are no images this program reads (2 heic, 1 gif, 1 without an ending, 1 raw), such as "
  "$1" "left out: 1 link to a folder that is looked into already, such as "
}

predict_looks_into_sub_folders() {
  make_mixed
  expect 0 predict "$mixed"
  says_what_is_left_out err_says
  err_says "left out: 2 links that lead nowhere, such as $mixed/nowhere.png"
  err_says "left out: 1 fifo, socket or device, such as $mixed/pipe.png"
  [ "$(rows "$mixed")" -eq 4 ] || fail "not 4 photographs"
  out_says "$mixed/sub/deeper/two.PNG"
}

predict_does_not_score_its_results() {
  make_mixed
  expect 0 predict --out "$mixed/results" "$mixed"
  [ "$(rows "$mixed")" -eq 3 ] || fail "not 3 photographs"
  err_says "left out: 1 folder that is named for something else, such as $mixed/results"
  cp "$mixed/results/scores.csv" "$fixture/first.csv"
  expect 0 predict --out "$mixed/results" "$mixed"
  cmp "$fixture/first.csv" "$mixed/results/scores.csv" || fail "another table"
}

predict_names_what_a_folder_without_photographs_holds() {
  mkdir "$fixture/foreign"
  for name in a.heic b.heic; do echo x > "$fixture/foreign/$name"; done
  expect 1 predict "$fixture/foreign"
  err_says "left out: 2 files that are no images this program reads (2 heic), such as $fixture/foreign/a.heic"
  err_says "foreign: holds no "
}

# Plain folders as predict, but for what has a photograph's name and is none: that is a problem with a name.
plain_folders_look_into_sub_folders() {
  make_mixed
  expect 1 "$program" train --train "$mixed" $small --out "$mixed/results"
  says_what_is_left_out err_says
  err_says "nowhere.png: cannot be read: No such file"
  rm "$mixed/nowhere.png" "$mixed/round.png" "$mixed/pipe.png"
  expect 0 "$program" train --train "$mixed" $small --out "$mixed/results"
  says_what_is_left_out err_says
  out_says "3 training images"
  for command in eval export-maps; do
    expect 0 "$program" $command --model "$model" --test-good "$mixed" --out "$mixed/results"
    says_what_is_left_out err_says
    ! grep -q "no good images" "$fixture/err" || fail "$command warns of missing training images"
  done
  mkdir "$fixture/photos"
  rm -r "$mixed/results"
  mv "$mixed" "$fixture/photos/train"
  expect 0 "$program" data "$fixture/photos"
  says_what_is_left_out out_says
}

benchmark_says_what_is_left_out() {
  cp -r "$gear" "$fixture/tree" && mkdir "$fixture/set" && mv "$fixture/tree" "$fixture/set/gear"
  echo x > "$fixture/set/gear/train/good/9.heic"
  expect 0 "$program" benchmark --data "$fixture/set" $small --out "$fixture/benchmark" --jobs 1
  err_says "left out: 1 file that is no image this program reads (1 heic), such as $fixture/set/gear/train/good/9.heic"
}

for test in predict_looks_into_sub_folders predict_does_not_score_its_results \
  predict_names_what_a_folder_without_photographs_holds plain_folders_look_into_sub_folders \
  benchmark_says_what_is_left_out; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
