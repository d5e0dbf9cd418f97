#!/bin/sh
# simplenet generate and simplenet demo from outside: small ones end whole, can be run again and interrupted, and a
# detector trained on drawn images finds their defects. SIMPLENET comes from the Makefile.
set -u
. tests/support/script.sh
small="--train 6 --test-good 3 --per-defect 1"

nothing_half_written() {
  find "$1" -name '*.tmp*' | grep . && fail "half-written files"
  find "$1" -name '*.png' -size -60c | grep . && fail "pictures without contents"
  return 0
}

# larger A B: whether the number A is above B
larger() { awk "BEGIN { exit !($1 > $2) }"; }

# The end tag of every element stands where it should. What HTML calls void has none.
page_is_well_formed() {
  sed 's/<!DOCTYPE html>//; s/base64,[^"]*/base64,/g' "$1" | tr '\n' ' ' | sed 's/</\n</g' | awk '
    BEGIN { split("meta link img br hr", names, " "); for (i in names) void[names[i]] = 1 }
    /^<\// { name = $0; sub(/^<\//, "", name); sub(/[ >].*/, "", name)
             if (depth == 0 || open[depth] != name) { print "not open: " name; exit 1 } depth--; next }
    /^</   { name = $0; sub(/^</, "", name); sub(/[ \/>].*/, "", name)
             if ($0 !~ />/) { print "no end of <" name; exit 1 }
             if ($0 !~ /\/>/ && !(name in void)) open[++depth] = name }
    END { if (depth != 0) { print "left open: " open[depth]; exit 1 } }' || fail "$1: not well-formed"
  grep -q '<script' "$1" && fail "$1: holds a script"
  grep -Eq '(src|href)="(https?:)?//' "$1" && fail "$1: loads from elsewhere"
  grep -q '</html>' "$1" || fail "$1: has no end"
}

generate_draws_and_completes() {
  expect 0 "$SIMPLENET" generate "$fixture/data" --size 96 $small
  tail -n 1 "$fixture/out" | grep -q "^written: $fixture/data$" || fail "the last line does not say where"
  [ "$(find "$fixture/data" -path '*/train/good/*.png' | wc -l)" -eq 30 ] || fail "not 30 training images"
  nothing_half_written "$fixture/data"
  before=$(find "$fixture/data" -type f | sort | xargs cat | cksum)
  rm "$fixture/data/fabric/train/good/003.png"
  expect 0 "$SIMPLENET" generate "$fixture/data" --size 96 $small
  [ "$before" = "$(find "$fixture/data" -type f | sort | xargs cat | cksum)" ] || fail "drawn differently"
  expect 1 "$SIMPLENET" generate "$fixture/data" --size 96 $small --seed 1
  grep -q "other options" "$fixture/err" || fail "no sentence about the other options"
  expect 2 "$SIMPLENET" generate
  expect 2 "$SIMPLENET" generate "$fixture/other" --size 20
}

# What is drawn of a category does not depend on the others, and an interrupted drawing goes on with the same ones.
generate_draws_the_categories_named() {
  expect 0 "$SIMPLENET" generate "$fixture/held" --size 96 $small --categories tablet,label,fabric
  [ "$(cut -d ' ' -f 1 "$fixture/out" | tr '\n' ' ')" = "fabric label tablet written: " ] || fail "other categories"
  [ "$(ls "$fixture/held" | tr '\n' ' ')" = "fabric generated.txt label tablet " ] || fail "other folders"
  [ "$(find "$fixture/held" -path '*/train/good/*.png' | wc -l)" -eq 18 ] || fail "not 18 training images"
  diff -r "$fixture/held/fabric" "$fixture/data/fabric" || fail "fabric is drawn differently"
  before=$(find "$fixture/held" -type f | sort | xargs cat | cksum)
  rm "$fixture/held/tablet/test/chip/000.png" "$fixture/held/label/train/good/004.png"
  expect 1 "$SIMPLENET" generate "$fixture/held" --size 96 $small
  grep -q "other options" "$fixture/err" || fail "no sentence about the other options"
  expect 0 "$SIMPLENET" generate "$fixture/held" --size 96 $small --categories label,fabric,tablet
  [ "$before" = "$(find "$fixture/held" -type f | sort | xargs cat | cksum)" ] || fail "drawn differently"
  nothing_half_written "$fixture/held"
  before=$(find "$fixture/data" -type f | sort | xargs cat | cksum)
  expect 0 "$SIMPLENET" generate "$fixture/data" --size 96 $small --categories wood,tiles,gear,fabric,circuit
  [ "$before" = "$(find "$fixture/data" -type f | sort | xargs cat | cksum)" ] || fail "the usual five differ when named"
  expect 2 "$SIMPLENET" generate "$fixture/none" --categories gear,cheese
  grep -q '"cheese": expected one of circuit, fabric, gear, tiles, wood, label, tablet' "$fixture/err" ||
    fail "the categories are not listed"
  expect 2 "$SIMPLENET" generate "$fixture/none" --categories ""
  [ ! -e "$fixture/none" ] || fail "a folder was made"
}

