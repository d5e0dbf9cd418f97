#!/bin/sh
# What is said of the data: files that are left out and why, masks without a defect, photographs that are turned or that
# use a part of their bits only. SIMPLENET and BUILD come from the Makefile.
set -u
. tests/support/script.sh
program=$SIMPLENET
alter=$BUILD/tests/tools/alter_png

err_is_empty() { [ ! -s "$fixture/err" ] || fail "stderr is not empty"; }
rows() { grep -c -F -e "$1" "$fixture/out"; }

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
  expect verdict predict "$mixed"
  says_what_is_left_out err_says
  err_says "left out: 2 links that lead nowhere, such as $mixed/nowhere.png"
  err_says "left out: 1 fifo, socket or device, such as $mixed/pipe.png"
  [ "$(rows "$mixed")" -eq 4 ] || fail "not 4 photographs"
  out_says "$mixed/sub/deeper/two.PNG"
}

# What a photograph is called says nothing about the memory.
damage_is_told_whatever_a_name_says() {
  mkdir "$fixture/names"
  echo junk > "$fixture/names/out of memory.png"
  echo junk > "$fixture/names/x: Cannot allocate memory.png"
  cp "$gear/test/good/000.png" "$fixture/names/zz.png"
  expect 1 predict "$fixture/names"
  out_says 'zz.png'
  err_says 'out of memory.png: is neither'
  err_says 'allocate memory.png: is neither'
}

predict_does_not_score_its_results() {
  make_mixed
  expect verdict predict --out "$mixed/results" "$mixed"
  [ "$(rows "$mixed")" -eq 3 ] || fail "not 3 photographs"
  err_says "left out: 1 folder that is named for something else, such as $mixed/results"
  cp "$mixed/results/scores.csv" "$fixture/first.csv"
  expect verdict predict --out "$mixed/results" "$mixed"
  cmp "$fixture/first.csv" "$mixed/results/scores.csv" || fail "another table"
}

