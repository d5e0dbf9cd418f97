#!/bin/sh
# simplenet tune measures a detector's plan, and --tuned takes what it found.
set -u
. tests/support/script.sh
program=$SIMPLENET

make_model() {
  expect 0 "$program" generate --size 64 --train 4 --test-good 1 --per-defect 1 "$fixture/data"
  expect 0 "$program" train --data "$fixture/data" --category gear --backbone embedded --resize 64 --crop 64 --epochs 2 \
    --threads 1 --out "$fixture/run"
}

a_file_is_written_and_taken() {
  expect 0 "$program" tune --model "$model" --threads 1 --out "$fixture/tuned.json"
  out_says "written: $fixture/tuned.json"
  out_matches '^3x3, [0-9]* to [0-9]* channels at [0-9]* x [0-9]*  [a-z0-9_]* [0-9.]* ms'
  expect verdict "$program" predict --model "$model" --threads 1 --format json "$photograph"
  usual=$(sed -n 's/.*"score":\([-0-9.e]*\).*/\1/p' "$fixture/out")
  for _ in 1 2; do
    expect verdict "$program" predict --model "$model" --threads 1 --tuned "$fixture/tuned.json" --format json "$photograph"
    sed -n 's/.*"score":\([-0-9.e]*\).*/\1/p' "$fixture/out"
  done > "$fixture/scores"
  [ "$(sort -u "$fixture/scores" | wc -l)" -eq 1 ] || fail "two runs with one file give two scores"
  awk -v a="$usual" '{ d = $1 - a; if (d < 0) d = -d; s = a < 0 ? -a : a; exit !(NF == 1 && d <= 1e-4 * s + 1e-4) }' \
    "$fixture/scores" || fail "the score is $(head -n 1 "$fixture/scores"), and $usual without the file"
  expect 0 "$program" info --plan --backbone embedded
  out_matches 'algorithms  *by the built-in model'
  expect 0 "$program" info --plan --backbone embedded --threads 1 --tuned "$fixture/tuned.json"
  out_matches 'algorithms  *as measured'
}

what_does_not_fit_is_refused() {
  expect 1 "$program" predict --model "$model" --threads 2 --tuned "$fixture/tuned.json" "$photograph"
  err_says 'threads: was measured for 1, and here it is 2'
  expect 1 "$program" predict --model "$model" --tuned absent.json "$photograph"
  err_says absent.json
  cp "$model" "$fixture/before"
  expect 1 "$program" tune --model "$model" --threads 1 --out "$model"
  cmp -s "$model" "$fixture/before" || fail "the model was replaced"
  echo notes > "$fixture/notes.json"
  expect 1 "$program" tune --model "$model" --threads 1 --out "$fixture/notes.json"
  [ "$(cat "$fixture/notes.json")" = notes ] || fail "another file was replaced"
  expect 0 "$program" tune --model "$model" --threads 1 --out "$fixture/tuned.json"
  expect 2 "$program" tune --model "$model" --images 0 --out "$fixture/x.json"
  expect 2 "$program" tune --model "$model"
}

model=$fixture/run/gear/model.safetensors
photograph=$fixture/data/gear/test/good/000.png
for test in make_model a_file_is_written_and_taken what_does_not_fit_is_refused; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
