#!/bin/sh
# A detector that is shipped: its threshold set by good photographs, and all of it in one file.
set -u
. tests/support/script.sh
program=$SIMPLENET

"$program" generate "$fixture/data" --size 64 --train 40 --test-good 6 --per-defect 2 > /dev/null || exit 1
data="--data $fixture/data --category gear"
view="--resize 64 --crop 64"
embedded="--backbone embedded $view"
net="$embedded --hidden 16 --batch 4 --epochs 2"
good=$fixture/data/gear/test/good
some=$fixture/data/gear/test
mkdir "$fixture/few" && cp "$fixture/data/gear/train/good/00"[0-4]*.png "$fixture/few/"

# train OUT OPTIONS...: with the words of $data
train() {
  out=$1
  shift
  # shellcheck disable=SC2086
  expect 0 "$program" train $data --threads 1 --out "$fixture/$out" "$@"
}

# The one file on standard output of info has this text.
text_of() { # FILE NAME
  "$program" info "$1" | awk -v name="$2" '$1 == name { sub(/^[^ ]+ +/, ""); print; exit }'
}

number() { # JSON NAME: its first number of that name
  sed -n "s/^.*\"$2\":[[:space:]]*\([-0-9.e]*\),*$/\1/p" "$1" | head -n 1
}

a_share_sets_the_threshold() {
  # shellcheck disable=SC2086
  train share $net --calibrate-share 0.5 --false-alarms 0.05
  out_says "gear: 20 training images, 20 to set the threshold by, 16 test images"
  out_matches '^threshold [-0-9.e]* for at most 5 % false alarms on average, by 20 good photographs that training never saw; its true rate is between 0 % and 16.8 %'
  out_says "this test set's best F1, chosen on its labels"
  out_matches 'false alarms [0-9]* of 6 .*detected [0-9]* of 10'
  model=$fixture/share/gear/model.safetensors metrics=$fixture/share/gear/metrics.json
  [ "$(text_of "$model" train_images)" = 20 ] || fail "the model does not say how many it was trained on"
  [ "$(text_of "$model" category)" = gear ] && [ "$(text_of "$model" program)" = "$("$program" --version)" ] ||
    fail "the model does not say where it comes from"
  threshold=$(text_of "$model" calibration_threshold)
  [ "$(number "$metrics" threshold)" = "$threshold" ] || fail "metrics.json has another threshold"
  [ "$(number "$metrics" photographs_needed)" = 19 ] && [ "$(number "$metrics" calibration_images)" = 20 ] ||
    fail "metrics.json does not tell the calibration"
  # the same numbers of false alarms and detections as by counting
  counted=$(awk -F, -v t="$threshold" 'NR > 1 && $3 + 0 >= t + 0 { n[$2]++ } END { print n[0] + 0, n[1] + 0 }' \
    "$fixture/share/gear/scores.csv")
  [ "$(number "$metrics" false_alarms) $(number "$metrics" detected)" = "$counted" ] || fail "counted: $counted"
  # other seeds hold out others; the same seed the same
  # shellcheck disable=SC2086
  train again $net --calibrate-share 0.5 --false-alarms 0.05
  cmp "$model" "$fixture/again/gear/model.safetensors" || fail "a second training gives another model"
}

a_folder_sets_the_threshold() {
  mkdir "$fixture/apart" && cp "$fixture/data/fabric/train/good/00"*.png "$fixture/apart/"
  # shellcheck disable=SC2086
  train folder $net --calibrate "$fixture/apart"
  out_says "40 training images, 10 to set the threshold by"
  out_says "just above the largest score of 10 good photographs that training never saw; a rate of 1 % takes at least 99 photographs"
  # photographs that are seen already
  # shellcheck disable=SC2086
  expect 1 "$program" train $data $net --out "$fixture/no" --calibrate "$fixture/data/gear/train/good"
  err_says "is to set the threshold, and is one of the training images"
  ln -s "$good" "$fixture/link"
  # shellcheck disable=SC2086
  expect 1 "$program" train $data $net --out "$fixture/no" --calibrate "$fixture/link/"
  err_says "is one of the test images"
  [ ! -e "$fixture/no" ] || fail "something was written"
}