detector_finds_drawn_defects() {
  expect 0 "$SIMPLENET" generate "$fixture/learn" --train 12 --test-good 6 --per-defect 3
  expect 0 "$SIMPLENET" train --data "$fixture/learn" --category fabric --backbone embedded --sigma 0.05 --hidden 256 \
    --epochs 40 --out "$fixture/results"
  scores=$(awk '$1 == "AUROC" { print $2, $3 }' "$fixture/out")
  larger "${scores% *}" 0.6 && larger "${scores#* }" 0.8 || fail "image and pixel AUROC: $scores"
}

demo_leaves_everything() {
  expect 0 "$SIMPLENET" demo --out "$fixture/demo" $small --epochs 1
  cp "$fixture/out" "$fixture/first"
  for category in circuit fabric gear tiles wood; do
    grep -q "^$category  *[01]\.[0-9]\{4\}  *[01]\.[0-9]\{4\}  *[01]\.[0-9]\{4\}  *[01]\.[0-9]\{4\}  *[0-9.]*$" \
      "$fixture/out" || fail "no line for $category in the table"
    for file in model.safetensors metrics.json training.csv scores.csv contact_sheet.png; do
      [ -s "$fixture/demo/$category/$file" ] || fail "no $category/$file"
    done
    tests=$(find "$fixture/demo/data/$category/test" -name '*.png' | wc -l)
    [ "$(find "$fixture/demo/$category/pictures" -name '*.png' | wc -l)" -eq "$tests" ] || fail "pictures are missing"
  done
  larger 0.9 "$(awk '$1 == "mean" && $2 ~ /^[01]/ { print $2 }' "$fixture/out")" || fail "the baseline finds too much"
  tail -n 1 "$fixture/out" | grep -q "^look at: $fixture/demo/index.html$" || fail "the last line does not say where"
  [ -s "$fixture/demo/overview.png" ] || fail "no overview.png"
  page_is_well_formed "$fixture/demo/index.html"
  for link in $(grep -o 'href="\./[^"]*"' "$fixture/demo/index.html" | cut -d '"' -f 2); do
    [ -s "$fixture/demo/$link" ] || fail "the page links to $link, which is not there"
  done
  nothing_half_written "$fixture/demo"
}

demo_runs_again_alike() {
  expect 0 "$SIMPLENET" demo --out "$fixture/demo" $small --epochs 1
  # All columns but the seconds, whose width changes with their number.
  for log in first out; do awk '$NF ~ /^[0-9.]+$/ { print $1, $2, $3, $4, $5 }' "$fixture/$log" > "$fixture/$log.table"; done
  [ "$(wc -l < "$fixture/first.table")" -eq 6 ] || fail "not six lines of numbers the first time"
  cmp -s "$fixture/first.table" "$fixture/out.table" || fail "other numbers than the first time"
}

demo_is_interrupted_cleanly() {
  page=$(cksum < "$fixture/demo/index.html")
  for seconds in 0.3 1 2.5; do
    timeout -s INT $seconds "$SIMPLENET" demo --out "$fixture/demo" $small --epochs 1000 > "$fixture/out" 2> "$fixture/err"
    status=$?
    [ "$status" -eq 124 ] || fail "status $status of timeout"
    grep -q "^simplenet: interrupted" "$fixture/err" || fail "it does not say that it was interrupted"
    nothing_half_written "$fixture/demo"
  done
  [ "$page" = "$(cksum < "$fixture/demo/index.html")" ] || fail "the page was touched"
  "$SIMPLENET" demo --out "$fixture/new" > "$fixture/out" 2> "$fixture/err" &
  sleep 0.5
  kill -INT $! 2> "$fixture/err2"
  wait $!
  status=$?
  [ "$status" -eq 130 ] || fail "status $status, expected 130"
  nothing_half_written "$fixture/new"
}

demo_leaves_other_folders_alone() {
  mkdir "$fixture/mine" && echo precious > "$fixture/mine/index.html"
  expect 1 "$SIMPLENET" demo --out "$fixture/mine"
  grep -q "holds other files" "$fixture/err" || fail "no sentence about the other files"
  [ "$(cat "$fixture/mine/index.html")" = precious ] && [ "$(ls "$fixture/mine")" = index.html ] || fail "touched"
  expect 2 "$SIMPLENET" demo --epochs none
}

run_test generate_draws_and_completes
run_test generate_draws_the_categories_named
if is_sanitized; then
  skip_test detector_finds_drawn_defects "takes minutes under a sanitizer"
else
  run_test detector_finds_drawn_defects
fi
run_test demo_leaves_everything
if is_sanitized; then
  skip_test demo_runs_again_alike "takes a minute under a sanitizer, which sees the same once more"
else
  run_test demo_runs_again_alike
fi
run_test demo_is_interrupted_cleanly
run_test demo_leaves_other_folders_alone
[ "$failures" -eq 0 ]
