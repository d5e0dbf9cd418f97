#!/bin/sh
# What is written never replaces what is read, nor what others wrote, and no output another: every command that writes,
# from outside. SIMPLENET comes from the Makefile.
set -u
. tests/support/script.sh

# refuses A B COMMAND...: status 1, and one sentence that names both
refuses() {
  first=$1 second=$2
  shift 2
  expect 1 "$@"
  grep '^simplenet: ' "$fixture/err" | grep -F -e "$first" | grep -q -F -e "$second" ||
    fail "no sentence names '$first' and '$second': $*"
}

# Every file below a folder with its contents, and every folder.
state_of() { (cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2 && find . ! -type f | sort); }

# keeps FOLDER COMMAND...: the folder is afterwards what it was before
keeps() {
  kept=$1
  shift
  state_of "$kept" > "$fixture/before"
  "$@"
  state_of "$kept" > "$fixture/after"
  cmp -s "$fixture/before" "$fixture/after" || fail "changed: $(diff "$fixture/before" "$fixture/after"): $*"
}

# files FOLDER: the names below it, sorted, in one line
files() { (cd "$1" && find . -type f | sort | sed 's|^\./||' | tr '\n' ' '); }

# has FOLDER NAMES: exactly these files
has() {
  [ "$(files "$1")" = "$2${2:+ }" ] || fail "$1 holds $(files "$1"), expected $2"
}

# guards FOLDER COMMAND...: each file that the command has left in the folder, and those that it leaves there only when it
# is interrupted, put in place by somebody else, is an error that names it, and nothing changes
guards() {
  guarded=$1
  shift
  expect verdict "$@"
  expect verdict "$@" # over its own
  find "$guarded" -type f > "$fixture/list"
  [ -z "$interrupted" ] || echo "$guarded/$interrupted" >> "$fixture/list"
  while read -r file; do
    rm -f "$fixture/moved"
    [ ! -e "$file" ] || mv "$file" "$fixture/moved"
    cp "$good/000.png" "$file"
    state_of "$guarded" > "$fixture/before"
    refuses "${file#"$fixture/"}" "that this program wrote" "$@"
    state_of "$guarded" | cmp -s - "$fixture/before" || fail "$file: something has changed"
    rm "$file"
    [ ! -e "$fixture/moved" ] || mv "$fixture/moved" "$file"
  done < "$fixture/list"
}

# ---- data ----

program=$(cd "$(dirname "$SIMPLENET")" && pwd)/simplenet
small="--backbone embedded --resize 64 --crop 64 --hidden 32 --epochs 1"
data=$fixture/data
"$program" generate "$fixture/six" --size 64 --train 6 --test-good 1 --per-defect 1 > /dev/null || exit 1
"$program" generate "$data" --size 64 --train 4 --test-good 2 --per-defect 1 > /dev/null || exit 1
"$program" train --data "$data" --category gear $small --out "$fixture/trained" > /dev/null || exit 1
model=$fixture/trained/gear/model.safetensors
good=$data/gear/test/good

photographs() { # a new folder of that name with two photographs
  rm -rf "$fixture/$1"
  mkdir -p "$fixture/$1"
  cp "$good/000.png" "$fixture/$1/000.png"
  cp "$good/001.png" "$fixture/$1/001.png"
}

# ---- predict ----