options_that_make_no_sense() {
  # shellcheck disable=SC2086
  for options in "--false-alarms 0.1" "--calibrate-share 0.5 --false-alarms 0" "--calibrate-share 0.5 --false-alarms 0.6" \
    "--calibrate-share 1" "--calibrate-share 0.5 --calibrate $good"; do
    expect 2 "$program" train $data $net --out "$fixture/no" $options
  done
  # shellcheck disable=SC2086
  expect 1 "$program" train $data $net --out "$fixture/no" --calibrate-share 0.02
  err_says "1 of 40 training images would be held out"
  expect 2 "$program" calibrate --model m.safetensors --out x.safetensors --false-alarms 2 "$good"
  expect 2 "$program" calibrate --model m.safetensors --out x.safetensors
  expect 2 "$program" calibrate --model m.safetensors "$good"
  expect 2 "$program" export --model m.safetensors
  expect 2 "$program" export --model m.safetensors --precision f8 x.safetensors
  expect 1 "$program" export --model "$fixture/absent.safetensors" x.safetensors
  err_says "absent.safetensors"
}

# Every method, from good photographs alone to a verdict in one file.
all_methods_decide() {
  for method in simplenet padim patchcore mean_image; do
    case $method in
      simplenet) settings=$net ;;
      mean_image) settings="--method mean_image $view" ;;
      *) settings="--method $method $embedded" ;;
    esac
    # shellcheck disable=SC2086
    expect 0 "$program" train --train "$fixture/data/gear/train" --category "$method" $settings --threads 1 \
      --out "$fixture/alone"
    out_says "no threshold, since the model was never calibrated and no defects were tested: \`simplenet calibrate\`"
    model=$fixture/alone/$method/model.safetensors
    one=$fixture/$method.safetensors
    expect verdict "$program" predict --model "$model" --out "$fixture/blank-$method" "$some"
    err_says "no threshold, since the model was never calibrated"
    [ "$(head -n 1 "$fixture/blank-$method/scores.csv")" = image,score ] || fail "$method: a column for no verdict"
    expect 0 "$program" calibrate --model "$model" --out "$fixture/calibrated.safetensors" --false-alarms 0.2 "$good"
    out_says "for at most 20 % false alarms on average, by 6 good photographs"
    expect 0 "$program" export --model "$fixture/calibrated.safetensors" "$one"
    rm "$fixture/calibrated.safetensors"
    expect verdict "$program" predict --model "$one" --out "$fixture/one-$method" "$some"
    err_says "for at most 20 % false alarms on average"
    [ "$(head -n 1 "$fixture/one-$method/scores.csv")" = image,score,defective,normalised ] || fail "$method: columns"
    cut -d, -f1,2 "$fixture/one-$method/scores.csv" > "$fixture/one.txt"
    cmp "$fixture/one.txt" "$fixture/blank-$method/scores.csv" || fail "$method: one file gives other scores than two"
    awk -F, 'NR > 1 && ($4 <= 0 || $4 >= 1 || ($4 >= 0.5) != $3) { exit 1 }' "$fixture/one-$method/scores.csv" ||
      fail "$method: 0.5 is not the decision"
    sort -t, -k2 -g "$fixture/one-$method/scores.csv" | tail -n +2 | cut -d, -f4 | sort -c -g ||
      fail "$method: the normalised score does not rise with the score"
    expect 0 "$program" eval --model "$one" $data
    out_says "for at most 20 % false alarms on average"
    expect 0 "$program" info "$one"
    out_matches "^detector in one file: .*category $method, trained on 40 photographs, tested on 0, by simplenet"
    expect 0 "$program" export-maps --model "$one" $data --out "$fixture/maps-$method"
  done
}

