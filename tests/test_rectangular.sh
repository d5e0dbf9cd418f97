#!/bin/sh
# Photographs of 2:1 from outside: --resize and --crop as HEIGHTxWIDTH through every command that takes them. SIMPLENET
# and BUILD come from the Makefile.
set -u
. tests/support/script.sh
"$SIMPLENET" generate "$fixture/square" --size 96 --train 6 --test-good 2 --per-defect 1 > /dev/null || exit 1
(cd "$fixture/square" && find gear -type d) | while read -r folder; do mkdir -p "$fixture/data/$folder"; done
(cd "$fixture/square" && find gear -name '*.png') | while read -r file; do
  "$BUILD/tests/tools/alter_png" wide 2 "$fixture/square/$file" "$fixture/data/$file" || exit 1
done
data="--data $fixture/data --category gear"
size="--resize 96x192 --crop 80x176"
photographs=$fixture/data/gear/test/good
model=$fixture/run/gear/model.safetensors

# png_size FILE: its width and height, as its header says them
png_size() {
  od -An -t u1 -j 16 -N 8 "$1" | tr -s ' \n' ' ' | {
    read -r _ _ a b _ _ c d
    echo "$((256 * a + b)) $((256 * c + d))"
  }
}

# Panels show tiles of the crop's proportions, 320 x 145, and a legend: 3 where the truth is known, else 2.
expect_panels() { # FOLDER TILES
  wanted="$((40 + $2 * 320 + ($2 - 1) * 12 + 12 + 84)) $((20 + 44 - 14 + 145 + 26 + 8))"
  find "$1" -name '*.png' > "$fixture/pictures"
  [ -s "$fixture/pictures" ] || fail "$1 holds no picture"
  while read -r picture; do
    [ "$(png_size "$picture")" = "$wanted" ] || fail "$picture is of $(png_size "$picture") pixels, expected $wanted"
  done < "$fixture/pictures"
}

trains_and_predicts() { # METHOD OPTIONS...
  method=$1
  shift
  # shellcheck disable=SC2086
  expect 0 "$SIMPLENET" train $data $size --method "$method" "$@" --out "$fixture/run"
  [ ! -s "$fixture/err" ] || fail "train warns"
  grep -q '"resize":[[:space:]]*"96x192"' "$fixture/run/gear/metrics.json" || fail "metrics.json does not say the size"
  grep -q '"crop":[[:space:]]*"80x176"' "$fixture/run/gear/metrics.json" || fail "metrics.json does not say the crop"
  expect 0 "$SIMPLENET" info "$model"
  out_matches '^resize  *96x192$'
  out_matches '^crop  *80x176$'
  # shellcheck disable=SC2086
  expect 0 "$SIMPLENET" eval $data --model "$model" --out "$fixture/eval"
  cmp -s "$fixture/eval/gear/scores.csv" "$fixture/run/gear/scores.csv" || fail "eval and train score differently"
  expect_panels "$fixture/eval/gear" 3
  expect 0 "$SIMPLENET" predict --model "$model" --threshold 1e9 --out "$fixture/predicted" "$photographs"
  expect_panels "$fixture/predicted" 2
  "$BUILD/tests/tools/detect" "$model" "$photographs/000.png" > "$fixture/detected" || fail "the library fails"
  # shellcheck disable=SC2086
  expect 0 "$SIMPLENET" export-maps $data --model "$model" --out "$fixture/maps"
  [ "$(find "$fixture/maps" -name '*.tiff' | wc -l)" -eq "$(find "$fixture/data/gear/test" -name '*.png' | wc -l)" ] ||
    fail "a map is missing"
  rm -rf "$fixture/run" "$fixture/eval" "$fixture/predicted" "$fixture/maps"
}

simplenet() { trains_and_predicts simplenet --backbone embedded --hidden 16 --batch 2 --epochs 2; }
padim() { trains_and_predicts padim --backbone embedded --channels 8; }
patchcore() { trains_and_predicts patchcore --backbone embedded; }
mean_image() { trains_and_predicts mean_image; }