predict_names_what_a_folder_without_photographs_holds() {
  mkdir "$fixture/foreign"
  for name in a.heic b.heic; do echo x > "$fixture/foreign/$name"; done
  expect 1 predict "$fixture/foreign"
  err_says "left out: 2 files that are no images this program reads (2 heic), such as $fixture/foreign/a.heic"
  err_says "foreign: holds no "
  expect 1 "$program" train --train "$fixture/foreign" $small --out "$fixture/none"
  err_says "foreign: holds no images (png, jpg, jpeg, bmp, tif, tiff or webp), but 2 files that are no images this program"
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
  out_says "3 training images" # and none of those in results
  rm -r "$mixed/results"
  for command in eval export-maps; do
    expect 0 "$program" $command --model "$model" --test-good "$mixed" --out "$fixture/$command"
    says_what_is_left_out err_says
    ! grep -q "no good images" "$fixture/err" || fail "$command warns of missing training images"
  done
  mkdir "$fixture/photos"
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

# ---- masks ----

# A copy of the category whose masks have been changed: alter_masks HOW VALUE
alter_masks() {
  rm -rf "$fixture/masked" && mkdir "$fixture/masked" && cp -r "$gear" "$fixture/masked/"
  for mask in "$fixture"/masked/gear/ground_truth/*/*.png; do "$alter" "$@" "$mask" "$mask" || exit 1; done
}

evaluate_masked() { expect 0 "$program" eval --model "$model" --data "$fixture/masked" "$@"; }

masks_of_every_kind_give_the_same_numbers() {
  expect 0 "$program" eval --model "$model" --data "$fixture/data" --category gear
  cp "$fixture/out" "$fixture/expected"
  grep -q "AU-PRO (0.3) *[01]\\." "$fixture/expected" || fail "no pixel metrics to compare"
  for how in "grey 1" "grey 7" "palette 1" "palette 200" "depth 1" "depth 65535"; do
    alter_masks $how
    evaluate_masked
    cmp "$fixture/out" "$fixture/expected" || fail "masks of '$how' give other numbers"
  done
  expect 0 "$program" data "$fixture/data" --category gear
  ! grep -q -i "mask.*defect\|problem" "$fixture/out" || fail "data complains of sound masks"
}

masks_without_defect_are_named() {
  alter_masks grey 100
  expect 0 "$program" data "$fixture/masked"
  out_says "the mask of a defective image holds no defect: its largest value is 100 of 255, and --mask-threshold 0.5"
  expect 0 "$program" data --mask-threshold 0.2 "$fixture/masked"
  ! grep -q "holds no defect" "$fixture/out" || fail "--mask-threshold is not heeded"
  evaluate_masked
  err_says "masks of defective images hold no defect; the first: "
  out_says "n/a, pixel: the masks of the defective images mark no defect where the model looks: --mask-threshold may be"
  evaluate_masked --mask-threshold 0.2
  err_is_empty
  cmp "$fixture/out" "$fixture/expected" || fail "other numbers than with white masks"
  expect 0 "$program" train --data "$fixture/masked" $small --out "$fixture/masked-run"
  err_says "masks of defective images hold no defect; the first: "
  expect 1 "$program" predict --model "$model" --mask-threshold 0.2 "$gear/test/good"
}

# ---- photographs ----

# A copy of the category whose photographs have been changed: alter_photographs HOW VALUE
alter_photographs() {
  rm -rf "$fixture/altered" && mkdir "$fixture/altered" && cp -r "$gear" "$fixture/altered/"
  for image in "$fixture"/altered/gear/t*/*/*.png; do "$alter" "$@" "$image" "$image" || exit 1; done
}

camera_bits_are_told_and_undone() {
  bits="they use 12 of 16 bits and look nearly black; train with --white-level 4095"
  alter_photographs depth 4095
  expect 0 "$program" data "$fixture/altered"
  out_says "$bits"
  expect 0 "$program" train --data "$fixture/altered" $small --out "$fixture/dark"
  err_says "warning: the largest value of "
  err_says "$bits"
  expect verdict predict "$fixture/altered/gear/test/good"
  err_says "$bits"
  expect 0 "$program" eval --model "$fixture/dark/gear/model.safetensors" --data "$fixture/altered"
  err_says "$bits"
  cp "$fixture/out" "$fixture/first"
  expect 0 "$program" train --data "$fixture/altered" $small --white-level 4095 --out "$fixture/bright"
  err_is_empty
  # The model remembers it, and every command that reads photographs with the model heeds it.
  expect 0 "$program" eval --model "$fixture/bright/gear/model.safetensors" --data "$fixture/altered"
  err_is_empty
  cmp "$fixture/out" "$fixture/expected" || fail "other numbers than the photographs of 8 bits"
  expect verdict "$program" predict --model "$fixture/bright/gear/model.safetensors" "$fixture/altered/gear/test/good"
  grep -v '^threshold ' "$fixture/err" > "$fixture/told"
  [ ! -s "$fixture/told" ] || fail "stderr says more than the threshold"
  cut -c1-9 "$fixture/out" > "$fixture/first"
  expect verdict predict "$gear/test/good"
  cut -c1-9 "$fixture/out" | cmp - "$fixture/first" || fail "other scores than of 8 bits"
  grep -q '"white-level":[[:space:]]*4095' "$fixture/bright/gear/metrics.json" || fail "metrics.json does not hold the white level"
}

turned_photographs_are_told() {
  alter_photographs exif 6
  turned="photographs are to be turned by their EXIF"
  expect 0 "$program" data "$fixture/altered"
  out_says "$turned"
  out_says "they are looked at as they are stored; --orientation exif turns them"
  expect 0 "$program" data --orientation exif "$fixture/altered"
  out_says "of orientation 6): they are (--orientation exif)"
  expect 0 "$program" train --data "$fixture/altered" $small --out "$fixture/turned"
  err_says "warning: "
  err_says "$turned"
  expect 0 "$program" eval --model "$fixture/turned/gear/model.safetensors" --data "$fixture/altered"
  err_says "$turned"
  expect verdict predict "$fixture/altered/gear/test/good"
  err_says "$turned"
  expect 2 "$program" data --orientation sideways "$fixture/altered"
}

# ---- photographs that cannot be read ----

skip_broken_is_named_by_the_error() {
  rm -rf "$fixture/broken" && mkdir "$fixture/broken" && cp -r "$gear" "$fixture/broken/"
  echo broken > "$fixture/broken/gear/train/good/000.png"
  echo broken > "$fixture/broken/gear/test/good/000.png"
  expect 1 "$program" train --data "$fixture/broken" $small --out "$fixture/broken-run"
  err_says "train/good/000.png: is neither "
  err_says "; --skip-broken leaves out what cannot be read"
  expect 0 "$program" train --data "$fixture/broken" $small --out "$fixture/broken-run" --skip-broken
  expect 1 "$program" eval --model "$model" --data "$fixture/broken"
  err_says "; --skip-broken leaves out what cannot be read"
  expect 0 "$program" eval --model "$model" --data "$fixture/broken" --skip-broken
  expect 1 "$program" export-maps --model "$model" --data "$fixture/broken" --out "$fixture/maps"
  ! grep -q -e "--skip-broken" "$fixture/err" || fail "export-maps names an option that it has not"
}

for test in predict_looks_into_sub_folders damage_is_told_whatever_a_name_says predict_does_not_score_its_results \
  predict_names_what_a_folder_without_photographs_holds plain_folders_look_into_sub_folders \
  benchmark_says_what_is_left_out masks_of_every_kind_give_the_same_numbers masks_without_defect_are_named \
  camera_bits_are_told_and_undone turned_photographs_are_told skip_broken_is_named_by_the_error; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