one_file_is_enough() {
  # shellcheck disable=SC2086
  train two $net
  model=$fixture/two/gear/model.safetensors
  sum=$(sha256sum "$model")
  for precision in f32 f16 bf16; do
    expect 0 "$program" export --model "$model" --precision $precision "$fixture/$precision.safetensors"
    [ "$(text_of "$fixture/$precision.safetensors" precision)" = $precision ] || fail "$precision is not noted"
    [ "$(text_of "$fixture/$precision.safetensors" model_sha256)" = "${sum%% *}" ] || fail "another model is noted"
    text_of "$fixture/$precision.safetensors" exported | grep -q '^20[0-9-]*T[0-9:]*Z$' || fail "no date"
    expect verdict "$program" predict --model "$fixture/$precision.safetensors" --out "$fixture/$precision" "$some"
    err_says "the test set's best F1, chosen on test labels"
  done
  expect verdict "$program" predict --model "$model" --out "$fixture/two-files" "$some"
  cmp "$fixture/two-files/scores.csv" "$fixture/f32/scores.csv" || fail "one file gives other scores than two"
  [ "$(wc -c < "$fixture/f16.safetensors")" -lt "$(($(wc -c < "$fixture/f32.safetensors") * 6 / 10))" ] ||
    fail "f16 is not smaller"
  paste -d, "$fixture/f32/scores.csv" "$fixture/bf16/scores.csv" |
    awk -F, 'NR > 1 && ($2 - $5 > 0.1 || $5 - $2 > 0.1) { exit 1 }' || fail "bf16 is far off"
  # an output replaces no input, and no file of others
  expect 1 "$program" export --model "$model" "$model"
  err_says "would be replaced"
  echo mine > "$fixture/mine.safetensors"
  expect 1 "$program" export --model "$model" "$fixture/mine.safetensors"
  expect 1 "$program" calibrate --model "$model" --out "$fixture/mine.safetensors" "$good"
  expect 1 "$program" calibrate --model "$model" --out "$model" "$good"
  [ "$(cat "$fixture/mine.safetensors")" = mine ] && [ "$(sha256sum "$model")" = "$sum" ] || fail "a file was replaced"
  # one file is calibrated and exported again
  expect 0 "$program" calibrate --model "$fixture/bf16.safetensors" --out "$fixture/again.safetensors" "$good"
  expect 0 "$program" export --model "$fixture/again.safetensors" "$fixture/once-more.safetensors"
  [ "$(text_of "$fixture/once-more.safetensors" model_sha256)" = "${sum%% *}" ] || fail "the first model is not noted"
  expect 1 "$program" predict --model "$fixture/f32.safetensors" --weights "$model" "$some"
  err_says "leave out those of"
}

seeds_are_calibrated_each() {
  # shellcheck disable=SC2086
  train seeds $net --seeds 2 --calibrate-share 0.5 --false-alarms 0.1
  out_matches '^seed 1, tested: .*false alarms [0-9]* of 6 .*detected'
  # shellcheck disable=SC2086
  train seed1 $net --seed 0 --calibrate-share 0.5 --false-alarms 0.1
  cmp "$fixture/seeds/gear/seed-0/model.safetensors" "$fixture/seed1/gear/model.safetensors" ||
    fail "a seed among others gives another model than alone"
  grep -q "threshold does on the test set. It was set by good" "$fixture/seeds/gear/seeds.html" || fail "no table of decisions"
}

damaged_files_are_refused() {
  # shellcheck disable=SC2086
  train hostile $net --calibrate-share 0.5 --false-alarms 0.1
  one=$fixture/whole.safetensors bad=$fixture/bad.safetensors
  expect 0 "$program" export --model "$fixture/hostile/gear/model.safetensors" "$one"
  spoil() { "$BUILD/tests/tools/spoil_model" "$one" "$bad" "$@" || fail "spoil_model"; }
  refused() { # WORDS
    for command in "predict $some" "eval $data" "export $fixture/x.safetensors"; do
      # shellcheck disable=SC2086
      expect 1 "$program" $command --model "$bad"
      err_says "$1"
      err_says "bad.safetensors"
    done
  }
  for size in 0 7 100 4000 100000 $(($(wc -c < "$one") - 1)); do
    head -c "$size" "$one" > "$bad"
    refused bad.safetensors
  done
  spoil backbone_sha256 junk
  refused "backbone_sha256: expected the SHA-256"
  spoil backbone.layer1.0.conv1.weight nan
  refused "backbone.layer1.0.conv1.weight: holds NaN"
  spoil discriminator.tail.weight inf
  refused "discriminator.tail.weight: holds NaN"
  spoil backbone.bn1.running_var -1
  refused "backbone.bn1.running_var: holds a negative variance"
  spoil calibration_scale 0
  refused "the calibration"
  spoil calibration_alarms 1e300
  refused "calibration_alarms: expected a count"
  spoil calibration_threshold nan
  refused "calibration_threshold: expected a finite number"
  spoil backbone resnet18
  refused "backbone."
  spoil format "simplenet.c detector 2"
  refused "is not a model"
  [ ! -e "$fixture/x.safetensors" ] || fail "something was written"
}

the_version_is_told() {
  expect 0 "$program" --version
  out_matches '^simplenet [0-9]*\.[0-9]*\.[0-9]*$'
}

for test in a_share_sets_the_threshold a_folder_sets_the_threshold options_that_make_no_sense all_methods_decide \
  one_file_is_enough seeds_are_calibrated_each damaged_files_are_refused the_version_is_told; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