a_training_is_resumed() {
  # shellcheck disable=SC2086
  set -- $data $size --preset paper --backbone embedded --hidden 16 --batch 2 --epochs 300 --checkpoint-every 0
  expect 0 "$SIMPLENET" train "$@" --out "$fixture/whole"
  "$SIMPLENET" train "$@" --out "$fixture/stopped" > "$fixture/out" 2> "$fixture/err" &
  process=$!
  while kill -0 "$process" 2> /dev/null && [ ! -e "$fixture/stopped/gear/checkpoint.safetensors" ]; do sleep 0.02; done
  kill "$process"
  wait "$process"
  [ $? -eq 130 ] || fail "the run was not stopped"
  expect 1 "$SIMPLENET" train "$@" --crop 80x160 --out "$fixture/stopped" --resume
  err_says 'was written with crop 80x176, and this run has 80x160'
  expect 0 "$SIMPLENET" train "$@" --out "$fixture/stopped" --resume
  out_matches '^resumed after epoch'
  cmp -s "$fixture/whole/gear/model.safetensors" "$fixture/stopped/gear/model.safetensors" ||
    fail "the resumed run gives another model"
}

features_and_plans_have_that_shape() {
  # shellcheck disable=SC2086
  expect 0 "$SIMPLENET" features --backbone embedded $size --levels 1,2 --out "$fixture/features.safetensors" \
    "$photographs/000.png"
  expect 0 "$SIMPLENET" info "$fixture/features.safetensors"
  out_matches '^image  *float32  *\[1, 3, 80, 176\]$'
  out_matches '^layer1  *float32  *\[1, 48, 20, 44\]$'
  # shellcheck disable=SC2086
  expect 0 "$SIMPLENET" info --backbone embedded $size
  out_matches 'cells of 80x176'
  out_matches '^ *2  layer2  *96  *8  *10 x 22 '
  # shellcheck disable=SC2086
  expect 0 "$SIMPLENET" info --plan --backbone embedded $size
  out_says '[1, 1, 80, 176]'
}

# What is cut off or black is said.
warnings_name_what_is_not_seen() {
  # shellcheck disable=SC2086
  set -- $data --method mean_image --out "$fixture/warned" --force
  expect 0 "$SIMPLENET" train "$@" --resize 96 --crop 80
  err_says 'warning: the centre crop leaves out 65 % of a photograph of 192 x 96'
  expect 0 "$SIMPLENET" train "$@" --resize 96 --crop 80x160
  [ ! -s "$fixture/err" ] || fail "there is nothing to warn of"
  expect 0 "$SIMPLENET" train "$@" --resize 96 --crop 80x240
  err_says 'warning: 20 % of what the crop looks at is black, as a photograph of 192 x 96 does not fill it'
  expect 0 "$SIMPLENET" train "$@" --fit squash --crop 64x128
  [ ! -s "$fixture/err" ] || fail "there is nothing to warn of"
}

refuses() { # MESSAGE OPTIONS...
  message=$1
  shift
  # shellcheck disable=SC2086
  expect 2 "$SIMPLENET" train $data "$@" --out "$fixture/none"
  err_says "$message"
  [ ! -e "$fixture/none" ] || fail "something was written"
}

nonsense_is_refused() {
  refuses "--crop: expected an integer from 32 to 16384, or two of them as HEIGHTxWIDTH, found '0'" --crop 0
  refuses "--crop: expected an integer from 32 to 16384, or two of them as HEIGHTxWIDTH, found '224x'" --crop 224x
  refuses "found '224x0x1'" --crop 224x0x1
  refuses "found '64x99999999'" --resize 64x99999999
  refuses '--crop: expected at most --resize (96x192), found 100x176' --resize 96x192 --crop 100x176
  refuses '--crop: expected at most --resize (96x192), found 80x200' --resize 96x192 --crop 80x200
  refuses '--crop: expected at most --resize (96x192), found 100' --resize 96x192 --crop 100
  refuses '--crop: expected at most --resize (64) on its shorter side, found 80x176' --resize 64 --crop 80x176
  refuses '--crop: expected at most --resize (64), found 80' --resize 64 --crop 80
}

run_test simplenet
run_test padim
run_test patchcore
run_test mean_image
run_test a_training_is_resumed
run_test features_and_plans_have_that_shape
run_test warnings_name_what_is_not_seen
run_test nonsense_is_refused

[ "$failures" -eq 0 ]
