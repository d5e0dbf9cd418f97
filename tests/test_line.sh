#!/bin/sh
# docs/line.md: its commands, as they stand there, in order, on small photographs. The names of folders and files are the
# page's own; a test of its size adds options to `train` only.
set -u
. tests/support/script.sh
page=$(pwd)/docs/line.md
mkdir "$fixture/bin"
printf '#!/bin/sh\ncommand=$1\nshift\ncase $command in train) set -- --resize 32 --crop 32 --hidden 16 --epochs 1 "$@" ;; esac\nexec "%s" "$command" "$@"\n' \
  "$(realpath "$SIMPLENET")" > "$fixture/bin/simplenet"
chmod +x "$fixture/bin/simplenet"
PATH=$fixture/bin:$PATH
export PATH

# The n-th command of the page: of its lines that begin with four spaces.
command_of() { sed -n 's/^    //p' "$page" | sed -n "$1p"; }
run() { expect "$1" sh -c "$(command_of "$2")"; }

from_photographs_to_a_detector() {
  cd "$fixture" || fail "no folder"
  expect 0 simplenet generate --size 64 --train 30 --test-good 12 --per-defect 2 drawn
  mkdir -p photos inbox && cp -r drawn/gear/train/good photos/good
  cp -r drawn/gear/test/good photos/held-out
  mkdir photos/defective photos/good-today && cp drawn/gear/test/dent/*.png photos/defective
  cp drawn/gear/test/good/00[0-5].png photos/good-today
  [ "$(sed -n 's/^    //p' "$page" | wc -l)" -eq 6 ] || fail "the page has other commands than this test"
  run 0 1
  out_says "of 12 good photographs that training never saw; a rate of 1 % takes at least 99 photographs"
  run 0 2
  run verdict 3
  [ -s looked-at/000_heatmap.png ] && [ -s looked-at/001_pred_mask.png ] || fail "no pictures"
}

the_line() {
  cd "$fixture" || fail "no folder"
  sh -c "exec $(command_of 4)" 2> err < /dev/null &
  watcher=$!
  for i in $(seq 300); do grep -s -q '^watching inbox' err && break; sleep 0.05; done
  cp photos/held-out/*.png inbox
  for i in $(seq 300); do [ "$(wc -l < scores.csv)" -ge 13 ] && break; sleep 0.05; done
  kill "$watcher"
  wait "$watcher"
  case $? in 0 | 3) ;; *) cat err && fail "the watch failed" ;; esac
  [ -s pictures/000.png_overlay.png ] || fail "no overlay"
}

# The 12 scores are those that calibration saw, so that their median is 0.25: of an even number the lower of the two.
drift_is_seen() {
  cd "$fixture" || fail "no folder"
  run 0 5
  awk '{ exit !($1 > 0.2 && $1 <= 0.25) }' out || fail "the median of good photographs is not 0.25"
  run 0 6
  [ -s new.safetensors ] || fail "no new detector"
}

for test in from_photographs_to_a_detector the_line drift_is_seen; do run_test "$test"; done
[ "$failures" -eq 0 ]