predict_into_the_photographs_folder_keeps_them() {
  photographs here
  cd "$fixture/here" || fail "no folder"
  sha256sum 000.png 001.png > "$fixture/sums"
  expect verdict "$program" predict --model "$model" --out . .
  has . "000.png 000_heatmap.png 001.png 001_heatmap.png scores.csv"
  cp scores.csv "$fixture/scores"
  expect verdict "$program" predict --model "$model" --out . . # again: the panels are no photographs
  has . "000.png 000_heatmap.png 001.png 001_heatmap.png scores.csv"
  cmp -s scores.csv "$fixture/scores" || fail "the second table differs"
  rm -f ./*_heatmap.png scores.csv
  for time in first second; do
    expect verdict "$program" predict --model "$model" --out . ./*.png
    [ "$(wc -l < scores.csv)" -eq 3 ] || fail "the $time table has not two rows"
  done
  err_says "left out: ./000_heatmap.png" # which the shell named the second time
  sha256sum -c --quiet "$fixture/sums" || fail "a photograph has changed"
  expect 1 "$program" predict --model "$model" 000_heatmap.png
  err_says "no photograph to score"
}

pictures_are_never_taken_by_a_search() {
  photographs plain/train
  cp "$good/000.png" "$fixture/plain/train/000_HeatMap.PNG"
  expect 0 "$program" data "$fixture/plain"
  grep -q '^[a-z]*  *2  *0 ' "$fixture/out" || fail "not two training images"
  rm -rf "$fixture/drawn"
  expect 0 "$program" train --train "$fixture/plain/train" --test-good "$fixture/plain/train" --test-bad "$fixture/plain/train" $small \
    --out "$fixture/drawn"
  grep -q '"train_images":	2,' "$fixture/drawn/folder/metrics.json" || fail "not two training images"
  grep -q '"test_images":	4,' "$fixture/drawn/folder/metrics.json" || fail "not four test images"
}

neighbours_of_one_stem_have_pictures_of_their_own() {
  photographs stems
  mkdir -p "$fixture/stems/x/a"
  for copy in 000.jpg 000.bmp x/a_000.png x/a/000.png x/a/A.png x/a/a.png 000.png.png; do
    cp "$good/001.png" "$fixture/stems/$copy"
  done
  expect verdict "$program" predict --model "$model" --out "$fixture/stems-out" "$fixture/stems"
  [ "$(wc -l < "$fixture/out")" -eq 9 ] || fail "not nine photographs"
  [ "$(find "$fixture/stems-out" -name '*_heatmap.png' | wc -l)" -eq 9 ] || fail "not nine pictures"
  for name in 000.bmp 000.jpg 000.png 000.png.png 001 x/a_000 x/a/000; do
    [ -s "$fixture/stems-out/${name}_heatmap.png" ] || fail "no ${name}_heatmap.png: $(files "$fixture/stems-out")"
  done
}

folders_are_mirrored_below_what_is_named() {
  photographs several/one
  photographs several/two
  expect verdict "$program" predict --model "$model" --out "$fixture/mirror" "$fixture/several/one" \
    "$fixture/several/two/../two/./001.png" "$fixture/several/one/000.png"
  has "$fixture/mirror" "one/000_heatmap.png one/001_heatmap.png scores.csv two/001_heatmap.png"
}

long_names_are_shortened() {
  photographs long
  name=$(printf '%0248d' 0)
  deep=$fixture/long/$(printf '%0120d' 1)/$(printf '%0120d' 2)
  mkdir -p "$deep"
  for i in 1 2 3; do cp "$good/000.png" "$fixture/long/$i$name.png"; done
  cp "$good/000.png" "$deep/äöü$(printf 'ä%.0s' $(seq 115)).png"
  expect verdict "$program" predict --model "$model" --out "$fixture/long-out" "$fixture/long"
  [ "$(wc -l < "$fixture/long-out/scores.csv")" -eq 7 ] || fail "not six rows"
  [ "$(find "$fixture/long-out" -name '*_heatmap.png' | wc -l)" -eq 6 ] || fail "not six pictures"
  files "$fixture/long-out" > "$fixture/names"
  iconv -f UTF-8 -t UTF-8 "$fixture/names" > /dev/null || fail "a character is cut in two"
  expect verdict "$program" predict --model "$model" --out "$fixture/long-out" "$fixture/long"
  [ "$(files "$fixture/long-out")" = "$(cat "$fixture/names")" ] || fail "other names the second time"
}

a_picture_that_cannot_be_written_ends_nothing() {
  photographs blocked
  mkdir -p "$fixture/blocked-out/000_heatmap.png.simplenet.tmp"
  expect 1 "$program" predict --model "$model" --out "$fixture/blocked-out" "$fixture/blocked"
  err_says 000_heatmap.png
  [ "$(wc -l < "$fixture/blocked-out/scores.csv")" -eq 3 ] || fail "the table has not two rows"
  [ -s "$fixture/blocked-out/001_heatmap.png" ] || fail "the second photograph has no picture"
}

predict_replaces_no_file_of_others() {
  photographs own
  for name in scores.csv 001_heatmap.png; do
    rm -rf "$fixture/own-out"
    mkdir "$fixture/own-out"
    case $name in
      *.csv) echo 'part,weight' > "$fixture/own-out/$name" ;;
      *) cp "$good/000.png" "$fixture/own-out/$name" ;;
    esac
    keeps "$fixture/own-out" refuses "$name" "not a" "$program" predict --model "$model" --out "$fixture/own-out" \
      "$fixture/own"
  done
  rm -rf "$fixture/own-out"
  mkdir -p "$fixture/own-out"
  ln -s "$fixture/own/000.png" "$fixture/own-out/001_heatmap.png"
  keeps "$fixture/own" refuses own-out/001_heatmap.png own/000.png "$program" predict --model "$model" \
    --out "$fixture/own-out" "$fixture/own"
  has "$fixture/own-out" "" # but for the link
}

every_file_of_others_is_kept() {
  photographs guarded
  one="--data $data --category gear"
  interrupted=scores.part.csv
  guards "$fixture/g-predict" "$program" predict --model "$model" --out "$fixture/g-predict" "$fixture/guarded"
  interrupted=
  guards "$fixture/g-eval" "$program" eval --model "$model" $one --out "$fixture/g-eval"
  guards "$fixture/g-maps" "$program" export-maps --model "$model" $one --out "$fixture/g-maps"
  interrupted=gear/checkpoint.safetensors
  guards "$fixture/g-train" "$program" train $one $small --out "$fixture/g-train"
  guards "$fixture/g-tune" "$program" train --data "$fixture/six" --category gear $small --sigma 0.03 --levels 2 --tune 60 \
    --force --out "$fixture/g-tune"
  interrupted=gear/seed-1/checkpoint.safetensors
  guards "$fixture/g-seeds" "$program" train $one $small --seeds 2 --out "$fixture/g-seeds"
  interrupted=
  guards "$fixture/g-eval-seeds" "$program" eval --model "$fixture/g-seeds/gear" $one --out "$fixture/g-eval-seeds"
  interrupted=gear/seed-0/checkpoint.safetensors
  guards "$fixture/g-benchmark" "$program" benchmark --data "$data" --categories gear $small --out "$fixture/g-benchmark"
  interrupted=
  guards "$fixture/g-figure" "$program" paper figure4 --data "$data" --categories gear $small --out "$fixture/g-figure"
}

# The same file under other names: a table of test scores is no table of predictions.
kinds_are_told_apart() {
  cp -r "$fixture/trained" "$fixture/kinds"
  photographs own
  keeps "$fixture/kinds" refuses scores.csv "not a table of scores" "$program" predict --model "$model" \
    --out "$fixture/kinds/gear" "$fixture/own"
}

# ---- eval and export-maps ----

tests_mirror_their_folders() {
  copy=$fixture/copy
  rm -rf "$copy"
  mkdir "$copy"
  cp -r "$data/gear" "$copy/"
  cp "$copy/gear/test/good/000.png" "$copy/gear/test/good/000.jpg"
  for time in first second; do
    expect 0 "$program" eval --model "$model" --data "$copy" --category gear --out "$fixture/eval"
    expect 0 "$program" export-maps --model "$model" --data "$copy" --category gear --out "$fixture/maps"
    grep -q '^gear: 8 maps$' "$fixture/out" || fail "not eight maps are claimed"
  done
  [ "$(find "$fixture/maps/gear/test" -name '*.tiff' | wc -l)" -eq 8 ] || fail "not eight maps are there"
  [ "$(find "$fixture/eval/gear/pictures" -name '*_heatmap.png' | wc -l)" -eq 8 ] || fail "not eight pictures"
  has "$fixture/eval/gear/pictures/good" "000.jpg_heatmap.png 000.png_heatmap.png 001_heatmap.png"
  has "$fixture/maps/gear/test/good" "000.jpg.tiff 000.png.tiff 001.tiff"
  has "$fixture/maps/gear/test/dent" 000.tiff
}

# KolektorSDD: Part0.jpg in every folder, and all of one kind.
folders_of_one_kind_do_not_meet() {
  sdd=$fixture/sdd
  for folder in kos01 kos02 kos03; do
    mkdir -p "$sdd/$folder"
    cp "$good/000.png" "$sdd/$folder/Part0.jpg"
    cp "$data/gear/ground_truth/dent/000_mask.png" "$sdd/$folder/Part0_label.bmp"
  done
  expect 0 "$program" export-maps --model "$model" --data "$sdd" --layout kolektor_sdd --out "$fixture/sdd-maps"
  claimed=$(sed -n 's/.*: \([0-9]*\) maps$/\1/p' "$fixture/out")
  [ "$claimed" -ge 2 ] && [ "$(find "$fixture/sdd-maps" -name '*.tiff' | wc -l)" -eq "$claimed" ] ||
    fail "$claimed maps are claimed"
}

maps_do_not_come_among_the_photographs() {
  keeps "$data" refuses "$data/gear/test" "later on" "$program" export-maps --model "$model" --data "$data" \
    --category gear --out "$data"
  ln -s "$data" "$fixture/alias"
  keeps "$data" refuses "$fixture/alias/gear/test" "later on" "$program" export-maps --model "$model" --data "$data" \
    --category gear --out "$fixture/alias"
  expect 0 "$program" eval --model "$model" --data "$data" --category gear --out "$data" # a suffix of their own
  expect 0 "$program" eval --model "$model" --data "$data" --category gear --out "$data"
  rm -rf "$data/gear/pictures" "$data/gear/metrics.json" "$data/gear/scores.csv"
}

# ---- train ----

training_beside_the_photographs_changes_none() {
  rm -rf "$fixture/beside"
  mkdir "$fixture/beside"
  cp -r "$data/gear" "$fixture/beside/"
  state_of "$fixture/beside/gear/train" > "$fixture/train-before"
  expect 0 "$program" train --data "$fixture/beside" --category gear $small --out "$fixture/beside"
  expect 0 "$program" train --data "$fixture/beside" --category gear $small --out "$fixture/beside"
  state_of "$fixture/beside/gear/train" | cmp -s - "$fixture/train-before" || fail "the training images have changed"
  echo '{"mine": 1}' > "$fixture/beside/gear/metrics.json"
  keeps "$fixture/beside" refuses gear/metrics.json "not the metrics" "$program" train --data "$fixture/beside" \
    --category gear $small --out "$fixture/beside"
}

other_products_are_not_replaced() {
  out=$fixture/products
  expect 0 "$program" train --train "$data/gear/train/good" $small --out "$out"
  expect 0 "$program" train --train "$data/gear/train/good" $small --out "$out" # again
  keeps "$out" refuses "$data/gear/train/good" "$data/wood/train/good" "$program" train --train "$data/wood/train/good" \
    $small --out "$out"
  expect 0 "$program" train --train "$data/wood/train/good" --category wood $small --out "$out"
  [ -s "$out/wood/model.safetensors" ] && [ -s "$out/folder/model.safetensors" ] || fail "not a folder each"
  refuses ../wood "a name" "$program" train --train "$data/wood/train/good" --category ../wood $small --out "$out"
  cp -r "$data" "$fixture/second"
  expect 0 "$program" train --data "$data" --category gear $small --out "$out"
  keeps "$out" refuses "$fixture/data" "$fixture/second" "$program" train --data "$fixture/second" --category gear $small \
    --out "$out"
  keeps "$out" refuses "$fixture/data" "$fixture/second" "$program" eval --model "$model" --data "$fixture/second" \
    --category gear --out "$out"
  expect 0 "$program" train --data "$fixture/second" --category gear $small --out "$out" --force
  expect 0 "$program" export-maps --model "$model" --data "$data" --category gear --out "$fixture/product-maps"
  keeps "$fixture/product-maps" refuses "$fixture/data" "$fixture/second" "$program" export-maps --model "$model" \
    --data "$fixture/second" --category gear --out "$fixture/product-maps"
}

models_of_other_settings_need_force() {
  out=$fixture/forced
  expect 0 "$program" train --data "$data" --category gear $small --out "$out"
  cp "$out/gear/model.safetensors" "$fixture/first-model"
  keeps "$out" refuses "sigma 0.03" "0.5" "$program" train --data "$data" --category gear $small --sigma 0.5 --out "$out"
  err_says --force
  expect 0 "$program" train --data "$data" --category gear $small --sigma 0.5 --out "$out" --force
  expect 0 "$program" train --data "$data" --category gear $small --out "$out" --force
  cmp -s "$out/gear/model.safetensors" "$fixture/first-model" || fail "another model than the first time"
  cp "$data/gear/train/good/000.png" "$out/gear/model.safetensors" # force replaces nothing but models
  keeps "$out" refuses model.safetensors "not a model" "$program" train --data "$data" --category gear $small \
    --out "$out" --force
}

# ---- other commands ----

weights_are_not_converted_onto_themselves() {
  mkdir -p "$fixture/weights/sub"
  cp "$model" "$fixture/weights/a.safetensors"
  cd "$fixture/weights" || fail "no folder"
  ln a.safetensors hard.safetensors
  ln -s a.safetensors soft.safetensors
  ln -s .. sub/up
  for output in a.safetensors ./a.safetensors sub/../a.safetensors sub/up/a.safetensors hard.safetensors \
    soft.safetensors "$fixture/weights/a.safetensors"; do
    keeps . refuses "$output" a.safetensors "$program" convert a.safetensors "$output"
  done
  expect 0 "$program" convert a.safetensors b.safetensors --dtype f16
  expect 0 "$program" convert a.safetensors b.safetensors --dtype bf16 # its own
  keeps . refuses trained/gear/model.safetensors "not converted weights" "$program" convert a.safetensors \
    "$fixture/trained/gear/model.safetensors"
  : > empty.safetensors
  keeps . refuses empty.safetensors "not converted weights" "$program" convert a.safetensors empty.safetensors
  keeps . refuses c.csv "twice" "$program" pretrain --out w.safetensors --log c.csv --plot ./c.csv --steps 1
  keeps . refuses b.safetensors "not a pretrained backbone" "$program" pretrain --out b.safetensors --steps 1
}

generate_and_demo_keep_what_is_there() {
  photographs full
  keeps "$fixture/full" refuses full 000.png "$program" generate "$fixture/full" --size 64
  keeps "$fixture/full" refuses full 000.png "$program" demo --out "$fixture/full" --epochs 1
}

studies_are_of_one_data_set() {
  study="--data $data --categories gear --seeds 0 $small"
  out=$fixture/study
  expect 0 "$program" benchmark $study --out "$out"
  cp -r "$data" "$fixture/third"
  keeps "$out" refuses "$data" "$fixture/third" "$program" benchmark $study --data "$fixture/third" --out "$out"
  rm "$out/gear/seed-0/metrics.json" "$out/gear/seed-0/model.safetensors"
  ln "$good/000.png" "$out/gear/seed-0/model.safetensors"
  keeps "$out" refuses seed-0/model.safetensors test/good/000.png "$program" benchmark $study --out "$out"
}

for test in predict_into_the_photographs_folder_keeps_them pictures_are_never_taken_by_a_search \
  neighbours_of_one_stem_have_pictures_of_their_own folders_are_mirrored_below_what_is_named long_names_are_shortened \
  a_picture_that_cannot_be_written_ends_nothing predict_replaces_no_file_of_others every_file_of_others_is_kept \
  kinds_are_told_apart tests_mirror_their_folders folders_of_one_kind_do_not_meet maps_do_not_come_among_the_photographs \
  training_beside_the_photographs_changes_none other_products_are_not_replaced models_of_other_settings_need_force \
  weights_are_not_converted_onto_themselves generate_and_demo_keep_what_is_there studies_are_of_one_data_set; do
  run_test $test
done
[ "$failures" -eq 0 ]
