#!/bin/sh
# The programs of examples/framework: each runs, and learns what it says. SIMPLENET and BUILD come from the Makefile.
set -u
. tests/support/script.sh
examples=$BUILD/examples/framework

# number PATTERN: what \(...\) of it matches on the one line of stdout that fits
number() { sed -n "s/.*$1.*/\1/p" "$fixture/out" | tail -n 1; }
holds() { awk "BEGIN { exit !($1) }" || fail "not so: $1"; }

a_line_is_found() {
  expect 0 "$examples/line"
  slope=$(number 'step 200 .* y = \([0-9.]*\) x')
  best=$(number 'gives the slope \([0-9.]*\)')
  holds "$slope - $best < 0.001 && $best - $slope < 0.001 && $best > 1.9 && $best < 2.1"
}

# Enough noise, and too little of it.
the_arc_is_told_from_the_rest() {
  expect 0 "$examples/plane" "$fixture/plane.png"
  arc=$(number 'on the arc \([-0-9.]*\)')
  middle=$(number 'in its middle \([-0-9.]*\)')
  below=$(number 'below it \([-0-9.]*\)')
  holds "$arc < 0 && $middle > 1 && $below > 1"
  is_png "$fixture/plane.png"
  expect 0 "$examples/plane" "$fixture/small.png" 0.02
  holds "$(number 'step 600 .* loss \([0-9.]*\)') > 0.9"
  expect 2 "$examples/plane"
  expect 2 "$examples/plane" "$fixture/plane.png" -1
  expect 1 "$examples/plane" "$fixture/none/plane.png"
}

is_png() { [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] || fail "$1 is no PNG"; }

patterns_are_told_apart() {
  expect 0 "$examples/patterns"
  holds "$(number 'epoch 3 .* right \([0-9.]*\) %') > 95"
}

# The losses are those of PyTorch 2.15 from the same weights (tests/oracle/cifar10.py).
cifar10_learns_as_pytorch_does() {
  mkdir "$fixture/cifar" && python3 tests/oracle/cifar10.py --draw "$fixture/cifar" || fail "nothing was drawn"
  expect 0 "$examples/cifar10" "$fixture/cifar" 1 "$fixture/weights.safetensors"
  out_matches '^epoch 1  600 images .* of 200$'
  for line in "1 2.331119" "2 2.073283" "3 1.873243" "4 1.727866" "5 1.611844"; do
    loss=$(number "step ${line% *}  loss \([0-9.]*\)")
    holds "($loss - ${line#* }) ^ 2 < 1e-7"
  done
  [ -s "$fixture/weights.safetensors" ] || fail "no weights"
  expect 1 "$examples/cifar10" "$fixture"
  err_says data_batch_1.bin
  expect 2 "$examples/cifar10" "$fixture/cifar" 0
}

levels_are_described() {
  "$SIMPLENET" generate "$fixture/data" --size 96 --train 1 --test-good 1 --per-defect 1 > /dev/null || exit 1
  photograph=$fixture/data/gear/test/good/000.png
  expect 0 "$examples/features" "$photograph"
  out_matches 'layer1   *48 channels of 56 x 56 cells'
  out_matches 'layer3  *192 channels of 14 x 14 cells'
  expect 1 "$examples/features" "$fixture/none.png"
  err_says none.png
  expect 1 "$examples/features" "$photograph" resnet18 "$photograph"
  expect 2 "$examples/features"
}

the_documented_output_is_printed() {
  sed -n '/^    \$ build\/examples\/framework\/line$/,/^$/{ s/^    //; /^\$/d; /^$/d; p; }' docs/examples.md > "$fixture/expected"
  [ -s "$fixture/expected" ] || fail "docs/examples.md shows nothing"
  expect 0 "$examples/line"
  # processors differ in a last digit
  paste -d '\n' "$fixture/expected" "$fixture/out" | awk '
    function near(a, b) { return a == b || (a + 0 == a && b + 0 == b && (a - b) ^ 2 < 1e-6) }
    NR % 2 { n = split($0, shown); next }
    { if (split($0, found) != n) exit 1; for (i = 1; i <= n; i++) if (!near(shown[i], found[i])) exit 1 }' ||
    fail "docs/examples.md shows other numbers"
}

for test in a_line_is_found the_arc_is_told_from_the_rest patterns_are_told_apart cifar10_learns_as_pytorch_does levels_are_described \
  the_documented_output_is_printed; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
