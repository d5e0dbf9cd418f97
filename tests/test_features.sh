#!/bin/sh
# `simplenet features` from outside: what its file holds, the same numbers as the eager forward's, and what it refuses.
# SIMPLENET and BUILD come from the Makefile.
set -u
. tests/support/script.sh
"$SIMPLENET" generate "$fixture/data" --size 64 --train 2 --test-good 2 --per-defect 1 > /dev/null || exit 1
photographs=$fixture/data/gear/test/good
weights=$fixture/resnet18.safetensors
"$BUILD/tests/tools/random_weights" resnet18 3 "$weights" || exit 1
out=$fixture/features.safetensors

features() { "$SIMPLENET" features --backbone resnet18 --weights "$weights" --resize 64 --crop 48 "$@"; }

file_holds_levels_and_texts() {
  expect 0 features --levels layer1,3 --out "$out" "$photographs/000.png" "$photographs/001.png"
  out_matches '^layer1  *\[2, 64, 12, 12\]$'
  out_says "written: $out"
  expect 0 "$SIMPLENET" info "$out"
  out_matches '^image  *float32  *\[2, 3, 48, 48\]$'
  out_matches '^layer1  *float32  *\[2, 64, 12, 12\]$'
  out_matches '^layer3  *float32  *\[2, 256, 3, 3\]$'
  out_says '3 tensors'
  out_matches "^photograph 1  *$photographs/001.png$"
  out_matches "^backbone_sha256  *$(sha256sum < "$weights" | cut -d ' ' -f 1)$"
  out_matches '^backbone  *resnet18$'
  out_matches '^levels  *1,3$'
  out_matches '^resize  *64$'
  out_matches '^crop  *48$'
}

# Five photographs are a batch of four and one of one.
numbers_are_the_eager_forwards() {
  set -- "$fixture"/data/gear/test/*/000.png
  expect 0 features --levels 1,2,3 --out "$out" "$1" "$2" "$3" "$4" "$5"
  expect 0 "$BUILD/tests/tools/check_features" resnet18 1,2,3 "$weights" "$out"
  cp "$out" "$fixture/first"
  expect 0 features --threads 1 --levels 1,2,3 --out "$out" "$1" "$2" "$3" "$4" "$5"
  cmp "$out" "$fixture/first" || fail "other bytes on one thread"
}

usual_levels_without_levels() {
  expect 0 "$SIMPLENET" features --backbone embedded --crop 64 --out "$out" "$photographs/000.png"
  expect 0 "$SIMPLENET" info "$out"
  out_matches '^levels  *2,3$'
}

wrong_usage_is_explained() {
  expect 2 features --out "$out"
  err_says 'name photographs'
  expect 2 features "$photographs/000.png"
  err_says '--out'
  expect 2 features --levels 2,9 --out "$out" "$photographs/000.png"
  err_says 'expected levels'
  expect 2 features --sigma 1 --out "$out" "$photographs/000.png"
}

failures_leave_no_file() {
  rm -f "$out"
  expect 1 features --out "$out" "$photographs/000.png" "$fixture/nowhere.png"
  err_says nowhere.png
  expect 1 features --out "$out" "$photographs"
  err_says 'is a directory'
  expect 1 "$SIMPLENET" features --backbone resnet18 --out "$out" "$photographs/000.png"
  err_says 'needs a file of weights'
  head -c 1000 "$weights" > "$fixture/short.safetensors"
  expect 1 features --weights "$fixture/short.safetensors" --out "$out" "$photographs/000.png"
  [ ! -e "$out" ] || fail "there is a file"
}

inputs_are_not_replaced() {
  cp "$photographs/000.png" "$fixture/copy.png"
  expect 1 features --out "$photographs/000.png" "$photographs/000.png"
  err_says 'would be replaced'
  cmp "$photographs/000.png" "$fixture/copy.png" || fail "the photograph was replaced"
  expect 1 features --out "$weights" "$photographs/000.png"
  expect 1 features --out "$fixture/copy.png" "$photographs/000.png"
  expect 0 features --out "$out" "$photographs/000.png"
  expect 0 features --out "$out" "$photographs/000.png"
}

for test in file_holds_levels_and_texts numbers_are_the_eager_forwards usual_levels_without_levels \
  wrong_usage_is_explained failures_leave_no_file inputs_are_not_replaced; do
  run_test $test
done
[ "$failures" -eq 0 ]
