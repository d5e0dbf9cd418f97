#!/bin/sh
# predict from outside: which photographs are named, and what is written of each. SIMPLENET and BUILD come from the
# Makefile.
set -u
. tests/support/script.sh
program=$(realpath "$SIMPLENET") tools=$(realpath "$BUILD/tests/tools")

"$program" generate "$fixture/data" --size 64 --train 8 --test-good 3 --per-defect 1 > /dev/null || exit 1
"$program" train --data "$fixture/data" --category gear --backbone embedded --resize 48 --crop 48 --hidden 16 --batch 4 \
  --epochs 2 --out "$fixture/run" > /dev/null || exit 1
expect 0 "$program" calibrate --model "$fixture/run/gear/model.safetensors" --out "$fixture/calibrated.safetensors" \
  "$fixture/data/gear/train/good"
expect 0 "$program" export --model "$fixture/calibrated.safetensors" "$fixture/detector.safetensors"
good=$fixture/data/gear/test/good

predict() { "$program" predict --model "$fixture/detector.safetensors" "$@"; }
files() { (cd "$1" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'); }
has() { [ "$(files "$1")" = "$2" ] || fail "$1 holds: $(files "$1"); expected: $2"; }

# ---- names ----

patterns_are_expanded() {
  mkdir -p "$fixture/names/sub" && cd "$fixture/names" || fail "no folder"
  cp "$good/000.png" a1.png && cp "$good/001.png" a2.png && cp "$good/002.png" b1.png && cp "$good/000.png" sub/a3.png
  cp "$good/001.png" .a0.png && cp "$good/002.png" '[x].png' && echo > a.txt
  expect verdict predict a1.png a2.png
  cp "$fixture/out" "$fixture/named"
  for pattern in 'a*.png' 'a?.png' 'a[0-9].png' './../names/a[12].png'; do
    expect verdict predict "$pattern"
    sed 's|\./\.\./names/||' "$fixture/out" | cmp -s - "$fixture/named" || fail "$pattern gives something else"
  done
  expect verdict predict --format csv '*/*.png' 'b*.png'
  [ "$(tail -n +2 "$fixture/out" | cut -d, -f1 | tr '\n' ' ')" = "sub/a3.png b1.png " ] || fail "not those two"
  expect verdict predict --format csv 'su?' # a folder
  out_matches '^sub/a3.png,'
  expect verdict predict --format csv '[x].png' # a file of that very name
  out_matches '^\[x\].png,'
  expect 1 predict 'c*.png'
  err_says 'c*.png: there is no file of that name, and none that fits it as a pattern'
  expect 1 predict a1.png 'none/*'
  [ ! -s "$fixture/out" ] || fail "scored before all names were known"
  echo 'a*.png' | predict - > "$fixture/out" 2> "$fixture/err" # a list is of names, not of patterns
  [ $? -eq 1 ] || fail "a pattern in a list"
  err_says 'a*.png'
}

# ---- what is written ----

every_kind_has_its_file() {
  mkdir -p "$fixture/kinds/sub"
  cp "$good/000.png" "$fixture/kinds/a.png"
  cp "$good/001.png" "$fixture/kinds/sub/b.png"
  expect verdict predict --out "$fixture/default" "$fixture/kinds"
  has "$fixture/default" "a_heatmap.png scores.csv sub/b_heatmap.png"
  expect verdict predict --out "$fixture/all" --save map,panel,mask,overlay "$fixture/kinds"
  has "$fixture/all" "a_anomaly_map.tiff a_heatmap.png a_overlay.png a_pred_mask.png scores.csv sub/b_anomaly_map.tiff sub/b_heatmap.png sub/b_overlay.png sub/b_pred_mask.png"
  cmp -s "$fixture/all/a_heatmap.png" "$fixture/default/a_heatmap.png" || fail "another panel beside other kinds"
  cmp -s "$fixture/all/scores.csv" "$fixture/default/scores.csv" || fail "another table"
  for kind in panel overlay mask map; do
    expect verdict predict --out "$fixture/only-$kind" --save $kind "$fixture/kinds/a.png"
    [ "$(files "$fixture/only-$kind" | wc -w)" -eq 2 ] || fail "--save $kind writes more than that and the table"
  done
  # a second time: they are its own
  expect verdict predict --out "$fixture/all" --save map,panel,mask,overlay "$fixture/kinds"
}

values() { od -An -v -f -w4 -j 178 "$1"; } # of a TIFF, one a line

# The photographs are 128 x 64, of which the model sees the 64 x 64 in the middle.
they_have_the_photographs_size() {
  mkdir -p "$fixture/wide/gear/train/good" "$fixture/wide/gear/test/good" "$fixture/wide/gear/test/dent"
  for file in train/good/000.png test/good/000.png test/good/001.png test/dent/000.png; do
    "$tools/alter_png" wide 2 "$fixture/data/gear/$file" "$fixture/wide/gear/$file" || fail "alter_png"
  done
  photograph=$fixture/wide/gear/test/good/001.png
  expect verdict predict --format csv "$photograph"
  score=$(tail -n 1 "$fixture/out" | cut -d, -f2)
  for threshold in -1e9 0.3 "$score" 1e10; do
    expect verdict predict --threshold "$threshold" --out "$fixture/wide-out" --save overlay,mask,map "$photograph"
    expect 0 "$tools/check_saved" "$photograph" "$fixture/wide-out/001_anomaly_map.tiff" \
      "$fixture/wide-out/001_pred_mask.png" "$fixture/wide-out/001_overlay.png" "$threshold" 32 0 64 64
    out_matches '^4096 pixels not looked at'
  done
  # the map is that of export-maps, but for the last bits, which the size of a batch moves
  expect 0 "$program" export-maps --model "$fixture/detector.safetensors" --data "$fixture/wide" --category gear \
    --out "$fixture/maps"
  values "$fixture/wide-out/001_anomaly_map.tiff" > "$fixture/a"
  values "$fixture/maps/gear/test/good/001.tiff" > "$fixture/b"
  [ "$(wc -l < "$fixture/a")" -eq 8192 ] || fail "not 128 x 64 values"
  paste "$fixture/a" "$fixture/b" | awk '{ d = $1 - $2; if (d * d > 1e-10) exit 1 }' || fail "another map than export-maps'"
}

a_mask_needs_a_threshold() {
  expect 0 "$program" train --train "$fixture/data/gear/train" --backbone embedded --resize 48 --crop 48 --hidden 16 \
    --epochs 1 --out "$fixture/bare"
  set -- "$program" predict --model "$fixture/bare/folder/model.safetensors" --out "$fixture/bare-out" --save mask
  expect 1 "$@" "$good/000.png"
  err_says '--save mask: there is no threshold'
  err_says 'simplenet calibrate'
  [ ! -e "$fixture/bare-out" ] || fail "something was written"
  expect verdict "$@" --threshold 0.5 "$good/000.png"
  has "$fixture/bare-out" "000_pred_mask.png scores.csv"
}

words_that_make_no_sense() {
  for kinds in '' all mask,, ,mask masks mask,panels 'mask, map'; do
    expect 2 predict --out "$fixture/no" --save "$kinds" "$good/000.png"
    err_says "--save: expected panel, overlay, mask, map"
  done
  expect 2 predict --save mask "$good/000.png"
  err_says '--save needs --out'
  expect 2 predict --watch "$fixture/data" "$good/000.png"
  err_says 'either --watch FOLDER or names'
  expect 2 predict --only-new "$good/000.png"
  err_says '--only-new needs --watch'
  [ ! -e "$fixture/no" ] || fail "something was written"
}

# Into the photographs' own folder: what is written is never scored, and no photograph is replaced.
outputs_are_no_photographs() {
  mkdir "$fixture/same" && cp "$good/000.png" "$fixture/same/a.png" && cp "$good/001.png" "$fixture/same/a.bmp"
  cd "$fixture/same" || fail "no folder"
  sha256sum a.png a.bmp > "$fixture/sums"
  for time in first second; do
    expect verdict predict --out . --save panel,overlay,mask,map .
    [ "$(wc -l < scores.csv)" -eq 3 ] || fail "the $time table has not two rows"
    [ "$(files . | wc -w)" -eq 11 ] || fail "$time: $(files .)"
  done
  err_says '8 pictures'
  sha256sum -c --quiet "$fixture/sums" || fail "a photograph has changed"
  expect 1 predict a.png_overlay.png a.png_pred_mask.png a.png_anomaly_map.tiff
  [ "$(grep -c '^left out: ' "$fixture/err")" -eq 3 ] || fail "not three are left out"
}

files_of_others_stay() {
  for name in a_overlay.png a_pred_mask.png a_anomaly_map.tiff; do
    rm -rf "$fixture/others"
    mkdir "$fixture/others" && cp "$good/000.png" "$fixture/others/$name"
    expect 1 predict --out "$fixture/others" --save panel,overlay,mask,map "$fixture/kinds/a.png"
    err_says "$name: is there already, and is not"
    has "$fixture/others" "$name"
    cmp "$good/000.png" "$fixture/others/$name" || fail "$name was replaced"
  done
}

one_that_cannot_be_written_ends_nothing() {
  mkdir -p "$fixture/blocked/a_pred_mask.png.simplenet.tmp"
  expect 1 predict --out "$fixture/blocked" --save mask,overlay "$fixture/kinds"
  err_says a_pred_mask.png
  [ -s "$fixture/blocked/a_overlay.png" ] && [ -s "$fixture/blocked/sub/b_pred_mask.png" ] || fail "$(files "$fixture/blocked")"
  [ "$(wc -l < "$fixture/blocked/scores.csv")" -eq 3 ] || fail "the table has not two rows"
}

for test in patterns_are_expanded every_kind_has_its_file they_have_the_photographs_size a_mask_needs_a_threshold \
  words_that_make_no_sense outputs_are_no_photographs files_of_others_stay one_that_cannot_be_written_ends_nothing; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
